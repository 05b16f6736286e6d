#include "service/sentry_patterns.h"

#include "base/crypto.h"
#include "service/sentry_api.h"

#include <stdlib.h>

enum { ISSUES_MAX = 100, AT_ONCE = 8, TAG_VALUES = 4096, NOTES = 4 };

struct looked {
    struct df_issue issue;
    int64_t week, week_before; /* -1: not known */
    struct df_event event;
    bool has_event;
};

struct work {
    struct df_sentry_api api;
    struct df_arena *arena;
    struct looked *issues;
    size_t n;
    struct df_tag_count *counts;
    size_t n_counts;
    int64_t now_ms;
    struct df_pattern_index *index;
    uint32_t *issue_of; /* by the index's event */
    struct df_str *notes;
    size_t n_notes, without_event, without_tags;
};

/* [[seconds, count], ...] of the last 14 days. */
static void read_trend(const struct df_json *v, int64_t now_ms, struct looked *ret)
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

static enum df_code list(struct work *w, const struct df_issue_query *query, struct df_error *err)
{
    int limit = query->limit ? query->limit : ISSUES_MAX;
    if (limit < 1 || limit > ISSUES_MAX)
        return df_fail(err, DF_ERR_INVALID, "limit must be 1 to %d", ISSUES_MAX);
    struct df_sentry_ask ask;
    DF_TRY(df_sentry_ask_issues(&w->api, query, limit, "&groupStatsPeriod=14d", &ask, err));
    w->issues = DF_NEW_ARRAY(w->arena, struct looked, (size_t)limit);
    for (struct df_json_iter it = df_json_iter(ask.json); w->n < (size_t)limit && df_json_next(&it);) {
        struct looked *issue = &w->issues[w->n];
        unsigned long long number;
        if (!df_issue_parse(it.value, w->arena, &issue->issue) || !df_str_to_u64(issue->issue.id, &number))
            continue; /* the id goes into paths */
        read_trend(it.value, w->now_ms, issue);
        w->n++;
    }
    return DF_OK;
}

static struct df_sentry_ask ask_of(struct work *w, size_t issue, const char *path, const char *what)
{
    return (struct df_sentry_ask){
        .path = df_arena_printf(w->arena, "issues/%.*s/%s", DF_FMT(w->issues[issue].issue.id), path), .what = what};
}

static void add_tag(struct work *w, size_t issue, struct df_str key, struct df_str value, int64_t n)
{
    if (w->n_counts < TAG_VALUES && key.n && value.n && n > 0)
        w->counts[w->n_counts++] = (struct df_tag_count){
            .issue = (uint32_t)issue, .key = key, .value = value, .n = n < INT32_MAX ? n : INT32_MAX};
}

/* Whether it held tags at all. */
static bool take_tags(struct work *w, size_t issue, const struct df_sentry_ask *ask)
{
    if (ask->code != DF_OK || !df_json_is_array(ask->json))
        return false;
    for (struct df_json_iter it = df_json_iter(ask->json); df_json_next(&it);) {
        struct df_str key = df_json_text(df_json_get(it.value, "key"), w->arena);
        const struct df_json *values = df_json_get(it.value, "topValues");
        for (struct df_json_iter value = df_json_iter(values); df_json_next(&value);)
            add_tag(w, issue, key, df_json_text(df_json_get(value.value, "value"), w->arena),
                    df_json_int(df_json_get(value.value, "count"), 0));
    }
    return true;
}

/* Where an issue's tags could not be had, those of its one event. */
static void take_event_tags(struct work *w, size_t issue)
{
    const struct df_event *event = &w->issues[issue].event;
    w->without_tags++;
    for (size_t i = 0; w->issues[issue].has_event && i < event->tags.n; i++)
        add_tag(w, issue, event->tags.items[i].key, df_json_text(event->tags.items[i].value, w->arena), 1);
}

static bool take_event(struct work *w, size_t issue, const struct df_sentry_ask *ask)
{
    struct looked *of = &w->issues[issue];
    of->has_event = of->has_event || (ask->code == DF_OK && df_event_parse(ask->json, w->arena, &of->event));
    return of->has_event;
}

