/* A list of issues by urgency, most urgent first, each with the reasons in words and with what Sentry itself makes of it beside it.
 * Scores are domain/urgency.h's; this is their list, and its JSON, which the API and the command have in common. Pure functions, any
 * thread; results are in the arena and hold views of the issues. */
#ifndef DF_DOMAIN_PRIORITIES_H
#define DF_DOMAIN_PRIORITIES_H

#include "domain/urgency.h"

struct df_judged {
    const struct df_issue *issue;
    struct df_prioritized p;
    struct df_str reasons[DF_URGENCY_REASONS];
    size_t n_reasons;
    double recommended; /* Sentry's */
    size_t place;       /* 1 for the first in Sentry's order "recommended" */
};
struct df_priorities {
    struct df_judged *items;
    size_t n;
    struct df_urgency_project project;
    struct df_str missing; /* a sentence; empty: all there is was looked at */
};
/* before: what each was when last looked at, or NULL. Among equals the one listed first is first. */
void df_priorities_judge(const struct df_issue *issues, size_t n, const struct df_urgency_project *project,
                         const enum df_urgency *before, struct df_arena *arena, struct df_priorities *ret);

/* {"issues": [{"id", "shortId", "score", "priority", "reasons", "shares", ...}], "complete", "missing"} */
void df_priorities_json(const struct df_priorities *list, struct df_json_writer *w);

#endif
