#include "base/bells.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <stdlib.h>

enum { BELLS = 64 };

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    uint64_t count;
};

struct df_bells {
    struct bell bells[BELLS];
};

struct df_bells *df_bells_new(void)
{
    struct df_bells *bells = calloc(1, sizeof *bells);
    if (!bells)
        df_out_of_memory();
    for (size_t i = 0; i < BELLS; i++) {
        pthread_mutex_init(&bells->bells[i].lock, NULL);
        df_cond_init(&bells->bells[i].rung);
    }
    return bells;
}

void df_bells_free(struct df_bells *bells)
{
    for (size_t i = 0; i < BELLS; i++) {
        pthread_cond_destroy(&bells->bells[i].rung);
        pthread_mutex_destroy(&bells->bells[i].lock);
    }
    free(bells);
}

static struct bell *bell_of(struct df_bells *bells, struct df_str key)
{
    return &bells->bells[df_str_hash(key) % BELLS];
}

uint64_t df_bells_heard(struct df_bells *bells, struct df_str key)
{
    struct bell *bell = bell_of(bells, key);
    pthread_mutex_lock(&bell->lock);
    uint64_t count = bell->count;
    pthread_mutex_unlock(&bell->lock);
    return count;
}

void df_bells_wait(struct df_bells *bells, struct df_str key, uint64_t heard, int64_t timeout_ms)
{
    struct bell *bell = bell_of(bells, key);
    int64_t until = df_monotonic_ms() + timeout_ms;
    pthread_mutex_lock(&bell->lock);
    while (bell->count == heard && df_cond_wait_until(&bell->rung, &bell->lock, until))
        continue;
    pthread_mutex_unlock(&bell->lock);
}

static void ring(struct bell *bell)
{
    pthread_mutex_lock(&bell->lock);
    bell->count++;
    pthread_cond_broadcast(&bell->rung);
    pthread_mutex_unlock(&bell->lock);
}

void df_bells_ring(struct df_bells *bells, struct df_str key)
{
    if (key.n) {
        ring(bell_of(bells, key));
        return;
    }
    for (size_t i = 0; i < BELLS; i++)
        ring(&bells->bells[i]);
}