/* What a server that knows less has: a latest event, events and tags outside the organisation. */
static void look_again(struct work *w, size_t from, size_t n, const struct df_sentry_ask *tags)
{
    struct df_sentry_ask asks[3 * AT_ONCE];
    size_t n_asks = 0;
    for (size_t i = 0; i < n; i++) {
        asks[n_asks] = ask_of(w, from + i, "events/latest/", "this issue's event");
        asks[n_asks + 1] = asks[n_asks];
        asks[n_asks + 1].legacy = true;
        n_asks += w->issues[from + i].has_event ? 0 : 2;
        asks[n_asks] = ask_of(w, from + i, "tags/", "this issue's tags");
        asks[n_asks].legacy = true;
        n_asks += tags[i].code != DF_OK;
    }
    if (n_asks)
        df_sentry_api_round(&w->api, asks, n_asks);
    n_asks = 0;
    for (size_t i = 0; i < n; i++) {
        if (!w->issues[from + i].has_event) {
            w->without_event += !take_event(w, from + i, &asks[n_asks]) && !take_event(w, from + i, &asks[n_asks + 1]);
            n_asks += 2;
        }
        const struct df_sentry_ask *own = tags[i].code == DF_OK ? &tags[i] : &asks[n_asks++];
        if (!take_tags(w, from + i, own))
            take_event_tags(w, from + i);
    }
}

static void look_at(struct work *w, size_t from, size_t n)
{
    struct df_sentry_ask asks[2 * AT_ONCE];
    for (size_t i = 0; i < n; i++) {
        asks[i] = ask_of(w, from + i, "events/recommended/", "this issue's event");
        asks[n + i] = ask_of(w, from + i, "tags/", "this issue's tags");
    }
    df_sentry_api_round(&w->api, asks, 2 * n);
    for (size_t i = 0; i < n; i++)
        take_event(w, from + i, &asks[i]);
    look_again(w, from, n, asks + n);
}

static void note_what_is_missing(struct work *w)
{
    w->notes = DF_NEW_ARRAY(w->arena, struct df_str, NOTES);
    if (w->without_event)
        w->notes[w->n_notes++] = df_arena_printf(
            w->arena, "Of %zu of the issues no event could be had; they were not compared.", w->without_event);
    if (w->without_tags)
        w->notes[w->n_notes++] = df_arena_printf(
            w->arena, "Of %zu of the issues the tags could not be had; those of one event stand for them.",
            w->without_tags);
    if (w->n_counts == TAG_VALUES)
        w->notes[w->n_notes++] = df_arena_printf(w->arena, "Only the first %d tag values were looked at.", TAG_VALUES);
}

static void compare(struct work *w)
{
    struct df_pattern_trace trace;
    uint64_t seed;
    df_random(&seed, sizeof seed);
    w->index = df_pattern_index_new(seed, NULL);
    w->issue_of = DF_NEW_ARRAY(w->arena, uint32_t, w->n);
    for (size_t i = 0; i < w->n; i++) {
        if (!w->issues[i].has_event)
            continue;
        df_pattern_trace_of_event(&w->issues[i].event, w->arena, &trace);
        trace.id = w->issues[i].issue.id;
        w->issue_of[df_pattern_index_add(w->index, &trace)] = (uint32_t)i;
    }
}

static int most_events_first(const void *a, const void *b)
{
    const struct df_issue *x = *(const struct df_issue *const *)a, *y = *(const struct df_issue *const *)b;
    return (x->count < y->count) - (x->count > y->count);
}

static void add_up(struct df_report_group *g, const struct looked *of)
{
    const struct df_issue *issue = &of->issue;
    if (issue->first_seen_ms && (!g->first_seen_ms || issue->first_seen_ms < g->first_seen_ms)) {
        g->first_seen_ms = issue->first_seen_ms;
        g->first_release = issue->first_release;
    }
    if (issue->last_seen_ms > g->last_seen_ms)
        g->last_seen_ms = issue->last_seen_ms;
    g->count += issue->count > 0 && issue->count < INT32_MAX ? issue->count : 0;
    g->user_count += issue->user_count > 0 && issue->user_count < INT32_MAX ? issue->user_count : 0;
    g->week = of->week < 0 || g->week < 0 ? -1 : g->week + of->week;
    g->week_before = of->week_before < 0 || g->week_before < 0 ? -1 : g->week_before + of->week_before;
}

static bool is_shared(const struct df_pattern_shared *shared, const struct df_frame *frame, struct df_arena *arena)
{
    struct df_str place = df_pattern_place(frame, arena),
                  function = df_pattern_function(frame->function, df_pattern_is_javascript(frame), arena);
    struct df_str name = df_arena_printf(arena, "%.*s%s%.*s", DF_FMT(place), place.n && function.n ? "." : "",
                                         DF_FMT(function));
    for (size_t i = 0; i < shared->shown; i++)
        if (df_str_eq(shared->frames[i], name))
            return true;
    return false;
}

