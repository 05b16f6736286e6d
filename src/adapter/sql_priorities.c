#include "adapter/sql_store.h"

enum { WEIGHTS_BYTES = 2048, MARKS_SHOWN = 5000 };

static void read_mark(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    bool known = row[1].i >= DF_URGENCY_LOW && row[1].i < DF_URGENCY_NONE;
    *(struct df_priority_mark *)item = (struct df_priority_mark){
        .sentry_id = sql_text(&row[0], arena),
        .priority = known ? (enum df_urgency)row[1].i : DF_URGENCY_NONE,
        .judged_ms = row[2].i,
    };
}

/* What an older release does not know of in the row is as it usually is. */
enum df_code sql_priority_weights_get(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                      struct df_urgency_weights *ret, struct df_error *err)
{
    int64_t known = 0;
    const struct df_json *json;
    struct sql_rows rows = {.arena = arena, .size = sizeof(struct df_str), .read = sql_read_text};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT count(*) FROM projects WHERE id = $1", sql_take_int, &known, NULL, err,
                   SQL_T(project_id)));
    if (!known)
        return sql_no_project(project_id, err);
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT weights FROM priority_settings WHERE project_id = $1", sql_gather, &rows,
                   NULL, err, SQL_T(project_id)));
    *ret = df_urgency_usual;
    if (rows.n && df_json_parse(arena, *(const struct df_str *)rows.items, 0, &json, NULL) == DF_OK)
        (void)df_urgency_weights_change(json, ret, NULL);
    return DF_OK;
}

static enum df_code put_steps(struct sql_db *db, struct sql_tx *tx, struct df_str project_id, struct df_str text,
                              int64_t now_ms, struct df_error *err)
{
    int changed = 0;
    DF_TRY(
        SQL_STEP(db, tx,
                 "INSERT INTO priority_settings (project_id, weights, updated_ms)"
                 " SELECT $1, $2, $3 FROM projects p WHERE p.id = $1"
                 " ON CONFLICT (project_id) DO UPDATE SET weights = excluded.weights, updated_ms = excluded.updated_ms",
                 NULL, NULL, &changed, err, SQL_T(project_id), SQL_T(text), SQL_I(now_ms)));
    return changed ? DF_OK : sql_no_project(project_id, err);
}

enum df_code sql_priority_weights_put(struct df_store *store, struct df_str project_id,
                                      const struct df_urgency_weights *weights, int64_t now_ms, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_json_writer w;
    struct df_buf text;
    struct sql_tx *tx;
    df_buf_init(&text, arena, WEIGHTS_BYTES);
    df_json_writer_init(&w, &text, 0);
    df_urgency_weights_json(weights, &w);
    DF_TRY(db->driver->begin(db, project_id, &tx, err));
    return sql_end_noted(store, tx, put_steps(db, tx, project_id, df_buf_str(&text), now_ms, err), "priorities",
                         project_id, DF_S("weights"), err);
}

enum df_code sql_priority_marks(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                struct df_priority_mark **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_mark};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT sentry_id, priority, judged_ms FROM issue_priorities WHERE project_id = $1"
                   " ORDER BY judged_ms DESC, sentry_id LIMIT $2",
                   sql_gather, &rows, NULL, err, SQL_T(project_id), SQL_I(MARKS_SHOWN)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static enum df_code mark_steps(struct sql_db *db, struct sql_tx *tx, struct df_str project_id,
                               const struct df_priority_mark *marks, size_t n, int64_t before_ms, struct df_error *err)
{
    for (size_t i = 0; i < n; i++)
        DF_TRY(SQL_STEP(db, tx,
                        "INSERT INTO issue_priorities (project_id, sentry_id, priority, judged_ms)"
                        " SELECT $1, $2, $3, $4 FROM projects p WHERE p.id = $1"
                        " ON CONFLICT (project_id, sentry_id) DO UPDATE SET priority = excluded.priority,"
                        " judged_ms = excluded.judged_ms WHERE issue_priorities.judged_ms <= excluded.judged_ms",
                        NULL, NULL, NULL, err, SQL_T(project_id), SQL_T(marks[i].sentry_id), SQL_I(marks[i].priority),
                        SQL_I(marks[i].judged_ms)));
    return SQL_STEP(db, tx, "DELETE FROM issue_priorities WHERE project_id = $1 AND judged_ms < $2", NULL, NULL, NULL,
                    err, SQL_T(project_id), SQL_I(before_ms));
}

enum df_code sql_priority_marks_put(struct df_store *store, struct df_str project_id,
                                    const struct df_priority_mark *marks, size_t n, int64_t before_ms,
                                    struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, project_id, &tx, err));
    return db->driver->end(tx, mark_steps(db, tx, project_id, marks, n, before_ms, err), err);
}
