/* Lists to their end: page after page, as long as Sentry names a next one, bounded in number and time. What stops in the middle (a
 * rate limit that lasts, a server that fails or names the same page again) gives what there was, and says what is missing. Any
 * thread. */
#ifndef DF_SERVICE_SENTRY_ALL_H
#define DF_SERVICE_SENTRY_ALL_H

#include "service/sentry.h"

enum { DF_SENTRY_ALL_LIMIT = 5000 };

struct df_sentry_rest {
    bool complete;
    struct df_str missing;     /* a sentence; empty when complete */
    struct df_str next_cursor; /* where to go on; may be empty */
};

/* The query's limit is that of a page; its cursor is where to begin. Fails only where the first page does. */
enum df_code df_sentry_all_issues(const struct df_devflow *d, struct df_str project_id,
                                  const struct df_issue_query *query, struct df_arena *arena, struct df_issue **ret,
                                  size_t *ret_n, struct df_sentry_rest *ret_rest, struct df_error *err);
/* Sentry's own event summaries. */
enum df_code df_sentry_all_events(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                  struct df_str cursor, struct df_arena *arena, const struct df_json ***ret,
                                  size_t *ret_n, struct df_sentry_rest *ret_rest, struct df_error *err);

#endif
