#include "service/scrubbing.h"

static struct df_str hash_key(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena)
{
    const struct df_key *key = &d->keys.keys[0];
    unsigned char *hash = df_arena_alloc(arena, DF_SHA256_BYTES);
    struct df_str label = df_arena_printf(arena, "devflow scrub marks|%.*s", DF_FMT(project_id));
    df_hmac_sha256(df_str_n((const char *)key->bytes, sizeof key->bytes), label, hash);
    return df_str_n((const char *)hash, DF_SHA256_BYTES);
}

struct df_context_options df_scrubbing_options(const struct df_devflow *d, struct df_str project_id,
                                               struct df_arena *arena)
{
    struct df_context_options o = {.hash_key = hash_key(d, project_id, arena)};
    if (d->scrub_rules)
        o.rules[0] = &d->scrub_rules->all;
    o.rules[1] = df_scrub_file_project(d->scrub_rules, project_id);
    return o;
}

struct df_scrub df_scrubbing(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena)
{
    struct df_context_options o = df_scrubbing_options(d, project_id, arena);
    struct df_scrub scrub = {.arena = arena, .hash_key = o.hash_key};
    memcpy(scrub.rules, o.rules, sizeof scrub.rules);
    return scrub;
}
