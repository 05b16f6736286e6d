/* How urgent an issue is beside the others of its project: a score from 0 to 100 of seven parts, and a priority with its reasons.
 * What it promises, for any two issues of one project at one moment:
 *   - more events, more users, a higher level or a later last event never lowers the score;
 *   - users count more than events: 1,000 events of 500 users are above 1,000 events of one;
 *   - counts that waver by 5 % move the score by less than DF_URGENCY_HOLD, so that a priority which was given before stays;
 *   - what is resolved or ignored is never urgent, and a priority that a person set is kept.
 * Absurd figures (negative, larger than the project, in the future, users without events) are taken for the nearest that make
 * sense. Pure functions, any thread. Beside it Sentry's own order "recommended", from its published formula. */
#ifndef DF_DOMAIN_URGENCY_H
#define DF_DOMAIN_URGENCY_H

#include "domain/issue.h"

enum df_urgency { DF_URGENCY_LOW, DF_URGENCY_MEDIUM, DF_URGENCY_HIGH, DF_URGENCY_URGENT, DF_URGENCY_NONE };
const char *df_urgency_name(enum df_urgency priority); /* "urgent"; NONE has "" */

enum { DF_URGENCY_HOLD = 3, DF_URGENCY_REASONS = 8 };

enum df_urgency_part {
    DF_URGENCY_USERS,
    DF_URGENCY_FREQUENCY,
    DF_URGENCY_TREND,   /* the last 24 hours against the issue's own days before */
    DF_URGENCY_RECENCY, /* halves every three days */
    DF_URGENCY_LEVEL,
    DF_URGENCY_UNHANDLED,
    DF_URGENCY_REGRESSION, /* came back, or grows */
    DF_URGENCY_PARTS
};
const char *df_urgency_part_name(enum df_urgency_part part);

/* What the counts are measured by. */
struct df_urgency_project {
    int64_t events, users, now_ms;
};
/* Of the issues there are; now_ms is the latest last event. */
struct df_urgency_project df_urgency_project_of(const struct df_issue *issues, size_t n);

struct df_prioritized {
    double score;                    /* 0 to 100: the sum of the shares, less when the issue is closed */
    double shares[DF_URGENCY_PARTS]; /* points */
    enum df_urgency priority;
    bool closed, kept; /* resolved or ignored; the priority is a person's */
};
/* before: what it was when last looked at, or DF_URGENCY_NONE. */
void df_prioritize(const struct df_issue *issue, const struct df_urgency_project *project, enum df_urgency before,
                   struct df_prioritized *ret);
/* Sentences, what weighs most first; in the arena. Their number, at most DF_URGENCY_REASONS. */
size_t df_urgency_reasons(const struct df_issue *issue, const struct df_urgency_project *project,
                          const struct df_prioritized *p, struct df_arena *arena,
                          struct df_str ret[DF_URGENCY_REASONS]);

/* 0 to 1. Source: sentry/issues, sort=recommended: recency, spike, severity and volume a fifth each, users a twentieth. */
double df_urgency_recommended(const struct df_issue *issue, int64_t now_ms);

#endif
