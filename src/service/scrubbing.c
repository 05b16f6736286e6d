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
    return (struct df_context_options){.hash_key = hash_key(d, project_id, arena)};
}

struct df_scrub df_scrubbing(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena)
{
    return (struct df_scrub){.arena = arena, .hash_key = hash_key(d, project_id, arena)};
}
