/* Points in time are milliseconds since the Unix epoch, UTC; text is RFC 3339. The clock itself is a port. */
#ifndef DF_BASE_TIME_H
#define DF_BASE_TIME_H

#include "base/arena.h"

#include <stdint.h>

/* "2025-01-15T12:00:00Z"; fractions are cut. */
struct df_str df_time_format(int64_t ms, struct df_arena *arena);
/* "2025-01-15T12:00:00.123Z" */
struct df_str df_time_format_ms(int64_t ms, struct df_arena *arena);
/* The same, at the caller's place. */
enum { DF_TIME_BYTES = 24 };
struct df_str df_time_put_ms(int64_t ms, char to[DF_TIME_BYTES]);
/* RFC 3339 with any offset and fraction; also without offset (taken as UTC), as older Sentry SDKs send. */
bool df_time_parse(struct df_str text, int64_t *ret_ms);

#endif
