/* Groups of issues that have one cause, said for people (Markdown) and programs (JSON), and which tag values stand out in
 * a group. Everything that came from Sentry is scrubbed and cannot leave its code span. Pure functions, any thread. */
#ifndef DF_DOMAIN_PATTERN_REPORT_H
#define DF_DOMAIN_PATTERN_REPORT_H

#include "domain/pattern_group.h"
#include "domain/scrub.h"

enum { DF_REPORT_TAGS = 6, DF_REPORT_CODE = 3 };

/* How many of an issue's events have a value of a tag. */
struct df_tag_count {
    uint32_t issue;
    struct df_str key, value;
    uint64_t key_hash, pair_hash; /* filled by df_tags_prepare */
    int64_t n;
};
void df_tags_prepare(struct df_tag_count *counts, size_t n);

struct df_tag_standing {
    struct df_str key, value;
    double share, rest; /* of the group's events that have the tag, and of all others */
    double z;
};
/* Values that stand out in the issues `in_group` says (by number): at least half of each such issue's events have them, twice the
 * share of the rest or more, and a difference of the two shares of z >= 3.29 (two proportions, pooled; p < 0.001 two-sided). The
 * most certain first, at most DF_REPORT_TAGS. Keys that only name people, addresses or how it was caught are left out. */
size_t df_tags_standing(const struct df_tag_count *counts, size_t n, const bool *in_group,
                        struct df_tag_standing ret[DF_REPORT_TAGS]);

enum df_trend { DF_TREND_UNKNOWN, DF_TREND_NEW, DF_TREND_RISING, DF_TREND_STEADY, DF_TREND_FALLING, DF_TREND_QUIET };
const char *df_trend_name(enum df_trend trend);
/* From the events of the last seven days and of the seven before; -1: not known. Rising and falling are by half or more, and by
 * more than chance does (difference over two standard deviations of a Poisson count). */
enum df_trend df_trend_of(int64_t week, int64_t week_before, int64_t first_seen_ms, int64_t now_ms);

struct df_report_code {
    struct df_str function, place; /* as sent; place: file, else module */
    int64_t line;
};

struct df_report_group {
    struct df_str id, reason;
    const struct df_issue *const *issues; /* the one with most events first */
    size_t n_issues;
    struct df_pattern_shared shared;
    struct df_tag_standing tags[DF_REPORT_TAGS];
    struct df_report_code code[DF_REPORT_CODE];
    size_t n_tags, n_code;
    int64_t first_seen_ms, last_seen_ms, count, user_count, week, week_before; /* week: -1 where not known */
    struct df_str first_release;
    enum df_trend trend;
};

struct df_report {
    const struct df_report_group *groups;         /* of two issues or more */
    size_t n_groups, n_issues, n_listed, n_alone; /* n_issues: looked at, of those listed */
    bool complete;                                /* all that were to be looked at were, and there are no more */
    int retry_after_s;                            /* 0, or when a rate limit allows to ask for the rest */
    const struct df_str *notes;                   /* what is missing */
    size_t n_notes;
};

void df_report_markdown(const struct df_report *report, struct df_scrub *scrub, struct df_buf *out);
void df_report_json(const struct df_report *report, struct df_scrub *scrub, struct df_json_writer *w);

#endif
