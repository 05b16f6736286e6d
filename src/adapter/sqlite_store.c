#include "adapter/sqlite_store.h"
#include "adapter/sqlite_db.h"

#include <stdlib.h>

enum { FLOW_KEPT_MS = 24 * 3600 * 1000 };

struct sqlite_store {
    struct df_store port;
    struct sqlite_db db;
};

static struct sqlite_db *db_of(struct df_store *store)
{
    return &((struct sqlite_store *)store)->db;
}

/* Rows gathered into an array in the caller's arena. */
struct rows {
    struct df_arena *arena;
    void *items;
    size_t n, cap, size;
    void (*read)(sqlite3_stmt *row, struct df_arena *arena, void *item);
};

static void gather(sqlite3_stmt *row, void *arg)
{
    struct rows *rows = arg;
    if (rows->n == rows->cap) {
        size_t cap = rows->cap ? 2 * rows->cap : 8;
        rows->items = df_arena_grow(rows->arena, rows->items, rows->cap * rows->size, cap * rows->size);
        rows->cap = cap;
    }
    void *item = (char *)rows->items + rows->n++ * rows->size;
    memset(item, 0, rows->size);
    rows->read(row, rows->arena, item);
}

#define TEXT(column) sqlite_column_str(row, (column), arena)
#define INT(column) sqlite3_column_int64(row, (column))

static enum df_code store_ping(struct df_store *store, struct df_error *err)
{
    return sqlite_db_run(db_of(store), "SELECT count(*) FROM projects WHERE id = ''", NULL, 0, NULL, NULL, NULL, err);
}

/* Projects */

#define PROJECT_COLUMNS "id, name, description, repository, created_ms, updated_ms"

static void read_project(sqlite3_stmt *row, struct df_arena *arena, void *item)
{
    *(struct df_project *)item = (struct df_project){.id = TEXT(0),
                                                     .name = TEXT(1),
                                                     .description = TEXT(2),
                                                     .repository = TEXT(3),
                                                     .created_ms = INT(4),
                                                     .updated_ms = INT(5)};
}

static enum df_code no_project(struct df_str id, struct df_error *err)
{
    return df_fail(err, DF_ERR_PROJECT, "Project %.*s not found", DF_FMT(df_str_head(id, 64)));
}

static enum df_code project_create(struct df_store *store, const struct df_project *p, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(db_of(store),
                   "INSERT INTO projects (" PROJECT_COLUMNS ") VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING", NULL, NULL,
                   &changed, err, SQL_T(p->id), SQL_T(p->name), SQL_T(p->description), SQL_T(p->repository),
                   SQL_I(p->created_ms), SQL_I(p->updated_ms)));
    return changed ? DF_OK : df_fail(err, DF_ERR_EXISTS, "a project %.*s exists already", DF_FMT(p->id));
}

static enum df_code project_update(struct df_store *store, const struct df_project *p, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(db_of(store),
                   "UPDATE projects SET name = ?, description = ?, repository = ?, updated_ms = ? WHERE id = ?", NULL,
                   NULL, &changed, err, SQL_T(p->name), SQL_T(p->description), SQL_T(p->repository),
                   SQL_I(p->updated_ms), SQL_T(p->id)));
    return changed ? DF_OK : no_project(p->id, err);
}

static enum df_code project_find(struct df_store *store, struct df_str id, struct df_arena *arena,
                                 struct df_project *ret, struct df_error *err)
{
    struct rows rows = {arena, NULL, 0, 0, sizeof *ret, read_project};
    DF_TRY(SQL_RUN(db_of(store), "SELECT " PROJECT_COLUMNS " FROM projects WHERE id = ?", gather, &rows, NULL, err,
                   SQL_T(id)));
    if (rows.n == 0)
        return no_project(id, err);
    *ret = *(struct df_project *)rows.items;
    return DF_OK;
}

static enum df_code project_list(struct df_store *store, struct df_arena *arena, struct df_project **ret, size_t *ret_n,
                                 struct df_error *err)
{
    struct rows rows = {arena, NULL, 0, 0, sizeof **ret, read_project};
    DF_TRY(sqlite_db_run(db_of(store), "SELECT " PROJECT_COLUMNS " FROM projects ORDER BY created_ms DESC, id", NULL, 0,
                         gather, &rows, NULL, err));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static enum df_code project_delete(struct df_store *store, struct df_str id, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(db_of(store), "DELETE FROM projects WHERE id = ?", NULL, NULL, &changed, err, SQL_T(id)));
    return changed ? DF_OK : no_project(id, err);
}

