#include "service/limiter.h"
#include "base/arena.h"
#include "base/crypto.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <stdlib.h>

enum {
    WAYS = 8,
    SETS = 8192, /* 65,536 callers, 6 MB once all are used */
    QUEUE = 4096,
    BATCH = 64,
    PORTION_PART = 20, /* of a bucket */
    MOST_PORTION = 500,
    PAUSE_MS = 1000, /* after a failure */
    LEAST_WAIT_US = 50 * 1000,
};

static const int64_t SECOND_US = 1000000;

/* Who: kind of route, kind of caller, the caller's id. */
struct who {
    uint8_t of, by, n;
    char id[DF_LIMIT_ID_BYTES];
};

struct caller {
    struct who who;
    bool asking;            /* it is in the queue, or its answer is awaited */
    uint32_t portion;       /* tokens of the shared bucket in hand */
    uint32_t credit;        /* tokens spent and not yet taken from it */
    int64_t full_us;        /* of the bucket of this process alone */
    int64_t shared_full_us; /* of the shared one, when it was last asked */
    int64_t stale_us;       /* the portion is good until then */
    int64_t denied_us;      /* the shared bucket has nothing until then */
};

struct df_limiter {
    struct df_limits limits;
    struct df_quota *quota;
    df_limiter_changed *changed;
    void *changed_arg;
    uint64_t seed;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct caller (*sets)[WAYS];
    struct who queue[QUEUE];
    size_t queued, first;
    bool up, stopping;
    struct df_error why; /* of not being up */
    pthread_t thread;
};

static const struct df_rate *rate_of(const struct df_limiter *l, const struct who *who)
{
    return &l->limits.rate[who->of][who->by];
}

static uint32_t portion_of(const struct df_rate *rate)
{
    uint32_t portion = rate->quota / PORTION_PART;
    return portion < 1 ? 1 : portion > MOST_PORTION ? MOST_PORTION : portion;
}

/* Seeded, so that nobody outside can choose addresses that fall into one set. */
static size_t set_of(const struct df_limiter *l, const struct who *who)
{
    uint64_t h = df_str_hash(df_str_n((const char *)who, sizeof *who)) ^ l->seed;
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9;
    h = (h ^ h >> 27) * 0x94D049BB133111EB;
    return (size_t)((h ^ h >> 31) % SETS);
}

/* When what is known of a caller stops mattering. */
static int64_t matters_until(const struct caller *c)
{
    int64_t until = c->full_us > c->shared_full_us ? c->full_us : c->shared_full_us;
    return until > c->denied_us ? until : c->denied_us;
}

static struct caller *find(struct df_limiter *l, const struct who *who)
{
    struct caller *set = l->sets[set_of(l, who)];
    for (size_t i = 0; i < WAYS; i++)
        if (memcmp(&set[i].who, who, sizeof *who) == 0)
            return &set[i];
    return NULL;
}

/* In the place of the one that has the most tokens: forgetting it gives away least. */
static struct caller *find_or_add(struct df_limiter *l, const struct who *who)
{
    struct caller *c = find(l, who), *set = l->sets[set_of(l, who)];
    if (c)
        return c;
    c = set;
    for (size_t i = 1; i < WAYS; i++)
        if (matters_until(&set[i]) < matters_until(c))
            c = &set[i];
    *c = (struct caller){.who = *who};
    return c;
}

/* False when the queue is full. */
static bool enqueue(struct df_limiter *l, struct caller *c)
{
    if (c->asking)
        return true;
    if (l->queued == QUEUE)
        return false;
    l->queue[(l->first + l->queued++) % QUEUE] = c->who;
    c->asking = true;
    pthread_cond_signal(&l->wake);
    return true;
}

/* Whether the request goes, by the shared bucket. */
static bool take_shared(struct df_limiter *l, struct caller *c, const struct df_rate *rate, int64_t now)
{
    uint32_t portion = portion_of(rate);
    bool allowed = true;
    if (c->portion && now >= c->stale_us)
        c->portion = 0;
    if (c->portion)
        c->portion--;
    else if (now >= c->denied_us && c->credit < portion)
        c->credit++;
    else
        allowed = false;
    if (c->portion <= portion / 2 && now >= c->denied_us && !enqueue(l, c) && !allowed)
        return df_bucket_take(&c->full_us, rate, 1, now);
    if (allowed)
        df_bucket_take(&c->full_us, rate, 1, now); /* for when it has to do alone */
    return allowed;
}

static void describe(const struct df_limiter *l, const struct caller *c, const struct df_rate *rate, int64_t now,
                     struct df_limit_verdict *ret)
{
    int64_t full = l->up ? c->shared_full_us : c->full_us;
    uint32_t left = df_bucket_left(full, rate, now), waiting = l->up ? c->credit : 0;
    int64_t wait = df_bucket_wait_us(full, rate, 1, now), until_full = full > now ? full - now : 0;
    left = (left > waiting ? left - waiting : 0) + (l->up ? c->portion : 0);
    ret->left = !ret->allowed ? 0 : left < rate->quota ? left : rate->quota - 1;
    ret->full_s = (uint32_t)((until_full + SECOND_US - 1) / SECOND_US);
    ret->wait_s = wait > SECOND_US ? (uint32_t)((wait + SECOND_US - 1) / SECOND_US) : 1;
}

