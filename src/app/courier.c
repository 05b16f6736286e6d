#include "app/courier.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/wait.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    LOOK_AGAIN_MS = 5 * 1000, /* for what other nodes wrote, at the latest */
    TROUBLE_PAUSE_MS = 10 * 1000,
    FORGET_EACH_MS = 3600 * 1000,
};

struct df_courier {
    const struct df_devflow *d;
    const struct df_queue *queue;
    struct df_courier *follower;
    struct df_pool *hands;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping, woken;
    bool started; /* the owner's */
    int under_way;
    int64_t forgotten_ms;
};

struct job {
    struct df_courier *courier;
    struct df_arena *arena;
    void *claimed;
};

static void work_job(void *arg)
{
    struct job *job = arg;
    struct df_courier *courier = job->courier;
    courier->queue->work(courier->d, job->claimed, job->arena);
    df_arena_free(job->arena);
    if (courier->follower)
        df_courier_wake(courier->follower);
    pthread_mutex_lock(&courier->lock);
    courier->under_way--;
    courier->woken = true;
    pthread_cond_signal(&courier->wake);
    pthread_mutex_unlock(&courier->lock);
}

/* Takes what one hand does next; false when there is nothing, or no hand is free. */
static bool take_one(struct df_courier *courier, struct df_error *err)
{
    pthread_mutex_lock(&courier->lock);
    bool free_hand = courier->under_way < courier->queue->hands && !courier->stopping;
    pthread_mutex_unlock(&courier->lock);
    if (!free_hand)
        return false;
    struct df_arena *arena = df_arena_new();
    void *claimed = NULL;
    if (courier->queue->claim(courier->d, arena, &claimed, err) != DF_OK || !claimed) {
        df_arena_free(arena);
        return false;
    }
    struct job *job = DF_NEW(arena, struct job);
    *job = (struct job){courier, arena, claimed};
    pthread_mutex_lock(&courier->lock);
    courier->under_way++;
    pthread_mutex_unlock(&courier->lock);
    /* Never full: no more are under way than it has threads. */
    if (!df_pool_submit(courier->hands, work_job, job))
        df_die("a thread cannot be started");
    return true;
}

/* Does what is due; how long to sleep then. */
static int64_t pass(struct df_courier *courier)
{
    const struct df_devflow *d = courier->d;
    const struct df_queue *queue = courier->queue;
    struct df_error err = {0};
    int64_t due = 0, now = df_now_ms(d->clock);
    while (take_one(courier, &err))
        continue;
    if (err.code == DF_OK && queue->forget && now - courier->forgotten_ms > FORGET_EACH_MS) {
        courier->forgotten_ms = now;
        (void)queue->forget(d, now, &err);
    }
    if (err.code == DF_OK && queue->next(d, &due, &err) == DF_OK) {
        int64_t left = due ? due - df_now_ms(d->clock) : LOOK_AGAIN_MS;
        return left < 0 || left > LOOK_AGAIN_MS ? LOOK_AGAIN_MS : left + 1;
    }
    df_log(DF_LOG_WARN, queue->trouble, {"message", df_str_c(err.message)});
    return TROUBLE_PAUSE_MS;
}

static void sleep_ms(struct df_courier *courier, int64_t ms)
{
    int64_t until_ms = df_monotonic_ms() + ms;
    pthread_mutex_lock(&courier->lock);
    while (!courier->stopping && !courier->woken && df_cond_wait_until(&courier->wake, &courier->lock, until_ms))
        continue;
    until_ms = df_monotonic_ms() + courier->queue->gather_ms;
    while (courier->queue->gather_ms && !courier->stopping &&
           df_cond_wait_until(&courier->wake, &courier->lock, until_ms))
        continue;
    courier->woken = false;
    pthread_mutex_unlock(&courier->lock);
}

static void *run(void *arg)
{
    struct df_courier *courier = arg;
    for (;;) {
        pthread_mutex_lock(&courier->lock);
        bool stopping = courier->stopping;
        pthread_mutex_unlock(&courier->lock);
        if (stopping)
            return NULL;
        sleep_ms(courier, pass(courier));
    }
}

struct df_courier *df_courier_new(const struct df_devflow *d, const struct df_queue *queue, struct df_courier *follower)
{
    struct df_courier *courier = calloc(1, sizeof *courier);
    if (!courier)
        df_out_of_memory();
    courier->d = d;
    courier->queue = queue;
    courier->follower = follower;
    courier->hands = df_pool_new(queue->threads, (unsigned)queue->hands, (size_t)queue->hands);
    pthread_mutex_init(&courier->lock, NULL);
    df_cond_init(&courier->wake);
    return courier;
}

void df_courier_start(struct df_courier *courier)
{
    if (pthread_create(&courier->thread, NULL, run, courier) != 0)
        df_die("a thread cannot be started");
    courier->started = true;
}

void df_courier_wake(struct df_courier *courier)
{
    pthread_mutex_lock(&courier->lock);
    courier->woken = true;
    pthread_cond_signal(&courier->wake);
    pthread_mutex_unlock(&courier->lock);
}

void df_courier_quiesce(struct df_courier *courier)
{
    pthread_mutex_lock(&courier->lock);
    courier->stopping = true;
    pthread_cond_signal(&courier->wake);
    pthread_mutex_unlock(&courier->lock);
}

void df_courier_stop(struct df_courier *courier)
{
    df_courier_quiesce(courier);
    if (courier->started)
        pthread_join(courier->thread, NULL);
    df_pool_drain(courier->hands);
}

void df_courier_free(struct df_courier *courier)
{
    df_pool_free(courier->hands);
    pthread_cond_destroy(&courier->wake);
    pthread_mutex_destroy(&courier->lock);
    free(courier);
}