/* OAuth applications */

#define APP_COLUMNS                                                                                                     \
    "project_id, provider, id, client_id, client_secret, redirect_uri, scopes, flow_type, base_url, name, description," \
    " created_ms, updated_ms"

static void read_app(sqlite3_stmt *row, struct df_arena *arena, void *item)
{
    *(struct df_oauth_app *)item = (struct df_oauth_app){.project_id = TEXT(0),
                                                         .provider = TEXT(1),
                                                         .id = TEXT(2),
                                                         .client_id = TEXT(3),
                                                         .sealed_client_secret = TEXT(4),
                                                         .redirect_uri = TEXT(5),
                                                         .scopes = TEXT(6),
                                                         .flow_type = TEXT(7),
                                                         .base_url = TEXT(8),
                                                         .name = TEXT(9),
                                                         .description = TEXT(10),
                                                         .created_ms = INT(11),
                                                         .updated_ms = INT(12)};
}

static enum df_code no_app(struct df_str project_id, struct df_str provider, struct df_error *err)
{
    return df_fail(err, DF_ERR_APP,
                   "OAuth app not found for project %.*s and %.*s: register it first (devflow oauth:register)",
                   DF_FMT(df_str_head(project_id, 64)), DF_FMT(provider));
}

static void count_row(sqlite3_stmt *row, void *arg)
{
    *(int *)arg = sqlite3_column_int(row, 0);
}

static enum df_code app_put_steps(struct sqlite_db *db, const struct df_oauth_app *a, struct df_str reason,
                                  bool *ret_reconnect, struct df_error *err)
{
    int known = 0, marked = 0;
    DF_TRY(
        SQL_STEP(db, "SELECT count(*) FROM projects WHERE id = ?", count_row, &known, NULL, err, SQL_T(a->project_id)));
    if (!known)
        return no_project(a->project_id, err);
    DF_TRY(SQL_STEP(
        db,
        "UPDATE connections SET reconnect = 1, version = version + 1, failure_reason = ?, updated_ms = ? WHERE project_id = ? AND provider = ?"
        " AND EXISTS (SELECT 1 FROM oauth_apps a WHERE a.project_id = connections.project_id"
        " AND a.provider = connections.provider AND (a.client_id <> ? OR a.base_url <> ?))",
        NULL, NULL, &marked, err, SQL_T(reason), SQL_I(a->updated_ms), SQL_T(a->project_id), SQL_T(a->provider),
        SQL_T(a->client_id), SQL_T(a->base_url)));
    *ret_reconnect = marked > 0;
    return SQL_STEP(
        db,
        "INSERT INTO oauth_apps (" APP_COLUMNS ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT (project_id, provider) DO UPDATE SET client_id = excluded.client_id,"
        " client_secret = excluded.client_secret, redirect_uri = excluded.redirect_uri, scopes = excluded.scopes,"
        " flow_type = excluded.flow_type, base_url = excluded.base_url, name = excluded.name,"
        " description = excluded.description, updated_ms = excluded.updated_ms",
        NULL, NULL, NULL, err, SQL_T(a->project_id), SQL_T(a->provider), SQL_T(a->id), SQL_T(a->client_id),
        SQL_B(a->sealed_client_secret), SQL_T(a->redirect_uri), SQL_T(a->scopes), SQL_T(a->flow_type),
        SQL_T(a->base_url), SQL_T(a->name), SQL_T(a->description), SQL_I(a->created_ms), SQL_I(a->updated_ms));
}

static enum df_code app_put(struct df_store *store, const struct df_oauth_app *app, struct df_str reconnect_reason,
                            bool *ret_reconnect, struct df_error *err)
{
    DF_TRY(sqlite_db_begin(db_of(store), err));
    return sqlite_db_end(db_of(store), app_put_steps(db_of(store), app, reconnect_reason, ret_reconnect, err), err);
}

