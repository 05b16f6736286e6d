#include "app/background.h"
#include "base/log.h"
#include "service/refresh.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    AT_ONCE = 32,
    /* What other processes or requests change is seen at the latest after this long. */
    LOOK_AGAIN_MS = 5 * 1000,
    /* When the store fails, or a refresh could not even be noted in its row. */
    TROUBLE_PAUSE_MS = 30 * 1000,
    SHORTEST_PAUSE_MS = 200,
};

struct df_background {
    const struct df_devflow *d;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
};

static bool stopping(struct df_background *b)
{
    pthread_mutex_lock(&b->lock);
    bool yes = b->stopping;
    pthread_mutex_unlock(&b->lock);
    return yes;
}

static void sleep_ms(struct df_background *b, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&b->lock);
    while (!b->stopping && pthread_cond_timedwait(&b->wake, &b->lock, &until) == 0)
        continue;
    pthread_mutex_unlock(&b->lock);
}

/* False when the refresh left no trace in the row: it would be due again at once. */
static bool refresh_one(const struct df_devflow *d, const struct df_connection *c)
{
    struct df_error err = {0};
    struct df_refresh_wish wish = {.project_id = c->project_id, .when_due = true};
    if (df_provider_find(d, c->provider, &wish.provider, &err) == DF_OK && df_refresh(d, &wish, &err) == DF_OK) {
        df_log(DF_LOG_INFO, "refreshed", {"project", c->project_id}, {"provider", c->provider});
        return true;
    }
    df_log(DF_LOG_WARN, "refresh failed", {"project", c->project_id}, {"provider", c->provider},
           {"code", df_str_c(df_code_name(err.code))}, {"message", df_str_c(err.message)});
    return err.code == DF_ERR_RECONNECT || err.code == DF_ERR_PROVIDER || err.code == DF_ERR_PROVIDER_TIMEOUT ||
           err.code == DF_ERR_RATE_LIMITED || err.code == DF_ERR_CLIENT_CREDENTIALS;
}

/* Refreshes what is due; how long to sleep then. */
static int64_t pass(struct df_background *b)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    const struct df_devflow *d = b->d;
    struct df_connection *due;
    struct df_error err;
    size_t n;
    int64_t next_ms;
    bool trouble = false;
    if (d->store->ops->connection_list_due(d->store, df_now_ms(d->clock), AT_ONCE, arena, &due, &n, &next_ms, &err) !=
        DF_OK) {
        df_log(DF_LOG_WARN, "background refresh", {"message", df_str_c(err.message)});
        return TROUBLE_PAUSE_MS;
    }
    for (size_t i = 0; i < n && !stopping(b); i++)
        trouble = !refresh_one(d, &due[i]) || trouble;
    if (trouble)
        return TROUBLE_PAUSE_MS;
    int64_t pause = next_ms ? next_ms - df_now_ms(d->clock) : LOOK_AGAIN_MS;
    return pause < SHORTEST_PAUSE_MS ? SHORTEST_PAUSE_MS : pause > LOOK_AGAIN_MS ? LOOK_AGAIN_MS : pause;
}

static void *run(void *arg)
{
    struct df_background *b = arg;
    while (!stopping(b))
        sleep_ms(b, pass(b));
    return NULL;
}

struct df_background *df_background_start(const struct df_devflow *d)
{
    struct df_background *b = calloc(1, sizeof *b);
    pthread_condattr_t monotonic;
    if (!b)
        abort();
    b->d = d;
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&b->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&b->thread, NULL, run, b) != 0)
        abort();
    return b;
}

void df_background_stop(struct df_background *b)
{
    pthread_mutex_lock(&b->lock);
    b->stopping = true;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
    pthread_cond_destroy(&b->wake);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
