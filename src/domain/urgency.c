#include "domain/urgency.h"

#include <math.h>

/* A project with fewer is measured as if it had that many: ten users of ten are not everyone. */
enum { EVENTS_LEAST = 1000, USERS_LEAST = 100 };
enum {
    HOUR_MS = 3600 * 1000,
    HALF_LIFE_H = 48,
    CLOSED_MOST = 29,
    DOUBLINGS = 3,
    USUAL_HALF_LIFE_DAYS = 3,
    FORTNIGHT = 14,
    HOLD_LEAST = 3
};

const struct df_urgency_weights df_urgency_usual = {{
    [DF_URGENCY_USERS] = 24,
    [DF_URGENCY_FREQUENCY] = 26,
    [DF_URGENCY_TREND] = 5,
    [DF_URGENCY_RECENCY] = 15,
    [DF_URGENCY_LEVEL] = 14,
    [DF_URGENCY_UNHANDLED] = 4,
    [DF_URGENCY_REGRESSION] = 6,
    [DF_URGENCY_RELEASE] = 3,
    [DF_URGENCY_ENVIRONMENT] = 3,
}};

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
    static const char *const names[] = {"users",     "frequency",  "trend",   "recency",    "level",
                                        "unhandled", "regression", "release", "environment"};
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

enum df_code df_urgency_weights_change(const struct df_json *v, struct df_urgency_weights *weights,
                                       struct df_error *err)
{
    struct df_urgency_weights changed = *weights;
    int64_t sum = 0;
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        int part = 0;
        while (part < DF_URGENCY_PARTS && !df_str_is(it.key, df_urgency_part_name((enum df_urgency_part)part)))
            part++;
        double weight = df_json_is_number(it.value) ? df_json_double(it.value, -1) : -1;
        if (!it.object || part == DF_URGENCY_PARTS)
            return df_fail(err, DF_ERR_INVALID,
                           "weights has users, frequency, trend, recency, level, unhandled, regression, release and "
                           "environment alone");
        if (!(weight >= 0 && weight <= DF_URGENCY_WEIGHT_MAX) || floor(weight) != weight)
            return df_fail(err, DF_ERR_INVALID, "the weight of %s must be a whole number from 0 to %d",
                           df_urgency_part_name((enum df_urgency_part)part), DF_URGENCY_WEIGHT_MAX);
        changed.of[part] = (int64_t)weight;
    }
    for (int i = 0; i < DF_URGENCY_PARTS; i++)
        sum += changed.of[i];
    if (sum == 0)
        return df_fail(err, DF_ERR_INVALID, "one weight at least must be above 0");
    *weights = changed;
    return DF_OK;
}

void df_urgency_weights_json(const struct df_urgency_weights *weights, struct df_json_writer *w)
{
    df_json_open(w, '{');
    for (int i = 0; i < DF_URGENCY_PARTS; i++)
        df_json_kint(w, df_urgency_part_name((enum df_urgency_part)i), weights->of[i]);
    df_json_close(w, '}');
}

/* The points each part has of 100. */
static void points_of(const struct df_urgency_project *project, double ret[DF_URGENCY_PARTS])
{
    double sum = 0, asked = 0;
    for (int i = 0; i < DF_URGENCY_PARTS; i++)
        asked += (double)project->weights.of[i];
    for (int i = 0; i < DF_URGENCY_PARTS; i++) {
        bool unknown = (i == DF_URGENCY_RELEASE && !project->newest.n) ||
                       (i == DF_URGENCY_ENVIRONMENT && !project->knows_environments);
        int64_t weight = asked > 0 ? project->weights.of[i] : df_urgency_usual.of[i];
        ret[i] = unknown || weight < 0 ? 0 : (double)weight;
        sum += ret[i];
    }
    for (int i = 0; i < DF_URGENCY_PARTS; i++)
        ret[i] = sum > 0 ? ret[i] * 100 / sum : 0;
}

/* What 5 % up and 5 % down can do to the parts that are made of counts. */
double df_urgency_hold(const struct df_urgency_project *project)
{
    const double apart = log(1.05 / 0.95);
    double points[DF_URGENCY_PARTS];
    points_of(project, points);
    double most = points[DF_URGENCY_USERS] * apart / log1p(USERS_LEAST) +
                  points[DF_URGENCY_FREQUENCY] * apart / log1p(EVENTS_LEAST) +
                  points[DF_URGENCY_TREND] * apart / (M_LN2 * DOUBLINGS);
    return most + 0.5 > HOLD_LEAST ? most + 0.5 : HOLD_LEAST;
}

