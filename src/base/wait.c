#include "base/wait.h"

#include <time.h>

static int64_t us_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t df_monotonic_us(void)
{
    return us_of(CLOCK_MONOTONIC);
}

int64_t df_monotonic_ms(void)
{
    return us_of(CLOCK_MONOTONIC) / 1000;
}

int64_t df_monotonic_coarse_ms(void)
{
    return us_of(CLOCK_MONOTONIC_COARSE) / 1000;
}

void df_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool df_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms)
{
    const struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000};
    return pthread_cond_timedwait(cond, lock, &until) == 0;
}

void df_sleep_ms(int64_t ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0)
        continue;
}
