#include "adapter/sql_outbox.h"
#include "adapter/sql_store.h"

#define APP_COLUMNS                                                                                                     \
    "project_id, provider, id, client_id, client_secret, redirect_uri, scopes, flow_type, base_url, name, description," \
    " created_ms, updated_ms, endpoints, fault, fault_ms, fault_retry_ms, fault_times"

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
                                                         .endpoints = sql_text(&row[13], arena),
                                                         .fault = sql_text(&row[14], arena),
                                                         .fault_ms = row[15].i,
                                                         .fault_retry_ms = row[16].i,
                                                         .fault_times = row[17].i};
}

enum df_code sql_no_app(struct df_str project_id, struct df_str provider, struct df_error *err)
{
    return df_fail(err, DF_ERR_APP,
                   "OAuth app not found for project %.*s and %.*s: register it first (devflow oauth:register)",
                   DF_FMT(df_str_head(project_id, 64)), DF_FMT(provider));
}

/* What failed for the application's fault is tried again, soon after a failure too; but it has failed once, and that was told. */
static enum df_code due_again(struct sql_db *db, struct sql_tx *tx, const struct df_oauth_app *a, int64_t now_ms,
                              struct df_error *err)
{
    return SQL_STEP(db, tx,
                    "UPDATE connections SET failures = 1, due_ms = $1 WHERE project_id = $2 AND provider = $3"
                    " AND failure_code = 'invalid_client_credentials' AND due_ms > 0",
                    NULL, NULL, NULL, err, SQL_I(now_ms), SQL_T(a->project_id), SQL_T(a->provider));
}

static enum df_code app_put_steps(struct sql_db *db, struct sql_tx *tx, const struct df_oauth_app *a,
                                  struct df_str reason, bool *ret_reconnect, struct df_error *err)
{
    int64_t known = 0, healthy = 0;
    int marked = 0;
    DF_TRY(SQL_STEP(db, tx, "SELECT count(*) FROM projects WHERE id = $1", sql_take_int, &known, NULL, err,
                    SQL_T(a->project_id)));
    if (!known)
        return sql_no_project(a->project_id, err);
    DF_TRY(SQL_STEP(db, tx,
                    "SELECT count(*) FROM connections WHERE project_id = $1 AND provider = $2 AND reconnect = 0",
                    sql_take_int, &healthy, NULL, err, SQL_T(a->project_id), SQL_T(a->provider)));
    DF_TRY(SQL_STEP(
        db, tx,
        "UPDATE connections SET reconnect = 1, version = version + 1, failure_reason = $1, updated_ms = $2 WHERE project_id = $3 AND provider = $4"
        " AND EXISTS (SELECT 1 FROM oauth_apps a WHERE a.project_id = connections.project_id"
        " AND a.provider = connections.provider AND (a.client_id <> $5 OR a.base_url <> $6))",
        NULL, NULL, &marked, err, SQL_T(reason), SQL_I(a->updated_ms), SQL_T(a->project_id), SQL_T(a->provider),
        SQL_T(a->client_id), SQL_T(a->base_url)));
    *ret_reconnect = marked > 0;
    if (marked && healthy) /* else it is no news */
        DF_TRY(sql_outbox_add(db, tx, DF_EVENT_RECONNECT, a->project_id, a->provider, reason, a->updated_ms, err));
    DF_TRY(due_again(db, tx, a, a->updated_ms, err));
    return SQL_STEP(
        db, tx,
        "INSERT INTO oauth_apps (" APP_COLUMNS ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,'',0,0,0)"
        " ON CONFLICT (project_id, provider) DO UPDATE SET client_id = excluded.client_id,"
        " client_secret = excluded.client_secret, redirect_uri = excluded.redirect_uri, scopes = excluded.scopes,"
        " flow_type = excluded.flow_type, base_url = excluded.base_url, name = excluded.name,"
        " description = excluded.description, updated_ms = excluded.updated_ms, endpoints = excluded.endpoints,"
        " fault = '', fault_ms = 0, fault_retry_ms = 0, fault_times = 0",
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
    DF_TRY(sql_end_noted(store, tx, app_put_steps(db, tx, app, reconnect_reason, ret_reconnect, err), "app",
                         app->project_id, app->provider, err));
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
                          DF_S("its OAuth application was deleted"), df_now_ms(db->clock), err));
    DF_TRY(SQL_STEP(db, tx, "DELETE FROM oauth_apps WHERE project_id = $1 AND provider = $2", NULL, NULL, &changed, err,
                    SQL_T(project_id), SQL_T(provider)));
    return changed ? DF_OK : sql_no_app(project_id, provider, err);
}

