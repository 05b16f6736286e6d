#include "adapter/sql_outbox.h"
#include "adapter/sql_store.h"

#define CONNECTION_COLUMNS                                                                                                   \
    "project_id, provider, id, base_url, access_token, refresh_token, token_type, scopes, obtained_ms, expires_ms, user_id," \
    " user_email, organizations, reconnect, failure_reason, version, refreshed_ms, created_ms, updated_ms,"                  \
    " epoch, lease_owner, lease_until_ms, unanswered, failures, due_ms, failure_code, doubtful"

static void read_connection(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_connection *)item = (struct df_connection){.project_id = sql_text(&row[0], arena),
                                                           .provider = sql_text(&row[1], arena),
                                                           .id = sql_text(&row[2], arena),
                                                           .base_url = sql_text(&row[3], arena),
                                                           .sealed_access_token = sql_text(&row[4], arena),
                                                           .sealed_refresh_token = sql_text(&row[5], arena),
                                                           .token_type = sql_text(&row[6], arena),
                                                           .scopes = sql_text(&row[7], arena),
                                                           .obtained_ms = row[8].i,
                                                           .expires_ms = row[9].i,
                                                           .user_id = sql_text(&row[10], arena),
                                                           .user_email = sql_text(&row[11], arena),
                                                           .organizations = sql_text(&row[12], arena),
                                                           .reconnect = row[13].i != 0,
                                                           .failure_reason = sql_text(&row[14], arena),
                                                           .version = row[15].i,
                                                           .refreshed_ms = row[16].i,
                                                           .created_ms = row[17].i,
                                                           .updated_ms = row[18].i,
                                                           .epoch = row[19].i,
                                                           .lease_owner = sql_text(&row[20], arena),
                                                           .lease_until_ms = row[21].i,
                                                           .unanswered = row[22].i != 0,
                                                           .failures = row[23].i,
                                                           .due_ms = row[24].i,
                                                           .failure_code = sql_text(&row[25], arena),
                                                           .doubtful = row[26].i != 0};
}

static enum df_code no_connection(struct df_str provider, struct df_error *err)
{
    return df_fail(err, DF_ERR_CONNECTION,
                   "OAuth connection not found: %.*s is not connected for this project (devflow oauth:connect)",
                   DF_FMT(provider));
}

static enum df_code put_steps(struct sql_db *db, struct sql_tx *tx, const struct df_connection *c,
                              struct df_str client_id, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(
        db, tx,
        "INSERT INTO connections (" CONNECTION_COLUMNS
        ") SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,0,'',0,0,0,$20,'',0 FROM oauth_apps"
        " WHERE project_id = $1 AND provider = $2 AND client_id = $21"
        " ON CONFLICT (project_id, provider) DO UPDATE SET base_url = excluded.base_url, access_token = excluded.access_token,"
        " refresh_token = excluded.refresh_token, token_type = excluded.token_type, scopes = excluded.scopes,"
        " obtained_ms = excluded.obtained_ms, expires_ms = excluded.expires_ms, user_id = excluded.user_id,"
        " user_email = excluded.user_email, organizations = excluded.organizations, reconnect = excluded.reconnect,"
        " failure_reason = excluded.failure_reason, version = connections.version + 1, refreshed_ms = excluded.refreshed_ms,"
        " updated_ms = excluded.updated_ms, lease_owner = '', lease_until_ms = 0, unanswered = 0,"
        " failures = 0, due_ms = excluded.due_ms, failure_code = '', doubtful = 0",
        NULL, NULL, &changed, err, SQL_T(c->project_id), SQL_T(c->provider), SQL_T(c->id), SQL_T(c->base_url),
        SQL_B(c->sealed_access_token), SQL_B(c->sealed_refresh_token), SQL_T(c->token_type), SQL_T(c->scopes),
        SQL_I(c->obtained_ms), SQL_I(c->expires_ms), SQL_T(c->user_id), SQL_T(c->user_email), SQL_T(c->organizations),
        SQL_I(c->reconnect), SQL_T(c->failure_reason), SQL_I(c->version), SQL_I(c->refreshed_ms), SQL_I(c->created_ms),
        SQL_I(c->updated_ms), SQL_I(c->due_ms), SQL_T(client_id)));
    if (!changed)
        return sql_no_app(c->project_id, c->provider, err);
    return sql_outbox_add(db, tx, DF_EVENT_CONNECTED, c->project_id, c->provider, DF_STR_NONE, c->updated_ms, err);
}

