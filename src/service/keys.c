#include "service/keys.h"

static const struct df_str CHECK_PLACE = {"devflow\0keys\0check", 18}, CHECK_TEXT = {"devflow", 7};

static struct df_str id_of(const struct df_key *key)
{
    return df_str_n((const char *)key->id, DF_KEY_ID_BYTES);
}

/* Whether the ring holds the key of that id which sealed the check. */
static bool held(const struct df_keyring *ring, const struct df_key_use *use, struct df_arena *arena)
{
    struct df_secret text;
    return df_unseal(ring, CHECK_PLACE, use->sealed_check, arena, &text, NULL) == DF_OK &&
           df_str_eq(df_secret_reveal(text), CHECK_TEXT);
}

static enum df_code add(const struct df_devflow *d, const struct df_key *key, struct df_arena *arena,
                        struct df_error *err)
{
    struct df_keyring one = {.keys = {*key}, .n = 1};
    const struct df_key_use use = {.id = id_of(key),
                                   .sealed_check = df_seal(&one, CHECK_PLACE, CHECK_TEXT, arena),
                                   .first_used_ms = df_now_ms(d->clock)};
    df_keyring_wipe(&one);
    return d->store->ops->key_add(d->store, &use, err);
}

enum df_code df_keys_note(const struct df_devflow *d, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    return add(d, &d->keys.keys[0], arena, err);
}

static void put_missing(const struct df_devflow *d, struct df_buf *missing, struct df_str id, struct df_arena *arena)
{
    struct df_str hex = df_hex(id.p, id.n, arena);
    if (df_str_find(d->lost_keys, hex) >= 0)
        return;
    df_buf_put_c(missing, missing->n ? ", " : "");
    df_buf_put_str(missing, hex);
}

/* A store without any note of its keys is new, or was written by the first release: what its values need is looked up. */
static enum df_code note_all(const struct df_devflow *d, struct df_buf *missing, struct df_arena *arena,
                             struct df_error *err)
{
    struct df_key_use *used;
    size_t n;
    DF_TRY(d->store->ops->key_count(d->store, arena, &used, &n, err));
    for (size_t i = 0; i < n; i++) {
        const struct df_key *key = NULL;
        for (size_t k = 0; k < d->keys.n && !key; k++)
            key = df_str_eq(id_of(&d->keys.keys[k]), used[i].id) ? &d->keys.keys[k] : NULL;
        if (key)
            DF_TRY(add(d, key, arena, err));
        else
            put_missing(d, missing, used[i].id, arena);
    }
    return DF_OK;
}

enum df_code df_keys_check(const struct df_devflow *d, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_key_use *noted;
    size_t n;
    struct df_buf missing;
    df_buf_init(&missing, arena, 1024);
    DF_TRY(d->store->ops->key_list(d->store, arena, &noted, &n, err));
    for (size_t i = 0; i < n; i++)
        if (!held(&d->keys, &noted[i], arena))
            put_missing(d, &missing, noted[i].id, arena);
    if (n == 0)
        DF_TRY(note_all(d, &missing, arena, err));
    if (missing.n)
        return df_fail(err, DF_ERR_CONFIG,
                       "the stored secrets need the key %.*s, which is neither OAUTH_ENCRYPTION_KEY nor among "
                       "OAUTH_ENCRYPTION_KEYS_PREVIOUS: give it back in one of them",
                       DF_FMT(df_buf_str(&missing)));
    return add(d, &d->keys.keys[0], arena, err);
}

static struct df_key_state *state_of(struct df_key_state *states, size_t *n, struct df_str id)
{
    for (size_t i = 0; i < *n; i++)
        if (df_str_eq(states[i].use.id, id))
            return &states[i];
    states[*n].use.id = id;
    return &states[(*n)++];
}

enum df_code df_keys_status(const struct df_devflow *d, struct df_arena *arena, struct df_key_state **ret,
                            size_t *ret_n, struct df_error *err)
{
    struct df_key_use *noted, *counted;
    size_t n_noted, n_counted, n = 0;
    DF_TRY(d->store->ops->key_list(d->store, arena, &noted, &n_noted, err));
    DF_TRY(d->store->ops->key_count(d->store, arena, &counted, &n_counted, err));
    struct df_key_state *states = DF_NEW_ARRAY(arena, struct df_key_state, d->keys.n + n_noted + n_counted);
    for (size_t i = 0; i < d->keys.n; i++) {
        struct df_key_state *s = state_of(states, &n, id_of(&d->keys.keys[i]));
        s->held = true;
        s->current = i == 0;
    }
    for (size_t i = 0; i < n_noted; i++)
        state_of(states, &n, noted[i].id)->use.first_used_ms = noted[i].first_used_ms;
    for (size_t i = 0; i < n_counted; i++)
        state_of(states, &n, counted[i].id)->use.values = counted[i].values;
    *ret = states;
    *ret_n = n;
    return DF_OK;
}
