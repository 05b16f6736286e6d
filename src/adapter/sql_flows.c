#include "adapter/sql_store.h"

enum { FLOW_KEPT_MS = 24 * 3600 * 1000 };

#define FLOW_COLUMNS                                                                                                      \
    "id, project_id, provider, state_hash, verifier, url, browser_hash, organization, status, code, message, created_ms," \
    " expires_ms, interval_s, next_poll_ms"

static void read_flow(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_oauth_flow *)item = (struct df_oauth_flow){.id = sql_text(&row[0], arena),
                                                           .project_id = sql_text(&row[1], arena),
                                                           .provider = sql_text(&row[2], arena),
                                                           .state_hash = sql_text(&row[3], arena),
                                                           .sealed_verifier = sql_text(&row[4], arena),
                                                           .sealed_url = sql_text(&row[5], arena),
                                                           .browser_hash = sql_text(&row[6], arena),
                                                           .organization = sql_text(&row[7], arena),
                                                           .status = (enum df_flow_status)row[8].i,
                                                           .code = sql_text(&row[9], arena),
                                                           .message = sql_text(&row[10], arena),
                                                           .created_ms = row[11].i,
                                                           .expires_ms = row[12].i,
                                                           .interval_s = row[13].i,
                                                           .next_poll_ms = row[14].i};
}

static enum df_code no_flow(struct df_error *err)
{
    return df_fail(err, DF_ERR_FLOW,
                   "this authorization is not known, has ended or has expired: start again (devflow oauth:connect)");
}

static enum df_code flow_create_steps(struct sql_db *db, struct sql_tx *tx, const struct df_oauth_flow *f,
                                      struct df_error *err)
{
    int made = 0;
    DF_TRY(SQL_STEP(db, tx, "DELETE FROM oauth_flows WHERE expires_ms < $1", NULL, NULL, NULL, err,
                    SQL_I(f->created_ms - FLOW_KEPT_MS)));
    DF_TRY(SQL_STEP(db, tx,
                    "INSERT INTO oauth_flows (" FLOW_COLUMNS
                    ") SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15 FROM oauth_apps"
                    " WHERE project_id = $2 AND provider = $3",
                    NULL, NULL, &made, err, SQL_T(f->id), SQL_T(f->project_id), SQL_T(f->provider),
                    SQL_B_OR_NULL(f->state_hash), SQL_B(f->sealed_verifier), SQL_B(f->sealed_url),
                    SQL_B(f->browser_hash), SQL_T(f->organization), SQL_I(f->status), SQL_T(f->code), SQL_T(f->message),
                    SQL_I(f->created_ms), SQL_I(f->expires_ms), SQL_I(f->interval_s), SQL_I(f->next_poll_ms)));
    return made ? DF_OK : sql_no_app(f->project_id, f->provider, err);
}

enum df_code sql_flow_create(struct df_store *store, const struct df_oauth_flow *flow, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, flow->project_id, &tx, err));
    return db->driver->end(tx, flow_create_steps(db, tx, flow, err), err);
}

static enum df_code flow_select(struct df_store *store, const char *sql, struct sql_value by, struct df_arena *arena,
                                struct df_oauth_flow *ret, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_flow};
    DF_TRY(SQL_RUN(sql_db_of(store), sql, sql_gather, &rows, NULL, err, by));
    if (rows.n == 0)
        return no_flow(err);
    *ret = *(struct df_oauth_flow *)rows.items;
    return DF_OK;
}

enum df_code sql_flow_find(struct df_store *store, struct df_str id, struct df_arena *arena, struct df_oauth_flow *ret,
                           struct df_error *err)
{
    return flow_select(store, "SELECT " FLOW_COLUMNS " FROM oauth_flows WHERE id = $1", SQL_T(id), arena, ret, err);
}

enum df_code sql_flow_find_state(struct df_store *store, struct df_str state_hash, struct df_arena *arena,
                                 struct df_oauth_flow *ret, struct df_error *err)
{
    return flow_select(store, "SELECT " FLOW_COLUMNS " FROM oauth_flows WHERE state_hash = $1", SQL_B(state_hash),
                       arena, ret, err);
}

enum df_code sql_flow_bind(struct df_store *store, struct df_str id, struct df_str browser_hash, int64_t now_ms,
                           struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "UPDATE oauth_flows SET browser_hash = $1 WHERE id = $2 AND status = $3 AND expires_ms > $4", NULL,
                   NULL, &changed, err, SQL_B(browser_hash), SQL_T(id), SQL_I(DF_FLOW_PENDING), SQL_I(now_ms)));
    return changed ? DF_OK : no_flow(err);
}

enum df_code sql_flow_take(struct df_store *store, struct df_str state_hash, struct df_str browser_hash, int64_t now_ms,
                           struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "UPDATE oauth_flows SET status = $1, state_hash = NULL"
                   " WHERE state_hash = $2 AND status = $3 AND browser_hash = $4 AND expires_ms > $5",
                   NULL, NULL, &changed, err, SQL_I(DF_FLOW_EXCHANGING), SQL_B(state_hash), SQL_I(DF_FLOW_PENDING),
                   SQL_B(browser_hash), SQL_I(now_ms)));
    return changed
               ? DF_OK
               : df_fail(err, DF_ERR_STATE, "Invalid or expired state parameter: start again (devflow oauth:connect)");
}

enum df_code sql_flow_end(struct df_store *store, const struct df_oauth_flow *flow, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(
        sql_db_of(store),
        "UPDATE oauth_flows SET status = $1, code = $2, message = $3, state_hash = NULL, verifier = $4, url = $4"
        " WHERE id = $5",
        NULL, NULL, &changed, err, SQL_I(flow->status), SQL_T(flow->code), SQL_T(flow->message), SQL_B(DF_STR_NONE),
        SQL_T(flow->id)));
    return changed ? DF_OK : no_flow(err);
}

enum df_code sql_flow_pace(struct df_store *store, const struct df_oauth_flow *flow, int64_t interval_s,
                           int64_t next_poll_ms, bool *ret_set, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "UPDATE oauth_flows SET interval_s = $1, next_poll_ms = $2"
                   " WHERE id = $3 AND status = $4 AND next_poll_ms = $5",
                   NULL, NULL, &changed, err, SQL_I(interval_s), SQL_I(next_poll_ms), SQL_T(flow->id),
                   SQL_I(DF_FLOW_PENDING), SQL_I(flow->next_poll_ms)));
    *ret_set = changed > 0;
    return DF_OK;
}