/* That which came last: the release whose first issue is the youngest. */
static void note_release(struct df_urgency_project *project, const struct df_issue *issue, int64_t *newest_ms)
{
    if (!issue->first_release.n && !project->newest.n)
        project->newest = issue->last_release;
    if (issue->first_release.n && issue->first_seen_ms > *newest_ms) {
        *newest_ms = issue->first_seen_ms;
        project->newest = issue->first_release;
    }
}

/* Events of as many usual days as there are now: a mean by magnitude, in which a day counts half of the one three days later. A burst that is over moves it
 * little, and so does a silence of one day. */
static double usual_days(const struct df_issue *issue)
{
    const struct df_points *days = &issue->days;
    double sum = 0, weights = 0;
    if (days->n == 0) /* a list that was asked for 24 hours */
        return (double)sane(df_points_sum(&issue->hours)) * FORTNIGHT;
    for (size_t i = 0; i < days->n; i++) {
        double weight = exp2(-(double)(days->n - 1 - i) / USUAL_HALF_LIFE_DAYS);
        sum += weight * log1p((double)sane(days->items[i].count));
        weights += weight;
    }
    return weights > 0 ? expm1(sum / weights) * (double)days->n : 0;
}

struct df_urgency_project df_urgency_project_of(const struct df_issue *issues, size_t n)
{
    struct df_urgency_project project = {.weights = df_urgency_usual};
    int64_t newest_ms = -1;
    for (size_t i = 0; i < n; i++) {
        project.events += events_of(&issues[i]);
        project.users += sane(issues[i].user_count);
        project.usual += usual_days(&issues[i]);
        if (issues[i].last_seen_ms > project.now_ms)
            project.now_ms = issues[i].last_seen_ms;
        if (n > 1) /* one by itself is of no newest release */
            note_release(&project, &issues[i], &newest_ms);
        project.knows_environments = project.knows_environments || issues[i].environment.n;
    }
    return project;
}

/* 0 to 1: ten times as many count as much again, up to the whole project. */
static double share_of(double n, double all, double least)
{
    double share = log1p(n) / log1p(all > least ? all : least);
    return share < 1 ? share : 1;
}

static double age_h(const struct df_issue *issue, int64_t now_ms)
{
    return now_ms > issue->last_seen_ms ? (double)(now_ms - issue->last_seen_ms) / HOUR_MS : 0;
}

static double recency_of(const struct df_issue *issue, int64_t now_ms)
{
    return issue->last_seen_ms > 0 ? exp2(-age_h(issue, now_ms) / HALF_LIFE_H) : 0;
}

/* What was counted while it happened fades when it does not happen any more, down to a 32nd. */
static double fading_of(const struct df_issue *issue, int64_t now_ms)
{
    return fmax(recency_of(issue, now_ms), 1.0 / 32);
}

static double frequency_of(const struct df_issue *issue, const struct df_urgency_project *project)
{
    double ever = share_of((double)events_of(issue) * fading_of(issue, project->now_ms), (double)project->events,
                           EVENTS_LEAST);
    if (issue->days.n == 0 && issue->hours.n == 0)
        return ever;
    return (ever + 3 * share_of(usual_days(issue), project->usual, EVENTS_LEAST)) / 4;
}

/* The day that has begun may be young: the one before stands in for it. */
static double recent_day(const struct df_issue *issue)
{
    const struct df_points *days = &issue->days;
    double most = (double)sane(df_points_sum(&issue->hours));
    for (size_t i = days->n > 2 ? days->n - 2 : days->n ? days->n - 1 : 0; i < days->n; i++)
        most = fmax(most, (double)sane(days->items[i].count));
    return most;
}

