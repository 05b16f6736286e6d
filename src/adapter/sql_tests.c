#include "adapter/sql_store.h"

#define TEST_COLUMNS "project_id, sentry_id, reproduced, language, file, callee, exception, reason, body, made_ms"

static void read_test(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_stored_test *)item = (struct df_stored_test){.project_id = sql_text(&row[0], arena),
                                                             .sentry_id = sql_text(&row[1], arena),
                                                             .reproduced = row[2].i != 0,
                                                             .language = sql_text(&row[3], arena),
                                                             .file = sql_text(&row[4], arena),
                                                             .function = sql_text(&row[5], arena),
                                                             .exception = sql_text(&row[6], arena),
                                                             .reason = sql_text(&row[7], arena),
                                                             .text = sql_text(&row[8], arena),
                                                             .made_ms = row[9].i};
}

enum df_code sql_test_put(struct df_store *store, const struct df_stored_test *t, struct df_error *err)
{
    return SQL_RUN(sql_db_of(store),
                   "INSERT INTO issue_tests (" TEST_COLUMNS ") SELECT id, $1, $2, $3, $4, $5, $6, $7, $8, $9"
                   " FROM projects WHERE id = $10 ON CONFLICT (project_id, sentry_id) DO UPDATE SET"
                   " reproduced = excluded.reproduced, language = excluded.language, file = excluded.file,"
                   " callee = excluded.callee, exception = excluded.exception, reason = excluded.reason,"
                   " body = excluded.body, made_ms = excluded.made_ms"
                   " WHERE excluded.reproduced >= issue_tests.reproduced",
                   NULL, NULL, NULL, err, SQL_T(t->sentry_id), SQL_I(t->reproduced), SQL_T(t->language), SQL_T(t->file),
                   SQL_T(t->function), SQL_T(t->exception), SQL_T(t->reason), SQL_T(t->text), SQL_I(t->made_ms),
                   SQL_T(t->project_id));
}

enum df_code sql_test_find(struct df_store *store, struct df_str project_id, struct df_str sentry_id,
                           struct df_arena *arena, struct df_stored_test *ret, bool *ret_found, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_test};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " TEST_COLUMNS " FROM issue_tests WHERE project_id = $1 AND sentry_id = $2", sql_gather,
                   &rows, NULL, err, SQL_T(project_id), SQL_T(sentry_id)));
    *ret_found = rows.n > 0;
    if (rows.n)
        *ret = *(struct df_stored_test *)rows.items;
    return DF_OK;
}
