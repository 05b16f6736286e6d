#include "base/pool.h"
#include "base/fatal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct job {
    void (*run)(void *arg);
    void *arg;
};

struct df_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    char name[16];
    struct job *ring;
    size_t capacity, head, queued;
    pthread_t *threads;
    unsigned max_threads, n_threads, idle;
    bool draining;
};

enum { STACK_BYTES = 512 * 1024 };

static void *worker(void *arg)
{
    struct df_pool *pool = arg;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        pool->idle++;
        while (pool->queued == 0 && !pool->draining)
            pthread_cond_wait(&pool->work, &pool->lock);
        pool->idle--;
        if (pool->queued == 0)
            break;
        struct job job = pool->ring[pool->head];
        pool->head = (pool->head + 1) % pool->capacity;
        pool->queued--;
        pthread_mutex_unlock(&pool->lock);
        job.run(job.arg);
        pthread_mutex_lock(&pool->lock);
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
    if (!pool->ring || !pool->threads)
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

bool df_pool_submit(struct df_pool *pool, void (*run)(void *arg), void *arg)
{
    pthread_mutex_lock(&pool->lock);
    bool taken = !pool->draining && pool->queued < pool->capacity;
    if (taken && pool->queued >= pool->idle && pool->n_threads < pool->max_threads && !start_thread(pool))
        taken = pool->n_threads > 0;
    if (taken) {
        pool->ring[(pool->head + pool->queued) % pool->capacity] = (struct job){run, arg};
        pool->queued++;
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return taken;
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
    free(pool);
}
