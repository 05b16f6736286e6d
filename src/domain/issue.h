/* A Sentry issue, read tolerantly from the API's JSON: every field may be null, missing or of another type, then it is empty.
 * Strings are views into the parsed JSON or copies in the arena. Pure functions, any thread.
 * Source: Sentry API, "Retrieve an Issue" and "List an Organization's Issues" (observed: count is a string, permalink,
 * shortId and culprit may be null, metadata has type and value, or title). */
#ifndef DF_DOMAIN_ISSUE_H
#define DF_DOMAIN_ISSUE_H

#include "domain/plot.h"

struct df_issue {
    struct df_str id, short_id, title, type, value, culprit, level, status, substatus, priority, platform, permalink,
        logger;
    struct df_str project_id, project_slug, project_name;
    struct df_str first_release, last_release; /* the version's text */
    struct df_str environment;                 /* where it happens; Sentry's lists do not say */
    int64_t count, user_count;
    int64_t first_seen_ms, last_seen_ms; /* 0: unknown */
    bool is_unhandled;
    bool priority_locked;         /* a person set it */
    struct df_points hours, days; /* events in each of the last 24 hours and 14 days, where Sentry gave them */
    struct df_points fortnight;   /* the 14 days by the hour, where they were asked for */
};

/* False, *ret untouched, when v is no object or has no id. type is the exception's (metadata.type), else the issue's own
 * ("error", "csp", "default"). */
bool df_issue_parse(const struct df_json *v, struct df_arena *arena, struct df_issue *ret);

/* The issue object of the API (docs/decisions/001-shape.md); unknown texts and times are null. Nothing is scrubbed here. */
void df_issue_put_json(struct df_json_writer *w, const struct df_issue *issue);

#endif
