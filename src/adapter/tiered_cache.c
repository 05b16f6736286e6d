#include "adapter/tiered_cache.h"
#include "adapter/memory_cache.h"
#include "base/fatal.h"

#include <stdlib.h>

struct tiered_cache {
    struct df_cache port;
    struct df_cache *memory, *shared;
};

static struct tiered_cache *self_of(struct df_cache *cache)
{
    return (struct tiered_cache *)cache;
}

static bool cache_peek(struct df_cache *cache, struct df_str key, struct df_arena *arena, struct df_str *ret)
{
    struct tiered_cache *c = self_of(cache);
    return c->memory->ops->peek(c->memory, key, arena, ret);
}

/* The ticket keeps out what was read from the shared tier before an eviction that ran past it. */
static bool cache_get(struct df_cache *cache, struct df_str key, struct df_arena *arena, struct df_str *ret,
                      int64_t *ret_left_ms)
{
    struct tiered_cache *c = self_of(cache);
    int64_t left_ms;
    if (c->memory->ops->get(c->memory, key, arena, ret, ret_left_ms))
        return true;
    uint64_t ticket = df_memory_cache_ticket(c->memory, key);
    if (!c->shared->ops->get(c->shared, key, arena, ret, &left_ms))
        return false;
    df_memory_cache_fill(c->memory, key, *ret, left_ms, ticket);
    if (ret_left_ms)
        *ret_left_ms = left_ms;
    return true;
}

static void cache_put(struct df_cache *cache, struct df_str key, struct df_str value, int64_t ttl_ms)
{
    struct tiered_cache *c = self_of(cache);
    c->memory->ops->put(c->memory, key, value, ttl_ms);
    c->shared->ops->put(c->shared, key, value, ttl_ms);
}

/* The shared one first: else another thread could copy it into memory again, in between. */
static void cache_remove(struct df_cache *cache, struct df_str key)
{
    struct tiered_cache *c = self_of(cache);
    c->shared->ops->remove(c->shared, key);
    c->memory->ops->remove(c->memory, key);
}

static void cache_evict(struct df_cache *cache, struct df_str key)
{
    struct tiered_cache *c = self_of(cache);
    c->memory->ops->evict(c->memory, key);
}

static enum df_code cache_ping(struct df_cache *cache, struct df_error *err)
{
    struct tiered_cache *c = self_of(cache);
    return c->shared->ops->ping(c->shared, err);
}

static void cache_stats(struct df_cache *cache, struct df_cache_stats *ret)
{
    struct tiered_cache *c = self_of(cache);
    struct df_cache_stats shared;
    c->memory->ops->stats(c->memory, ret);
    c->shared->ops->stats(c->shared, &shared);
    ret->shared = shared.shared;
    ret->shared_up = shared.shared_up;
}

static void cache_free(struct df_cache *cache)
{
    struct tiered_cache *c = self_of(cache);
    c->memory->ops->free(c->memory);
    c->shared->ops->free(c->shared);
    free(c);
}

static const struct df_cache_ops ops = {
    .peek = cache_peek,
    .get = cache_get,
    .put = cache_put,
    .remove = cache_remove,
    .evict = cache_evict,
    .ping = cache_ping,
    .stats = cache_stats,
    .free = cache_free,
};

struct df_cache *df_tiered_cache_new(struct df_cache *memory, struct df_cache *shared)
{
    struct tiered_cache *c = calloc(1, sizeof *c);
    if (!c)
        df_out_of_memory();
    c->port.ops = &ops;
    c->memory = memory;
    c->shared = shared;
    return &c->port;
}