static enum df_code app_find(struct df_store *store, struct df_str project_id, struct df_str provider,
                             struct df_arena *arena, struct df_oauth_app *ret, struct df_error *err)
{
    struct rows rows = {arena, NULL, 0, 0, sizeof *ret, read_app};
    DF_TRY(SQL_RUN(db_of(store), "SELECT " APP_COLUMNS " FROM oauth_apps WHERE project_id = ? AND provider = ?", gather,
                   &rows, NULL, err, SQL_T(project_id), SQL_T(provider)));
    if (rows.n == 0)
        return no_app(project_id, provider, err);
    *ret = *(struct df_oauth_app *)rows.items;
    return DF_OK;
}

static enum df_code app_list(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                             struct df_oauth_app **ret, size_t *ret_n, struct df_error *err)
{
    struct rows rows = {arena, NULL, 0, 0, sizeof **ret, read_app};
    DF_TRY(SQL_RUN(db_of(store),
                   "SELECT " APP_COLUMNS " FROM oauth_apps WHERE project_id = ? ORDER BY created_ms DESC, provider",
                   gather, &rows, NULL, err, SQL_T(project_id)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static enum df_code app_delete(struct df_store *store, struct df_str project_id, struct df_str provider,
                               struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(db_of(store), "DELETE FROM oauth_apps WHERE project_id = ? AND provider = ?", NULL, NULL, &changed,
                   err, SQL_T(project_id), SQL_T(provider)));
    return changed ? DF_OK : no_app(project_id, provider, err);
}

/* Connections */

#define CONNECTION_COLUMNS                                                                                                   \
    "project_id, provider, id, base_url, access_token, refresh_token, token_type, scopes, obtained_ms, expires_ms, user_id," \
    " user_email, organizations, reconnect, failure_reason, version, refreshed_ms, created_ms, updated_ms,"                  \
    " epoch, lease_owner, lease_until_ms, unanswered, failures, due_ms"

static void read_connection(sqlite3_stmt *row, struct df_arena *arena, void *item)
{
    *(struct df_connection *)item = (struct df_connection){.project_id = TEXT(0),
                                                           .provider = TEXT(1),
                                                           .id = TEXT(2),
                                                           .base_url = TEXT(3),
                                                           .sealed_access_token = TEXT(4),
                                                           .sealed_refresh_token = TEXT(5),
                                                           .token_type = TEXT(6),
                                                           .scopes = TEXT(7),
                                                           .obtained_ms = INT(8),
                                                           .expires_ms = INT(9),
                                                           .user_id = TEXT(10),
                                                           .user_email = TEXT(11),
                                                           .organizations = TEXT(12),
                                                           .reconnect = INT(13) != 0,
                                                           .failure_reason = TEXT(14),
                                                           .version = INT(15),
                                                           .refreshed_ms = INT(16),
                                                           .created_ms = INT(17),
                                                           .updated_ms = INT(18),
                                                           .epoch = INT(19),
                                                           .lease_owner = TEXT(20),
                                                           .lease_until_ms = INT(21),
                                                           .unanswered = INT(22) != 0,
                                                           .failures = INT(23),
                                                           .due_ms = INT(24)};
}

static enum df_code no_connection(struct df_str provider, struct df_error *err)
{
    return df_fail(err, DF_ERR_CONNECTION,
                   "OAuth connection not found: %.*s is not connected for this project (devflow oauth:connect)",
                   DF_FMT(provider));
}

static enum df_code connection_put(struct df_store *store, const struct df_connection *c, struct df_str client_id,
                                   struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(
        db_of(store),
        "INSERT INTO connections (" CONNECTION_COLUMNS
        ") SELECT ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,'',0,0,0,? FROM oauth_apps"
        " WHERE project_id = ?1 AND provider = ?2 AND client_id = ?"
        " ON CONFLICT (project_id, provider) DO UPDATE SET base_url = excluded.base_url, access_token = excluded.access_token,"
        " refresh_token = excluded.refresh_token, token_type = excluded.token_type, scopes = excluded.scopes,"
        " obtained_ms = excluded.obtained_ms, expires_ms = excluded.expires_ms, user_id = excluded.user_id,"
        " user_email = excluded.user_email, organizations = excluded.organizations, reconnect = excluded.reconnect,"
        " failure_reason = excluded.failure_reason, version = version + 1, refreshed_ms = excluded.refreshed_ms,"
        " updated_ms = excluded.updated_ms, lease_owner = '', lease_until_ms = 0, unanswered = 0,"
        " failures = 0, due_ms = excluded.due_ms",
        NULL, NULL, &changed, err, SQL_T(c->project_id), SQL_T(c->provider), SQL_T(c->id), SQL_T(c->base_url),
        SQL_B(c->sealed_access_token), SQL_B(c->sealed_refresh_token), SQL_T(c->token_type), SQL_T(c->scopes),
        SQL_I(c->obtained_ms), SQL_I(c->expires_ms), SQL_T(c->user_id), SQL_T(c->user_email), SQL_T(c->organizations),
        SQL_I(c->reconnect), SQL_T(c->failure_reason), SQL_I(c->version), SQL_I(c->refreshed_ms), SQL_I(c->created_ms),
        SQL_I(c->updated_ms), SQL_I(c->due_ms), SQL_T(client_id)));
    return changed ? DF_OK : no_app(c->project_id, c->provider, err);
}

static enum df_code connection_find(struct df_store *store, struct df_str project_id, struct df_str provider,
                                    struct df_arena *arena, struct df_connection *ret, struct df_error *err)
{
    struct rows rows = {arena, NULL, 0, 0, sizeof *ret, read_connection};
    DF_TRY(SQL_RUN(db_of(store), "SELECT " CONNECTION_COLUMNS " FROM connections WHERE project_id = ? AND provider = ?",
                   gather, &rows, NULL, err, SQL_T(project_id), SQL_T(provider)));
    if (rows.n == 0)
        return no_connection(provider, err);
    *ret = *(struct df_connection *)rows.items;
    return DF_OK;
}

static enum df_code connection_list(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                    struct df_connection **ret, size_t *ret_n, struct df_error *err)
{
    struct rows rows = {arena, NULL, 0, 0, sizeof **ret, read_connection};
    DF_TRY(SQL_RUN(db_of(store),
                   "SELECT " CONNECTION_COLUMNS
                   " FROM connections WHERE project_id = ? ORDER BY created_ms DESC, provider",
                   gather, &rows, NULL, err, SQL_T(project_id)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static enum df_code connection_set_tokens(struct df_store *store, const struct df_connection *c, bool *ret_stored,
                                          struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(
        db_of(store),
        "UPDATE connections SET access_token = ?, refresh_token = ?, token_type = ?, scopes = ?, obtained_ms = ?,"
        " expires_ms = ?, refreshed_ms = ?, updated_ms = ?, version = version + 1, reconnect = 0, failure_reason = '',"
        " lease_owner = '', lease_until_ms = 0, unanswered = 0, failures = 0, due_ms = ?"
        " WHERE project_id = ? AND provider = ? AND version = ?",
        NULL, NULL, &changed, err, SQL_B(c->sealed_access_token), SQL_B(c->sealed_refresh_token), SQL_T(c->token_type),
        SQL_T(c->scopes), SQL_I(c->obtained_ms), SQL_I(c->expires_ms), SQL_I(c->refreshed_ms), SQL_I(c->updated_ms),
        SQL_I(c->due_ms), SQL_T(c->project_id), SQL_T(c->provider), SQL_I(c->version)));
    *ret_stored = changed > 0;
    return DF_OK;
}

static enum df_code connection_set_refresh(struct df_store *store, const struct df_connection *c, int64_t epoch,
                                           bool *ret_stored, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(
        db_of(store),
        "UPDATE connections SET epoch = ?, lease_owner = ?, lease_until_ms = ?, unanswered = ?, reconnect = ?,"
        " failure_reason = ?, failures = ?, due_ms = ?, updated_ms = ?"
        " WHERE project_id = ? AND provider = ? AND version = ? AND epoch = ?",
        NULL, NULL, &changed, err, SQL_I(c->epoch), SQL_T(c->lease_owner), SQL_I(c->lease_until_ms),
        SQL_I(c->unanswered), SQL_I(c->reconnect), SQL_T(c->failure_reason), SQL_I(c->failures), SQL_I(c->due_ms),
        SQL_I(c->updated_ms), SQL_T(c->project_id), SQL_T(c->provider), SQL_I(c->version), SQL_I(epoch)));
    *ret_stored = changed > 0;
    return DF_OK;
}

static void read_due(sqlite3_stmt *row, struct df_arena *arena, void *item)
{
    *(struct df_connection *)item = (struct df_connection){
        .project_id = TEXT(0), .provider = TEXT(1), .due_ms = INT(2)};
}

static enum df_code connection_list_due(struct df_store *store, int64_t now_ms, int limit, struct df_arena *arena,
                                        struct df_connection **ret, size_t *ret_n, int64_t *ret_next_ms,
                                        struct df_error *err)
{
    struct rows rows = {arena, NULL, 0, 0, sizeof **ret, read_due};
    DF_TRY(SQL_RUN(db_of(store),
                   "SELECT project_id, provider, due_ms FROM connections WHERE due_ms > 0 AND reconnect = 0"
                   " ORDER BY due_ms LIMIT ?",
                   gather, &rows, NULL, err, SQL_I((int64_t)limit + 1)));
    *ret = rows.items;
    *ret_next_ms = 0;
    for (*ret_n = 0; *ret_n < rows.n && *ret_n < (size_t)limit && (*ret)[*ret_n].due_ms <= now_ms; ++*ret_n)
        continue;
    if (*ret_n < rows.n)
        *ret_next_ms = (*ret)[*ret_n].due_ms;
    return DF_OK;
}

static enum df_code connection_delete(struct df_store *store, struct df_str project_id, struct df_str provider,
                                      struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(db_of(store), "DELETE FROM connections WHERE project_id = ? AND provider = ?", NULL, NULL, &changed,
                   err, SQL_T(project_id), SQL_T(provider)));
    return changed ? DF_OK : no_connection(provider, err);
}

/* Authorizations under way */

#define FLOW_COLUMNS                                                                                                      \
    "id, project_id, provider, state_hash, verifier, url, browser_hash, organization, status, code, message, created_ms," \
    " expires_ms"

static void read_flow(sqlite3_stmt *row, struct df_arena *arena, void *item)
{
    *(struct df_oauth_flow *)item = (struct df_oauth_flow){.id = TEXT(0),
                                                           .project_id = TEXT(1),
                                                           .provider = TEXT(2),
                                                           .state_hash = TEXT(3),
                                                           .sealed_verifier = TEXT(4),
                                                           .sealed_url = TEXT(5),
                                                           .browser_hash = TEXT(6),
                                                           .organization = TEXT(7),
                                                           .status = (enum df_flow_status)INT(8),
                                                           .code = TEXT(9),
                                                           .message = TEXT(10),
                                                           .created_ms = INT(11),
                                                           .expires_ms = INT(12)};
}

static enum df_code no_flow(struct df_error *err)
{
    return df_fail(err, DF_ERR_FLOW,
                   "this authorization is not known, has ended or has expired: start again (devflow oauth:connect)");
}

static enum df_code flow_create_steps(struct sqlite_db *db, const struct df_oauth_flow *f, struct df_error *err)
{
    int made = 0;
    DF_TRY(SQL_STEP(db, "DELETE FROM oauth_flows WHERE expires_ms < ?", NULL, NULL, NULL, err,
                    SQL_I(f->created_ms - FLOW_KEPT_MS)));
    DF_TRY(SQL_STEP(db,
                    "INSERT INTO oauth_flows (" FLOW_COLUMNS ") SELECT ?,?,?,?,?,?,?,?,?,?,?,?,? FROM oauth_apps"
                    " WHERE project_id = ?2 AND provider = ?3",
                    NULL, NULL, &made, err, SQL_T(f->id), SQL_T(f->project_id), SQL_T(f->provider),
                    SQL_B_OR_NULL(f->state_hash), SQL_B(f->sealed_verifier), SQL_B(f->sealed_url),
                    SQL_B(f->browser_hash), SQL_T(f->organization), SQL_I(f->status), SQL_T(f->code), SQL_T(f->message),
                    SQL_I(f->created_ms), SQL_I(f->expires_ms)));
    return made ? DF_OK : no_app(f->project_id, f->provider, err);
}

static enum df_code flow_create(struct df_store *store, const struct df_oauth_flow *flow, struct df_error *err)
{
    DF_TRY(sqlite_db_begin(db_of(store), err));
    return sqlite_db_end(db_of(store), flow_create_steps(db_of(store), flow, err), err);
}

static enum df_code flow_select(struct df_store *store, const char *sql, struct sqlite_value by, struct df_arena *arena,
                                struct df_oauth_flow *ret, struct df_error *err)
{
    struct rows rows = {arena, NULL, 0, 0, sizeof *ret, read_flow};
    DF_TRY(sqlite_db_run(db_of(store), sql, &by, 1, gather, &rows, NULL, err));
    if (rows.n == 0)
        return no_flow(err);
    *ret = *(struct df_oauth_flow *)rows.items;
    return DF_OK;
}

static enum df_code flow_find(struct df_store *store, struct df_str id, struct df_arena *arena,
                              struct df_oauth_flow *ret, struct df_error *err)
{
    return flow_select(store, "SELECT " FLOW_COLUMNS " FROM oauth_flows WHERE id = ?", SQL_T(id), arena, ret, err);
}

static enum df_code flow_find_state(struct df_store *store, struct df_str state_hash, struct df_arena *arena,
                                    struct df_oauth_flow *ret, struct df_error *err)
{
    return flow_select(store, "SELECT " FLOW_COLUMNS " FROM oauth_flows WHERE state_hash = ?", SQL_B(state_hash), arena,
                       ret, err);
}

static enum df_code flow_bind(struct df_store *store, struct df_str id, struct df_str browser_hash, int64_t now_ms,
                              struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(db_of(store),
                   "UPDATE oauth_flows SET browser_hash = ? WHERE id = ? AND status = ? AND expires_ms > ?", NULL, NULL,
                   &changed, err, SQL_B(browser_hash), SQL_T(id), SQL_I(DF_FLOW_PENDING), SQL_I(now_ms)));
    return changed ? DF_OK : no_flow(err);
}