enum df_code sql_app_list_client(struct df_store *store, const struct df_oauth_app *like, struct df_arena *arena,
                                 struct df_oauth_app **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_app};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " APP_COLUMNS
                   " FROM oauth_apps WHERE client_id = $1 AND provider = $2 AND base_url = $3 ORDER BY project_id",
                   sql_gather, &rows, NULL, err, SQL_T(like->client_id), SQL_T(like->provider), SQL_T(like->base_url)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static enum df_code set_fault_steps(struct sql_db *db, struct sql_tx *tx, const struct df_oauth_app *apps, size_t n,
                                    const struct df_oauth_app *as, bool *ret_news, struct df_error *err)
{
    int64_t others = 0;
    *ret_news = false;
    for (size_t i = 0; i < n; i++) {
        DF_TRY(SQL_STEP(db, tx,
                        "SELECT count(*) FROM oauth_apps WHERE project_id = $1 AND provider = $2"
                        " AND client_secret = $3 AND (fault = '') <> ($4 = '')",
                        sql_take_int, &others, NULL, err, SQL_T(apps[i].project_id), SQL_T(apps[i].provider),
                        SQL_B(apps[i].sealed_client_secret), SQL_T(as->fault)));
        *ret_news = *ret_news || others > 0;
        DF_TRY(SQL_STEP(db, tx,
                        "UPDATE oauth_apps SET fault = $1, fault_ms = $2, fault_retry_ms = $3, fault_times = $4"
                        " WHERE project_id = $5 AND provider = $6 AND client_secret = $7",
                        NULL, NULL, NULL, err, SQL_T(as->fault), SQL_I(as->fault_ms), SQL_I(as->fault_retry_ms),
                        SQL_I(as->fault_times), SQL_T(apps[i].project_id), SQL_T(apps[i].provider),
                        SQL_B(apps[i].sealed_client_secret)));
        if (as->fault.n == 0)
            DF_TRY(due_again(db, tx, &apps[i], as->fault_ms, err));
    }
    return DF_OK;
}

enum df_code sql_app_set_fault(struct df_store *store, const struct df_oauth_app *apps, size_t n,
                               const struct df_oauth_app *as, bool *ret_news, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    bool news;
    if (n == 0)
        return *ret_news = false, DF_OK;
    DF_TRY(db->driver->begin(db, apps[0].client_id, &tx, err));
    DF_TRY(db->driver->end(tx, set_fault_steps(db, tx, apps, n, as, &news, err), err));
    *ret_news = news;
    for (size_t i = 0; i < n; i++)
        sql_changed(store, apps[i].project_id, apps[i].provider);
    return DF_OK;
}

enum df_code sql_app_delete(struct df_store *store, struct df_str project_id, struct df_str provider,
                            struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    /* In a transaction of the project: no connection or flow may be stored for an app that goes at the same moment. */
    DF_TRY(db->driver->begin(db, project_id, &tx, err));
    DF_TRY(sql_end_noted(store, tx, app_delete_steps(db, tx, project_id, provider, err), "app", project_id, provider,
                         err));
    sql_changed(store, project_id, provider);
    return DF_OK;
}
