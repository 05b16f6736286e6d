#include "service/census.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <stdlib.h>

enum { FRESH_MS = 5 * 1000 };

struct df_census {
    const struct df_devflow *d;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool started, stopping, wanted;
    struct df_store_counts counts;
    struct df_workflow_counts workflows;
    int64_t counted_ms; /* of the monotonic clock; 0: never */
};

static void *run(void *arg)
{
    struct df_census *c = arg;
    struct df_store_counts counts;
    struct df_workflow_counts workflows;
    pthread_mutex_lock(&c->lock);
    while (!c->stopping) {
        if (!c->wanted) {
            pthread_cond_wait(&c->wake, &c->lock);
            continue;
        }
        c->wanted = false;
        pthread_mutex_unlock(&c->lock);
        bool counted = c->d->store->ops->counts(c->d->store, &counts, NULL) == DF_OK;
        struct df_engine *engine = c->d->engine;
        if (!engine || engine->ops->counts(engine, &workflows, NULL) != DF_OK)
            workflows = (struct df_workflow_counts){.known = false};
        pthread_mutex_lock(&c->lock);
        if (counted) {
            c->counts = counts;
            c->workflows = workflows;
            c->counted_ms = df_monotonic_ms();
        }
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

struct df_census *df_census_new(const struct df_devflow *d)
{
    struct df_census *c = calloc(1, sizeof *c);
    if (!c)
        df_out_of_memory();
    c->d = d;
    c->wanted = true;
    pthread_mutex_init(&c->lock, NULL);
    df_cond_init(&c->wake);
    return c;
}

void df_census_start(struct df_census *c)
{
    if (pthread_create(&c->thread, NULL, run, c) != 0)
        df_die("a thread cannot be started");
    c->started = true;
}

bool df_census_get(struct df_census *c, struct df_store_counts *ret, int64_t *ret_age_ms)
{
    pthread_mutex_lock(&c->lock);
    bool counted = c->counted_ms != 0;
    *ret = c->counts;
    *ret_age_ms = df_monotonic_ms() - c->counted_ms;
    if (!counted || *ret_age_ms > FRESH_MS) {
        c->wanted = true;
        pthread_cond_signal(&c->wake);
    }
    pthread_mutex_unlock(&c->lock);
    return counted;
}

bool df_census_workflows(struct df_census *c, struct df_workflow_counts *ret)
{
    pthread_mutex_lock(&c->lock);
    *ret = c->workflows;
    pthread_mutex_unlock(&c->lock);
    return ret->known;
}

void df_census_free(struct df_census *c)
{
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    if (c->started)
        pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
