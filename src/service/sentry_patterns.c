#include "service/sentry_patterns.h"

#include "service/sentry_survey.h"

#include <stdlib.h>

enum { NOTES = 5 };

struct work {
    struct df_survey survey;
    struct df_arena *arena;
    struct df_str *notes;
    size_t n_notes;
};

static void note(struct work *w, size_t issues, const char *what)
{
    if (issues)
        w->notes[w->n_notes++] = df_arena_printf(w->arena, "Of %zu of the issues %s.", issues, what);
}

static void note_what_is_missing(struct work *w)
{
    const struct df_survey *s = &w->survey;
    w->notes = DF_NEW_ARRAY(w->arena, struct df_str, NOTES);
    if (s->n < s->n_listed)
        w->notes[w->n_notes++] = df_arena_printf(w->arena, "%zu of %zu issues were looked at.", s->n, s->n_listed);
    if (s->missing.n)
        w->notes[w->n_notes++] = s->missing;
    note(w, s->without_event, "no event could be had; they were not compared");
    note(w, s->without_tags, "the tags could not be had; those of one event stand for them");
    note(w, s->cut_tags, "only the first tag values were looked at");
}

static int most_events_first(const void *a, const void *b)
{
    const struct df_issue *x = *(const struct df_issue *const *)a, *y = *(const struct df_issue *const *)b;
    return (x->count < y->count) - (x->count > y->count);
}

static void add_up(struct df_report_group *g, const struct df_surveyed *of)
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

static bool is_shared(const struct df_pattern_shared *shared, struct df_str name)
{
    for (size_t i = 0; i < shared->shown; i++)
        if (df_str_eq(shared->frames[i], name))
            return true;
    return false;
}

/* The application's own frames that all have, innermost first; of one exception, the root cause where it has any. */
static void find_code(const struct df_surveyed *of, struct df_report_group *g)
{
    size_t exception = SIZE_MAX;
    for (size_t i = 0; i < of->n_code && g->n_code < DF_REPORT_CODE; i++) {
        if ((exception != SIZE_MAX && of->code[i].exception != exception) || !is_shared(&g->shared, of->code[i].name))
            continue;
        exception = of->code[i].exception;
        g->code[g->n_code++] = of->code[i].at;
    }
}

static void fill_group(struct work *w, const struct df_pattern_group *from, struct df_report_group *g)
{
    bool *in_group = DF_NEW_ARRAY(w->arena, bool, w->survey.n);
    const struct df_issue **issues = DF_NEW_ARRAY(w->arena, const struct df_issue *, from->n_events);
    for (size_t i = 0; i < from->n_shapes; i++) {
        uint32_t e = df_pattern_index_first(w->survey.index, from->shapes[i]);
        for (; e != UINT32_MAX; e = df_pattern_index_next(w->survey.index, e)) {
            struct df_surveyed *of = &w->survey.issues[w->survey.issue_of[e]];
            in_group[w->survey.issue_of[e]] = true;
            issues[g->n_issues++] = &of->issue;
            add_up(g, of);
        }
    }
    qsort(issues, g->n_issues, sizeof *issues, most_events_first);
    g->issues = issues;
    g->id = df_pattern_group_id(w->survey.index, from, w->arena);
    g->reason = df_pattern_reason(w->survey.index, from, w->arena);
    df_pattern_share(w->survey.index, from, &g->shared);
    g->n_tags = df_tags_standing(w->survey.counts, w->survey.n_counts, in_group, g->tags);
    g->trend = df_trend_of(g->week, g->week_before, g->first_seen_ms, w->survey.now_ms);
    uint32_t first = df_pattern_index_first(w->survey.index, from->shapes[0]);
    find_code(&w->survey.issues[w->survey.issue_of[first]], g);
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
    df_pattern_groups(w->survey.index, DF_PATTERN_THRESHOLD, NULL, NULL, w->arena, &groups, &n);
    struct df_report_group *out = DF_NEW_ARRAY(w->arena, struct df_report_group, n);
    *ret = (struct df_report){
        .groups = out,
        .n_issues = w->survey.n,
        .n_listed = w->survey.n_listed,
        .complete = !w->survey.missing.n,
        .retry_after_s = w->survey.retry_after_s,
        .notes = w->notes,
        .n_notes = w->n_notes,
    };
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
    struct work w = {.arena = arena};
    DF_TRY(df_sentry_survey(d, project_id, query, arena, &w.survey, err));
    note_what_is_missing(&w);
    report(&w, ret);
    df_pattern_index_free(w.survey.index);
    return DF_OK;
}
