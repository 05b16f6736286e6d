#include "service/flights.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* Lives on the stack of the caller that works, until the last waiter has read the outcome. */
struct flight {
    struct flight *next;
    struct df_str key;
    unsigned waiting;
    bool landed;
    enum df_code code;
    struct df_error err;
};

struct df_flights {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct flight *under_way;
};

struct df_flights *df_flights_new(void)
{
    struct df_flights *flights = calloc(1, sizeof *flights);
    if (!flights)
        abort();
    pthread_mutex_init(&flights->lock, NULL);
    pthread_cond_init(&flights->changed, NULL);
    return flights;
}

void df_flights_free(struct df_flights *flights)
{
    assert(!flights->under_way);
    pthread_cond_destroy(&flights->changed);
    pthread_mutex_destroy(&flights->lock);
    free(flights);
}

static struct flight *find(struct df_flights *flights, struct df_str key)
{
    struct flight *f = flights->under_way;
    while (f && !df_str_eq(f->key, key))
        f = f->next;
    return f;
}

static void leave(struct df_flights *flights, const struct flight *mine)
{
    struct flight **at = &flights->under_way;
    while (*at != mine)
        at = &(*at)->next;
    *at = mine->next;
}

/* Called and returns with the lock held. */
static enum df_code wait_for(struct df_flights *flights, struct flight *f, struct df_error *err)
{
    f->waiting++;
    while (!f->landed)
        pthread_cond_wait(&flights->changed, &flights->lock);
    enum df_code code = f->code;
    if (code != DF_OK && err)
        *err = f->err;
    if (--f->waiting == 0)
        pthread_cond_broadcast(&flights->changed);
    return code;
}

enum df_code df_flights_run(struct df_flights *flights, struct df_str key,
                            enum df_code (*work)(void *arg, struct df_error *err), void *arg, bool *ret_ran,
                            struct df_error *err)
{
    pthread_mutex_lock(&flights->lock);
    struct flight *other = find(flights, key);
    *ret_ran = !other;
    if (other) {
        enum df_code code = wait_for(flights, other, err);
        pthread_mutex_unlock(&flights->lock);
        return code;
    }
    struct flight mine = {.next = flights->under_way, .key = key};
    flights->under_way = &mine;
    pthread_mutex_unlock(&flights->lock);

    mine.code = work(arg, &mine.err);

    pthread_mutex_lock(&flights->lock);
    /* Out of the list first: who comes now starts anew rather than take an outcome that is already old. */
    leave(flights, &mine);
    mine.landed = true;
    pthread_cond_broadcast(&flights->changed);
    while (mine.waiting > 0)
        pthread_cond_wait(&flights->changed, &flights->lock);
    pthread_mutex_unlock(&flights->lock);
    if (mine.code != DF_OK && err)
        *err = mine.err;
    return mine.code;
}
