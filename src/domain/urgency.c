#include "domain/urgency.h"

#include <math.h>

/* A project with fewer is measured as if it had that many: ten users of ten are not everyone. */
enum { EVENTS_LEAST = 1000, USERS_LEAST = 100 };
enum { HOUR_MS = 3600 * 1000, HALF_LIFE_H = 72, CLOSED_MOST = 29 };

static const double weights[DF_URGENCY_PARTS] = {
    [DF_URGENCY_USERS] = 32, [DF_URGENCY_FREQUENCY] = 18, [DF_URGENCY_TREND] = 12,     [DF_URGENCY_RECENCY] = 13,
    [DF_URGENCY_LEVEL] = 12, [DF_URGENCY_UNHANDLED] = 6,  [DF_URGENCY_REGRESSION] = 7,
};

/* Where each priority begins. */
static const double begins[] = {
    [DF_URGENCY_LOW] = 0, [DF_URGENCY_MEDIUM] = 30, [DF_URGENCY_HIGH] = 50, [DF_URGENCY_URGENT] = 70};

const char *df_urgency_name(enum df_urgency priority)
{
    static const char *const names[] = {"low", "medium", "high", "urgent", ""};
    return names[priority];
}

const char *df_urgency_part_name(enum df_urgency_part part)
{
    static const char *const names[] = {"users", "frequency", "trend", "recency", "level", "unhandled", "regression"};
    return names[part];
}

static int64_t sane(int64_t n)
{
    const int64_t most = INT64_C(1000000000000);
    return n < 0 ? 0 : n > most ? most : n;
}

/* A user has at least one event. */
static int64_t events_of(const struct df_issue *issue)
{
    int64_t events = sane(issue->count), users = sane(issue->user_count);
    return events > users ? events : users;
}

struct df_urgency_project df_urgency_project_of(const struct df_issue *issues, size_t n)
{
    struct df_urgency_project project = {0};
    for (size_t i = 0; i < n; i++) {
        project.events += events_of(&issues[i]);
        project.users += sane(issues[i].user_count);
        if (issues[i].last_seen_ms > project.now_ms)
            project.now_ms = issues[i].last_seen_ms;
    }
    return project;
}

/* 0 to 1: ten times as many count as much again, up to the whole project. */
static double share_of(int64_t n, int64_t all, int64_t least)
{
    double share = log1p((double)n) / log1p((double)(all > least ? all : least));
    return share < 1 ? share : 1;
}

/* Of a list that was asked for days alone, the last of them. */
static double today_of(const struct df_issue *issue)
{
    return issue->hours.n ? (double)df_points_sum(&issue->hours) : (double)issue->days.items[issue->days.n - 1].count;
}

/* 8 times the issue's usual day is a burst that counts whole. A handful of events makes none. */
static double trend_of(const struct df_issue *issue)
{
    enum { FEW = 5, DOUBLINGS = 3 };
    if (issue->days.n < 2)
        return 0;
    double today = today_of(issue), before = 0;
    for (size_t i = 0; i + 1 < issue->days.n; i++)
        before += (double)issue->days.items[i].count;
    before /= (double)(issue->days.n - 1);
    double doublings = log2((today + FEW) / (before + FEW)) / DOUBLINGS;
    return doublings < 0 ? 0 : doublings > 1 ? 1 : doublings;
}

static double age_h(const struct df_issue *issue, int64_t now_ms)
{
    return now_ms > issue->last_seen_ms ? (double)(now_ms - issue->last_seen_ms) / HOUR_MS : 0;
}

static double recency_of(const struct df_issue *issue, int64_t now_ms)
{
    return issue->last_seen_ms > 0 ? exp2(-age_h(issue, now_ms) / HALF_LIFE_H) : 0;
}

