#include "service/flights.h"
#include "base/fatal.h"
#include "base/trace.h"
#include "base/wait.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/queue.h>

enum {
    BUCKETS = 4096,
    STACK_BYTES = 256 * 1024,
    IDLE_MS = 30 * 1000,
    TIMEOUT_RETRY_S = 5,
};

struct waiter {
    struct waiter *next;
    int64_t version;
    df_landed *landed;
    void *arg;
};

struct entry {
    struct entry *next; /* in its bucket */
    TAILQ_ENTRY(entry) turn;
    struct lane *lane;
    struct df_flight flight; /* its strings follow the struct, and those of the trace */
    struct df_trace trace;   /* of whoever caused it */
    bool flying;
    struct waiter *waiters;
};

TAILQ_HEAD(queue, entry);

/* Lives while it has an entry. */
struct lane {
    struct lane *next;
    struct queue urgent, calm;
    unsigned entries, flying;
    char name[];
};

struct df_flights {
    pthread_mutex_t lock;
    pthread_cond_t turn;  /* there may be something to fly */
    pthread_cond_t ended; /* an entry or a thread is gone */
    pthread_cond_t hurry;
    df_fly *fly;
    void *arg;
    struct entry *buckets[BUCKETS];
    struct lane *lanes;
    size_t entries, queued, max_waiting;
    unsigned max_threads, threads, idle, flying;
    bool stopping, must_end;
};

struct df_flights *df_flights_new(unsigned max_threads, size_t max_waiting, df_fly *fly, void *arg)
{
    struct df_flights *f = calloc(1, sizeof *f);
    if (!f)
        df_out_of_memory();
    f->fly = fly;
    f->arg = arg;
    f->max_threads = max_threads;
    f->max_waiting = max_waiting;
    pthread_mutex_init(&f->lock, NULL);
    df_cond_init(&f->turn);
    df_cond_init(&f->ended);
    df_cond_init(&f->hurry);
    return f;
}

void df_flights_free(struct df_flights *f)
{
    assert(f->entries == 0 && f->threads == 0);
    pthread_cond_destroy(&f->hurry);
    pthread_cond_destroy(&f->ended);
    pthread_cond_destroy(&f->turn);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

/* Entries and lanes. All of this with the lock held. */

static struct entry **place_of(struct df_flights *f, const struct df_flight *flight)
{
    uint64_t hash = df_str_hash(flight->project_id) ^ df_str_hash(flight->provider);
    struct entry **at = &f->buckets[hash % BUCKETS];
    while (*at && !(df_str_eq((*at)->flight.project_id, flight->project_id) &&
                    df_str_eq((*at)->flight.provider, flight->provider)))
        at = &(*at)->next;
    return at;
}

static struct lane *lane_of(struct df_flights *f, struct df_str name)
{
    for (struct lane *lane = f->lanes; lane; lane = lane->next)
        if (df_str_is(name, lane->name))
            return lane;
    struct lane *lane = calloc(1, sizeof *lane + name.n + 1);
    if (!lane)
        df_out_of_memory();
    memcpy(lane->name, name.p, name.n);
    TAILQ_INIT(&lane->urgent);
    TAILQ_INIT(&lane->calm);
    lane->next = f->lanes;
    f->lanes = lane;
    return lane;
}

static void leave_lane(struct df_flights *f, struct lane *lane)
{
    if (--lane->entries > 0)
        return;
    struct lane **at = &f->lanes;
    while (*at != lane)
        at = &(*at)->next;
    *at = lane->next;
    free(lane);
}

static struct df_str copy_to(char **at, struct df_str s)
{
    char *p = *at;
    if (s.n)
        memcpy(p, s.p, s.n);
    *at += s.n;
    return df_str_n(p, s.n);
}

static struct entry *entry_new(struct df_flights *f, const struct df_flight *flight)
{
    const struct df_trace trace = df_trace_now();
    struct entry *e = calloc(1, sizeof *e + flight->project_id.n + flight->provider.n + trace.request_id.n +
                                    trace.parent.n + trace.state.n);
    if (!e)
        df_out_of_memory();
    char *at = (char *)(e + 1);
    e->lane = lane_of(f, flight->lane);
    e->lane->entries++;
    e->flight = (struct df_flight){
        .project_id = copy_to(&at, flight->project_id),
        .provider = copy_to(&at, flight->provider),
        .version = flight->version,
        .lane = df_str_c(e->lane->name),
        .urgent = flight->urgent,
    };
    e->trace = (struct df_trace){
        .request_id = copy_to(&at, trace.request_id),
        .parent = copy_to(&at, trace.parent),
        .state = copy_to(&at, trace.state),
    };
    f->entries++;
    return e;
}

static void entry_free(struct df_flights *f, struct entry *e)
{
    struct entry **at = place_of(f, &e->flight);
    *at = e->next;
    leave_lane(f, e->lane);
    free(e);
    f->entries--;
    pthread_cond_broadcast(&f->ended);
}

static struct queue *queue_of(struct entry *e)
{
    return e->flight.urgent ? &e->lane->urgent : &e->lane->calm;
}

static void unqueue(struct df_flights *f, struct entry *e)
{
    TAILQ_REMOVE(queue_of(e), e, turn);
    f->queued--;
}

/* Of the lanes that may have one more thread, the one with the fewest. */
static struct entry *next_turn(const struct df_flights *f)
{
    struct lane *best = NULL;
    for (struct lane *lane = f->lanes; lane; lane = lane->next) {
        bool waits = !TAILQ_EMPTY(&lane->urgent) || !TAILQ_EMPTY(&lane->calm);
        if (waits && lane->flying < f->max_threads - f->flying && (!best || lane->flying < best->flying))
            best = lane;
    }
    if (!best)
        return NULL;
    struct entry *e = TAILQ_FIRST(&best->urgent);
    return e ? e : TAILQ_FIRST(&best->calm);
}

/* Those the outcome is for; what is left wants a newer version replaced. */
static struct waiter *take_answered(struct entry *e)
{
    struct waiter *answered = NULL, **at = &e->waiters;
    while (*at) {
        struct waiter *w = *at;
        if (w->version > e->flight.version) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->next = answered;
        answered = w;
    }
    return answered;
}

/* Without the lock. */
static void answer(struct waiter *w, enum df_code code, const struct df_error *err)
{
    while (w) {
        struct waiter *next = w->next;
        if (w->landed)
            w->landed(w->arg, code, err);
        free(w);
        w = next;
    }
}

static void *thread(void *arg);

/* When the system gives no more threads, those that run do the work. */
static void start_thread(struct df_flights *f)
{
    pthread_attr_t attr;
    pthread_t id;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&id, &attr, thread, f) == 0)
        f->threads++;
    pthread_attr_destroy(&attr);
}

