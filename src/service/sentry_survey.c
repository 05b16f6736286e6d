#include "service/sentry_survey.h"

#include "base/crypto.h"
#include "domain/link_header.h"
#include "service/sentry_api.h"

enum { PAGE = 100, AT_ONCE = 8, TAG_VALUES = 64, CODE = 48, TIME_MS = 15 * 1000 };

/* scratch holds what was answered on the issues that are being looked at. */
struct work {
    struct df_sentry_api api;
    struct df_arena *arena, *scratch;
    struct df_survey *survey;
    struct df_event events[AT_ONCE];
};

/* [[seconds, count], ...] of the last 14 days. */
static void read_trend(const struct df_json *v, int64_t now_ms, struct df_surveyed *ret)
{
    const struct df_json *stats = df_json_path(v, "stats", "14d", NULL);
    const int64_t week_ago_s = now_ms / 1000 - 7 * 86400;
    ret->week = ret->week_before = -1;
    if (!df_json_is_array(stats) || df_json_count(stats) == 0)
        return;
    ret->week = ret->week_before = 0;
    for (struct df_json_iter it = df_json_iter(stats); df_json_next(&it);) {
        int64_t n = df_json_int(df_json_at(it.value, 1), 0);
        bool recent = df_json_int(df_json_at(it.value, 0), 0) >= week_ago_s;
        if (n > 0 && n < INT32_MAX)
            *(recent ? &ret->week : &ret->week_before) += n;
    }
}

static void take_page(struct work *w, const struct df_json *page, size_t limit)
{
    struct df_survey *s = w->survey;
    for (struct df_json_iter it = df_json_iter(page); s->n_listed < limit && df_json_next(&it);) {
        struct df_surveyed *issue = &s->issues[s->n_listed];
        unsigned long long number;
        *issue = (struct df_surveyed){.week = -1};
        if (!df_issue_parse(it.value, w->arena, &issue->issue) || !df_str_to_u64(issue->issue.id, &number))
            continue; /* the id goes into paths */
        read_trend(it.value, s->now_ms, issue);
        s->n_listed++;
    }
}

static void miss(struct work *w, const char *what, const char *why)
{
    if (!w->survey->missing.n)
        w->survey->missing = df_arena_printf(w->arena, "%s: %s", what, why);
}

/* A later page that fails ends the list. */
static enum df_code list(struct work *w, const struct df_issue_query *query, size_t limit, struct df_error *err)
{
    struct df_issue_query one = *query;
    for (size_t pages = 0; w->survey->n_listed < limit && pages <= limit / PAGE + 1; pages++) {
        struct df_sentry_ask ask;
        struct df_error why;
        size_t left = limit - w->survey->n_listed;
        enum df_code code = df_sentry_ask_issues(&w->api, &one, left < PAGE ? (int)left : PAGE, "&groupStatsPeriod=14d",
                                                 &ask, &why);
        if (code != DF_OK && pages == 0) {
            if (err)
                *err = why;
            return code;
        }
        if (code != DF_OK) {
            miss(w, "There are more issues", why.message);
            break;
        }
        take_page(w, ask.json, limit);
        struct df_str next = df_link_cursor(ask.link, "next", w->arena);
        if (!next.n || df_str_eq(next, one.cursor))
            return DF_OK;
        one.cursor = next;
    }
    if (w->survey->n_listed >= limit)
        miss(w, "There are more issues",
             limit < DF_SURVEY_ISSUES_MAX ? "a higher limit looks at more of them" : "no more are looked at at once");
    return DF_OK;
}

static struct df_sentry_ask ask_of(struct work *w, size_t issue, const char *path, const char *what)
{
    return (struct df_sentry_ask){
        .path = df_arena_printf(w->scratch, "issues/%.*s/%s", DF_FMT(w->survey->issues[issue].issue.id), path),
        .what = what,
        .aged = true};
}

/* What the tags of one issue are added to. */
struct tags {
    struct work *w;
    size_t issue, n;
};

static void add_tag(struct tags *t, struct df_str key, struct df_str value, int64_t n)
{
    struct df_survey *s = t->w->survey;
    if (!key.n || !value.n || n <= 0 || t->n == TAG_VALUES)
        return;
    s->counts[s->n_counts++] = (struct df_tag_count){
        .issue = (uint32_t)t->issue,
        .key = df_arena_dup(t->w->arena, key),
        .value = df_arena_dup(t->w->arena, value),
        .n = n < INT32_MAX ? n : INT32_MAX,
    };
    if (++t->n == TAG_VALUES)
        s->cut_tags++;
}

