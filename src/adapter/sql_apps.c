#include "adapter/sql_outbox.h"
#include "adapter/sql_store.h"
#include "adapter/system_clock.h"

#define APP_COLUMNS                                                                                                     \
    "project_id, provider, id, client_id, client_secret, redirect_uri, scopes, flow_type, base_url, name, description," \
    " created_ms, updated_ms, endpoints"

static void read_app(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_oauth_app *)item = (struct df_oauth_app){.project_id = sql_text(&row[0], arena),
                                                         .provider = sql_text(&row[1], arena),
                                                         .id = sql_text(&row[2], arena),
                                                         .client_id = sql_text(&row[3], arena),
                                                         .sealed_client_secret = sql_text(&row[4], arena),
                                                         .redirect_uri = sql_text(&row[5], arena),
                                                         .scopes = sql_text(&row[6], arena),
                                                         .flow_type = sql_text(&row[7], arena),
                                                         .base_url = sql_text(&row[8], arena),
                                                         .name = sql_text(&row[9], arena),
                                                         .description = sql_text(&row[10], arena),
                                                         .created_ms = row[11].i,
                                                         .updated_ms = row[12].i,
                                                         .endpoints = sql_text(&row[13], arena)};
}

enum df_code sql_no_app(struct df_str project_id, struct df_str provider, struct df_error *err)
{
    return df_fail(err, DF_ERR_APP,
                   "OAuth app not found for project %.*s and %.*s: register it first (devflow oauth:register)",
                   DF_FMT(df_str_head(project_id, 64)), DF_FMT(provider));
}

static enum df_code app_put_steps(struct sql_db *db, struct sql_tx *tx, const struct df_oauth_app *a,
                                  struct df_str reason, bool *ret_reconnect, struct df_error *err)
{
    int64_t known = 0;
    int marked = 0;
    DF_TRY(SQL_STEP(db, tx, "SELECT count(*) FROM projects WHERE id = $1", sql_take_int, &known, NULL, err,
                    SQL_T(a->project_id)));
    if (!known)
        return sql_no_project(a->project_id, err);
    DF_TRY(SQL_STEP(
        db, tx,
        "UPDATE connections SET reconnect = 1, version = version + 1, failure_reason = $1, updated_ms = $2 WHERE project_id = $3 AND provider = $4"
        " AND EXISTS (SELECT 1 FROM oauth_apps a WHERE a.project_id = connections.project_id"
        " AND a.provider = connections.provider AND (a.client_id <> $5 OR a.base_url <> $6))",
        NULL, NULL, &marked, err, SQL_T(reason), SQL_I(a->updated_ms), SQL_T(a->project_id), SQL_T(a->provider),
        SQL_T(a->client_id), SQL_T(a->base_url)));
    *ret_reconnect = marked > 0;
    if (marked)
        DF_TRY(sql_outbox_add(db, tx, DF_EVENT_RECONNECT, a->project_id, a->provider, reason, a->updated_ms, err));
    return SQL_STEP(
        db, tx,
        "INSERT INTO oauth_apps (" APP_COLUMNS ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)"
        " ON CONFLICT (project_id, provider) DO UPDATE SET client_id = excluded.client_id,"
        " client_secret = excluded.client_secret, redirect_uri = excluded.redirect_uri, scopes = excluded.scopes,"
        " flow_type = excluded.flow_type, base_url = excluded.base_url, name = excluded.name,"
        " description = excluded.description, updated_ms = excluded.updated_ms, endpoints = excluded.endpoints",
        NULL, NULL, NULL, err, SQL_T(a->project_id), SQL_T(a->provider), SQL_T(a->id), SQL_T(a->client_id),
        SQL_B(a->sealed_client_secret), SQL_T(a->redirect_uri), SQL_T(a->scopes), SQL_T(a->flow_type),
        SQL_T(a->base_url), SQL_T(a->name), SQL_T(a->description), SQL_I(a->created_ms), SQL_I(a->updated_ms),
        SQL_T(a->endpoints));
}

enum df_code sql_app_put(struct df_store *store, const struct df_oauth_app *app, struct df_str reconnect_reason,
                         bool *ret_reconnect, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, app->project_id, &tx, err));
    DF_TRY(db->driver->end(tx, app_put_steps(db, tx, app, reconnect_reason, ret_reconnect, err), err));
    sql_changed(store, app->project_id, app->provider);
    return DF_OK;
}

enum df_code sql_app_find(struct df_store *store, struct df_str project_id, struct df_str provider,
                          struct df_arena *arena, struct df_oauth_app *ret, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_app};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT " APP_COLUMNS " FROM oauth_apps WHERE project_id = $1 AND provider = $2",
                   sql_gather, &rows, NULL, err, SQL_T(project_id), SQL_T(provider)));
    if (rows.n == 0)
        return sql_no_app(project_id, provider, err);
    *ret = *(struct df_oauth_app *)rows.items;
    return DF_OK;
}

enum df_code sql_app_list(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                          struct df_oauth_app **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_app};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " APP_COLUMNS " FROM oauth_apps WHERE project_id = $1 ORDER BY created_ms DESC, provider",
                   sql_gather, &rows, NULL, err, SQL_T(project_id)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static enum df_code app_delete_steps(struct sql_db *db, struct sql_tx *tx, struct df_str project_id,
                                     struct df_str provider, struct df_error *err)
{
    int changed = 0;
    DF_TRY(sql_outbox_add(db, tx, DF_EVENT_DISCONNECTED, project_id, provider,
                          DF_S("its OAuth application was deleted"), df_now_ms(&df_system_clock), err));
    DF_TRY(SQL_STEP(db, tx, "DELETE FROM oauth_apps WHERE project_id = $1 AND provider = $2", NULL, NULL, &changed, err,
                    SQL_T(project_id), SQL_T(provider)));
    return changed ? DF_OK : sql_no_app(project_id, provider, err);
}

enum df_code sql_app_delete(struct df_store *store, struct df_str project_id, struct df_str provider,
                            struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    /* In a transaction of the project: no connection or flow may be stored for an app that goes at the same moment. */
    DF_TRY(db->driver->begin(db, project_id, &tx, err));
    DF_TRY(db->driver->end(tx, app_delete_steps(db, tx, project_id, provider, err), err));
    sql_changed(store, project_id, provider);
    return DF_OK;
}
