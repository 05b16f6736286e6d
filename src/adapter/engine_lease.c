#include "adapter/engine_parts.h"
#include "base/crypto.h"
#include "base/wait.h"

#include <stdio.h>

static int64_t lease_ms(const struct df_engine_worker *worker)
{
    return worker->engine->options.lease_ms;
}

enum df_code engine_lease_take(struct df_engine_worker *worker, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_str id = df_random_hex(ENGINE_ID_BYTES, scratch);
    DF_TRY(SQL_RUN(worker->db, "INSERT INTO workflow_workers (id, name, until_ms) VALUES ($1, $2, $3)", NULL, NULL,
                   NULL, err, SQL_T(id), SQL_T(worker->options.name), SQL_I(engine_now(worker) + lease_ms(worker))));
    snprintf(worker->id_bytes, sizeof worker->id_bytes, "%.*s", DF_FMT(id));
    worker->id = df_str_c(worker->id_bytes);
    worker->renewed_ms = df_monotonic_ms();
    return DF_OK;
}

enum df_code engine_lease_renew(struct df_engine_worker *worker, struct sql_tx *tx, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(worker->db, tx, "UPDATE workflow_workers SET until_ms = $1 WHERE id = $2", NULL, NULL, &changed,
                    err, SQL_I(engine_now(worker) + lease_ms(worker)), SQL_T(worker->id)));
    worker->renewed_ms = df_monotonic_ms();
    return changed == 1 ? DF_OK
                        : df_fail(err, DF_ERR_STORE, "the worker was too slow: another has taken its workflows over");
}

/* Whose row is gone owns nothing: both in one transaction. */
static enum df_code free_runs(struct sql_db *db, struct df_str id, int64_t until_before_ms, struct df_error *err)
{
    struct sql_tx *tx;
    int changed = 0;
    DF_TRY(db->driver->begin(db, id, &tx, err));
    enum df_code code = SQL_STEP(db, tx, "DELETE FROM workflow_workers WHERE id = $1 AND ($2 = 0 OR until_ms < $2)",
                                 NULL, NULL, &changed, err, SQL_T(id), SQL_I(until_before_ms));
    if (code == DF_OK && (changed || until_before_ms == 0))
        code = SQL_STEP(
            db, tx,
            "UPDATE workflow_runs SET owner = '', due_ms = 1, tries = CASE WHEN $1 = 0 THEN 0 ELSE tries END"
            " WHERE owner = $2",
            NULL, NULL, NULL, err, SQL_I(until_before_ms), SQL_T(id));
    return db->driver->end(tx, code, err);
}

enum df_code engine_lease_give(struct df_engine_worker *worker, struct df_error *err)
{
    if (worker->id.n == 0)
        return DF_OK;
    DF_TRY(free_runs(worker->db, worker->id, 0, err));
    worker->id = DF_STR_NONE;
    return DF_OK;
}

enum df_code engine_lease_sweep(struct df_engine_worker *worker, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct sql_rows dead = {.arena = scratch, .size = sizeof(struct df_str), .read = sql_read_text};
    int64_t now_ms = engine_now(worker);
    DF_TRY(SQL_RUN(worker->db, "SELECT id FROM workflow_workers WHERE until_ms < $1 AND id <> $2", sql_gather, &dead,
                   NULL, err, SQL_I(now_ms), SQL_T(worker->id)));
    for (size_t i = 0; i < dead.n; i++) {
        DF_TRY(free_runs(worker->db, ((struct df_str *)dead.items)[i], now_ms, err));
        engine_tell(worker, true, "a worker is gone: its workflows go on here", DF_STR_NONE, DF_STR_NONE);
    }
    return DF_OK;
}

enum df_code sql_engine_free_runs(struct sql_db *db, struct df_error *err)
{
    DF_TRY(SQL_RUN_PLAIN(db, "UPDATE workflow_runs SET owner = '', due_ms = 1 WHERE owner <> ''", NULL, NULL, err));
    return SQL_RUN_PLAIN(db, "DELETE FROM workflow_workers", NULL, NULL, err);
}
