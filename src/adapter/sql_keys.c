#include "adapter/sql_store.h"

static void read_key(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_key_use *)item = (struct df_key_use){
        .id = sql_text(&row[0], arena), .sealed_check = sql_text(&row[1], arena), .first_used_ms = row[2].i};
}

enum df_code sql_key_list(struct df_store *store, struct df_arena *arena, struct df_key_use **ret, size_t *ret_n,
                          struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_key};
    DF_TRY(SQL_RUN_PLAIN(sql_db_of(store),
                         "SELECT key_id, check_value, first_used_ms FROM key_ids ORDER BY first_used_ms, key_id",
                         sql_gather, &rows, err));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

enum df_code sql_key_add(struct df_store *store, const struct df_key_use *key, struct df_error *err)
{
    return SQL_RUN(sql_db_of(store),
                   "INSERT INTO key_ids (key_id, check_value, first_used_ms) VALUES ($1,$2,$3)"
                   " ON CONFLICT (key_id) DO NOTHING",
                   NULL, NULL, NULL, err, SQL_B(key->id), SQL_B(key->sealed_check), SQL_I(key->first_used_ms));
}

enum df_code sql_key_remove(struct df_store *store, struct df_str id, struct df_error *err)
{
    return SQL_RUN(sql_db_of(store), "DELETE FROM key_ids WHERE key_id = $1", NULL, NULL, NULL, err, SQL_B(id));
}

static void read_count(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_key_use *)item = (struct df_key_use){.id = sql_text(&row[0], arena), .values = row[1].i};
}

/* The id stands behind the first byte of each sealed value. */
enum df_code sql_key_count(struct df_store *store, struct df_arena *arena, struct df_key_use **ret, size_t *ret_n,
                           struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_count};
    DF_TRY(SQL_RUN_PLAIN(sql_db_of(store),
                         "SELECT k, count(*) FROM (SELECT substr(client_secret, 2, 4) AS k FROM oauth_apps"
                         " UNION ALL SELECT substr(access_token, 2, 4) FROM connections"
                         " UNION ALL SELECT substr(refresh_token, 2, 4) FROM connections"
                         " UNION ALL SELECT substr(verifier, 2, 4) FROM oauth_flows"
                         " UNION ALL SELECT substr(url, 2, 4) FROM oauth_flows"
                         " UNION ALL SELECT substr(secret, 2, 4) FROM webhooks"
                         " UNION ALL SELECT substr(old_secret, 2, 4) FROM webhooks"
                         " UNION ALL SELECT substr(secret, 2, 4) FROM outbox"
                         " UNION ALL SELECT substr(secret, 2, 4) FROM hook_secrets) AS v"
                         " WHERE length(k) = 4 GROUP BY k ORDER BY k",
                         sql_gather, &rows, err));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static void read_sealed(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_sealed_row *)item = (struct df_sealed_row){
        .id = sql_text(&row[0], arena),
        .project_id = sql_text(&row[1], arena),
        .provider = sql_text(&row[2], arena),
        .sealed = {sql_text(&row[3], arena), sql_text(&row[4], arena)},
        .bound_id = sql_text(&row[5], arena),
    };
}

static enum df_code list(struct df_store *store, const struct df_sealed_row *after, int limit, struct sql_rows *rows,
                         struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    switch (after->place) {
    case DF_SEALED_APPS:
        return SQL_RUN(db,
                       "SELECT '', project_id, provider, client_secret, '', '' FROM oauth_apps"
                       " WHERE (project_id, provider) > ($1, $2) ORDER BY project_id, provider LIMIT $3",
                       sql_gather, rows, NULL, err, SQL_T(after->project_id), SQL_T(after->provider), SQL_I(limit));
    case DF_SEALED_CONNECTIONS:
        return SQL_RUN(db,
                       "SELECT '', project_id, provider, access_token, refresh_token, '' FROM connections"
                       " WHERE (project_id, provider) > ($1, $2) ORDER BY project_id, provider LIMIT $3",
                       sql_gather, rows, NULL, err, SQL_T(after->project_id), SQL_T(after->provider), SQL_I(limit));
    case DF_SEALED_FLOWS:
        return SQL_RUN(db,
                       "SELECT id, project_id, provider, verifier, url, id FROM oauth_flows"
                       " WHERE id > $1 ORDER BY id LIMIT $2",
                       sql_gather, rows, NULL, err, SQL_T(after->id), SQL_I(limit));
    case DF_SEALED_WEBHOOKS:
        return SQL_RUN(db,
                       "SELECT id, project_id, 'WEBHOOK', secret, old_secret, id FROM webhooks"
                       " WHERE id > $1 ORDER BY id LIMIT $2",
                       sql_gather, rows, NULL, err, SQL_T(after->id), SQL_I(limit));
    case DF_SEALED_HOOKS:
        return SQL_RUN(db,
                       "SELECT '', project_id, 'SENTRY', secret, '', '' FROM hook_secrets"
                       " WHERE project_id > $1 ORDER BY project_id LIMIT $2",
                       sql_gather, rows, NULL, err, SQL_T(after->project_id), SQL_I(limit));
    default:
        return SQL_RUN(db,
                       "SELECT id, project_id, 'WEBHOOK', secret, '', webhook_id FROM outbox"
                       " WHERE id > $1 ORDER BY id LIMIT $2",
                       sql_gather, rows, NULL, err, SQL_T(after->id), SQL_I(limit));
    }
}

