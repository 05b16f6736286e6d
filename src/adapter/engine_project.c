#include "adapter/engine_parts.h"

enum { AT_ONCE = 200 };

/* Those that a cancelling has reached are known by their row: in the history, or on the way there. */
#define OPEN_SQL                                                                                                     \
    "SELECT id FROM workflow_runs r WHERE project_id = $1 AND started_ms < $2 AND (status = 4 OR status = 0 AND NOT" \
    " EXISTS (SELECT 1 FROM workflow_inbox i WHERE i.run_id = r.id AND i.kind = 5) AND NOT EXISTS (SELECT 1 FROM"    \
    " workflow_history h WHERE h.run_id = r.id AND h.kind = 5)) ORDER BY started_ms LIMIT $3"
#define ENDED_SQL \
    "SELECT id FROM workflow_runs WHERE project_id = $1 AND started_ms < $2 AND closed_ms > 0 ORDER BY started_ms LIMIT $3"

static enum df_code cancel_one(struct df_engine *base, struct df_str id, struct df_error *err)
{
    enum df_code code = engine_cancel(base, id, err);
    return code == DF_ERR_ENDED || code == DF_ERR_WORKFLOW ? DF_OK : code; /* by itself, meanwhile */
}

static enum df_code forget_one(struct df_engine *base, struct df_str id, struct df_error *err)
{
    return engine_forget_run(engine_of(base)->db, id, err);
}

static enum df_code each(struct df_engine *base, const char *sql, struct df_str project_id, int64_t before_ms,
                         enum df_code (*one)(struct df_engine *base, struct df_str id, struct df_error *err),
                         struct df_error *err)
{
    for (;;) {
        struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
        struct sql_rows ids = {.arena = scratch, .size = sizeof(struct df_str), .read = sql_read_text};
        DF_TRY(SQL_RUN(engine_of(base)->db, sql, sql_gather, &ids, NULL, err, SQL_T(project_id), SQL_I(before_ms),
                       SQL_I(AT_ONCE)));
        for (size_t i = 0; i < ids.n; i++)
            DF_TRY(one(base, ((const struct df_str *)ids.items)[i], err));
        if (ids.n < AT_ONCE)
            return DF_OK;
    }
}

enum df_code engine_leave_project(struct df_engine *base, struct df_str project_id, int64_t started_before_ms,
                                  size_t *ret_left, struct df_error *err)
{
    int64_t left = 0;
    DF_TRY(each(base, OPEN_SQL, project_id, started_before_ms, cancel_one, err));
    DF_TRY(each(base, ENDED_SQL, project_id, started_before_ms, forget_one, err));
    DF_TRY(SQL_RUN(engine_of(base)->db, "SELECT count(*) FROM workflow_runs WHERE project_id = $1 AND started_ms < $2",
                   sql_take_int, &left, NULL, err, SQL_T(project_id), SQL_I(started_before_ms)));
    *ret_left = (size_t)left;
    return DF_OK;
}
