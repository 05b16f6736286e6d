/* The database's clock, kept going between looks at it by CLOCK_MONOTONIC: nodes that share a database agree on the time, whatever
 * their own clocks say. */
#ifndef DF_ADAPTER_POSTGRES_CLOCK_H
#define DF_ADAPTER_POSTGRES_CLOCK_H

#include "adapter/postgres_conn.h"
#include "port/clock.h"

#include <stdatomic.h>

struct pg_clock {
    struct df_clock port;
    _Atomic int64_t offset_ms; /* what to add to the monotonic clock */
};

struct pg_clock_look {
    int64_t asked_ms, answered_ms; /* monotonic */
    int64_t database_ms;
};

void pg_clock_init(struct pg_clock *clock);
/* Some looks at the database's clock in a row. */
enum df_code pg_clock_set(struct pg_clock *clock, struct pg_conn *c, struct df_error *err);
/* The median of what the looks say, each taken to be answered half way: one slow answer does not move it. Pure. */
int64_t pg_clock_offset_ms(const struct pg_clock_look *looks, size_t n);

#endif
