/* Port: a cache of small values under keys, bounded, any of which may vanish at any time: losing it only costs speed.
 * Values are opaque bytes; callers seal what is secret before they put it. Any thread. */
#ifndef DF_PORT_CACHE_H
#define DF_PORT_CACHE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

struct df_cache {
    const struct df_cache_ops *ops;
};

struct df_cache_ops {
    /* True with a copy in the arena; false when absent, expired, or the cache cannot be reached. */
    bool (*get)(struct df_cache *cache, struct df_str key, struct df_arena *arena, struct df_str *ret);
    void (*put)(struct df_cache *cache, struct df_str key, struct df_str value, int64_t ttl_ms);
    void (*remove)(struct df_cache *cache, struct df_str key);
    /* Whether it answers, for `ready`. */
    enum df_code (*ping)(struct df_cache *cache, struct df_error *err);
    void (*free)(struct df_cache *cache);
};

#endif
