#include "service/priorities.h"

#include "domain/link_header.h"
#include "service/scrubbing.h"
#include "service/sentry_api.h"

enum { PAGE = 100, TIME_MS = 20 * 1000, FORECASTS = 20, FORECASTS_AT_ONCE = 10, FORTNIGHT_H = 14 * 24 };
static const int64_t forgotten_ms = INT64_C(90) * 86400 * 1000;

/* One list of issues, to its end or the limit. */
struct list {
    struct df_issue_query query; /* its cursor is the next page's */
    const char *with;
    struct df_issue *issues;
    size_t n;
    struct df_str missing;
    bool over;
    enum df_code code; /* of its first page */
    struct df_error err;
};
/* What is asked of a project: its issues, and what their list of 14 days does not say. */
enum lists { ISSUES, HOURS, PRODUCTION, NEWEST, LISTS };

struct work {
    const struct df_devflow *d;
    struct df_sentry_api api;
    struct df_arena *arena;
    struct df_str project_id;
    size_t limit;
    int64_t now_ms;
    struct list lists[LISTS];
    struct df_urgency_project project;
    struct df_priority_mark *marks;
    size_t n_marks;
    bool marked; /* of the whole project: what was found holds for the next time */
};

static void miss(struct work *w, struct list *list, const char *why)
{
    list->missing = df_arena_printf(w->arena, "These are the first %zu issues, there are more: %s", list->n, why);
}

/* Whether there is a page after this one that is to be asked for. */
static bool next_page(struct work *w, struct list *list, struct df_str link)
{
    struct df_str next = df_link_cursor(link, "next", w->arena);
    if (!next.n || df_str_eq(next, list->query.cursor))
        return false;
    list->query.cursor = next;
    if (list->n >= w->limit)
        miss(w, list,
             w->limit < DF_PRIORITIES_ISSUES_MAX ? "a higher limit looks at more of them."
                                                 : "no more are looked at at once.");
    else if (df_now_ms(w->d->clock) >= w->now_ms + TIME_MS)
        miss(w, list, "they take longer than is waited for at once.");
    return list->missing.n == 0;
}

static void fail_list(struct work *w, struct list *list, enum df_code code, const struct df_error *why)
{
    list->over = true;
    if (list->n) {
        miss(w, list, why->message);
        return;
    }
    list->code = code;
    list->err = *why;
}

static void take_page(struct work *w, struct list *list, const struct df_sentry_ask *ask)
{
    struct df_error why;
    if (ask->code != DF_OK) {
        fail_list(w, list, ask->code, &ask->err);
    } else if (!df_json_is_array(ask->json)) {
        df_fail_at(&why, DF_ERR_PROVIDER, "Sentry's answer is not a list of issues");
        fail_list(w, list, DF_ERR_PROVIDER, &why);
    } else {
        for (struct df_json_iter it = df_json_iter(ask->json); list->n < w->limit && df_json_next(&it);)
            list->n += df_issue_parse(it.value, w->arena, &list->issues[list->n]);
        list->over = !next_page(w, list, ask->link);
    }
}

/* The next page of each in one round, until all are at their end. */
static void read_lists(struct work *w)
{
    for (size_t n = 1; n > 0;) {
        struct df_sentry_ask asks[LISTS];
        struct list *of[LISTS];
        n = 0;
        for (size_t i = 0; i < LISTS; i++) {
            struct list *list = &w->lists[i];
            size_t left = w->limit - list->n;
            struct df_error why;
            if (list->over)
                continue;
            enum df_code code = df_sentry_issues_ask(&list->query, (int)(left < PAGE ? left : PAGE), list->with,
                                                     w->arena, &asks[n], &why);
            if (code == DF_OK)
                of[n++] = list;
            else
                fail_list(w, list, code, &why);
        }
        df_sentry_api_round(&w->api, asks, n);
        for (size_t i = 0; i < n; i++)
            take_page(w, of[i], &asks[i]);
    }
}

static const struct df_issue *find(const struct list *list, struct df_str id)
{
    for (size_t i = 0; i < list->n; i++)
        if (df_str_eq(list->issues[i].id, id))
            return &list->issues[i];
    return NULL;
}

