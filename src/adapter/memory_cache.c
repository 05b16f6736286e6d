#include "adapter/memory_cache.h"
#include "base/crypto.h"
#include "base/fatal.h"
#include "base/metrics.h"

#include <assert.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    SHARDS = 16,           /* a power of two */
    ENTRY_GUESS = 512,     /* bytes, of which the number of buckets is made: they never grow, so no put stalls a peek */
    MALLOC_HEAD_BYTES = 8, /* what glibc keeps before each block, beside its usable size */
};

struct entry {
    struct entry *next_in_bucket;
    struct entry *newer, *older;
    uint64_t hash;
    int64_t expires_ms;
    uint32_t key_n, value_n;
    char bytes[]; /* key, then value */
};

struct shard {
    pthread_mutex_t lock;
    struct entry **buckets;
    size_t n_entries, bytes;
    struct entry *newest, *oldest;
    uint64_t evictions;
} __attribute__((aligned(64))); /* a cache line of its own: neighbours' locks do not slow each other */

struct memory_cache {
    struct df_cache port;
    const struct df_clock *clock;
    uint64_t seed;
    size_t shard_limit_bytes, n_buckets; /* of a shard */
    struct shard *shards;
};

static struct memory_cache *self_of(struct df_cache *cache)
{
    return (struct memory_cache *)cache;
}

/* Eight bytes a step, and seeded: keys hold names that users choose. */
static uint64_t hash_of(const struct memory_cache *c, struct df_str key)
{
    uint64_t h = c->seed ^ key.n, part;
    while (key.n) {
        size_t n = key.n < sizeof part ? key.n : sizeof part;
        part = 0;
        memcpy(&part, key.p, n);
        h = (h ^ part) * 0x9E3779B97F4A7C15U;
        h ^= h >> 29;
        key = df_str_from(key, n);
    }
    return (h * 0xBF58476D1CE4E5B9U) ^ (h >> 32);
}

static struct shard *shard_of(const struct memory_cache *c, uint64_t hash)
{
    return &c->shards[hash >> 60 & (SHARDS - 1)];
}

static size_t size_of(struct entry *e)
{
    return malloc_usable_size(e) + MALLOC_HEAD_BYTES;
}

static struct entry **place_of(const struct memory_cache *c, struct shard *s, struct df_str key, uint64_t hash)
{
    struct entry **at = &s->buckets[hash & (c->n_buckets - 1)];
    while (*at && !((*at)->hash == hash && df_str_eq(df_str_n((*at)->bytes, (*at)->key_n), key)))
        at = &(*at)->next_in_bucket;
    return at;
}

static void list_unlink(struct shard *s, struct entry *e)
{
    *(e->newer ? &e->newer->older : &s->newest) = e->older;
    *(e->older ? &e->older->newer : &s->oldest) = e->newer;
}

static void list_put_newest(struct shard *s, struct entry *e)
{
    e->newer = NULL;
    e->older = s->newest;
    *(s->newest ? &s->newest->newer : &s->oldest) = e;
    s->newest = e;
}

static void drop(struct shard *s, struct entry **at)
{
    struct entry *e = *at;
    assert(e);
    *at = e->next_in_bucket;
    list_unlink(s, e);
    s->n_entries--;
    s->bytes -= size_of(e);
    explicit_bzero(e->bytes, (size_t)e->key_n + e->value_n);
    free(e);
}

static void drop_oldest(const struct memory_cache *c, struct shard *s)
{
    struct entry *e = s->oldest;
    drop(s, place_of(c, s, df_str_n(e->bytes, e->key_n), e->hash));
}

