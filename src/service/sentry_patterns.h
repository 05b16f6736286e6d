/* Issues that have one cause though Sentry kept them apart: the project's issues, one event of each and their tags, compared as
 * domain/pattern_group.h does. What could not be had, or not in time, is said, and the rest is compared. */
#ifndef DF_SERVICE_SENTRY_PATTERNS_H
#define DF_SERVICE_SENTRY_PATTERNS_H

#include "domain/pattern_report.h"
#include "service/sentry.h"

/* The query's limit: how many issues, as for service/sentry_survey.h. Results live in the arena. */
enum df_code df_sentry_patterns(const struct df_devflow *d, struct df_str project_id,
                                const struct df_issue_query *query, struct df_arena *arena, struct df_report *ret,
                                struct df_error *err);

#endif
