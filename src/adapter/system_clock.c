#include "adapter/system_clock.h"

#include <time.h>

static int64_t now_ms(const struct df_clock *clock)
{
    (void)clock;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const struct df_clock df_system_clock = {now_ms};
