/* When a provider that limits the rate wants to be asked again: Retry-After (RFC 9110 section 10.2.3) and the many forms of
 * "X-RateLimit-Reset". Pure; the value is from outside and may be anything. */
#ifndef DF_DOMAIN_RATE_RESET_H
#define DF_DOMAIN_RATE_RESET_H

#include "base/str.h"

#include <stdint.h>

/* The point in time a value names: seconds from now, seconds or ms since the epoch (told apart by their size), or an HTTP date;
 * bounded to between one second and an hour from now. 0: it names none. */
int64_t df_rate_reset_ms(struct df_str value, int64_t now_ms);

#endif
