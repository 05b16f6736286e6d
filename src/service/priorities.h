/* How urgent a project's issues are, by Sentry's figures: the one judgement that tickets, specs, the API and the commands share. The
 * formula is domain/urgency.h's; this asks Sentry for what it needs. Any thread; waits for Sentry. */
#ifndef DF_SERVICE_PRIORITIES_H
#define DF_SERVICE_PRIORITIES_H

#include "domain/priorities.h"
#include "service/sentry.h"

enum { DF_PRIORITIES_ISSUES = 100, DF_PRIORITIES_ISSUES_MAX = 1000 };

/* The unresolved issues, or those of the query's search, scrubbed, in *ret, with their last 14 days. The query's limit is how many, 1 to
 * DF_PRIORITIES_ISSUES_MAX; 0: DF_PRIORITIES_ISSUES. forecast: the first twenty by the hour, too. Where the query has no search, what
 * each was when last looked at is read and kept, so that noise moves none over a border and back. Fails only where the first page of the
 * list does; what is missing is said. */
enum df_code df_project_priorities(const struct df_devflow *d, struct df_str project_id,
                                   const struct df_issue_query *query, bool forecast, struct df_arena *arena,
                                   struct df_priorities *ret, struct df_error *err);

/* One issue that was read already (df_sentry_get_issue, a context's), judged beside the project's others as the list would. Where
 * Sentry does not give them it is judged by itself: it does not fail for that. */
void df_issue_priority(const struct df_devflow *d, struct df_str project_id, const struct df_issue *issue,
                       struct df_arena *arena, struct df_judged *ret);

/* weights: {"users": 40}, or NULL; reset: what is not named goes back to what is usual. DF_ERR_INVALID, DF_ERR_PROJECT. */
enum df_code df_priorities_configure(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_json *weights, bool reset, struct df_arena *arena,
                                     struct df_urgency_weights *ret, struct df_error *err);

#endif
