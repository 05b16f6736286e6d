#include "adapter/postgres_pool.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <pthread.h>
#include <stdlib.h>

enum { WAIT_MS = 5 * 1000, FIRST_PAUSE_MS = 50, LONGEST_PAUSE_MS = 2 * 1000 };

struct pg_pool {
    char *url;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct pg_conn **idle; /* the last one given back is the first one taken */
    int limit, n_idle, n_open, n_waiting;
    int64_t closed_until_ms; /* the server could not be reached: no new try before */
    int pause_ms;
    struct df_error why;
    bool worked; /* one could be opened: the settings are right */
};

struct pg_pool *pg_pool_new(const char *url, int limit)
{
    struct pg_pool *pool = calloc(1, sizeof *pool);
    if (!pool || !(pool->url = strdup(url)) || !(pool->idle = calloc((size_t)limit, sizeof(struct pg_conn *))))
        df_out_of_memory();
    pool->limit = limit;
    pthread_mutex_init(&pool->lock, NULL);
    df_cond_init(&pool->given);
    return pool;
}

void pg_pool_free(struct pg_pool *pool)
{
    for (int i = 0; i < pool->n_idle; i++)
        pg_conn_close(pool->idle[i]);
    pthread_cond_destroy(&pool->given);
    pthread_mutex_destroy(&pool->lock);
    explicit_bzero(pool->url, strlen(pool->url));
    free(pool->url);
    free(pool->idle);
    free(pool);
}

const char *pg_pool_url(const struct pg_pool *pool)
{
    return pool->url;
}

static bool full(const struct pg_pool *pool)
{
    return pool->n_idle == 0 && pool->n_open >= pool->limit;
}

/* The lock is held. False when it took too long. */
static bool wait_until_not_full(struct pg_pool *pool)
{
    int64_t until_ms = df_monotonic_ms() + WAIT_MS;
    pool->n_waiting++;
    while (full(pool) && df_cond_wait_until(&pool->given, &pool->lock, until_ms))
        continue;
    pool->n_waiting--;
    return !full(pool);
}

/* The lock is held. A place for one more connection, or one that is there (*ret). */
static enum df_code wait_for_place(struct pg_pool *pool, struct pg_conn **ret, struct df_error *err)
{
    *ret = NULL;
    if (!wait_until_not_full(pool)) {
        df_fail_at(err, DF_ERR_BUSY,
                   "all %d connections to the database are at work: try again, or raise DATABASE_POOL_SIZE",
                   pool->limit);
        if (err)
            err->retry_after_s = 1;
        return DF_ERR_BUSY;
    }
    if (pool->n_idle > 0) {
        *ret = pool->idle[--pool->n_idle];
        return DF_OK;
    }
    if (df_monotonic_ms() < pool->closed_until_ms) {
        if (err)
            *err = pool->why;
        return pool->why.code;
    }
    pool->n_open++;
    return DF_OK;
}

static enum df_code open_one(struct pg_pool *pool, struct pg_conn **ret, struct df_error *err)
{
    struct df_error why;
    enum df_code code = pg_conn_open(pool->url, ret, &why);
    pthread_mutex_lock(&pool->lock);
    if (code == DF_ERR_CONFIG && pool->worked)
        why.code = code = DF_ERR_STORE;
    if (code == DF_OK) {
        pool->worked = true;
        pool->pause_ms = 0;
        pool->closed_until_ms = 0;
    } else {
        pool->n_open--;
        pool->pause_ms = pool->pause_ms ? 2 * pool->pause_ms : FIRST_PAUSE_MS;
        if (pool->pause_ms > LONGEST_PAUSE_MS)
            pool->pause_ms = LONGEST_PAUSE_MS;
        pool->closed_until_ms = df_monotonic_ms() + pool->pause_ms;
        pool->why = why;
        pthread_cond_signal(&pool->given);
    }
    pthread_mutex_unlock(&pool->lock);
    if (code != DF_OK && err)
        *err = why;
    return code;
}

enum df_code pg_pool_take(struct pg_pool *pool, struct pg_conn **ret, struct df_error *err)
{
    for (;;) {
        struct pg_conn *c;
        pthread_mutex_lock(&pool->lock);
        enum df_code code = wait_for_place(pool, &c, err);
        pthread_mutex_unlock(&pool->lock);
        if (code != DF_OK)
            return code;
        if (!c)
            return open_one(pool, ret, err);
        if (pg_conn_usable(c)) {
            *ret = c;
            return DF_OK;
        }
        pg_pool_give(pool, c);
    }
}

struct df_store_load pg_pool_load(struct pg_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    const struct df_store_load load = {pool->n_open - pool->n_idle, pool->n_open, pool->limit, pool->n_waiting};
    pthread_mutex_unlock(&pool->lock);
    return load;
}

void pg_pool_give(struct pg_pool *pool, struct pg_conn *c)
{
    bool good = pg_conn_usable(c);
    if (!good)
        pg_conn_close(c);
    pthread_mutex_lock(&pool->lock);
    if (good)
        pool->idle[pool->n_idle++] = c;
    else
        pool->n_open--;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}