/* 8 times the issue's own day before is a burst that counts whole. A handful of events makes none. */
static double trend_of(const struct df_issue *issue)
{
    enum { FEW = 5 };
    size_t n = issue->days.n > 2 ? issue->days.n - 2 : issue->days.n ? issue->days.n - 1 : 0;
    double before = 0;
    if (n == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        before += (double)sane(issue->days.items[i].count);
    double doublings = log2((recent_day(issue) + FEW) / (before / (double)n + FEW)) / DOUBLINGS;
    return doublings < 0 ? 0 : doublings > 1 ? 1 : doublings;
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

/* Known releases alone come here. */
static double release_of(const struct df_issue *issue, struct df_str newest)
{
    if (newest.n && df_str_eq(issue->first_release, newest))
        return 1;
    return newest.n && df_str_eq(issue->last_release, newest) ? 0.7 : 0;
}

static bool is_production(struct df_str environment)
{
    return df_str_istarts(environment, DF_S("prod")) || df_str_ieq(environment, DF_S("live"));
}

static bool is_closed(const struct df_issue *issue)
{
    return df_str_is(issue->status, "resolved") || df_str_is(issue->status, "ignored") ||
           df_str_is(issue->status, "archived") || df_str_starts(issue->substatus, DF_S("archived"));
}

/* A score near a border stays on the side where it was. */
static enum df_urgency priority_at(double score, enum df_urgency before, double hold)
{
    for (int p = DF_URGENCY_URGENT; p > DF_URGENCY_LOW; p--) {
        double by = before == DF_URGENCY_NONE ? 0 : (int)before >= p ? -hold : hold;
        if (score >= begins[p] + by)
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
        [DF_URGENCY_USERS] = share_of((double)sane(issue->user_count) * fading_of(issue, project->now_ms),
                                      (double)project->users, USERS_LEAST),
        [DF_URGENCY_FREQUENCY] = frequency_of(issue, project),
        [DF_URGENCY_TREND] = trend_of(issue),
        [DF_URGENCY_RECENCY] = recency_of(issue, project->now_ms),
        [DF_URGENCY_LEVEL] = level_of(issue->level),
        [DF_URGENCY_UNHANDLED] = issue->is_unhandled,
        [DF_URGENCY_REGRESSION] = regression_of(issue->substatus),
        [DF_URGENCY_RELEASE] = release_of(issue, project->newest),
        [DF_URGENCY_ENVIRONMENT] = is_production(issue->environment),
    };
    double points[DF_URGENCY_PARTS];
    enum df_urgency set = priority_set(issue);
    *ret = (struct df_prioritized){.closed = is_closed(issue), .kept = set != DF_URGENCY_NONE};
    points_of(project, points);
    for (size_t i = 0; i < DF_URGENCY_PARTS; i++) {
        ret->shares[i] = points[i] * worth[i] * (ret->closed ? CLOSED_MOST / 100.0 : 1);
        ret->score += ret->shares[i];
    }
    enum df_urgency own = priority_at(ret->score, before, df_urgency_hold(project));
    ret->priority = ret->kept ? set : ret->closed ? DF_URGENCY_LOW : own;
    ret->held = !ret->kept && !ret->closed && own != priority_at(ret->score, DF_URGENCY_NONE, 0);
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
        return df_arena_printf(arena, "%.0f events in a day, more than on its days before", recent_day(issue));
    case DF_URGENCY_RECENCY:
        if (hours < 1)
            return DF_S("seen within the hour");
        return hours < 48 ? df_arena_printf(arena, "last seen %.0f h ago", hours)
                          : df_arena_printf(arena, "last seen %.0f days ago", hours / 24);
    case DF_URGENCY_LEVEL:
        return df_arena_printf(arena, "level %.*s", DF_FMT(issue->level.n ? issue->level : DF_S("not known")));
    case DF_URGENCY_UNHANDLED:
        return DF_S("nothing handles it");
    case DF_URGENCY_RELEASE:
        return df_str_eq(issue->first_release, project->newest) ? DF_S("the newest release brought it")
                                                                : DF_S("the newest release has it");
    case DF_URGENCY_ENVIRONMENT:
        return DF_S("it happens in production");
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
    else if (p->held)
        ret[n++] = DF_S("its priority is the one it had: the score has not gone far enough for another");
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

struct df_forecast df_urgency_forecast(const struct df_points *hours)
{
    enum { WEEK_H = 7 * 24, YOUNG = 10 };
    size_t n = hours->n ? hours->n - 1 : 0; /* the last hour is judged by those before it */
    size_t from = n > WEEK_H ? n - WEEK_H : 0;
    double sum = 0, squares = 0, most = 0, same = 0;
    struct df_forecast ret = {.known = n > 0, .hour = n ? hours->items[n].count : 0};
    for (size_t i = from; i < n; i++) {
        double count = (double)hours->items[i].count;
        sum += count;
        most = fmax(most, count);
        if (hours->items[i].time_s / 86400 % 7 == hours->items[n].time_s / 86400 % 7)
            same += count;
    }
    if (n < WEEK_H || sum <= 0) {
        ret.limit = (int64_t)fmin(YOUNG * most, 1e15);
        ret.escalating = ret.known && ret.hour > ret.limit;
        return ret;
    }
    double mean = sum / WEEK_H;
    for (size_t i = from; i < n; i++)
        squares += ((double)hours->items[i].count - mean) * ((double)hours->items[i].count - mean);
    double deviation = sqrt(squares / (WEEK_H - 1));
    double bursty = most * fmax(2, fmin(5, 5 * exp(-0.65 * deviation / mean)));
    double steady = (sum + same) / (WEEK_H + 24) + mean * fmax(5, fmin(8, (mean + 5 * deviation) / mean));
    ret.limit = (int64_t)fmin(fmax(bursty, steady), 1e15);
    ret.escalating = ret.hour > ret.limit;
    return ret;
}
