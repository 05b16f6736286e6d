#include "domain/pattern_report.h"

#include <math.h>

/* 99.9 % of a normal distribution lie within. */
#define Z_LEAST 3.29

void df_tags_prepare(struct df_tag_count *counts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        counts[i].key_hash = df_str_hash(counts[i].key);
        counts[i].pair_hash = counts[i].key_hash * 31 + df_str_hash(counts[i].value);
    }
}

static bool is_left_out(struct df_str key)
{
    static const char *const keys[] = {"user", "level", "handled", "mechanism", "url", "ip", "trace", "server_name"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (df_str_is(key, keys[i]))
            return true;
    return df_str_starts(key, DF_S("sentry:")) || df_str_starts(key, DF_S("user.")) ||
           df_str_starts(key, DF_S("trace."));
}

/* One value over all issues: with it and with its key at all, in the group and in the rest. */
struct sums {
    int64_t with, all, rest_with, rest_all;
};

static struct sums sum_up(const struct df_tag_count *counts, size_t n, const bool *in_group,
                          const struct df_tag_count *of)
{
    struct sums s = {0};
    for (size_t i = 0; i < n; i++) {
        if (counts[i].key_hash != of->key_hash || !df_str_eq(counts[i].key, of->key))
            continue;
        bool same = counts[i].pair_hash == of->pair_hash && df_str_eq(counts[i].value, of->value);
        bool group = in_group[counts[i].issue];
        *(group ? &s.all : &s.rest_all) += counts[i].n;
        if (same)
            *(group ? &s.with : &s.rest_with) += counts[i].n;
    }
    return s;
}

/* Whether half of each of the group's issues have it: a loud one must not speak for the others. */
static bool is_of_all(const struct df_tag_count *counts, size_t n, const bool *in_group, const struct df_tag_count *of)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t issue = counts[i].issue;
        if (!in_group[issue] || (i > 0 && counts[i - 1].issue == issue))
            continue;
        int64_t with = 0, all = 0;
        for (size_t k = i; k < n && counts[k].issue == issue; k++)
            if (counts[k].key_hash == of->key_hash) {
                all += counts[k].n;
                with += counts[k].pair_hash == of->pair_hash ? counts[k].n : 0;
            }
        if (with == 0 || with * 2 < all)
            return false;
    }
    return true;
}

static double z_of(const struct sums *s)
{
    double pooled = (double)(s->with + s->rest_with) / (double)(s->all + s->rest_all);
    double spread = pooled * (1 - pooled) * (1 / (double)s->all + 1 / (double)s->rest_all);
    double apart = (double)s->with / (double)s->all - (double)s->rest_with / (double)s->rest_all;
    return spread > 0 ? apart / sqrt(spread) : 0;
}

static size_t insert(struct df_tag_standing *ret, size_t n, struct df_tag_standing added)
{
    size_t at = n;
    while (at > 0 && ret[at - 1].z < added.z)
        at--;
    if (at == DF_REPORT_TAGS)
        return n;
    n = n < DF_REPORT_TAGS ? n + 1 : n;
    for (size_t k = n - 1; k > at; k--)
        ret[k] = ret[k - 1];
    ret[at] = added;
    return n;
}

size_t df_tags_standing(const struct df_tag_count *counts, size_t n, const bool *in_group,
                        struct df_tag_standing ret[DF_REPORT_TAGS])
{
    size_t found = 0, first = 0;
    while (first < n && !in_group[counts[first].issue])
        first++;
    /* what is of all is of the first, too */
    for (size_t i = first; i < n && counts[i].issue == counts[first].issue; i++) {
        if (is_left_out(counts[i].key) || !counts[i].value.n || !is_of_all(counts, n, in_group, &counts[i]))
            continue;
        struct sums s = sum_up(counts, n, in_group, &counts[i]);
        if (s.all <= 0 || s.rest_all <= 0)
            continue;
        struct df_tag_standing tag = {
            .key = counts[i].key,
            .value = counts[i].value,
            .share = (double)s.with / (double)s.all,
            .rest = (double)s.rest_with / (double)s.rest_all,
            .z = z_of(&s),
        };
        if (tag.z >= Z_LEAST && tag.share >= 2 * tag.rest)
            found = insert(ret, found, tag);
    }
    return found;
}

const char *df_trend_name(enum df_trend trend)
{
    static const char *const names[] = {"unknown", "new", "rising", "steady", "falling", "quiet"};
    return names[trend];
}

enum df_trend df_trend_of(int64_t week, int64_t week_before, int64_t first_seen_ms, int64_t now_ms)
{
    const int64_t week_ms = 7 * INT64_C(86400000);
    if (week < 0 || week_before < 0)
        return DF_TREND_UNKNOWN;
    if (week == 0 && week_before == 0)
        return DF_TREND_QUIET;
    if (first_seen_ms > 0 && now_ms - first_seen_ms < week_ms && week_before == 0)
        return DF_TREND_NEW;
    double apart = (double)week - (double)week_before, chance = 2 * sqrt((double)week + (double)week_before);
    if (apart > chance && (double)week >= 1.5 * (double)week_before)
        return DF_TREND_RISING;
    if (-apart > chance && (double)week_before >= 1.5 * (double)week)
        return DF_TREND_FALLING;
    return DF_TREND_STEADY;
}