static void enqueue(struct df_flights *f, struct entry *e)
{
    TAILQ_INSERT_TAIL(queue_of(e), e, turn);
    f->queued++;
    if (f->queued > f->idle && f->threads < f->max_threads && next_turn(f))
        start_thread(f);
    pthread_cond_signal(&f->turn);
}

static enum df_code stopped(struct df_error *err)
{
    (void)df_fail(err, DF_ERR_BUSY, "DevFlow is stopping; ask again once it runs");
    err->retry_after_s = 1;
    return DF_ERR_BUSY;
}

/* Lands with what the outcome is; called and returns with the lock held. */
static void land(struct df_flights *f, struct entry *e, enum df_code code, const struct df_error *err)
{
    struct waiter *answered = take_answered(e);
    for (const struct waiter *w = e->waiters; w; w = w->next)
        e->flight.version = w->version > e->flight.version ? w->version : e->flight.version;
    if (e->waiters && !f->stopping) {
        enqueue(f, e);
    } else {
        struct waiter *rest = e->waiters;
        e->waiters = NULL;
        while (rest) {
            struct waiter *next = rest->next;
            rest->next = answered;
            answered = rest;
            rest = next;
        }
        entry_free(f, e);
    }
    pthread_mutex_unlock(&f->lock);
    answer(answered, code, err);
    pthread_mutex_lock(&f->lock);
}

static void fly(struct df_flights *f, struct entry *e)
{
    struct df_error err = {0};
    unqueue(f, e);
    e->flying = true;
    e->lane->flying++;
    f->flying++;
    const struct df_flight flight = e->flight;
    df_trace_set(&e->trace);
    pthread_mutex_unlock(&f->lock);
    enum df_code code = f->fly(f->arg, &flight, &err);
    df_trace_set(NULL);
    pthread_mutex_lock(&f->lock);
    if (code == DF_ERR_INTERRUPTED && f->must_end)
        code = stopped(&err);
    f->flying--;
    e->lane->flying--;
    e->flying = false;
    land(f, e, code, &err);
}

