/* Waiting with a deadline on a clock that nobody sets. Any thread. */
#ifndef DF_BASE_WAIT_H
#define DF_BASE_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Of CLOCK_MONOTONIC. */
int64_t df_monotonic_us(void);
int64_t df_monotonic_ms(void);
/* Some milliseconds behind at most, for a tenth of the cost. */
int64_t df_monotonic_coarse_ms(void);
/* Whatever signal comes meanwhile. */
void df_sleep_ms(int64_t ms);
/* A condition whose deadlines are of that clock. */
void df_cond_init(pthread_cond_t *cond);
/* As pthread_cond_timedwait: false when until_ms has passed. */
bool df_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms);

#endif
