/* Waking who waits for a change of something named by a key, without a place for each name: names share bells, so that a ring
 * may wake a waiter for nothing, who then looks again. Any thread. */
#ifndef DF_BASE_BELLS_H
#define DF_BASE_BELLS_H

#include "base/str.h"

#include <stdint.h>

struct df_bells;

struct df_bells *df_bells_new(void);
void df_bells_free(struct df_bells *bells);

/* Before looking at the thing itself: what to wait with, so that no ring in between is missed. */
uint64_t df_bells_heard(struct df_bells *bells, struct df_str key);
/* Until it rings after that, or for timeout_ms. */
void df_bells_wait(struct df_bells *bells, struct df_str key, uint64_t heard, int64_t timeout_ms);
/* An empty key rings all of them. */
void df_bells_ring(struct df_bells *bells, struct df_str key);

#endif