/* In a transaction of the project, so that an app registered anew at the same moment is before or after it, not between. */
enum df_code sql_connection_put(struct df_store *store, const struct df_connection *c, struct df_str client_id,
                                struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, c->project_id, &tx, err));
    DF_TRY(
        sql_end_noted(store, tx, put_steps(db, tx, c, client_id, err), "connection", c->project_id, c->provider, err));
    sql_changed(store, c->project_id, c->provider);
    return DF_OK;
}

enum df_code sql_connection_find(struct df_store *store, struct df_str project_id, struct df_str provider,
                                 struct df_arena *arena, struct df_connection *ret, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_connection};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " CONNECTION_COLUMNS " FROM connections WHERE project_id = $1 AND provider = $2", sql_gather,
                   &rows, NULL, err, SQL_T(project_id), SQL_T(provider)));
    if (rows.n == 0)
        return no_connection(provider, err);
    *ret = *(struct df_connection *)rows.items;
    return DF_OK;
}

enum df_code sql_connection_list(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                 struct df_connection **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_connection};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " CONNECTION_COLUMNS
                   " FROM connections WHERE project_id = $1 ORDER BY created_ms DESC, provider",
                   sql_gather, &rows, NULL, err, SQL_T(project_id)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static enum df_code set_tokens_steps(struct sql_db *db, struct sql_tx *tx, const struct df_connection *c,
                                     bool *ret_stored, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(
        db, tx,
        "UPDATE connections SET access_token = $1, refresh_token = $2, token_type = $3, scopes = $4, obtained_ms = $5,"
        " expires_ms = $6, refreshed_ms = $7, updated_ms = $8, version = version + 1, reconnect = 0, failure_reason = '',"
        " lease_owner = '', lease_until_ms = 0, unanswered = 0, failures = 0, due_ms = $9, failure_code = '', doubtful = 0"
        " WHERE project_id = $10 AND provider = $11 AND version = $12 AND id = $13",
        NULL, NULL, &changed, err, SQL_B(c->sealed_access_token), SQL_B(c->sealed_refresh_token), SQL_T(c->token_type),
        SQL_T(c->scopes), SQL_I(c->obtained_ms), SQL_I(c->expires_ms), SQL_I(c->refreshed_ms), SQL_I(c->updated_ms),
        SQL_I(c->due_ms), SQL_T(c->project_id), SQL_T(c->provider), SQL_I(c->version), SQL_T(c->id)));
    *ret_stored = changed > 0;
    if (!changed)
        return DF_OK;
    return sql_outbox_add(db, tx, DF_EVENT_REFRESHED, c->project_id, c->provider, DF_STR_NONE, c->updated_ms, err);
}

enum df_code sql_connection_set_tokens(struct df_store *store, const struct df_connection *c, bool *ret_stored,
                                       struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    bool stored = false;
    DF_TRY(db->driver->begin(db, c->project_id, &tx, err));
    DF_TRY(db->driver->end(tx, set_tokens_steps(db, tx, c, &stored, err), err));
    *ret_stored = stored;
    if (stored)
        sql_changed(store, c->project_id, c->provider);
    return DF_OK;
}

static enum df_code set_refresh_steps(struct sql_db *db, struct sql_tx *tx, const struct df_connection *c,
                                      int64_t epoch, bool *ret_stored, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(
        db, tx,
        "UPDATE connections SET epoch = $1, lease_owner = $2, lease_until_ms = $3, unanswered = $4, reconnect = $5,"
        " failure_reason = $6, failures = $7, due_ms = $8, updated_ms = $9, failure_code = $10,"
        " doubtful = $11 WHERE project_id = $12 AND provider = $13 AND version = $14 AND epoch = $15 AND id = $16",
        NULL, NULL, &changed, err, SQL_I(c->epoch), SQL_T(c->lease_owner), SQL_I(c->lease_until_ms),
        SQL_I(c->unanswered), SQL_I(c->reconnect), SQL_T(c->failure_reason), SQL_I(c->failures), SQL_I(c->due_ms),
        SQL_I(c->updated_ms), SQL_T(c->failure_code), SQL_I(c->doubtful), SQL_T(c->project_id), SQL_T(c->provider),
        SQL_I(c->version), SQL_I(epoch), SQL_T(c->id)));
    *ret_stored = changed > 0;
    const char *event = c->reconnect ? DF_EVENT_RECONNECT : DF_EVENT_FAILING;
    /* A lease taken or renewed is no news; nor is a failure after the first. */
    if (!changed || c->lease_owner.n || (!c->reconnect && c->failures != 1))
        return DF_OK;
    return sql_outbox_add(db, tx, event, c->project_id, c->provider, c->failure_reason, c->updated_ms, err);
}

