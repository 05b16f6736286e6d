#include "service/api_keys.h"
#include "service/gate.h"

enum { ID_BYTES = 6, KEY_BYTES = 32, PREFIX_CHARS = 4, ID_CHARS = 2 * ID_BYTES, KEY_CHARS = 43, NAME_LIMIT = 100 };
enum { OVERLAP_MOST_S = 90 * 86400 };

bool df_api_key_shape(struct df_str presented)
{
    if (presented.n != PREFIX_CHARS + ID_CHARS + 1 + KEY_CHARS || !df_str_starts(presented, DF_S("dfk_")))
        return false;
    for (size_t i = PREFIX_CHARS; i < presented.n; i++) {
        char c = presented.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return true;
}

struct df_secret df_api_key_new(struct df_str id, struct df_arena *arena)
{
    struct df_str random = df_random_token(KEY_BYTES, arena);
    return df_secret_of(df_arena_printf(arena, "dfk_%.*s_%.*s", DF_FMT(id), DF_FMT(random)));
}

static void fill(struct df_api_key *key, struct df_secret *ret_key, struct df_arena *arena)
{
    key->id = df_random_hex(ID_BYTES, arena);
    *ret_key = df_api_key_new(key->id, arena);
    key->hash = df_sha256_of(df_secret_reveal(*ret_key), arena);
}

static enum df_code tell_gate(const struct df_devflow *d, struct df_error *err)
{
    return d->gate ? df_gate_load(d->gate, err) : DF_OK;
}

enum df_code df_api_keys_create(const struct df_devflow *d, const struct df_api_key_wish *wish, struct df_arena *arena,
                                struct df_api_key *ret, struct df_secret *ret_key, struct df_error *err)
{
    struct df_api_key key = {
        .name = df_str_trim(wish->name), .expires_ms = wish->expires_ms, .created_ms = df_now_ms(d->clock)};
    if (!df_role_parse(wish->role, &key.role, &key.project_id))
        return df_fail(err, DF_ERR_INVALID, "role must be admin, read, or project: and the id of a project");
    if (key.expires_ms && key.expires_ms <= key.created_ms)
        return df_fail(err, DF_ERR_INVALID, "this API key would have expired already");
    if (key.name.n > NAME_LIMIT)
        return df_fail(err, DF_ERR_INVALID, "the name of an API key has at most %d bytes", NAME_LIMIT);
    key.permissions = key.role == DF_ROLE_ADMIN ? DF_MAY_TOKENS | DF_MAY_PROXY : wish->permissions;
    fill(&key, ret_key, arena);
    DF_TRY(d->store->ops->apikey_add(d->store, &key, DF_API_KEYS_MOST, err));
    *ret = key;
    return tell_gate(d, err);
}

enum df_code df_api_keys_revoke(const struct df_devflow *d, struct df_str id, struct df_error *err)
{
    DF_TRY(d->store->ops->apikey_revoke(d->store, id, df_now_ms(d->clock), err));
    return tell_gate(d, err);
}

enum df_code df_api_keys_rotate(const struct df_devflow *d, struct df_str id, int64_t overlap_s, struct df_arena *arena,
                                struct df_api_key *ret, struct df_secret *ret_key, struct df_error *err)
{
    struct df_api_key old, key;
    int64_t now = df_now_ms(d->clock);
    if (overlap_s < 0 || overlap_s > OVERLAP_MOST_S)
        return df_fail(err, DF_ERR_INVALID, "the overlap is at most %d days", OVERLAP_MOST_S / 86400);
    DF_TRY(d->store->ops->apikey_find(d->store, id, arena, &old, err));
    key = old;
    key.created_ms = now;
    key.expires_ms = old.expires_ms ? now + (old.expires_ms - old.created_ms) : 0;
    key.last_used_ms = key.revoked_ms = 0;
    fill(&key, ret_key, arena);
    DF_TRY(d->store->ops->apikey_rotate(d->store, id, now + overlap_s * 1000, &key, err));
    *ret = key;
    return tell_gate(d, err);
}