static void *thread(void *arg)
{
    struct df_flights *f = arg;
    bool in_time = true;
    pthread_mutex_lock(&f->lock);
    for (;;) {
        struct entry *e = next_turn(f);
        if (e) {
            fly(f, e);
            in_time = true;
            continue;
        }
        if (f->stopping || !in_time)
            break;
        f->idle++;
        in_time = df_cond_wait_until(&f->turn, &f->lock, df_monotonic_ms() + IDLE_MS);
        f->idle--;
    }
    f->threads--;
    pthread_cond_broadcast(&f->ended);
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

static void add_waiter(struct entry *e, int64_t version, df_landed *landed, void *arg)
{
    struct waiter *w = malloc(sizeof *w);
    if (!w)
        df_out_of_memory();
    *w = (struct waiter){e->waiters, version, landed, arg};
    e->waiters = w;
}

bool df_flights_join(struct df_flights *f, const struct df_flight *flight, df_landed *landed, void *arg)
{
    pthread_mutex_lock(&f->lock);
    struct entry **at = place_of(f, flight), *e = *at;
    bool taken = !f->stopping && (e || f->queued < f->max_waiting);
    if (taken && !e) {
        e = entry_new(f, flight);
        *at = e;
        enqueue(f, e);
    } else if (taken && !e->flying) {
        unqueue(f, e);
        e->flight.urgent = e->flight.urgent || flight->urgent;
        e->flight.version = flight->version > e->flight.version ? flight->version : e->flight.version;
        TAILQ_INSERT_TAIL(queue_of(e), e, turn);
        f->queued++;
    }
    if (taken && (landed || flight->version > e->flight.version))
        add_waiter(e, flight->version, landed, arg);
    pthread_mutex_unlock(&f->lock);
    return taken;
}

/* Shared by the one who waits and the landing; whoever is last frees it. */
struct blocked {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool landed, left;
    enum df_code code;
    struct df_error err;
};

static void blocked_free(struct blocked *b)
{
    pthread_mutex_unlock(&b->lock);
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

static void unblock(void *arg, enum df_code code, const struct df_error *err)
{
    struct blocked *b = arg;
    pthread_mutex_lock(&b->lock);
    if (b->left) {
        blocked_free(b);
        return;
    }
    b->landed = true;
    b->code = code;
    b->err = *err;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

static enum df_code timed_out(struct df_error *err)
{
    (void)df_fail(
        err, DF_ERR_PROVIDER_TIMEOUT,
        "the refresh is not done yet: the provider has not answered, or the database does not take what it answered; "
        "it goes on, ask again in a moment");
    if (err)
        err->retry_after_s = TIMEOUT_RETRY_S;
    return DF_ERR_PROVIDER_TIMEOUT;
}

enum df_code df_flights_wait(struct df_flights *f, const struct df_flight *flight, unsigned timeout_ms,
                             struct df_error *err)
{
    struct blocked *b = calloc(1, sizeof *b);
    int64_t until = df_monotonic_ms() + timeout_ms;
    if (!b)
        df_out_of_memory();
    pthread_mutex_init(&b->lock, NULL);
    df_cond_init(&b->changed);
    bool taken = df_flights_join(f, flight, unblock, b);
    pthread_mutex_lock(&b->lock);
    while (taken && !b->landed && df_cond_wait_until(&b->changed, &b->lock, until))
        continue;
    if (taken && !b->landed) {
        b->left = true;
        pthread_mutex_unlock(&b->lock);
        return timed_out(err);
    }
    enum df_code code = b->code;
    if (taken && code != DF_OK && err)
        *err = b->err;
    blocked_free(b);
    if (taken)
        return code;
    (void)df_fail(err, DF_ERR_BUSY, "too many refreshes wait for their turn; try again in a moment");
    if (err)
        err->retry_after_s = 1;
    return DF_ERR_BUSY;
}

struct df_flights_load df_flights_load(struct df_flights *f)
{
    pthread_mutex_lock(&f->lock);
    const struct df_flights_load load = {f->flying, f->max_threads, f->queued, f->max_waiting};
    pthread_mutex_unlock(&f->lock);
    return load;
}

void df_flights_pause(struct df_flights *f, int64_t ms)
{
    int64_t until = df_monotonic_ms() + ms;
    pthread_mutex_lock(&f->lock);
    while (!f->must_end && df_cond_wait_until(&f->hurry, &f->lock, until))
        continue;
    pthread_mutex_unlock(&f->lock);
}

bool df_flights_must_end(struct df_flights *f)
{
    pthread_mutex_lock(&f->lock);
    bool yes = f->must_end;
    pthread_mutex_unlock(&f->lock);
    return yes;
}

static void drop_queued(struct df_flights *f)
{
    struct df_error err;
    enum df_code code = stopped(&err);
    for (struct lane *lane = f->lanes; lane;) {
        struct entry *e = TAILQ_FIRST(&lane->urgent);
        e = e ? e : TAILQ_FIRST(&lane->calm);
        if (!e) {
            lane = lane->next;
            continue;
        }
        unqueue(f, e);
        land(f, e, code, &err);
        lane = f->lanes; /* landing let the lock go */
    }
}

void df_flights_stop(struct df_flights *f, unsigned drain_ms)
{
    int64_t until = df_monotonic_ms() + drain_ms;
    pthread_mutex_lock(&f->lock);
    f->stopping = true;
    drop_queued(f);
    pthread_cond_broadcast(&f->turn);
    while (f->flying > 0 && df_cond_wait_until(&f->ended, &f->lock, until))
        continue;
    f->must_end = true;
    pthread_cond_broadcast(&f->hurry);
    while (f->entries > 0 || f->threads > 0)
        pthread_cond_wait(&f->ended, &f->lock);
    pthread_mutex_unlock(&f->lock);
}
