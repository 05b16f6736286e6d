#include "base/time.h"
#include "http/api.h"
#include "http/audit_note.h"
#include "service/api_keys.h"

void df_api_put_permissions(struct df_json_writer *w, int64_t permissions)
{
    df_json_kopen(w, "allow", '[');
    if (permissions & DF_MAY_TOKENS)
        df_json_put_str(w, DF_S("tokens"));
    if (permissions & DF_MAY_PROXY)
        df_json_put_str(w, DF_S("proxy"));
    df_json_close(w, ']');
}

static const char *status_of(const struct df_api_key *key, int64_t now_ms)
{
    return key->revoked_ms ? "revoked" : df_api_key_holds(key, now_ms) ? "active" : "expired";
}

void df_api_put_api_key(struct df_json_writer *w, const struct df_api_key *key, struct df_secret secret, int64_t now_ms,
                        struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "id", key->id);
    df_json_kstr_or_null(w, "name", key->name);
    df_json_kstr(w, "role", df_str_c(df_role_name(key->role)));
    df_json_kstr_or_null(w, "projectId", key->project_id);
    df_api_put_permissions(w, key->permissions);
    df_json_kstr(w, "status", df_str_c(status_of(key, now_ms)));
    df_api_put_time(w, "createdAt", key->created_ms, arena);
    df_api_put_time(w, "expiresAt", key->expires_ms, arena);
    df_api_put_time(w, "revokedAt", key->revoked_ms, arena);
    df_api_put_time(w, "lastUsedAt", key->last_used_ms, arena);
    if (!df_secret_is_empty(secret))
        df_json_kstr(w, "key", df_secret_reveal(secret));
    df_json_close(w, '}');
}

static enum df_code read_wish(const struct df_request *request, struct df_api_key_wish *ret, struct df_error *err)
{
    struct create_body {
        struct df_str role, name, expires_at;
        struct df_str_list allow;
    } body = {DF_STR_NONE};
    static const struct df_json_field fields[] = {
        {"role", DF_JSON_STRING, true, offsetof(struct create_body, role), 80},
        {"name", DF_JSON_STRING, false, offsetof(struct create_body, name), 100},
        {"expiresAt", DF_JSON_STRING, false, offsetof(struct create_body, expires_at), 64},
        {"allow", DF_JSON_STRINGS, false, offsetof(struct create_body, allow), 16},
    };
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    *ret = (struct df_api_key_wish){.name = body.name, .role = body.role};
    for (size_t i = 0; i < body.allow.n; i++) {
        int64_t one;
        if (!df_permissions_parse(body.allow.items[i], &one))
            return df_fail(err, DF_ERR_INVALID, "allow holds what is neither tokens nor proxy");
        ret->permissions |= one;
    }
    if (body.expires_at.n && !df_time_parse(body.expires_at, &ret->expires_ms))
        return df_fail(err, DF_ERR_INVALID, "expiresAt is not a time such as 2027-01-31T00:00:00Z");
    return DF_OK;
}

static enum df_code reply_secret(const struct df_api *api, const struct df_request *request, struct df_reply *reply,
                                 const struct df_api_key *key, struct df_secret secret)
{
    struct df_json_writer w = df_api_json(reply);
    reply->status = 201;
    df_api_put_api_key(&w, key, secret, df_now_ms(api->d->clock), request->arena);
    return DF_OK;
}

enum df_code df_handle_api_key_create(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    const struct df_api *api = app;
    struct df_api_key_wish wish;
    struct df_api_key key;
    struct df_secret secret;
    DF_TRY(read_wish(request, &wish, err));
    DF_TRY(df_api_keys_create(df_api_noting(api, request, "apikey.create"), &wish, request->arena, &key, &secret, err));
    return reply_secret(api, request, reply, &key, secret);
}

enum df_code df_handle_api_key_list(void *app, const struct df_request *request, struct df_reply *reply,
                                    struct df_error *err)
{
    const struct df_api *api = app;
    struct df_api_key *keys;
    size_t n;
    DF_TRY(api->d->store->ops->apikey_list(api->d->store, request->arena, &keys, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "apiKeys", '[');
    for (size_t i = 0; i < n; i++)
        df_api_put_api_key(&w, &keys[i], DF_SECRET_NONE, df_now_ms(api->d->clock), request->arena);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_api_key_revoke(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    const struct df_api *api = app;
    DF_TRY(df_api_keys_revoke(df_api_noting(api, request, "apikey.revoke"), request->params[0], err));
    reply->status = 204;
    return DF_OK;
}

enum df_code df_handle_api_key_rotate(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    struct rotate_body {
        int64_t overlap_s;
    } body = {DF_API_KEY_OVERLAP_S};
    static const struct df_json_field fields[] = {
        {"overlapSeconds", DF_JSON_INT, false, offsetof(struct rotate_body, overlap_s), 0},
    };
    const struct df_api *api = app;
    struct df_api_key key;
    struct df_secret secret;
    if (request->body.n)
        DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    DF_TRY(df_api_keys_rotate(df_api_noting(api, request, "apikey.rotate"), request->params[0], body.overlap_s,
                              request->arena, &key, &secret, err));
    return reply_secret(api, request, reply, &key, secret);
}