/* The application's own frames that all have, innermost first; of the root cause's stack. */
static void find_code(const struct df_event *event, struct df_report_group *g, struct df_arena *arena)
{
    for (size_t x = 0; x < event->n_exceptions && g->n_code == 0; x++) {
        const struct df_stacktrace *stack = &event->exceptions[x].stack;
        for (size_t i = stack->n; i > 0 && g->n_code < DF_REPORT_CODE; i--) {
            const struct df_frame *f = &stack->frames[i - 1];
            if (f->in_app != DF_NO && is_shared(&g->shared, f, arena))
                g->code[g->n_code++] = (struct df_report_code){f->function, f->filename.n ? f->filename : f->module,
                                                               f->lineno};
        }
    }
}

static void fill_group(struct work *w, const struct df_pattern_group *from, struct df_report_group *g)
{
    bool *in_group = DF_NEW_ARRAY(w->arena, bool, w->n);
    const struct df_issue **issues = DF_NEW_ARRAY(w->arena, const struct df_issue *, from->n_events);
    for (size_t i = 0; i < from->n_shapes; i++) {
        uint32_t e = df_pattern_index_first(w->index, from->shapes[i]);
        for (; e != UINT32_MAX; e = df_pattern_index_next(w->index, e)) {
            struct looked *of = &w->issues[w->issue_of[e]];
            in_group[w->issue_of[e]] = true;
            issues[g->n_issues++] = &of->issue;
            add_up(g, of);
        }
    }
    qsort(issues, g->n_issues, sizeof *issues, most_events_first);
    g->issues = issues;
    g->id = df_pattern_group_id(w->index, from, w->arena);
    g->reason = df_pattern_reason(w->index, from, w->arena);
    df_pattern_share(w->index, from, &g->shared);
    g->n_tags = df_tags_standing(w->counts, w->n_counts, in_group, g->tags);
    g->trend = df_trend_of(g->week, g->week_before, g->first_seen_ms, w->now_ms);
    uint32_t first = df_pattern_index_first(w->index, from->shapes[0]);
    find_code(&w->issues[w->issue_of[first]].event, g, w->arena);
}

/* The index's texts go with it. */
static void keep(struct df_arena *arena, struct df_str *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        texts[i] = df_arena_dup(arena, texts[i]);
}

static void report(struct work *w, struct df_report *ret)
{
    const struct df_pattern_group *groups;
    size_t n;
    df_pattern_groups(w->index, DF_PATTERN_THRESHOLD, NULL, NULL, w->arena, &groups, &n);
    struct df_report_group *out = DF_NEW_ARRAY(w->arena, struct df_report_group, n);
    *ret = (struct df_report){.groups = out, .n_issues = w->n, .notes = w->notes, .n_notes = w->n_notes};
    for (size_t i = 0; i < n; i++) {
        if (groups[i].n_events < 2) {
            ret->n_alone++;
            continue;
        }
        struct df_report_group *g = &out[ret->n_groups++];
        fill_group(w, &groups[i], g);
        keep(w->arena, g->shared.frames, g->shared.shown);
        keep(w->arena, g->shared.words, g->shared.n_words);
        keep(w->arena, &g->shared.type, 1);
        keep(w->arena, &g->shared.top, 1);
    }
}

enum df_code df_sentry_patterns(const struct df_devflow *d, struct df_str project_id,
                                const struct df_issue_query *query, struct df_arena *arena, struct df_report *ret,
                                struct df_error *err)
{
    struct work w = {.arena = arena, .now_ms = df_now_ms(d->clock)};
    DF_TRY(df_sentry_api_open(d, project_id, arena, &w.api, err));
    DF_TRY(list(&w, query, err));
    w.counts = DF_NEW_ARRAY(arena, struct df_tag_count, TAG_VALUES);
    for (size_t i = 0; i < w.n; i += AT_ONCE)
        look_at(&w, i, w.n - i < AT_ONCE ? w.n - i : AT_ONCE);
    df_tags_prepare(w.counts, w.n_counts);
    note_what_is_missing(&w);
    compare(&w);
    report(&w, ret);
    df_pattern_index_free(w.index);
    return DF_OK;
}
