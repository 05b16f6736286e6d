/* Port: a cache of small values under keys, bounded, any of which may vanish at any time: losing it only costs speed.
 * Values are opaque bytes; callers seal what is secret before they put it, and keep secrets out of keys. Any thread.
 *
 * A cache may have a tier that several processes share. Then `get`, `put`, `remove` and `ping` may wait for the network, within
 * a bound of a fraction of a second; `peek`, `evict` and `stats` never do. */
#ifndef DF_PORT_CACHE_H
#define DF_PORT_CACHE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

struct df_cache {
    const struct df_cache_ops *ops;
};

struct df_cache_stats {
    size_t entries, bytes, limit_bytes; /* of this process's memory, everything counted */
    bool shared;                        /* whether there is a shared tier, and whether it last answered */
    bool shared_up;
};

struct df_cache_ops {
    /* From this process's memory alone, without waiting: for the event loop. */
    bool (*peek)(struct df_cache *cache, struct df_str key, struct df_arena *arena, struct df_str *ret);
    /* True with a copy in the arena, and how long it will still be there (NULL: of no interest); false when absent, expired, or
     * the cache cannot be reached. */
    bool (*get)(struct df_cache *cache, struct df_str key, struct df_arena *arena, struct df_str *ret,
                int64_t *ret_left_ms);
    /* Replaces. A shared tier refuses it within two seconds of a `remove` by anyone, so that what was read before that cannot come
     * back after it. */
    void (*put)(struct df_cache *cache, struct df_str key, struct df_str value, int64_t ttl_ms);
    void (*remove)(struct df_cache *cache, struct df_str key);
    /* Of this process's memory alone: another process has changed what the value was made of. An empty key: all of it. */
    void (*evict)(struct df_cache *cache, struct df_str key);
    /* Whether all of it answers, for `ready`; DF_ERR_FAILED says what does not. The rest still serves. */
    enum df_code (*ping)(struct df_cache *cache, struct df_error *err);
    void (*stats)(struct df_cache *cache, struct df_cache_stats *ret);
    void (*free)(struct df_cache *cache);
};

#endif
