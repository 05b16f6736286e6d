/* One connection for news: LISTENs for what the triggers tell of (postgres_schema.h), sets the clock every few seconds, and holds
 * the lock that says a `devflow serve` works here. When it was broken it is opened again, and "anything may have changed". */
#ifndef DF_ADAPTER_POSTGRES_LISTEN_H
#define DF_ADAPTER_POSTGRES_LISTEN_H

#include "adapter/postgres_clock.h"

struct pg_listener;

/* The URL and the clock must outlive it. */
struct pg_listener *pg_listener_start(const char *url, struct pg_clock *clock,
                                      void (*changed)(void *arg, struct df_str project_id, struct df_str provider),
                                      void *arg);
void pg_listener_stop(struct pg_listener *listener);

#endif