static double level_of(struct df_str level)
{
    static const struct {
        const char *name;
        double worth;
    } levels[] = {{"fatal", 1}, {"error", 0.75}, {"warning", 0.4}, {"info", 0.15}, {"debug", 0.05}, {"sample", 0}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (df_str_ieq(level, df_str_c(levels[i].name)))
            return levels[i].worth;
    return 0.5; /* not known */
}

static double regression_of(struct df_str substatus)
{
    if (df_str_is(substatus, "regressed") || df_str_is(substatus, "escalating"))
        return 1;
    return df_str_is(substatus, "new") ? 0.4 : 0;
}

static bool is_closed(const struct df_issue *issue)
{
    return df_str_is(issue->status, "resolved") || df_str_is(issue->status, "ignored") ||
           df_str_is(issue->status, "archived") || df_str_starts(issue->substatus, DF_S("archived"));
}

/* A score near a border stays on the side where it was. */
static enum df_urgency priority_at(double score, enum df_urgency before)
{
    for (int p = DF_URGENCY_URGENT; p > DF_URGENCY_LOW; p--) {
        double hold = before == DF_URGENCY_NONE ? 0 : (int)before >= p ? -DF_URGENCY_HOLD : DF_URGENCY_HOLD;
        if (score >= begins[p] + hold)
            return (enum df_urgency)p;
    }
    return DF_URGENCY_LOW;
}

/* Sentry has no urgent. */
static enum df_urgency priority_set(const struct df_issue *issue)
{
    for (int p = DF_URGENCY_LOW; p <= DF_URGENCY_HIGH; p++)
        if (issue->priority_locked && df_str_is(issue->priority, df_urgency_name((enum df_urgency)p)))
            return (enum df_urgency)p;
    return DF_URGENCY_NONE;
}

void df_prioritize(const struct df_issue *issue, const struct df_urgency_project *project, enum df_urgency before,
                   struct df_prioritized *ret)
{
    const double worth[DF_URGENCY_PARTS] = {
        [DF_URGENCY_USERS] = share_of(sane(issue->user_count), project->users, USERS_LEAST),
        [DF_URGENCY_FREQUENCY] = share_of(events_of(issue), project->events, EVENTS_LEAST),
        [DF_URGENCY_TREND] = trend_of(issue),
        [DF_URGENCY_RECENCY] = recency_of(issue, project->now_ms),
        [DF_URGENCY_LEVEL] = level_of(issue->level),
        [DF_URGENCY_UNHANDLED] = issue->is_unhandled,
        [DF_URGENCY_REGRESSION] = regression_of(issue->substatus),
    };
    enum df_urgency set = priority_set(issue);
    *ret = (struct df_prioritized){.closed = is_closed(issue), .kept = set != DF_URGENCY_NONE};
    for (size_t i = 0; i < DF_URGENCY_PARTS; i++) {
        ret->shares[i] = weights[i] * worth[i] * (ret->closed ? CLOSED_MOST / 100.0 : 1);
        ret->score += ret->shares[i];
    }
    ret->priority = ret->kept ? set : ret->closed ? DF_URGENCY_LOW : priority_at(ret->score, before);
}

static struct df_str reason(const struct df_issue *issue, const struct df_urgency_project *project,
                            enum df_urgency_part part, struct df_arena *arena)
{
    double hours = age_h(issue, project->now_ms);
    switch (part) {
    case DF_URGENCY_USERS:
        return df_arena_printf(arena, "%lld user%s affected", (long long)sane(issue->user_count),
                               issue->user_count == 1 ? "" : "s");
    case DF_URGENCY_FREQUENCY:
        return df_arena_printf(arena, "%lld event%s", (long long)events_of(issue), events_of(issue) == 1 ? "" : "s");
    case DF_URGENCY_TREND:
        return df_arena_printf(arena, "%.0f events in the last day, more than on its usual day", today_of(issue));
    case DF_URGENCY_RECENCY:
        if (hours < 1)
            return DF_S("seen within the hour");
        return hours < 48 ? df_arena_printf(arena, "last seen %.0f h ago", hours)
                          : df_arena_printf(arena, "last seen %.0f days ago", hours / 24);
    case DF_URGENCY_LEVEL:
        return df_arena_printf(arena, "level %.*s", DF_FMT(issue->level.n ? issue->level : DF_S("not known")));
    case DF_URGENCY_UNHANDLED:
        return DF_S("nothing handles it");
    default:
        return df_str_is(issue->substatus, "regressed")    ? DF_S("it came back after it was resolved")
               : df_str_is(issue->substatus, "escalating") ? DF_S("Sentry says it is escalating")
                                                           : DF_S("it is new");
    }
}

size_t df_urgency_reasons(const struct df_issue *issue, const struct df_urgency_project *project,
                          const struct df_prioritized *p, struct df_arena *arena, struct df_str ret[DF_URGENCY_REASONS])
{
    bool said[DF_URGENCY_PARTS] = {false};
    size_t n = 0;
    if (p->kept)
        ret[n++] = DF_S("a person set this priority");
    else if (p->closed)
        ret[n++] = df_arena_printf(arena, "it is %.*s", DF_FMT(issue->status.n ? issue->status : issue->substatus));
    while (n < DF_URGENCY_REASONS) {
        size_t best = DF_URGENCY_PARTS;
        for (size_t i = 0; i < DF_URGENCY_PARTS; i++)
            if (!said[i] && p->shares[i] >= 1 && (best == DF_URGENCY_PARTS || p->shares[i] > p->shares[best]))
                best = i;
        if (best == DF_URGENCY_PARTS)
            break;
        said[best] = true;
        ret[n++] = reason(issue, project, (enum df_urgency_part)best, arena);
    }
    return n;
}

static double last_of(const struct df_points *points, size_t n)
{
    double sum = 0;
    for (size_t i = points->n > n ? points->n - n : 0; i < points->n; i++)
        sum += (double)points->items[i].count;
    return sum;
}

static double severity_of(struct df_str level)
{
    return df_str_is(level, "fatal")     ? 1
           : df_str_is(level, "error")   ? 0.75
           : df_str_is(level, "warning") ? 0.5
           : df_str_is(level, "info")    ? 0.25
                                         : 0;
}

double df_urgency_recommended(const struct df_issue *issue, int64_t now_ms)
{
    double recency = issue->last_seen_ms > 0 ? exp2(-age_h(issue, now_ms) / 24) : 0;
    double spike = fmin(1, last_of(&issue->hours, 6) / (last_of(&issue->days, 3) + 1));
    double users = fmin(1, log1p((double)sane(issue->user_count)) / log(1001));
    double volume = fmin(1, log1p((double)sane(issue->count)) / log(10001));
    return 0.2 * recency + 0.2 * spike + 0.2 * severity_of(issue->level) + 0.05 * users + 0.2 * volume;
}
