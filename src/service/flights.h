/* Refreshes under way: their own bounded threads, and who waits for each. One flight at a time for a connection; those who
 * come meanwhile wait for its outcome, blocked or to be called back, and start none of their own for what just landed. A
 * flight goes on when nobody waits any more.
 *
 * Flights fly in lanes, one for each provider's host, and a lane may have as many threads as are free beside it: a slow provider
 * takes half at most, two take three quarters, and others still fly. In a lane those that somebody waits for go first.
 * Threads start when needed and end when idle. A flight works for the request that caused it (base/trace.h). Any thread may
 * call. */
#ifndef DF_SERVICE_FLIGHTS_H
#define DF_SERVICE_FLIGHTS_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct df_flights;

struct df_flight {
    struct df_str project_id, provider; /* the connection */
    int64_t version;                    /* of the tokens to replace */
    struct df_str lane;
    bool urgent; /* somebody cannot go on without it */
};

/* What a flight does; `arg` is that of df_flights_new. */
typedef enum df_code df_fly(void *arg, const struct df_flight *flight, struct df_error *err);
/* Called on a flight's thread, without locks; must not wait. *err is filled unless code is DF_OK. */
typedef void df_landed(void *arg, enum df_code code, const struct df_error *err);

/* At most max_threads fly at once, and max_waiting wait for their turn. */
struct df_flights *df_flights_new(unsigned max_threads, size_t max_waiting, df_fly *fly, void *arg);

/* Starts a flight, or joins the one for that connection. When the one under way is for an older version, another follows it. Then
 * calls landed(arg, ...), once; `landed` may be NULL. False, and no call, when too many wait or no more are taken. */
bool df_flights_join(struct df_flights *flights, const struct df_flight *flight, df_landed *landed, void *arg);
/* The same, blocking: the flight's outcome, DF_ERR_BUSY, or after timeout_ms DF_ERR_PROVIDER_TIMEOUT with retry_after_s, while
 * the flight goes on. */
enum df_code df_flights_wait(struct df_flights *flights, const struct df_flight *flight, unsigned timeout_ms,
                             struct df_error *err);

/* How many fly and how many wait for their turn, of how many at most. */
struct df_flights_load {
    unsigned flying, flying_limit;
    size_t waiting, waiting_limit;
};
struct df_flights_load df_flights_load(struct df_flights *flights);

/* For flights: sleeps, but not past the moment when they must end. */
void df_flights_pause(struct df_flights *flights, int64_t ms);
/* The process ends: what is not done now is never done. */
bool df_flights_must_end(struct df_flights *flights);

/* Takes no more, drops those that wait for their turn, gives those under way drain_ms, then tells them to end and waits for
 * that. Everybody who waits is answered. */
void df_flights_stop(struct df_flights *flights, unsigned drain_ms);
/* After df_flights_stop. */
void df_flights_free(struct df_flights *flights);

#endif
