#include "app/courier.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/wait.h"
#include "service/webhooks.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    SENDERS = 8,
    LOOK_AGAIN_MS = 5 * 1000, /* for what other nodes wrote, at the latest */
    TROUBLE_PAUSE_MS = 10 * 1000,
    FORGET_EACH_MS = 3600 * 1000,
};

struct df_courier {
    const struct df_devflow *d;
    struct df_pool *senders;
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
    struct df_delivery delivery;
    int64_t claimed_until_ms;
};

static void tell(const struct df_delivery *m, enum df_code code, const struct df_error *err)
{
    if (code != DF_OK)
        df_log(DF_LOG_WARN, "the outcome of a webhook message was not stored", {"id", m->id},
               {"message", df_str_c(err->message)});
    else if (m->status == DF_DELIVERY_DONE)
        df_log(DF_LOG_INFO, "webhook message delivered", {"id", m->id}, {"project", m->project_id}, {"type", m->type});
    else
        df_log(DF_LOG_WARN, m->due_ms ? "webhook message not taken yet" : "webhook message given up", {"id", m->id},
               {"project", m->project_id}, {"type", m->type}, {"message", m->error});
}

static void send_job(void *arg)
{
    struct job *job = arg;
    struct df_courier *courier = job->courier;
    struct df_error err = {0};
    enum df_code code = df_webhooks_deliver(courier->d, &job->delivery, job->claimed_until_ms, job->arena, &err);
    tell(&job->delivery, code, &err);
    df_arena_free(job->arena);
    pthread_mutex_lock(&courier->lock);
    courier->under_way--;
    courier->woken = true;
    pthread_cond_signal(&courier->wake);
    pthread_mutex_unlock(&courier->lock);
}

/* Takes one message and hands it to a sender; false when there is none, or no sender is free. */
static bool take_one(struct df_courier *courier, struct df_error *err)
{
    const struct df_devflow *d = courier->d;
    pthread_mutex_lock(&courier->lock);
    bool free_hand = courier->under_way < SENDERS && !courier->stopping;
    pthread_mutex_unlock(&courier->lock);
    if (!free_hand)
        return false;
    struct df_arena *arena = df_arena_new();
    struct df_delivery *claimed;
    size_t n = 0;
    int64_t now = df_now_ms(d->clock), until = now + DF_WEBHOOK_CLAIM_MS;
    if (d->store->ops->outbox_claim(d->store, now, until, 1, arena, &claimed, &n, err) != DF_OK || n == 0) {
        df_arena_free(arena);
        return false;
    }
    struct job *job = DF_NEW(arena, struct job);
    *job = (struct job){courier, arena, claimed[0], until};
    pthread_mutex_lock(&courier->lock);
    courier->under_way++;
    pthread_mutex_unlock(&courier->lock);
    /* Never full: no more are under way than it has threads. */
    if (!df_pool_submit(courier->senders, send_job, job))
        df_die("a thread cannot be started");
    return true;
}

/* Sends what is due; how long to sleep then. */
static int64_t pass(struct df_courier *courier)
{
    const struct df_devflow *d = courier->d;
    struct df_error err = {0};
    int64_t due = 0, now = df_now_ms(d->clock);
    while (take_one(courier, &err))
        continue;
    if (err.code == DF_OK && now - courier->forgotten_ms > FORGET_EACH_MS) {
        courier->forgotten_ms = now;
        (void)d->store->ops->outbox_forget(d->store, now - DF_WEBHOOK_KEPT_MS, &err);
    }
    if (err.code == DF_OK && d->store->ops->outbox_next(d->store, &due, &err) == DF_OK) {
        int64_t left = due ? due - df_now_ms(d->clock) : LOOK_AGAIN_MS;
        return left < 0 || left > LOOK_AGAIN_MS ? LOOK_AGAIN_MS : left + 1;
    }
    df_log(DF_LOG_WARN, "the outbox cannot be read", {"message", df_str_c(err.message)});
    return TROUBLE_PAUSE_MS;
}

static void sleep_ms(struct df_courier *courier, int64_t ms)
{
    int64_t until_ms = df_monotonic_ms() + ms;
    pthread_mutex_lock(&courier->lock);
    while (!courier->stopping && !courier->woken && df_cond_wait_until(&courier->wake, &courier->lock, until_ms))
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

struct df_courier *df_courier_new(const struct df_devflow *d)
{
    struct df_courier *courier = calloc(1, sizeof *courier);
    if (!courier)
        df_out_of_memory();
    courier->d = d;
    courier->senders = df_pool_new("df-courier", SENDERS, SENDERS);
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
    df_pool_drain(courier->senders);
}

void df_courier_free(struct df_courier *courier)
{
    df_pool_free(courier->senders);
    pthread_cond_destroy(&courier->wake);
    pthread_mutex_destroy(&courier->lock);
    free(courier);
}