void df_limiter_take(struct df_limiter *l, enum df_limit_of of, enum df_limit_by by, struct df_str id,
                     struct df_limit_verdict *ret)
{
    struct who who = {.of = (uint8_t)of, .by = (uint8_t)by};
    int64_t now = df_monotonic_us();
    who.n = (uint8_t)(id.n < DF_LIMIT_ID_BYTES ? id.n : DF_LIMIT_ID_BYTES);
    memcpy(who.id, id.p, who.n);
    const struct df_rate *rate = rate_of(l, &who);
    pthread_mutex_lock(&l->lock);
    struct caller *c = find_or_add(l, &who);
    ret->allowed = l->up ? take_shared(l, c, rate, now) : df_bucket_take(&c->full_us, rate, 1, now);
    describe(l, c, rate, now, ret);
    pthread_mutex_unlock(&l->lock);
}

static struct df_str name_of(const struct who *who, struct df_arena *arena)
{
    static const char *const kinds[] = {"oauth", "api"}, *const callers[] = {"address", "key"};
    return df_arena_printf(arena, "%s:%s:%.*s", kinds[who->of], callers[who->by],
                           DF_FMT(df_hex((const uint8_t *)who->id, who->n, arena)));
}

/* With the lock held: takes the first of the queue, and what is to be asked for them. None: the port is asked for nothing, to see
 * whether it answers. */
static size_t gather(struct df_limiter *l, struct who *ret, struct df_quota_ask *asks, struct df_arena *arena)
{
    size_t n = 0;
    for (; n < BATCH && l->queued; l->queued--, l->first = (l->first + 1) % QUEUE) {
        struct caller *c = find(l, &l->queue[l->first]);
        if (!c)
            continue;
        const struct df_rate *rate = rate_of(l, &c->who);
        ret[n] = c->who;
        asks[n++] = (struct df_quota_ask){name_of(&c->who, arena), *rate, c->credit, portion_of(rate)};
        c->credit = 0;
    }
    return n;
}

static void apply(struct df_limiter *l, const struct who *who, const struct df_quota_answer *answer, int64_t now)
{
    struct caller *c = find(l, who);
    if (!c)
        return;
    const struct df_rate *rate = rate_of(l, who);
    c->asking = false;
    c->portion += answer->given;
    c->stale_us = now + rate->window_s * SECOND_US;
    c->shared_full_us = now + answer->full_us;
    int64_t wait = df_bucket_wait_us(c->shared_full_us, rate, 1, now);
    if (answer->given == 0)
        c->denied_us = now + (wait > LEAST_WAIT_US ? wait : LEAST_WAIT_US);
}

static void give_up_asking(struct df_limiter *l, const struct who *who)
{
    struct caller *c = find(l, who);
    if (c) {
        c->asking = false;
        c->portion = 0;
    }
}

/* With the lock held, which it lets go while it asks and while it tells. */
static void ask(struct df_limiter *l)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_quota_ask asks[BATCH] = {{.bucket = DF_S("probe"), .rate = {1, 1}}};
    struct df_quota_answer answers[BATCH];
    struct who who[BATCH];
    struct df_error err = {0};
    size_t n = gather(l, who, asks, arena);
    bool was_up = l->up;
    pthread_mutex_unlock(&l->lock);
    bool up = l->quota->ops->take(l->quota, asks, n ? n : 1, answers, &err) == DF_OK;
    if (l->changed && up != was_up)
        l->changed(l->changed_arg, up, up ? DF_STR_NONE : df_str_c(err.message));
    pthread_mutex_lock(&l->lock);
    int64_t now = df_monotonic_us();
    for (size_t i = 0; i < n; i++)
        if (up)
            apply(l, &who[i], &answers[i], now);
        else
            give_up_asking(l, &who[i]);
    l->up = up;
    l->why = err;
}

static void *run(void *arg)
{
    struct df_limiter *l = arg;
    pthread_mutex_lock(&l->lock);
    ask(l);
    while (!l->stopping) {
        int64_t until_ms = df_monotonic_ms() + PAUSE_MS;
        while (!l->stopping && l->up && l->queued == 0)
            pthread_cond_wait(&l->wake, &l->lock);
        while (!l->stopping && !l->up && df_cond_wait_until(&l->wake, &l->lock, until_ms))
            continue;
        if (!l->stopping)
            ask(l);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

struct df_limiter *df_limiter_new(const struct df_limits *limits, struct df_quota *quota, df_limiter_changed *changed,
                                  void *arg)
{
    struct df_limiter *l = calloc(1, sizeof *l);
    if (!l || !(l->sets = calloc(SETS, sizeof *l->sets)))
        df_out_of_memory();
    l->limits = *limits;
    l->quota = quota;
    l->changed = changed;
    l->changed_arg = arg;
    l->up = quota != NULL;
    df_random(&l->seed, sizeof l->seed);
    pthread_mutex_init(&l->lock, NULL);
    df_cond_init(&l->wake);
    if (quota && pthread_create(&l->thread, NULL, run, l) != 0)
        df_die("a thread cannot be started");
    return l;
}

void df_limiter_free(struct df_limiter *l)
{
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
    if (l->quota) {
        pthread_join(l->thread, NULL);
        l->quota->ops->free(l->quota);
    }
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->lock);
    free(l->sets);
    free(l);
}

const struct df_limits *df_limiter_limits(const struct df_limiter *l)
{
    return &l->limits;
}

bool df_limiter_shares(const struct df_limiter *l)
{
    return l->quota != NULL;
}

enum df_code df_limiter_check(struct df_limiter *l, struct df_error *err)
{
    pthread_mutex_lock(&l->lock);
    struct df_error why = l->why;
    bool up = l->up || !l->quota;
    pthread_mutex_unlock(&l->lock);
    return up ? DF_OK : df_fail(err, DF_ERR_FAILED, "%s", why.message);
}
