/* A sealed type for what must not be shown: tokens, client secrets, keys, verifiers. It has no printer and no place in the
 * JSON writer; whoever needs the bytes must say df_secret_reveal, which a reviewer can find. The bytes live in an arena,
 * which wipes them. */
#ifndef DF_BASE_SECRET_H
#define DF_BASE_SECRET_H

#include "base/arena.h"

struct df_secret {
    struct df_str hidden_;
};

#define DF_SECRET_NONE ((struct df_secret){DF_STR_NONE})

static inline struct df_secret df_secret_of(struct df_str bytes)
{
    return (struct df_secret){bytes};
}

/* Copied into the arena. */
static inline struct df_secret df_secret_dup(struct df_arena *arena, struct df_str bytes)
{
    return (struct df_secret){df_arena_dup(arena, bytes)};
}

static inline struct df_str df_secret_reveal(struct df_secret secret)
{
    return secret.hidden_;
}

static inline bool df_secret_is_empty(struct df_secret secret)
{
    return secret.hidden_.n == 0;
}

#endif
