#include "base/pool.h"
#include "base/fatal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct job {
    void (*run)(void *arg);
    void *arg;
    unsigned share;
};

struct share {
    unsigned running;
    size_t waiting;
};

struct df_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    char name[16];
    struct job *ring;
    size_t capacity, head, queued;
    struct share *shares; /* the first is nobody's */
    pthread_t *threads;
    unsigned max_threads, n_threads, idle;
    bool draining;
};

enum { STACK_BYTES = 512 * 1024, SHARES = 1021 };

static unsigned half(unsigned n)
{
    return n > 1 ? n / 2 : 1;
}

static bool may_run(const struct df_pool *pool, const struct job *job)
{
    return job->share == 0 || pool->draining || pool->shares[job->share].running < half(pool->max_threads);
}

/* The first that may run; those before it keep their order. */
static bool take(struct df_pool *pool, struct job *ret)
{
    size_t at = 0;
    while (at < pool->queued && !may_run(pool, &pool->ring[(pool->head + at) % pool->capacity]))
        at++;
    if (at == pool->queued)
        return false;
    *ret = pool->ring[(pool->head + at) % pool->capacity];
    for (; at > 0; at--)
        pool->ring[(pool->head + at) % pool->capacity] = pool->ring[(pool->head + at - 1) % pool->capacity];
    pool->head = (pool->head + 1) % pool->capacity;
    pool->queued--;
    pool->shares[ret->share].waiting--;
    pool->shares[ret->share].running++;
    return true;
}

static void *worker(void *arg)
{
    struct df_pool *pool = arg;
    struct job job;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        bool there = take(pool, &job);
        pool->idle++;
        while (!there && !pool->draining) {
            pthread_cond_wait(&pool->work, &pool->lock);
            there = take(pool, &job);
        }
        pool->idle--;
        if (!there)
            break;
        pthread_mutex_unlock(&pool->lock);
        job.run(job.arg);
        pthread_mutex_lock(&pool->lock);
        pool->shares[job.share].running--;
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

struct df_pool *df_pool_new(const char *name, unsigned max_threads, size_t max_queued)
{
    struct df_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        df_out_of_memory();
    pool->capacity = max_queued + max_threads;
    pool->max_threads = max_threads;
    pool->ring = calloc(pool->capacity, sizeof *pool->ring);
    pool->threads = calloc(max_threads, sizeof *pool->threads);
    pool->shares = calloc(SHARES, sizeof *pool->shares);
    if (!pool->ring || !pool->threads || !pool->shares)
        df_out_of_memory();
    snprintf(pool->name, sizeof pool->name, "%s", name);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    return pool;
}

/* False when the system gives no more threads; those that run do the work. */
static bool start_thread(struct df_pool *pool)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    bool ok = pthread_create(&pool->threads[pool->n_threads], &attr, worker, pool) == 0;
    pthread_attr_destroy(&attr);
    if (ok) {
        pthread_setname_np(pool->threads[pool->n_threads], pool->name);
        pool->n_threads++;
    }
    return ok;
}

static bool has_room(const struct df_pool *pool, unsigned share)
{
    return !pool->draining && pool->queued < pool->capacity &&
           (share == 0 || pool->shares[share].waiting < (pool->capacity + 1) / 2);
}

/* Whether one more of that share could run beside those that do, and those that wait: else a thread for it would be idle. */
static bool wants_thread(const struct df_pool *pool, unsigned share)
{
    const struct share *s = &pool->shares[share];
    return pool->queued >= pool->idle && pool->n_threads < pool->max_threads &&
           (share == 0 || s->running + s->waiting < half(pool->max_threads));
}

bool df_pool_submit_for(struct df_pool *pool, uint64_t owner, void (*run)(void *arg), void *arg)
{
    unsigned share = owner ? 1 + (unsigned)(owner % (SHARES - 1)) : 0;
    pthread_mutex_lock(&pool->lock);
    bool taken = has_room(pool, share);
    if (taken && wants_thread(pool, share) && !start_thread(pool))
        taken = pool->n_threads > 0;
    if (taken) {
        pool->ring[(pool->head + pool->queued) % pool->capacity] = (struct job){run, arg, share};
        pool->queued++;
        pool->shares[share].waiting++;
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return taken;
}

bool df_pool_submit(struct df_pool *pool, void (*run)(void *arg), void *arg)
{
    return df_pool_submit_for(pool, 0, run, arg);
}

struct df_pool_load df_pool_load(struct df_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    const struct df_pool_load load = {
        .running = pool->n_threads - pool->idle,
        .threads_limit = pool->max_threads,
        .waiting = pool->queued,
        .waiting_limit = pool->capacity,
    };
    pthread_mutex_unlock(&pool->lock);
    return load;
}

void df_pool_drain(struct df_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->draining = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->n_threads; i++)
        pthread_join(pool->threads[i], NULL);
}

void df_pool_free(struct df_pool *pool)
{
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool->ring);
    free(pool->shares);
    free(pool);
}