static enum df_code flow_take(struct df_store *store, struct df_str state_hash, struct df_str browser_hash,
                              int64_t now_ms, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(db_of(store),
                   "UPDATE oauth_flows SET status = ?, state_hash = NULL"
                   " WHERE state_hash = ? AND status = ? AND browser_hash = ? AND expires_ms > ?",
                   NULL, NULL, &changed, err, SQL_I(DF_FLOW_EXCHANGING), SQL_B(state_hash), SQL_I(DF_FLOW_PENDING),
                   SQL_B(browser_hash), SQL_I(now_ms)));
    return changed
               ? DF_OK
               : df_fail(err, DF_ERR_STATE, "Invalid or expired state parameter: start again (devflow oauth:connect)");
}

static enum df_code flow_end(struct df_store *store, const struct df_oauth_flow *flow, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(
        db_of(store),
        "UPDATE oauth_flows SET status = ?, code = ?, message = ?, state_hash = NULL, verifier = x'', url = x''"
        " WHERE id = ?",
        NULL, NULL, &changed, err, SQL_I(flow->status), SQL_T(flow->code), SQL_T(flow->message), SQL_T(flow->id)));
    return changed ? DF_OK : no_flow(err);
}

static void store_close(struct df_store *store)
{
    sqlite_db_close(db_of(store));
    free(store);
}

