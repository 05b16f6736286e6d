/* Cron expressions of five fields: minute, hour, day of the month, month, day of the week; in UTC. Each field is "*", a number, a
 * range "1-5", a step such as every 15th or "8-18/2", or a list of those with commas; months and days also by their English names' first three letters, Sunday is
 * 0 or 7. As in cron(8), where both days are restricted, either of them is enough. Pure functions, any thread.
 * Source: POSIX crontab, and the extensions of Vixie cron (crontab(5)). */
#ifndef DF_DOMAIN_CRON_H
#define DF_DOMAIN_CRON_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct df_cron {
    uint64_t minutes;                                     /* bit n: that minute */
    uint32_t hours, days /* 1 to 31 */, months, weekdays; /* 0: Sunday */
    bool any_day, any_weekday;                            /* the field begins with "*" */
};

/* DF_ERR_INVALID names the field, what it holds and what it may hold; also for a day that never comes, such as 30 February. */
enum df_code df_cron_parse(struct df_str text, struct df_cron *ret, struct df_error *err);
/* The first moment after after_ms, at the beginning of a minute; 0 where there is none in 40 years. ms since the epoch. */
int64_t df_cron_next(const struct df_cron *cron, int64_t after_ms);
/* The last moment at or before at_ms, not before from_ms; 0 where there is none. The work grows with the days between. */
int64_t df_cron_last(const struct df_cron *cron, int64_t from_ms, int64_t at_ms);

#endif
