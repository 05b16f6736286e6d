/* One refresh at a time for a connection: the first caller for a key works, those who come meanwhile wait for its outcome
 * and never work themselves. Any thread. */
#ifndef DF_SERVICE_FLIGHTS_H
#define DF_SERVICE_FLIGHTS_H

#include "base/error.h"
#include "base/str.h"

struct df_flights;

struct df_flights *df_flights_new(void);
void df_flights_free(struct df_flights *flights);

/* Runs work(arg, err) for the key, or waits for the run under way; either way returns that run's code and *err.
 * *ret_ran tells whether this caller was the one. Keys are at most 255 bytes. */
enum df_code df_flights_run(struct df_flights *flights, struct df_str key,
                            enum df_code (*work)(void *arg, struct df_error *err), void *arg, bool *ret_ran,
                            struct df_error *err);

#endif