/* Whether it held tags at all. */
static bool take_tags(struct work *w, size_t issue, const struct df_sentry_ask *ask)
{
    struct tags tags = {w, issue, 0};
    if (ask->code != DF_OK || !df_json_is_array(ask->json))
        return false;
    for (struct df_json_iter it = df_json_iter(ask->json); df_json_next(&it);) {
        struct df_str key = df_json_text(df_json_get(it.value, "key"), w->scratch);
        const struct df_json *values = df_json_get(it.value, "topValues");
        for (struct df_json_iter value = df_json_iter(values); df_json_next(&value);)
            add_tag(&tags, key, df_json_text(df_json_get(value.value, "value"), w->scratch),
                    df_json_int(df_json_get(value.value, "count"), 0));
    }
    return true;
}

/* Where an issue's tags could not be had, those of its one event. */
static void take_event_tags(struct work *w, size_t issue, const struct df_event *event)
{
    struct tags tags = {w, issue, 0};
    w->survey->without_tags++;
    for (size_t i = 0; w->survey->issues[issue].has_event && i < event->tags.n; i++)
        add_tag(&tags, event->tags.items[i].key, df_json_text(event->tags.items[i].value, w->scratch), 1);
}

static bool take_event(struct work *w, size_t issue, struct df_event *event, const struct df_sentry_ask *ask)
{
    struct df_surveyed *of = &w->survey->issues[issue];
    of->has_event = of->has_event || (ask->code == DF_OK && df_event_parse(ask->json, w->scratch, event));
    return of->has_event;
}

/* A rate limit that lasts: of the issues asked about nothing is taken. */
static bool is_limited(struct work *w, const struct df_sentry_ask *asks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (asks[i].code == DF_ERR_RATE_LIMITED) {
            w->survey->retry_after_s = asks[i].err.retry_after_s > 0 ? asks[i].err.retry_after_s : 1;
            miss(w, "Not all issues were looked at", asks[i].err.message);
            return true;
        }
    return false;
}

/* What a server that knows less has: a latest event, events and tags outside the organisation. */
static bool look_again(struct work *w, size_t from, size_t n, const struct df_sentry_ask *tags)
{
    struct df_sentry_ask asks[3 * AT_ONCE];
    size_t n_asks = 0;
    for (size_t i = 0; i < n; i++) {
        asks[n_asks] = ask_of(w, from + i, "events/latest/", "this issue's event");
        asks[n_asks + 1] = asks[n_asks];
        asks[n_asks + 1].legacy = true;
        n_asks += w->survey->issues[from + i].has_event ? 0 : 2;
        asks[n_asks] = ask_of(w, from + i, "tags/", "this issue's tags");
        asks[n_asks].legacy = true;
        n_asks += tags[i].code != DF_OK;
    }
    if (n_asks)
        df_sentry_api_round(&w->api, asks, n_asks);
    if (is_limited(w, asks, n_asks))
        return false;
    n_asks = 0;
    for (size_t i = 0; i < n; i++) {
        if (!w->survey->issues[from + i].has_event) {
            w->survey->without_event += !take_event(w, from + i, &w->events[i], &asks[n_asks]) &&
                                        !take_event(w, from + i, &w->events[i], &asks[n_asks + 1]);
            n_asks += 2;
        }
        const struct df_sentry_ask *own = tags[i].code == DF_OK ? &tags[i] : &asks[n_asks++];
        if (!take_tags(w, from + i, own))
            take_event_tags(w, from + i, &w->events[i]);
    }
    return true;
}

static void add_code(struct work *w, struct df_surveyed *of, const struct df_frame *f, size_t exception)
{
    struct df_str place = df_pattern_place(f, w->scratch),
                  function = df_pattern_function(f->function, df_pattern_is_javascript(f), w->scratch);
    of->code[of->n_code++] = (struct df_survey_code){
        .name = df_arena_printf(w->arena, "%.*s%s%.*s", DF_FMT(place), place.n && function.n ? "." : "",
                                DF_FMT(function)),
        .at = {df_arena_dup(w->arena, f->function), df_arena_dup(w->arena, f->filename.n ? f->filename : f->module),
               f->lineno},
        .exception = exception,
    };
}