enum df_code sql_sealed_list(struct df_store *store, const struct df_sealed_row *after, int limit,
                             struct df_arena *arena, struct df_sealed_row **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_sealed};
    DF_TRY(list(store, after, limit, &rows, err));
    *ret = rows.items;
    *ret_n = rows.n;
    for (size_t i = 0; i < rows.n; i++)
        (*ret)[i].place = after->place;
    return DF_OK;
}

static enum df_code replace(struct sql_db *db, struct sql_tx *tx, const struct df_sealed_row *old,
                            const struct df_sealed_row *fresh, int *ret_changed, struct df_error *err)
{
    switch (old->place) {
    case DF_SEALED_APPS:
        return SQL_STEP(db, tx,
                        "UPDATE oauth_apps SET client_secret = $1"
                        " WHERE project_id = $2 AND provider = $3 AND client_secret = $4",
                        NULL, NULL, ret_changed, err, SQL_B(fresh->sealed[0]), SQL_T(old->project_id),
                        SQL_T(old->provider), SQL_B(old->sealed[0]));
    case DF_SEALED_CONNECTIONS:
        return SQL_STEP(db, tx,
                        "UPDATE connections SET access_token = $1, refresh_token = $2"
                        " WHERE project_id = $3 AND provider = $4 AND access_token = $5 AND refresh_token = $6",
                        NULL, NULL, ret_changed, err, SQL_B(fresh->sealed[0]), SQL_B(fresh->sealed[1]),
                        SQL_T(old->project_id), SQL_T(old->provider), SQL_B(old->sealed[0]), SQL_B(old->sealed[1]));
    case DF_SEALED_FLOWS:
        return SQL_STEP(db, tx,
                        "UPDATE oauth_flows SET verifier = $1, url = $2 WHERE id = $3 AND verifier = $4 AND url = $5",
                        NULL, NULL, ret_changed, err, SQL_B(fresh->sealed[0]), SQL_B(fresh->sealed[1]), SQL_T(old->id),
                        SQL_B(old->sealed[0]), SQL_B(old->sealed[1]));
    case DF_SEALED_WEBHOOKS:
        return SQL_STEP(
            db, tx,
            "UPDATE webhooks SET secret = $1, old_secret = $2 WHERE id = $3 AND secret = $4 AND old_secret = $5", NULL,
            NULL, ret_changed, err, SQL_B(fresh->sealed[0]), SQL_B(fresh->sealed[1]), SQL_T(old->id),
            SQL_B(old->sealed[0]), SQL_B(old->sealed[1]));
    case DF_SEALED_HOOKS:
        return SQL_STEP(db, tx, "UPDATE hook_secrets SET secret = $1 WHERE project_id = $2 AND secret = $3", NULL, NULL,
                        ret_changed, err, SQL_B(fresh->sealed[0]), SQL_T(old->project_id), SQL_B(old->sealed[0]));
    default:
        return SQL_STEP(db, tx, "UPDATE outbox SET secret = $1 WHERE id = $2 AND secret = $3", NULL, NULL, ret_changed,
                        err, SQL_B(fresh->sealed[0]), SQL_T(old->id), SQL_B(old->sealed[0]));
    }
}

enum df_code sql_sealed_replace(struct df_store *store, const struct df_sealed_row *old,
                                const struct df_sealed_row *fresh, size_t n, int *ret_stored, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    enum df_code code = DF_OK;
    int stored = 0;
    DF_TRY(db->driver->begin(db, DF_S("keys"), &tx, err));
    for (size_t i = 0; i < n && code == DF_OK; i++) {
        int changed = 0;
        code = replace(db, tx, &old[i], &fresh[i], &changed, err);
        stored += changed;
    }
    DF_TRY(db->driver->end(tx, code, err));
    *ret_stored = stored;
    return DF_OK;
}

enum df_code sql_sealed_total(struct df_store *store, int64_t *ret, struct df_error *err)
{
    return SQL_RUN_PLAIN(sql_db_of(store),
                         "SELECT (SELECT count(*) FROM oauth_apps) + (SELECT count(*) FROM connections)"
                         " + (SELECT count(*) FROM oauth_flows) + (SELECT count(*) FROM webhooks)"
                         " + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM hook_secrets)",
                         sql_take_int, ret, err);
}
