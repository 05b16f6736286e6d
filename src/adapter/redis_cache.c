#include "adapter/redis_cache.h"
#include "base/fatal.h"
#include "base/metrics.h"
#include "base/wait.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    POOL = 16,
    PAUSE_MS = 1000,  /* after a failure */
    FENCE_MS = 2000,  /* after a remove, see remove_command */
    PROBE_MS = 10000, /* what ping leaves behind */
};

/* The first byte of a value; an empty value is the fence that a remove leaves. */
static const char VALUE_MARK = 'v';

struct redis_cache {
    struct df_cache port;
    struct df_redis_settings settings;
    df_redis_changed *changed;
    void *changed_arg;
    pthread_mutex_t lock;
    struct df_redis_link *idle[POOL];
    size_t n_idle;
    bool down, trying;       /* down: no one tries before retry_ms, then one */
    int64_t retry_ms;        /* of the monotonic clock */
    struct df_error refused; /* what Redis last said no to, DF_OK when it obeys */
    struct df_error why;     /* of `down` */
};

static struct redis_cache *self_of(struct df_cache *cache)
{
    return (struct redis_cache *)cache;
}

static void close_idle(struct redis_cache *c)
{
    while (c->n_idle)
        df_redis_link_close(c->idle[--c->n_idle]);
}

/* Whether this caller may try; then *ret is a link from the pool, or NULL when one must be opened. */
static bool enter(struct redis_cache *c, struct df_redis_link **ret)
{
    pthread_mutex_lock(&c->lock);
    bool may = !c->down || (!c->trying && df_monotonic_ms() >= c->retry_ms);
    c->trying = c->trying || (may && c->down);
    *ret = may && c->n_idle ? c->idle[--c->n_idle] : NULL;
    pthread_mutex_unlock(&c->lock);
    return may;
}

/* What the operation ended with becomes the state; who sees it change says so, outside the lock. */
static void leave(struct redis_cache *c, struct df_redis_link *link, enum df_code code, const struct df_error *err)
{
    pthread_mutex_lock(&c->lock);
    bool was_down = c->down;
    c->down = code != DF_OK;
    c->trying = false;
    if (c->down) {
        c->why = *err;
        c->retry_ms = df_monotonic_ms() + PAUSE_MS;
        close_idle(c);
    } else if (c->n_idle < POOL) {
        c->idle[c->n_idle++] = link;
        link = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    if (link)
        df_redis_link_close(link);
    if (c->changed && was_down != (code != DF_OK))
        c->changed(c->changed_arg, was_down, was_down ? DF_STR_NONE : df_str_c(err->message));
}

static void forget_idle(struct redis_cache *c)
{
    pthread_mutex_lock(&c->lock);
    close_idle(c);
    pthread_mutex_unlock(&c->lock);
}

/* One exchange on *link (NULL: on a new one). On failure the link is closed and *link NULL. */
static enum df_code exchange(struct redis_cache *c, struct df_redis_link **link,
                             const struct df_redis_command *commands, size_t n, struct df_arena *arena,
                             struct df_redis_answer *ret, bool *ret_lost, struct df_error *err)
{
    *ret_lost = false;
    if (!*link)
        DF_TRY(df_redis_link_open(&c->settings, link, err));
    enum df_code code = df_redis_link_ask(*link, commands, n, arena, ret, ret_lost, err);
    if (code != DF_OK) {
        df_redis_link_close(*link);
        *link = NULL;
    }
    return code;
}

/* A "no" of Redis (read-only, out of memory) is no reason to keep away from it: what it still does, it does at once. It is
 * remembered until the same kind of command is obeyed. */
static bool obeyed(struct redis_cache *c, const struct df_redis_answer *answers, size_t n, bool writes)
{
    size_t i = 0;
    while (i < n && answers[i].kind != DF_REDIS_ERROR)
        i++;
    pthread_mutex_lock(&c->lock);
    if (i < n) {
        struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
        df_fail_at(&c->refused, writes ? DF_ERR_BUSY : DF_ERR_FAILED, "%s %s", df_redis_name(&c->settings, scratch).p,
                   df_redis_error_meaning(answers[i].bytes));
    } else if (c->refused.code == (writes ? DF_ERR_BUSY : DF_ERR_FAILED)) {
        c->refused.code = DF_OK;
    }
    pthread_mutex_unlock(&c->lock);
    return i == n;
}

/* True when all commands were obeyed. A pooled connection that the server has closed meanwhile tells nothing about the server:
 * once more, on a new one. All commands here may be repeated. */
static bool run(struct redis_cache *c, const struct df_redis_command *commands, size_t n, bool writes,
                struct df_arena *arena, struct df_redis_answer *ret)
{
    struct df_redis_link *link;
    struct df_error err;
    bool lost = false, ok = false;
    if (enter(c, &link)) {
        bool pooled = link != NULL;
        enum df_code code = exchange(c, &link, commands, n, arena, ret, &lost, &err);
        if (code != DF_OK && pooled && lost) {
            forget_idle(c);
            code = exchange(c, &link, commands, n, arena, ret, &lost, &err);
        }
        leave(c, link, code, &err);
        ok = code == DF_OK && obeyed(c, ret, n, writes);
    }
    if (!ok)
        df_metric_add(DF_METRIC_CACHE_ERROR, 1);
    return ok;
}

static struct df_str redis_key(struct df_str key, struct df_arena *arena)
{
    return df_arena_printf(arena, "devflow:%.*s", DF_FMT(key));
}

static bool cache_peek(struct df_cache *cache, struct df_str key, struct df_arena *arena, struct df_str *ret)
{
    (void)cache;
    (void)key;
    (void)arena;
    (void)ret;
    return false;
}

/* False when Redis did not obey; then *ret_found is not set. The time that is left comes from Redis too: no two clocks need to
 * agree. */
static bool look_up(struct redis_cache *c, struct df_str name, struct df_arena *arena, struct df_str *ret,
                    int64_t *ret_left_ms, bool *ret_found)
{
    const struct df_redis_command commands[] = {
        {.argv = {DF_S("GET"), name}, .argc = 2},
        {.argv = {DF_S("PTTL"), name}, .argc = 2},
    };
    struct df_redis_answer answers[2];
    if (!run(c, commands, 2, false, arena, answers))
        return false;
    *ret_found = answers[0].kind == DF_REDIS_BYTES && answers[0].bytes.n && answers[0].bytes.p[0] == VALUE_MARK &&
                 answers[1].kind == DF_REDIS_INTEGER && answers[1].integer > 0;
    if (*ret_found) {
        *ret = df_str_from(answers[0].bytes, 1);
        *ret_left_ms = answers[1].integer;
    }
    return true;
}

static bool cache_get(struct df_cache *cache, struct df_str key, struct df_arena *arena, struct df_str *ret,
                      int64_t *ret_left_ms)
{
    bool found;
    int64_t left_ms;
    if (!look_up(self_of(cache), redis_key(key, arena), arena, ret, &left_ms, &found))
        return false;
    df_metric_add(found ? DF_METRIC_CACHE_REDIS_HIT : DF_METRIC_CACHE_REDIS_MISS, 1);
    if (found && ret_left_ms)
        *ret_left_ms = left_ms;
    return found;
}

/* A remove leaves a fence, an empty value that no put overwrites while it stands. Without it: node A reads the row, node B
 * replaces the token and removes the key, A puts what it read. A looks at the row again afterwards (service/tokens.c) and
 * removes its mistake, but node C may have copied it in between and would keep it until its time is over (a minute), for C heard
 * of B's change before. With the fence A's put does nothing unless A took two seconds between reading and putting, and then
 * C must still have come in the moment between A's put and A's second look. What then remains is bounded by the entry's
 * time, and costs a caller one refused request: with `rejected` it gets the newer token. */
static struct df_redis_command remove_command(struct df_str name, struct df_arena *arena)
{
    return (struct df_redis_command){
        .argv = {DF_S("SET"), name, DF_STR_NONE, DF_S("PX"), df_arena_printf(arena, "%d", FENCE_MS)}, .argc = 5};
}

static void cache_remove(struct df_cache *cache, struct df_str key)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_redis_answer answer;
    const struct df_redis_command command = remove_command(redis_key(key, arena), arena);
    run(self_of(cache), &command, 1, true, arena, &answer);
}

