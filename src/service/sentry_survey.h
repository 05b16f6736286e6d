/* What Sentry has on a project's issues, for comparing them: page after page of their list, and of each an event, as the trace
 * that is compared, and its tags. Eight issues at a time, for as long as a caller's thread may be kept: what is not reached by
 * then, or not allowed by a rate limit, is left out, and said. What was asked is kept for minutes (service/sentry_cache.h), so
 * that the same question goes on where the one before it had to stop. Of an event little is kept: a few KiB an issue. */
#ifndef DF_SERVICE_SENTRY_SURVEY_H
#define DF_SERVICE_SENTRY_SURVEY_H

#include "domain/pattern_report.h"
#include "service/sentry.h"

enum { DF_SURVEY_ISSUES_MAX = 1000, DF_SURVEY_ISSUES = 100 };

/* A frame of the application's own: its name as it is compared, and where it is. */
struct df_survey_code {
    struct df_str name;
    struct df_report_code at;
    size_t exception; /* of which of the chain */
};

struct df_surveyed {
    struct df_issue issue;
    int64_t week, week_before; /* events of the last seven days and of the seven before; -1: not known */
    bool has_event;
    struct df_survey_code *code; /* root cause first, innermost first */
    size_t n_code;
};

struct df_survey {
    struct df_surveyed *issues;
    size_t n, n_listed;          /* looked at, of those listed */
    struct df_tag_count *counts; /* ascending by issue */
    size_t n_counts;
    struct df_pattern_index *index; /* of those with an event; the caller frees it */
    uint32_t *issue_of;             /* by the index's event */
    int64_t now_ms;
    size_t without_event, without_tags, cut_tags; /* issues */
    struct df_str missing;                        /* a sentence; empty: all there is was looked at */
    int retry_after_s;                            /* 0: at once */
};

/* The query's limit: how many issues, 1 to DF_SURVEY_ISSUES_MAX; 0: DF_SURVEY_ISSUES. Fails only where the first page does. */
enum df_code df_sentry_survey(const struct df_devflow *d, struct df_str project_id, const struct df_issue_query *query,
                              struct df_arena *arena, struct df_survey *ret, struct df_error *err);

#endif
