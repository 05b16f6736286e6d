#include "adapter/redis_quota.h"
#include "base/fatal.h"

#include <pthread.h>
#include <stdlib.h>

struct redis_quota {
    struct df_quota port;
    struct df_redis_settings settings;
    pthread_mutex_t lock;
    struct df_redis_link *link;
};

/* domain/token_bucket.h in Lua. KEYS: the bucket. ARGV: microseconds a token takes, those of the window, spent, wanted. Answers what
 * was given, and in how many microseconds the bucket is full. `replicate_commands` is for Redis before 7, which else refuses to
 * write after it was asked for the time. */
#define TAKE_SCRIPT                                                                                              \
    "if redis.replicate_commands then redis.replicate_commands() end "                                           \
    "local t=redis.call('TIME') local now=t[1]*1000000+t[2] "                                                    \
    "local each,window=tonumber(ARGV[1]),tonumber(ARGV[2]) "                                                     \
    "local full=tonumber(redis.call('GET',KEYS[1]) or 0) "                                                       \
    "if full<now then full=now end "                                                                             \
    "full=full+each*tonumber(ARGV[3]) "                                                                          \
    "local give=math.min(tonumber(ARGV[4]),math.max(0,math.floor((now+window-full)/each))) "                     \
    "full=full+each*give "                                                                                       \
    "if full>now+2*window then full=now+2*window end "                                                           \
    "if full>now then redis.call('SET',KEYS[1],string.format('%.0f',full),'PX',math.ceil((full-now)/1000)) end " \
    "return string.format('%.0f %.0f',give,full-now)"

static struct df_redis_command command_of(const struct df_quota_ask *ask, struct df_arena *arena)
{
    long long window_us = ask->rate.window_s * 1000000LL, quota = ask->rate.quota;
    long long each_us = (window_us + quota - 1) / quota;
    return (struct df_redis_command){
        .argv = {DF_S("EVAL"), DF_S(TAKE_SCRIPT), DF_S("1"),
                 df_arena_printf(arena, "devflow:limit:%.*s", DF_FMT(ask->bucket)),
                 df_arena_printf(arena, "%lld", each_us), df_arena_printf(arena, "%lld", each_us * quota),
                 df_arena_printf(arena, "%u", ask->spent), df_arena_printf(arena, "%u", ask->wanted)},
        .argc = 8,
    };
}

static enum df_code read_answer(const struct redis_quota *q, const struct df_redis_answer *answer,
                                struct df_quota_answer *ret, struct df_arena *arena, struct df_error *err)
{
    struct df_str full = answer->bytes, given = DF_STR_NONE;
    unsigned long long n_given = 0, full_us = 0;
    const char *name = df_redis_name(&q->settings, arena).p;
    if (answer->kind == DF_REDIS_ERROR)
        return df_fail(err, DF_ERR_FAILED, "%s %s", name, df_redis_error_meaning(answer->bytes));
    if (answer->kind != DF_REDIS_BYTES || !df_str_split(&full, ' ', &given) || !df_str_to_u64(given, &n_given) ||
        !df_str_to_u64(full, &full_us) || n_given > UINT32_MAX || full_us > INT64_MAX / 2)
        return df_fail(err, DF_ERR_FAILED, "%s answers what no Redis would", name);
    *ret = (struct df_quota_answer){(uint32_t)n_given, (int64_t)full_us};
    return DF_OK;
}

/* A link that the server has closed meanwhile tells nothing about the server: once more, on a new one. Tokens that were taken
 * twice by that come back with time. */
static enum df_code ask(struct redis_quota *q, const struct df_redis_command *commands, size_t n,
                        struct df_arena *arena, struct df_redis_answer *answers, struct df_error *err)
{
    bool had = q->link != NULL, lost = false;
    if (!had)
        DF_TRY(df_redis_link_open(&q->settings, &q->link, err));
    enum df_code code = df_redis_link_ask(q->link, commands, n, arena, answers, &lost, err);
    if (code == DF_OK)
        return DF_OK;
    df_redis_link_close(q->link);
    q->link = NULL;
    return had && lost ? ask(q, commands, n, arena, answers, err) : code;
}

static enum df_code take(struct df_quota *quota, const struct df_quota_ask *asks, size_t n, struct df_quota_answer *ret,
                         struct df_error *err)
{
    struct redis_quota *q = (struct redis_quota *)quota;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_redis_command *commands = DF_NEW_ARRAY(arena, struct df_redis_command, n);
    struct df_redis_answer *answers = DF_NEW_ARRAY(arena, struct df_redis_answer, n);
    for (size_t i = 0; i < n; i++)
        commands[i] = command_of(&asks[i], arena);
    pthread_mutex_lock(&q->lock);
    enum df_code code = ask(q, commands, n, arena, answers, err);
    pthread_mutex_unlock(&q->lock);
    for (size_t i = 0; i < n && code == DF_OK; i++)
        code = read_answer(q, &answers[i], &ret[i], arena, err);
    return code;
}

static void quota_free(struct df_quota *quota)
{
    struct redis_quota *q = (struct redis_quota *)quota;
    if (q->link)
        df_redis_link_close(q->link);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

static const struct df_quota_ops ops = {.take = take, .free = quota_free};

struct df_quota *df_redis_quota_new(const struct df_redis_settings *settings)
{
    struct redis_quota *q = calloc(1, sizeof *q);
    if (!q)
        df_out_of_memory();
    q->port.ops = &ops;
    q->settings = *settings;
    pthread_mutex_init(&q->lock, NULL);
    return &q->port;
}
