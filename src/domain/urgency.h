/* How urgent an issue is beside the others of its project: a score from 0 to 100 of nine parts, and a priority with its reasons.
 * What it promises, for any two issues of one project at one moment, whatever the weights:
 *   - more events, more users, a higher level or a later last event never lowers the score, nor the priority of those with one history;
 *   - users count more than events: 1,000 events of 500 users are above 1,000 events of one;
 *   - counts that waver by 5 % move the score by less than df_urgency_hold, so that a priority which was given before stays;
 *   - what is resolved or ignored is never urgent, and a priority that a person set is kept.
 * Absurd figures (negative, larger than the project, in the future, users without events) are taken for the nearest that make
 * sense. Pure functions, any thread. Beside it Sentry's own order "recommended" and its forecast, from the published formulas. */
#ifndef DF_DOMAIN_URGENCY_H
#define DF_DOMAIN_URGENCY_H

#include "base/error.h"
#include "domain/issue.h"

enum df_urgency { DF_URGENCY_LOW, DF_URGENCY_MEDIUM, DF_URGENCY_HIGH, DF_URGENCY_URGENT, DF_URGENCY_NONE };
const char *df_urgency_name(enum df_urgency priority); /* "urgent"; NONE has "" */

enum { DF_URGENCY_REASONS = 10 };

enum df_urgency_part {
    DF_URGENCY_USERS,     /* who met it; fading while nobody does */
    DF_URGENCY_FREQUENCY, /* a quarter all events there were, the rest those of its usual day now */
    DF_URGENCY_TREND,     /* the last two days against the issue's own before */
    DF_URGENCY_RECENCY,   /* halves every two days */
    DF_URGENCY_LEVEL,
    DF_URGENCY_UNHANDLED,
    DF_URGENCY_REGRESSION,  /* came back, or grows */
    DF_URGENCY_RELEASE,     /* the newest release has it, or brought it */
    DF_URGENCY_ENVIRONMENT, /* it is in production */
    DF_URGENCY_PARTS
};
const char *df_urgency_part_name(enum df_urgency_part part);

enum { DF_URGENCY_WEIGHT_MAX = 100 };
/* How much each part may count, 0 to DF_URGENCY_WEIGHT_MAX; only their proportions matter. All nothing: df_urgency_usual. */
struct df_urgency_weights {
    int64_t of[DF_URGENCY_PARTS];
};
extern const struct df_urgency_weights df_urgency_usual;
/* {"users": 40}: those named change. DF_ERR_INVALID names what is no part, or no weight, and refuses that all are nothing. */
enum df_code df_urgency_weights_change(const struct df_json *v, struct df_urgency_weights *weights,
                                       struct df_error *err);
void df_urgency_weights_json(const struct df_urgency_weights *weights, struct df_json_writer *w);

/* What an issue was when it was last looked at. */
struct df_priority_mark {
    struct df_str sentry_id;
    enum df_urgency priority;
    int64_t judged_ms;
};

/* What the counts are measured by, and what is known of all. A part of which nothing is known in the whole project counts nothing,
 * and the others take its points. */
struct df_urgency_project {
    int64_t events, users, now_ms;
    double usual;         /* events of as many days as there are, as they usually are now */
    struct df_str newest; /* release; empty: not known */
    bool knows_environments;
    struct df_urgency_weights weights;
};
/* By how much a score must pass a border for its priority to change, in points. */
double df_urgency_hold(const struct df_urgency_project *project);
/* Of the issues there are; now_ms is the latest last event. */
struct df_urgency_project df_urgency_project_of(const struct df_issue *issues, size_t n);

struct df_prioritized {
    double score;                    /* 0 to 100: the sum of the shares, less when the issue is closed */
    double shares[DF_URGENCY_PARTS]; /* points */
    enum df_urgency priority;
    bool closed, kept; /* resolved or ignored; the priority is a person's */
    bool held;         /* the priority is what it was, though the score by itself would be given another */
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

/* Sentry's own: an issue is escalating when an hour has more events than the limit of its day.
 * Source: sentry/issues/escalating; hourly counts of the last week, which double where the weekday is the same; 10 times the most where
 * there is no whole week. */
struct df_forecast {
    bool known, escalating;
    int64_t limit, hour; /* events in an hour: today's limit; in the last hour */
};
struct df_forecast df_urgency_forecast(const struct df_points *hours);

#endif
