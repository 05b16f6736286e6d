#include "adapter/sql_store.h"

#define FAREWELL_COLUMNS "project_id, deleted_ms, due_ms, attempts"

static void read_farewell(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_farewell *)item = (struct df_farewell){
        .project_id = sql_text(&row[0], arena), .deleted_ms = row[1].i, .due_ms = row[2].i, .attempts = row[3].i};
}

static enum df_code claim_steps(struct sql_db *db, struct sql_tx *tx, int64_t now_ms, int64_t until_ms,
                                struct sql_rows *rows, struct df_error *err)
{
    DF_TRY(SQL_STEP(db, tx,
                    "SELECT " FAREWELL_COLUMNS " FROM project_farewells WHERE due_ms <= $1 ORDER BY due_ms LIMIT 1",
                    sql_gather, rows, NULL, err, SQL_I(now_ms)));
    const struct df_farewell *f = rows->items;
    if (rows->n == 0)
        return DF_OK;
    return SQL_STEP(db, tx, "UPDATE project_farewells SET due_ms = $1 WHERE project_id = $2 AND deleted_ms = $3", NULL,
                    NULL, NULL, err, SQL_I(until_ms), SQL_T(f->project_id), SQL_I(f->deleted_ms));
}

enum df_code sql_farewell_claim(struct df_store *store, int64_t now_ms, int64_t until_ms, struct df_arena *arena,
                                struct df_farewell *ret, bool *ret_there, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_farewell};
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, DF_S("project farewells"), &tx, err));
    DF_TRY(db->driver->end(tx, claim_steps(db, tx, now_ms, until_ms, &rows, err), err));
    *ret_there = rows.n > 0;
    if (rows.n)
        *ret = *(const struct df_farewell *)rows.items;
    return DF_OK;
}

enum df_code sql_farewell_next(struct df_store *store, int64_t *ret_due_ms, struct df_error *err)
{
    *ret_due_ms = 0;
    return SQL_RUN_PLAIN(sql_db_of(store), "SELECT min(due_ms) FROM project_farewells", sql_take_int, ret_due_ms, err);
}

enum df_code sql_farewell_end(struct df_store *store, const struct df_farewell *f, int64_t claimed_until_ms,
                              struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    if (f->due_ms == 0)
        return SQL_RUN(db, "DELETE FROM project_farewells WHERE project_id = $1 AND deleted_ms = $2 AND due_ms = $3",
                       NULL, NULL, NULL, err, SQL_T(f->project_id), SQL_I(f->deleted_ms), SQL_I(claimed_until_ms));
    return SQL_RUN(db,
                   "UPDATE project_farewells SET due_ms = $1, attempts = $2 WHERE project_id = $3 AND deleted_ms = $4"
                   " AND due_ms = $5",
                   NULL, NULL, NULL, err, SQL_I(f->due_ms), SQL_I(f->attempts), SQL_T(f->project_id),
                   SQL_I(f->deleted_ms), SQL_I(claimed_until_ms));
}