#define PUT_SCRIPT                                                                              \
    "if redis.call('EXISTS',KEYS[1])==1 and redis.call('STRLEN',KEYS[1])==0 then return 0 end " \
    "redis.call('SET',KEYS[1],ARGV[1],'PX',ARGV[2]) return 1"

static bool put(struct redis_cache *c, struct df_str name, struct df_str value, int64_t ttl_ms, struct df_arena *arena)
{
    char *marked = df_arena_alloc(arena, value.n + 1);
    marked[0] = VALUE_MARK;
    if (value.n)
        memcpy(marked + 1, value.p, value.n);
    const struct df_redis_command command = {
        .argv = {DF_S("EVAL"), DF_S(PUT_SCRIPT), DF_S("1"), name, df_str_n(marked, value.n + 1),
                 df_arena_printf(arena, "%lld", (long long)ttl_ms)},
        .argc = 6,
    };
    struct df_redis_answer answer;
    return run(c, &command, 1, true, arena, &answer);
}

static void cache_put(struct df_cache *cache, struct df_str key, struct df_str value, int64_t ttl_ms)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    if (ttl_ms <= 0)
        cache_remove(cache, key);
    else
        put(self_of(cache), redis_key(key, arena), value, ttl_ms, arena);
}

static void cache_evict(struct df_cache *cache, struct df_str key)
{
    (void)cache;
    (void)key;
}

/* A write and a read: one that only reads would call a full or read-only Redis well. */
static enum df_code cache_ping(struct df_cache *cache, struct df_error *err)
{
    struct redis_cache *c = self_of(cache);
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str value, probe = redis_key(DF_S("probe"), arena);
    int64_t left_ms;
    bool found;
    if (put(c, probe, DF_S("1"), PROBE_MS, arena))
        look_up(c, probe, arena, &value, &left_ms, &found);
    pthread_mutex_lock(&c->lock);
    struct df_error state = c->down ? c->why : c->refused;
    pthread_mutex_unlock(&c->lock);
    return state.code == DF_OK ? DF_OK : df_fail(err, DF_ERR_FAILED, "%s", state.message);
}

static void cache_stats(struct df_cache *cache, struct df_cache_stats *ret)
{
    struct redis_cache *c = self_of(cache);
    pthread_mutex_lock(&c->lock);
    *ret = (struct df_cache_stats){.shared = true, .shared_up = !c->down && c->refused.code == DF_OK};
    pthread_mutex_unlock(&c->lock);
}

static void cache_free(struct df_cache *cache)
{
    struct redis_cache *c = self_of(cache);
    close_idle(c);
    pthread_mutex_destroy(&c->lock);
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

struct df_cache *df_redis_cache_new(const struct df_redis_settings *settings, df_redis_changed *changed, void *arg)
{
    struct redis_cache *c = calloc(1, sizeof *c);
    if (!c)
        df_out_of_memory();
    c->port.ops = &ops;
    c->settings = *settings;
    c->changed = changed;
    c->changed_arg = arg;
    pthread_mutex_init(&c->lock, NULL);
    return &c->port;
}