static const struct df_store_ops ops = {
    .ping = store_ping,
    .project_create = project_create,
    .project_update = project_update,
    .project_find = project_find,
    .project_list = project_list,
    .project_delete = project_delete,
    .app_put = app_put,
    .app_find = app_find,
    .app_list = app_list,
    .app_delete = app_delete,
    .connection_put = connection_put,
    .connection_find = connection_find,
    .connection_list = connection_list,
    .connection_set_tokens = connection_set_tokens,
    .connection_set_refresh = connection_set_refresh,
    .connection_list_due = connection_list_due,
    .connection_delete = connection_delete,
    .flow_create = flow_create,
    .flow_find = flow_find,
    .flow_find_state = flow_find_state,
    .flow_bind = flow_bind,
    .flow_take = flow_take,
    .flow_end = flow_end,
    .close = store_close,
};

enum df_code df_sqlite_store_open(struct df_str path, struct df_store **ret, struct df_error *err)
{
    struct sqlite_store *store = calloc(1, sizeof *store);
    if (!store)
        abort();
    store->port.ops = &ops;
    enum df_code code = sqlite_db_open(path, &store->db, err);
    if (code != DF_OK) {
        free(store);
        return code;
    }
    /* This process holds the file's lock: whoever held a lease has stopped. */
    code = sqlite_db_run(&store->db, "UPDATE connections SET lease_until_ms = 0 WHERE lease_until_ms > 0", NULL, 0,
                         NULL, NULL, NULL, err);
    if (code != DF_OK) {
        store_close(&store->port);
        return code;
    }
    *ret = &store->port;
    return DF_OK;
}
