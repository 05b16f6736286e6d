#include "service/readiness.h"
#include "base/fatal.h"
#include "base/wait.h"
#include "service/limiter.h"

#include <pthread.h>
#include <stdlib.h>

enum { FRESH_MS = 20 };

struct df_readiness {
    const struct df_devflow *d;
    struct df_limiter *limiter;
    pthread_mutex_t lock; /* held while one looks: the others want to know just that */
    struct df_ready_look look;
    int64_t looked_ms; /* of the monotonic clock; 0: never */
};

struct df_readiness *df_readiness_new(const struct df_devflow *d, struct df_limiter *limiter)
{
    struct df_readiness *r = calloc(1, sizeof *r);
    if (!r)
        df_out_of_memory();
    r->d = d;
    r->limiter = limiter;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

static void look(struct df_readiness *r)
{
    struct df_ready_look *at = &r->look;
    at->database = r->d->store->ops->ping(r->d->store, NULL);
    at->cache = r->d->cache->ops->ping(r->d->cache, &at->cache_why);
    at->limits = df_limiter_check(r->limiter, &at->limits_why);
    r->looked_ms = df_monotonic_ms();
}

struct df_ready_look df_readiness_look(struct df_readiness *r)
{
    pthread_mutex_lock(&r->lock);
    if (!r->looked_ms || df_monotonic_ms() - r->looked_ms > FRESH_MS)
        look(r);
    struct df_ready_look found = r->look;
    pthread_mutex_unlock(&r->lock);
    return found;
}

void df_readiness_free(struct df_readiness *r)
{
    if (!r)
        return;
    pthread_mutex_destroy(&r->lock);
    free(r);
}
