#include "adapter/sql_store.h"

#define KEY_COLUMNS "id, hash, name, role, project_id, permissions, created_ms, expires_ms, revoked_ms, last_used_ms"

static void read_key(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_api_key *)item = (struct df_api_key){.id = sql_text(&row[0], arena),
                                                     .hash = sql_text(&row[1], arena),
                                                     .name = sql_text(&row[2], arena),
                                                     .role = (enum df_role)row[3].i,
                                                     .project_id = sql_text(&row[4], arena),
                                                     .permissions = row[5].i,
                                                     .created_ms = row[6].i,
                                                     .expires_ms = row[7].i,
                                                     .revoked_ms = row[8].i,
                                                     .last_used_ms = row[9].i};
}

static enum df_code no_key(struct df_str id, struct df_error *err)
{
    return df_fail(err, DF_ERR_API_KEY, "API key %.*s not found (devflow apikey:list)", DF_FMT(df_str_head(id, 64)));
}

static enum df_code insert(struct sql_db *db, struct sql_tx *tx, const struct df_api_key *key, struct df_error *err)
{
    return SQL_STEP(db, tx, "INSERT INTO api_keys (" KEY_COLUMNS ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)", NULL,
                    NULL, NULL, err, SQL_T(key->id), SQL_B(key->hash), SQL_T(key->name), SQL_I(key->role),
                    SQL_T(key->project_id), SQL_I(key->permissions), SQL_I(key->created_ms), SQL_I(key->expires_ms),
                    SQL_I(key->revoked_ms), SQL_I(key->last_used_ms));
}

static enum df_code add_steps(struct sql_db *db, struct sql_tx *tx, const struct df_api_key *key, int most,
                              struct df_error *err)
{
    int64_t known = 0, held = 0;
    DF_TRY(SQL_STEP(db, tx, "SELECT count(*) FROM projects WHERE id = $1", sql_take_int, &known, NULL, err,
                    SQL_T(key->project_id)));
    if (key->role == DF_ROLE_PROJECT && !known)
        return sql_no_project(key->project_id, err);
    DF_TRY(SQL_STEP(db, tx,
                    "SELECT count(*) FROM api_keys WHERE revoked_ms = 0 AND (expires_ms = 0 OR expires_ms > $1)",
                    sql_take_int, &held, NULL, err, SQL_I(key->created_ms)));
    if (held >= most)
        return df_fail(err, DF_ERR_INVALID, "there are %d API keys already: revoke some first (devflow apikey:list)",
                       most);
    return insert(db, tx, key, err);
}

enum df_code sql_apikey_add(struct df_store *store, const struct df_api_key *key, int most, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, DF_S("api_keys"), &tx, err));
    DF_TRY(sql_end_noted(store, tx, add_steps(db, tx, key, most, err), "apikey", key->project_id, key->id, err));
    sql_changed(store, DF_STR_NONE, DF_S(DF_NEWS_API_KEYS));
    return DF_OK;
}

enum df_code sql_apikey_list(struct df_store *store, struct df_arena *arena, struct df_api_key **ret, size_t *ret_n,
                             struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_key};
    DF_TRY(SQL_RUN_PLAIN(sql_db_of(store), "SELECT " KEY_COLUMNS " FROM api_keys ORDER BY created_ms DESC, id",
                         sql_gather, &rows, err));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

enum df_code sql_apikey_find(struct df_store *store, struct df_str id, struct df_arena *arena, struct df_api_key *ret,
                             struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_key};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT " KEY_COLUMNS " FROM api_keys WHERE id = $1", sql_gather, &rows, NULL, err,
                   SQL_T(id)));
    if (rows.n == 0)
        return no_key(id, err);
    *ret = *(struct df_api_key *)rows.items;
    return DF_OK;
}

enum df_code sql_apikey_find_hash(struct df_store *store, struct df_str hash, struct df_arena *arena,
                                  struct df_api_key *ret, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_key};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT " KEY_COLUMNS " FROM api_keys WHERE hash = $1", sql_gather, &rows, NULL,
                   err, SQL_B(hash)));
    if (rows.n == 0)
        return df_fail(err, DF_ERR_API_KEY, "no API key has this hash");
    *ret = *(struct df_api_key *)rows.items;
    return DF_OK;
}

static enum df_code revoke_steps(struct sql_db *db, struct sql_tx *tx, struct df_str id, int64_t now_ms,
                                 struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(
        db, tx, "UPDATE api_keys SET revoked_ms = CASE WHEN revoked_ms = 0 THEN $1 ELSE revoked_ms END WHERE id = $2",
        NULL, NULL, &changed, err, SQL_I(now_ms), SQL_T(id)));
    return changed ? DF_OK : no_key(id, err);
}

enum df_code sql_apikey_revoke(struct df_store *store, struct df_str id, int64_t now_ms, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, DF_S("api_keys"), &tx, err));
    DF_TRY(sql_end_noted(store, tx, revoke_steps(db, tx, id, now_ms, err), "apikey", DF_STR_NONE, id, err));
    sql_changed(store, DF_STR_NONE, DF_S(DF_NEWS_API_KEYS));
    return DF_OK;
}

static enum df_code rotate_steps(struct sql_db *db, struct sql_tx *tx, struct df_str old_id, int64_t old_until_ms,
                                 const struct df_api_key *fresh, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(db, tx,
                    "UPDATE api_keys SET expires_ms ="
                    " CASE WHEN expires_ms > 0 AND expires_ms < $1 THEN expires_ms ELSE $1 END"
                    " WHERE id = $2 AND revoked_ms = 0 AND (expires_ms = 0 OR expires_ms > $3)",
                    NULL, NULL, &changed, err, SQL_I(old_until_ms), SQL_T(old_id), SQL_I(fresh->created_ms)));
    return changed ? insert(db, tx, fresh, err) : no_key(old_id, err);
}

enum df_code sql_apikey_rotate(struct df_store *store, struct df_str old_id, int64_t old_until_ms,
                               const struct df_api_key *fresh, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    struct df_str both = df_arena_printf(scratch, "%.*s to %.*s", DF_FMT(old_id), DF_FMT(fresh->id));
    DF_TRY(db->driver->begin(db, DF_S("api_keys"), &tx, err));
    DF_TRY(sql_end_noted(store, tx, rotate_steps(db, tx, old_id, old_until_ms, fresh, err), "apikey", fresh->project_id,
                         both, err));
    sql_changed(store, DF_STR_NONE, DF_S(DF_NEWS_API_KEYS));
    return DF_OK;
}

enum df_code sql_apikey_used(struct df_store *store, const struct df_api_key *keys, size_t n, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    enum df_code code = DF_OK;
    DF_TRY(db->driver->begin(db, DF_S("api_keys"), &tx, err));
    for (size_t i = 0; i < n && code == DF_OK; i++)
        code = SQL_STEP(db, tx, "UPDATE api_keys SET last_used_ms = $1 WHERE id = $2 AND last_used_ms < $3", NULL, NULL,
                        NULL, err, SQL_I(keys[i].last_used_ms), SQL_T(keys[i].id), SQL_I(keys[i].last_used_ms));
    return db->driver->end(tx, code, err);
}
