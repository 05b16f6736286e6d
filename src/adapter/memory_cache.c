#include "adapter/memory_cache.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { FIRST_BUCKETS = 64 };

struct entry {
    struct entry *next_in_bucket;
    struct entry *newer, *older;
    uint64_t hash;
    int64_t expires_ms;
    size_t key_n, value_n;
    char bytes[]; /* key, then value */
};

struct memory_cache {
    struct df_cache port;
    const struct df_clock *clock;
    pthread_mutex_t lock;
    struct entry **buckets;
    size_t n_buckets, n_entries, bytes, limit_bytes;
    struct entry *newest, *oldest;
};

static struct memory_cache *self_of(struct df_cache *cache)
{
    return (struct memory_cache *)cache;
}

/* FNV-1a; keys are ours, not an attacker's choice of hashes: project ids are checked where they are made. */
static uint64_t hash_of(struct df_str key)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (size_t i = 0; i < key.n; i++)
        h = (h ^ (unsigned char)key.p[i]) * 0x100000001b3U;
    return h;
}

static size_t size_of(const struct entry *e)
{
    return sizeof *e + e->key_n + e->value_n;
}

static struct entry **place_of(struct memory_cache *c, struct df_str key, uint64_t hash)
{
    struct entry **at = &c->buckets[hash & (c->n_buckets - 1)];
    while (*at && !((*at)->hash == hash && df_str_eq(df_str_n((*at)->bytes, (*at)->key_n), key)))
        at = &(*at)->next_in_bucket;
    return at;
}

static void list_unlink(struct memory_cache *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void list_put_newest(struct memory_cache *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void drop(struct memory_cache *c, struct entry **at)
{
    struct entry *e = *at;
    assert(e);
    *at = e->next_in_bucket;
    list_unlink(c, e);
    c->n_entries--;
    c->bytes -= size_of(e);
    explicit_bzero(e->bytes, e->key_n + e->value_n);
    free(e);
}

static void drop_oldest(struct memory_cache *c)
{
    struct entry *e = c->oldest;
    drop(c, place_of(c, df_str_n(e->bytes, e->key_n), e->hash));
}

static void grow_buckets(struct memory_cache *c)
{
    size_t n = c->n_buckets * 2;
    struct entry **buckets = calloc(n, sizeof(struct entry *));
    if (!buckets)
        return; /* longer chains, nothing worse */
    for (size_t i = 0; i < c->n_buckets; i++)
        for (struct entry *e = c->buckets[i], *next; e; e = next) {
            next = e->next_in_bucket;
            e->next_in_bucket = buckets[e->hash & (n - 1)];
            buckets[e->hash & (n - 1)] = e;
        }
    free(c->buckets);
    c->buckets = buckets;
    c->n_buckets = n;
}

static bool cache_get(struct df_cache *cache, struct df_str key, struct df_arena *arena, struct df_str *ret)
{
    struct memory_cache *c = self_of(cache);
    uint64_t hash = hash_of(key);
    int64_t now = df_now_ms(c->clock);
    pthread_mutex_lock(&c->lock);
    struct entry **at = place_of(c, key, hash), *e = *at;
    bool found = e && now < e->expires_ms;
    if (found) {
        *ret = df_arena_dup(arena, df_str_n(e->bytes + e->key_n, e->value_n));
        list_unlink(c, e);
        list_put_newest(c, e);
    } else if (e) {
        drop(c, at);
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

static void cache_remove(struct df_cache *cache, struct df_str key)
{
    struct memory_cache *c = self_of(cache);
    pthread_mutex_lock(&c->lock);
    struct entry **at = place_of(c, key, hash_of(key));
    if (*at)
        drop(c, at);
    pthread_mutex_unlock(&c->lock);
}

static void cache_put(struct df_cache *cache, struct df_str key, struct df_str value, int64_t ttl_ms)
{
    struct memory_cache *c = self_of(cache);
    struct entry *e = ttl_ms > 0 ? malloc(sizeof *e + key.n + value.n) : NULL;
    cache_remove(cache, key);
    if (!e)
        return;
    *e = (struct entry){
        .hash = hash_of(key), .expires_ms = df_now_ms(c->clock) + ttl_ms, .key_n = key.n, .value_n = value.n};
    memcpy(e->bytes, key.p, key.n);
    memcpy(e->bytes + key.n, value.p, value.n);
    pthread_mutex_lock(&c->lock);
    if (c->n_entries >= c->n_buckets)
        grow_buckets(c);
    struct entry **at = place_of(c, key, e->hash);
    if (*at)
        drop(c, at);
    at = place_of(c, key, e->hash);
    *at = e;
    list_put_newest(c, e);
    c->n_entries++;
    c->bytes += size_of(e);
    while (c->bytes > c->limit_bytes)
        drop_oldest(c);
    pthread_mutex_unlock(&c->lock);
}

static enum df_code cache_ping(struct df_cache *cache, struct df_error *err)
{
    (void)cache;
    (void)err;
    return DF_OK;
}

static void cache_free(struct df_cache *cache)
{
    struct memory_cache *c = self_of(cache);
    while (c->oldest)
        drop_oldest(c);
    free(c->buckets);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static const struct df_cache_ops ops = {
    .get = cache_get,
    .put = cache_put,
    .remove = cache_remove,
    .ping = cache_ping,
    .free = cache_free,
};

struct df_cache *df_memory_cache_new(const struct df_clock *clock, size_t limit_bytes)
{
    struct memory_cache *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->port.ops = &ops;
    c->clock = clock;
    c->limit_bytes = limit_bytes;
    c->n_buckets = FIRST_BUCKETS;
    c->buckets = calloc(FIRST_BUCKETS, sizeof *c->buckets);
    if (!c->buckets)
        abort();
    pthread_mutex_init(&c->lock, NULL);
    return &c->port;
}
