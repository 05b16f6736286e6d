/* When a provider that limits the rate wants to be asked again: Retry-After (RFC 9110 section 10.2.3) and the many forms of
 * "X-RateLimit-Reset". Pure; the value is from outside and may be anything. */
#ifndef DF_DOMAIN_RATE_RESET_H
#define DF_DOMAIN_RATE_RESET_H

#include "base/url.h"

#include <stdint.h>

/* The point in time a value names: seconds from now, seconds or ms since the epoch (told apart by their size), or an HTTP date;
 * bounded to between one second and an hour from now. 0: it names none. */
int64_t df_rate_reset_ms(struct df_str value, int64_t now_ms);

/* Whether an answer says that its sender is asked too often: 429; 503 with Retry-After; 403 with Retry-After or with nothing remaining,
 * as GitHub has it. `remaining_header` is the provider's own, or NULL. */
bool df_rate_limits(int status, const struct df_param *headers, size_t n, const char *remaining_header);

/* Until when a provider wants to be left alone, by the headers of such an answer: as df_rate_reset_ms, 0 when they do not say.
 * `reset_header` is the provider's own, or NULL. */
int64_t df_rate_hold_until_ms(const struct df_param *headers, size_t n, const char *reset_header, int64_t now_ms);

#endif