static bool find(struct memory_cache *c, struct df_str key, struct df_arena *arena, struct df_str *ret,
                 int64_t *ret_left_ms)
{
    uint64_t hash = hash_of(c, key);
    struct shard *s = shard_of(c, hash);
    int64_t now = df_now_ms(c->clock);
    pthread_mutex_lock(&s->lock);
    struct entry **at = place_of(c, s, key, hash), *e = *at;
    bool found = e && now < e->expires_ms;
    if (found) {
        *ret = df_arena_dup(arena, df_str_n(e->bytes + e->key_n, e->value_n));
        if (ret_left_ms)
            *ret_left_ms = e->expires_ms - now;
        list_unlink(s, e);
        list_put_newest(s, e);
    } else if (e) {
        drop(s, at);
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

static bool cache_get(struct df_cache *cache, struct df_str key, struct df_arena *arena, struct df_str *ret,
                      int64_t *ret_left_ms)
{
    bool found = find(self_of(cache), key, arena, ret, ret_left_ms);
    df_metric_add(found ? DF_METRIC_CACHE_MEMORY_HIT : DF_METRIC_CACHE_MEMORY_MISS, 1);
    return found;
}

/* Who peeks in vain gets next, and that counts the miss. */
static bool cache_peek(struct df_cache *cache, struct df_str key, struct df_arena *arena, struct df_str *ret)
{
    bool found = find(self_of(cache), key, arena, ret, NULL);
    if (found)
        df_metric_add(DF_METRIC_CACHE_MEMORY_HIT, 1);
    return found;
}

static void evict_all(struct memory_cache *c)
{
    for (struct shard *s = c->shards; s < c->shards + SHARDS; s++) {
        pthread_mutex_lock(&s->lock);
        s->evictions++;
        while (s->oldest)
            drop_oldest(c, s);
        pthread_mutex_unlock(&s->lock);
    }
}

static void cache_remove(struct df_cache *cache, struct df_str key)
{
    struct memory_cache *c = self_of(cache);
    uint64_t hash = hash_of(c, key);
    struct shard *s = shard_of(c, hash);
    pthread_mutex_lock(&s->lock);
    struct entry **at = place_of(c, s, key, hash);
    s->evictions++;
    if (*at)
        drop(s, at);
    pthread_mutex_unlock(&s->lock);
}

static void cache_evict(struct df_cache *cache, struct df_str key)
{
    if (key.n)
        cache_remove(cache, key);
    else
        evict_all(self_of(cache));
}

static struct entry *entry_new(const struct memory_cache *c, struct df_str key, struct df_str value, int64_t ttl_ms)
{
    if (ttl_ms <= 0 || key.n > UINT32_MAX || value.n > UINT32_MAX ||
        sizeof(struct entry) + key.n + value.n > c->shard_limit_bytes)
        return NULL;
    struct entry *e = malloc(sizeof *e + key.n + value.n);
    if (!e)
        return NULL;
    *e = (struct entry){.hash = hash_of(c, key),
                        .expires_ms = df_now_ms(c->clock) + ttl_ms,
                        .key_n = (uint32_t)key.n,
                        .value_n = (uint32_t)value.n};
    memcpy(e->bytes, key.p, key.n);
    if (value.n)
        memcpy(e->bytes + key.n, value.p, value.n);
    return e;
}

/* Replaces under one lock, so that no one in between finds nothing. A value that cannot be kept still ends the old one. */
static void put(struct memory_cache *c, struct df_str key, struct df_str value, int64_t ttl_ms, const uint64_t *ticket)
{
    struct entry *e = entry_new(c, key, value, ttl_ms);
    uint64_t hash = e ? e->hash : hash_of(c, key);
    struct shard *s = shard_of(c, hash);
    pthread_mutex_lock(&s->lock);
    if (ticket && *ticket != s->evictions) {
        pthread_mutex_unlock(&s->lock);
        free(e);
        return;
    }
    struct entry **at = place_of(c, s, key, hash);
    if (*at)
        drop(s, at);
    if (e) {
        at = place_of(c, s, key, hash);
        *at = e;
        list_put_newest(s, e);
        s->n_entries++;
        s->bytes += size_of(e);
    }
    while (s->bytes > c->shard_limit_bytes)
        drop_oldest(c, s);
    pthread_mutex_unlock(&s->lock);
}

static void cache_put(struct df_cache *cache, struct df_str key, struct df_str value, int64_t ttl_ms)
{
    put(self_of(cache), key, value, ttl_ms, NULL);
}

uint64_t df_memory_cache_ticket(struct df_cache *cache, struct df_str key)
{
    struct memory_cache *c = self_of(cache);
    struct shard *s = shard_of(c, hash_of(c, key));
    pthread_mutex_lock(&s->lock);
    uint64_t ticket = s->evictions;
    pthread_mutex_unlock(&s->lock);
    return ticket;
}

void df_memory_cache_fill(struct df_cache *cache, struct df_str key, struct df_str value, int64_t ttl_ms,
                          uint64_t ticket)
{
    put(self_of(cache), key, value, ttl_ms, &ticket);
}

static enum df_code cache_ping(struct df_cache *cache, struct df_error *err)
{
    (void)cache;
    (void)err;
    return DF_OK;
}

static size_t table_bytes(const struct memory_cache *c)
{
    return sizeof *c + SHARDS * (sizeof *c->shards + c->n_buckets * sizeof *c->shards->buckets);
}

static void cache_stats(struct df_cache *cache, struct df_cache_stats *ret)
{
    const struct memory_cache *c = self_of(cache);
    *ret = (struct df_cache_stats){.bytes = table_bytes(c), .limit_bytes = table_bytes(c)};
    for (struct shard *s = c->shards; s < c->shards + SHARDS; s++) {
        pthread_mutex_lock(&s->lock);
        ret->entries += s->n_entries;
        ret->bytes += s->bytes;
        pthread_mutex_unlock(&s->lock);
        ret->limit_bytes += c->shard_limit_bytes;
    }
}

static void cache_free(struct df_cache *cache)
{
    struct memory_cache *c = self_of(cache);
    evict_all(c);
    for (struct shard *s = c->shards; s < c->shards + SHARDS; s++) {
        free(s->buckets);
        pthread_mutex_destroy(&s->lock);
    }
    free(c->shards);
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

struct df_cache *df_memory_cache_new(const struct df_clock *clock, size_t limit_bytes)
{
    struct memory_cache *c = calloc(1, sizeof *c);
    if (!c || posix_memalign((void **)&c->shards, 64, SHARDS * sizeof *c->shards) != 0)
        df_out_of_memory();
    memset(c->shards, 0, SHARDS * sizeof *c->shards);
    c->port.ops = &ops;
    c->clock = clock;
    df_random(&c->seed, sizeof c->seed);
    c->n_buckets = 1;
    while (c->n_buckets * 2 * SHARDS * ENTRY_GUESS <= limit_bytes)
        c->n_buckets *= 2;
    size_t table = table_bytes(c);
    c->shard_limit_bytes = limit_bytes > table ? (limit_bytes - table) / SHARDS : 0;
    for (struct shard *s = c->shards; s < c->shards + SHARDS; s++) {
        s->buckets = calloc(c->n_buckets, sizeof *s->buckets);
        if (!s->buckets)
            df_out_of_memory();
        pthread_mutex_init(&s->lock, NULL);
    }
    return &c->port;
}