enum df_code sql_connection_set_refresh(struct df_store *store, const struct df_connection *c, int64_t epoch,
                                        bool *ret_stored, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    bool stored = false;
    DF_TRY(db->driver->begin(db, c->project_id, &tx, err));
    DF_TRY(db->driver->end(tx, set_refresh_steps(db, tx, c, epoch, &stored, err), err));
    *ret_stored = stored;
    if (stored)
        sql_changed(store, c->project_id, c->provider);
    return DF_OK;
}

static void read_due(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_connection *)item = (struct df_connection){.base_url = sql_text(&row[0], arena), .due_ms = row[1].i};
}

#define DUE "due_ms > 0 AND reconnect = 0"

/* From one base URL to the next by the index (a loose index scan); neither database does that for DISTINCT. */
enum df_code sql_connection_list_due(struct df_store *store, struct df_arena *arena, struct df_connection **ret,
                                     size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_due};
    DF_TRY(SQL_RUN_PLAIN(sql_db_of(store),
                         "WITH RECURSIVE hosts (url) AS (SELECT (SELECT min(base_url) FROM connections WHERE " DUE ")"
                         " UNION ALL SELECT (SELECT min(base_url) FROM connections WHERE base_url > url AND " DUE
                         ") FROM hosts WHERE url IS NOT NULL)"
                         " SELECT url, (SELECT min(due_ms) FROM connections WHERE base_url = url AND " DUE
                         ") FROM hosts WHERE url IS NOT NULL",
                         sql_gather, &rows, err));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static void read_claimed(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_connection *)item = (struct df_connection){
        .project_id = sql_text(&row[0], arena), .provider = sql_text(&row[1], arena), .version = row[2].i};
}

/* In a transaction of the base URL, so that two nodes do not choose the same ones. Nobody's cache is told: no token changed. */
enum df_code sql_connection_claim_due(struct df_store *store, struct df_str base_url, int64_t now_ms, int64_t until_ms,
                                      int limit, struct df_arena *arena, struct df_connection **ret, size_t *ret_n,
                                      struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_claimed};
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, base_url, &tx, err));
    enum df_code code = SQL_STEP(
        db, tx,
        "UPDATE connections SET due_ms = $1 WHERE " DUE " AND due_ms <= $2 AND (project_id, provider) IN"
        " (SELECT project_id, provider FROM connections WHERE base_url = $3 AND due_ms <= $2 AND " DUE
        " ORDER BY due_ms LIMIT $4) RETURNING project_id, provider, version",
        sql_gather, &rows, NULL, err, SQL_I(until_ms), SQL_I(now_ms), SQL_T(base_url), SQL_I(limit));
    DF_TRY(db->driver->end(tx, code, err));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

/* Whoever is woken by it looks at all that is due. */
enum df_code sql_connection_unclaim(struct df_store *store, struct df_str base_url, int64_t until_ms, int64_t due_ms,
                                    struct df_error *err)
{
    return SQL_RUN(sql_db_of(store),
                   "UPDATE connections SET due_ms = $1 WHERE base_url = $2 AND due_ms = $3 AND reconnect = 0", NULL,
                   NULL, NULL, err, SQL_I(due_ms), SQL_T(base_url), SQL_I(until_ms));
}

static enum df_code delete_steps(struct sql_db *db, struct sql_tx *tx, struct df_str project_id, struct df_str provider,
                                 struct df_error *err)
{
    int changed = 0;
    DF_TRY(sql_outbox_add(db, tx, DF_EVENT_DISCONNECTED, project_id, provider, DF_S("disconnected here"),
                          df_now_ms(db->clock), err));
    DF_TRY(SQL_STEP(db, tx, "DELETE FROM connections WHERE project_id = $1 AND provider = $2", NULL, NULL, &changed,
                    err, SQL_T(project_id), SQL_T(provider)));
    return changed ? DF_OK : no_connection(provider, err);
}

enum df_code sql_connection_delete(struct df_store *store, struct df_str project_id, struct df_str provider,
                                   struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, project_id, &tx, err));
    DF_TRY(sql_end_noted(store, tx, delete_steps(db, tx, project_id, provider, err), "connection", project_id, provider,
                         err));
    sql_changed(store, project_id, provider);
    return DF_OK;
}
