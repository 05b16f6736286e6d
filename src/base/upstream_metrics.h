/* What providers answered and how long they took, for GET metrics: by the name a request is counted as (a provider's, or
 * "webhook"), of which there are few. Any thread. */
#ifndef DF_BASE_UPSTREAM_METRICS_H
#define DF_BASE_UPSTREAM_METRICS_H

#include "base/buf.h"

#include <stdint.h>

/* status 0: no answer. micros: to the answer's first byte, or to where it was given up. */
void df_upstream_metrics_add(const char *name, int status, int64_t micros);
/* What an answer said is left of the rate limit, and of how many; the last one counts. */
void df_upstream_metrics_headroom(const char *name, int64_t remaining, int64_t limit);
void df_upstream_metrics_write(struct df_buf *out);

#endif
