/* Port: the wall clock, so that tests can set it. Any thread. */
#ifndef DF_PORT_CLOCK_H
#define DF_PORT_CLOCK_H

#include <stdint.h>

struct df_clock {
    int64_t (*now_ms)(const struct df_clock *clock); /* since the Unix epoch */
};

static inline int64_t df_now_ms(const struct df_clock *clock)
{
    return clock->now_ms(clock);
}

#endif