static void begin_lists(struct work *w, const struct df_issue_query *query)
{
    static const char *const with[LISTS] = {[ISSUES] = "&groupStatsPeriod=14d",
                                            [HOURS] = "&groupStatsPeriod=24h",
                                            [PRODUCTION] = "&groupStatsPeriod=&environment=production",
                                            [NEWEST] = "&groupStatsPeriod="};
    for (size_t i = 0; i < LISTS; i++)
        w->lists[i] = (struct list){
            .query = *query, .with = with[i], .issues = DF_NEW_ARRAY(w->arena, struct df_issue, w->limit)};
    struct df_issue_query *newest = &w->lists[NEWEST].query;
    newest->query = df_arena_printf(w->arena, "%.*s release:latest",
                                    DF_FMT(query->query_given ? query->query : DF_S("is:unresolved")));
    newest->query_given = true;
}

/* What a server cannot answer, or knows of none, stays unknown. */
static void join_lists(struct work *w)
{
    struct list *all = &w->lists[ISSUES];
    const struct list *production = &w->lists[PRODUCTION], *newest = &w->lists[NEWEST];
    for (size_t i = 0; i < all->n; i++) {
        struct df_issue *issue = &all->issues[i];
        const struct df_issue *same = find(&w->lists[HOURS], issue->id);
        if (same)
            issue->hours = same->hours;
        if (production->n)
            issue->environment = find(production, issue->id) ? DF_S("production") : DF_S("another");
        if (newest->n)
            issue->last_release = find(newest, issue->id) ? DF_S("latest") : DF_STR_NONE;
    }
    w->project = df_urgency_project_of(all->issues, all->n);
    w->project.newest = newest->n ? DF_S("latest") : DF_STR_NONE;
    w->project.now_ms = w->now_ms;
}

static enum df_code open_work(const struct df_devflow *d, struct df_str project_id, const struct df_issue_query *query,
                              size_t limit, struct df_arena *arena, struct work *ret, struct df_error *err)
{
    const struct df_store_ops *ops = d->store->ops;
    struct df_urgency_weights weights;
    *ret = (struct work){.d = d,
                         .arena = arena,
                         .project_id = project_id,
                         .limit = limit,
                         .now_ms = df_now_ms(d->clock),
                         .marked = !query->query_given};
    DF_TRY(ops->priority_weights_get(d->store, project_id, arena, &weights, err));
    DF_TRY(ops->priority_marks(d->store, project_id, arena, &ret->marks, &ret->n_marks, err));
    DF_TRY(df_sentry_api_open(d, project_id, arena, &ret->api, err));
    begin_lists(ret, query);
    read_lists(ret);
    if (ret->lists[ISSUES].code != DF_OK) {
        if (err)
            *err = ret->lists[ISSUES].err;
        return ret->lists[ISSUES].code;
    }
    join_lists(ret);
    ret->project.weights = weights;
    return DF_OK;
}

static enum df_urgency mark_of(const struct work *w, struct df_str id)
{
    for (size_t i = 0; i < w->n_marks; i++)
        if (df_str_eq(w->marks[i].sentry_id, id))
            return w->marks[i].priority;
    return DF_URGENCY_NONE;
}

/* That they could not be kept is no reason to fail: the next look has less to hold on to. */
static void keep_marks(struct work *w, const struct df_priorities *list)
{
    struct df_priority_mark *marks = DF_NEW_ARRAY(w->arena, struct df_priority_mark, list->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct df_judged *one = &list->items[i];
        if (!one->p.kept && !one->p.closed)
            marks[n++] = (struct df_priority_mark){one->issue->id, one->p.priority, w->now_ms};
    }
    if (n)
        (void)w->d->store->ops->priority_marks_put(w->d->store, w->project_id, marks, n, w->now_ms - forgotten_ms,
                                                   NULL);
}

static void judge(struct work *w, struct df_issue *issues, size_t n, struct df_priorities *ret)
{
    enum df_urgency *before = DF_NEW_ARRAY(w->arena, enum df_urgency, n + 1);
    for (size_t i = 0; i < n; i++)
        before[i] = mark_of(w, issues[i].id);
    df_priorities_judge(issues, n, &w->project, before, w->arena, ret);
    if (w->marked)
        keep_marks(w, ret);
}