static void keep_code(struct work *w, struct df_surveyed *of, const struct df_event *event)
{
    of->code = DF_NEW_ARRAY(w->arena, struct df_survey_code, CODE);
    for (size_t x = 0; x < event->n_exceptions; x++) {
        const struct df_stacktrace *stack = &event->exceptions[x].stack;
        for (size_t i = stack->n; i > 0 && of->n_code < CODE; i--)
            if (stack->frames[i - 1].in_app != DF_NO)
                add_code(w, of, &stack->frames[i - 1], x);
    }
}

static void keep_event(struct work *w, size_t issue, const struct df_event *event)
{
    struct df_surveyed *of = &w->survey->issues[issue];
    struct df_pattern_trace trace;
    if (!of->has_event)
        return;
    df_pattern_trace_of_event(event, w->scratch, &trace);
    trace.id = of->issue.id;
    w->survey->issue_of[df_pattern_index_add(w->survey->index, &trace)] = (uint32_t)issue;
    keep_code(w, of, event);
}

static bool look_at(struct work *w, size_t from, size_t n)
{
    struct df_sentry_ask asks[2 * AT_ONCE];
    for (size_t i = 0; i < n; i++) {
        asks[i] = ask_of(w, from + i, "events/recommended/", "this issue's event");
        asks[n + i] = ask_of(w, from + i, "tags/", "this issue's tags");
    }
    df_sentry_api_round(&w->api, asks, 2 * n);
    if (is_limited(w, asks, 2 * n))
        return false;
    for (size_t i = 0; i < n; i++)
        take_event(w, from + i, &w->events[i], &asks[i]);
    if (!look_again(w, from, n, asks + n))
        return false;
    for (size_t i = 0; i < n; i++)
        keep_event(w, from + i, &w->events[i]);
    return true;
}

static bool look_at_some(struct work *w, size_t from, size_t n)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    w->api.arena = w->scratch = scratch;
    bool whole = look_at(w, from, n);
    w->api.token = (struct df_token){0}; /* it lived in the scratch */
    w->api.arena = w->arena;
    w->scratch = NULL;
    return whole;
}

static void look_at_all(struct work *w)
{
    struct df_survey *s = w->survey;
    int64_t until_ms = s->now_ms + TIME_MS;
    while (s->n < s->n_listed) {
        size_t n = s->n_listed - s->n < AT_ONCE ? s->n_listed - s->n : AT_ONCE;
        if (df_now_ms(w->api.d->clock) >= until_ms) {
            miss(w, "Not all issues were looked at", "they take longer than is waited for at once; ask again");
            return;
        }
        if (!look_at_some(w, s->n, n))
            return;
        s->n += n;
    }
}

enum df_code df_sentry_survey(const struct df_devflow *d, struct df_str project_id, const struct df_issue_query *query,
                              struct df_arena *arena, struct df_survey *ret, struct df_error *err)
{
    int limit = query->limit ? query->limit : DF_SURVEY_ISSUES;
    struct work w = {.arena = arena, .survey = ret};
    uint64_t seed;
    if (limit < 1 || limit > DF_SURVEY_ISSUES_MAX)
        return df_fail(err, DF_ERR_INVALID, "limit must be 1 to %d", DF_SURVEY_ISSUES_MAX);
    *ret = (struct df_survey){.now_ms = df_now_ms(d->clock)};
    DF_TRY(df_sentry_api_open(d, project_id, arena, &w.api, err));
    ret->issues = DF_NEW_ARRAY(arena, struct df_surveyed, (size_t)limit);
    DF_TRY(list(&w, query, (size_t)limit, err));
    ret->counts = DF_NEW_ARRAY(arena, struct df_tag_count, ret->n_listed * TAG_VALUES + 1);
    ret->issue_of = DF_NEW_ARRAY(arena, uint32_t, ret->n_listed + 1);
    df_random(&seed, sizeof seed);
    ret->index = df_pattern_index_new(seed, NULL);
    look_at_all(&w);
    df_tags_prepare(ret->counts, ret->n_counts);
    return DF_OK;
}