/* The first of the list get their last 14 days by the hour, which Sentry's forecast is made of. */
static void ask_hours(struct work *w, const struct df_priorities *list)
{
    struct df_sentry_ask asks[FORECASTS_AT_ONCE];
    struct df_issue *all = w->lists[ISSUES].issues;
    for (size_t from = 0; from < list->n && from < FORECASTS; from += FORECASTS_AT_ONCE) {
        size_t n = 0;
        for (; n < FORECASTS_AT_ONCE && from + n < list->n; n++)
            asks[n] = (struct df_sentry_ask){.path = df_sentry_hours_path(list->items[from + n].issue->id, w->arena),
                                             .what = "an issue's events by the hour"};
        df_sentry_api_round(&w->api, asks, n);
        for (size_t i = 0; i < n; i++)
            if (asks[i].code == DF_OK)
                all[list->items[from + i].issue - all].fortnight = df_points_parse_series(asks[i].json, FORTNIGHT_H,
                                                                                          w->arena);
    }
}

enum df_code df_project_priorities(const struct df_devflow *d, struct df_str project_id,
                                   const struct df_issue_query *query, bool forecast, struct df_arena *arena,
                                   struct df_priorities *ret, struct df_error *err)
{
    struct work w;
    int limit = query->limit ? query->limit : DF_PRIORITIES_ISSUES;
    if (limit < 1 || limit > DF_PRIORITIES_ISSUES_MAX)
        return df_fail(err, DF_ERR_INVALID, "limit must be 1 to %d", DF_PRIORITIES_ISSUES_MAX);
    DF_TRY(open_work(d, project_id, query, (size_t)limit, arena, &w, err));
    struct df_scrub scrub = df_scrubbing(d, project_id, arena);
    struct list *all = &w.lists[ISSUES];
    for (size_t i = 0; i < all->n; i++)
        all->issues[i] = df_scrub_issue(&scrub, &all->issues[i]);
    judge(&w, all->issues, all->n, ret);
    if (forecast)
        ask_hours(&w, ret);
    ret->missing = all->missing;
    return DF_OK;
}

/* Its figures are the newer, what only lists say is the list's. */
static struct df_issue merged(const struct work *w, const struct df_issue *issue)
{
    struct df_issue one = *issue;
    const struct df_issue *listed = find(&w->lists[ISSUES], issue->id);
    one.last_release = listed ? listed->last_release : DF_STR_NONE;
    one.first_release = DF_STR_NONE;
    if (listed)
        one.environment = listed->environment;
    if (listed && listed->days.n)
        one.days = listed->days;
    if (listed && listed->hours.n)
        one.hours = listed->hours;
    return one;
}

void df_issue_priority(const struct df_devflow *d, struct df_str project_id, const struct df_issue *issue,
                       struct df_arena *arena, struct df_judged *ret)
{
    struct work w;
    struct df_priorities alone;
    struct df_issue *one = DF_NEW(arena, struct df_issue);
    *one = *issue;
    if (open_work(d, project_id, &(struct df_issue_query){.limit = 0}, DF_PRIORITIES_ISSUES, arena, &w, NULL) ==
        DF_OK) {
        *one = merged(&w, issue);
    } else {
        w.marked = false;
        w.project = df_urgency_project_of(one, 1);
        w.project.now_ms = df_now_ms(d->clock);
    }
    judge(&w, one, 1, &alone);
    *ret = alone.items[0];
}

enum df_code df_priorities_configure(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_json *weights, bool reset, struct df_arena *arena,
                                     struct df_urgency_weights *ret, struct df_error *err)
{
    DF_TRY(d->store->ops->priority_weights_get(d->store, project_id, arena, ret, err));
    if (reset)
        *ret = df_urgency_usual;
    if (weights)
        DF_TRY(df_urgency_weights_change(weights, ret, err));
    return d->store->ops->priority_weights_put(d->store, project_id, ret, df_now_ms(d->clock), err);
}
