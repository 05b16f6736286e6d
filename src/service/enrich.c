#include "service/enrich.h"
#include "domain/spec_body.h"
#include "service/scrubbing.h"
#include "service/sentry.h"
#include "service/sentry_api.h"
#include "service/sentry_patterns.h"

#include <stdlib.h>

enum { WANTED = DF_SPEC_REFS + DF_SPEC_BLOCKS + DF_ENRICH_ISSUES, TIME_MS = 45 * 1000 /* a caller waits no longer */ };

/* An issue by a name, before Sentry was asked. */
struct wanted {
    struct df_str name;
    bool bare;
    const struct df_spec_place *place; /* NULL: it stands nowhere */
    size_t line;
};

struct work {
    const struct df_devflow *d;
    const struct df_enrich_wish *wish;
    struct df_arena *arena;
    struct df_enrich_result *result;
    struct df_spec spec;
    struct df_sentry_api api;
    struct df_context_options options;
    struct df_report patterns;
    enum { PATTERNS_UNASKED, PATTERNS_KNOWN, PATTERNS_UNKNOWN } patterns_are;
    const struct df_json *projects; /* of the organisation, NULL when they could not be had */
    struct wanted *wanted;
    size_t n_wanted;
    struct df_spec_change *changes;
    size_t n_changes;
};

const char *df_enrich_outcome_name(enum df_enrich_outcome outcome)
{
    static const char *const names[] = {"added", "unchanged", "updated", "edited",
                                        "open",  "newer",     "missing", "failed"};
    return names[outcome];
}

/* A project's short IDs begin with its slug; what does not is some other word with a dash. */
static bool is_of_a_project(const struct work *w, struct df_str short_id)
{
    size_t dash = short_id.n;
    while (dash > 0 && short_id.p[dash - 1] != '-')
        dash--;
    struct df_str slug = df_str_head(short_id, dash ? dash - 1 : 0);
    for (struct df_json_iter it = df_json_iter(w->projects); df_json_next(&it);)
        if (df_str_ieq(df_json_get_str(it.value, "slug"), slug))
            return true;
    return !w->projects;
}

static bool is_wanted(const struct work *w, struct df_str name)
{
    for (size_t i = 0; i < w->n_wanted; i++)
        if (df_str_ieq(w->wanted[i].name, name))
            return true;
    return false;
}

static void want(struct work *w, struct df_str name, bool bare, const struct df_spec_place *place)
{
    if (is_wanted(w, name))
        return;
    if (w->n_wanted == DF_ENRICH_ISSUES) {
        w->result->left_out++;
        return;
    }
    w->wanted[w->n_wanted++] = (struct wanted){name, bare, place, place ? place->line : 0};
}

static bool any_bare(const struct df_spec *spec)
{
    for (size_t i = 0; i < spec->n_refs; i++)
        if (spec->refs[i].bare)
            return true;
    return false;
}

/* Another Sentry's links, and the issues of other trackers, are not meant. */
static void gather(struct work *w)
{
    struct df_sentry_ask ask = {.path = DF_S("projects/?per_page=100"), .what = "the projects", .aged = true};
    if (any_bare(&w->spec) && df_sentry_api_get(&w->api, &ask, NULL) == DF_OK && df_json_is_array(ask.json))
        w->projects = ask.json;
    for (size_t i = 0; i < w->wish->n_issues; i++)
        want(w, w->wish->issues[i], false, NULL);
    for (size_t i = 0; i < w->spec.n_refs; i++) {
        const struct df_spec_ref *ref = &w->spec.refs[i];
        if (df_sentry_api_is_own(&w->api, ref->issue.host_origin) && (!ref->bare || is_of_a_project(w, ref->issue.id)))
            want(w, ref->text, ref->bare, &ref->place);
    }
    for (size_t i = 0; i < w->spec.n_blocks; i++)
        want(w, w->spec.blocks[i].issue_id, false, &w->spec.blocks[i].place);
}

static struct df_enriched *outcome(struct work *w, const struct wanted *of, enum df_enrich_outcome what)
{
    struct df_enriched *e = &w->result->issues[w->result->n++];
    *e = (struct df_enriched){.named = of->name, .outcome = what, .line = of->line};
    return e;
}

static void failed(struct work *w, const struct wanted *of, const struct df_error *why)
{
    bool missing = why->code == DF_ERR_PROVIDER_NOT_FOUND;
    struct df_enriched *e = outcome(w, of, missing ? DF_ENRICH_MISSING : DF_ENRICH_FAILED);
    e->code = why->code;
    e->message = df_arena_dup(w->arena, df_str_c(why->message));
}

static bool is_done(const struct work *w, struct df_str issue_id)
{
    for (size_t i = 0; i < w->result->n; i++)
        if (df_str_eq(w->result->issues[i].issue_id, issue_id))
            return true;
    return false;
}

static enum df_enrich_outcome left_alone(enum df_spec_state state)
{
    return state == DF_SPEC_EDITED ? DF_ENRICH_EDITED : state == DF_SPEC_OPEN ? DF_ENRICH_OPEN : DF_ENRICH_NEWER;
}

static void change(struct work *w, const struct df_spec_block *block, size_t at, struct df_str text)
{
    w->changes[w->n_changes++] = (struct df_spec_change){.replaces = block, .at = at, .block = text};
}

/* One block of the issue: what becomes of it. */
static enum df_enrich_outcome renew(struct work *w, const struct df_spec_block *block, struct df_str id,
                                    struct df_str body)
{
    bool ours = block->state == DF_SPEC_OURS;
    if (!ours && !(w->wish->force && block->state == DF_SPEC_EDITED))
        return left_alone(block->state);
    struct df_str text = df_spec_block(id, body, df_spec_level(&block->place), w->arena);
    if (ours && df_spec_same(w->spec.text, block, text, w->arena))
        return DF_ENRICH_UNCHANGED;
    change(w, block, 0, text);
    return DF_ENRICH_UPDATED;
}

static int by_text(const void *a, const void *b)
{
    return df_str_order(*(const struct df_str *)a, *(const struct df_str *)b);
}

/* Once for all issues of a run. A survey that a rate limit cut short says nothing on what is alone. */
static void ask_patterns(struct work *w)
{
    const struct df_issue_query query = {.limit = 0};
    if (w->patterns_are != PATTERNS_UNASKED)
        return;
    bool known = df_sentry_patterns(w->d, w->wish->project_id, &query, w->arena, &w->patterns, NULL) == DF_OK &&
                 w->patterns.n_issues >= w->patterns.n_listed;
    w->patterns_are = known ? PATTERNS_KNOWN : PATTERNS_UNKNOWN;
}

static bool is_in(const struct df_report_group *group, struct df_str id)
{
    for (size_t i = 0; i < group->n_issues; i++)
        if (df_str_eq(group->issues[i]->id, id))
            return true;
    return false;
}

/* The others in their own order: that of their counts would change with them. */
static void take_group(struct work *w, const struct df_report_group *group, struct df_str id,
                       struct df_spec_pattern *ret)
{
    struct df_str *others = DF_NEW_ARRAY(w->arena, struct df_str, group->n_issues);
    size_t n = 0;
    for (size_t i = 0; i < group->n_issues; i++) {
        const struct df_issue *issue = group->issues[i];
        if (!df_str_eq(issue->id, id))
            others[n++] = issue->short_id.n ? issue->short_id : issue->id;
    }
    qsort(others, n, sizeof *others, by_text);
    ret->n_short_ids = n < DF_SPEC_ALIKE ? n : DF_SPEC_ALIKE;
    ret->n_more = n - ret->n_short_ids;
    ret->reason = group->reason;
    for (size_t i = 0; i < ret->n_short_ids; i++)
        ret->short_ids[i] = others[i];
}

static void find_pattern(struct work *w, struct df_str id, struct df_spec_pattern *ret)
{
    *ret = (struct df_spec_pattern){.n_more = 0};
    ask_patterns(w);
    for (size_t i = 0; w->patterns_are == PATTERNS_KNOWN && i < w->patterns.n_groups; i++)
        if (is_in(&w->patterns.groups[i], id))
            take_group(w, &w->patterns.groups[i], id, ret);
    for (size_t i = 0; w->patterns_are == PATTERNS_UNKNOWN && i < w->spec.n_blocks; i++) {
        const struct df_spec_block *block = &w->spec.blocks[i];
        if (df_str_eq(block->issue_id, id) && block->state == DF_SPEC_OURS)
            ret->kept = df_spec_recurs(df_str_n(w->spec.text.p + block->from, block->to - block->from));
    }
}

/* What could be had of Sentry today only in part takes nothing away from what is there. */
static bool is_partial(const struct df_context *c)
{
    return c->n_notes && (!c->event || !c->issue->last_seen_ms);
}

static enum df_code find_test(struct work *w, struct df_str id, const struct df_stored_test **ret, struct df_error *err)
{
    struct df_stored_test *test = DF_NEW(w->arena, struct df_stored_test);
    bool found = false;
    if (!w->wish->no_tests)
        DF_TRY(w->d->store->ops->test_find(w->d->store, w->wish->project_id, id, w->arena, test, &found, err));
    *ret = found ? test : NULL;
    return DF_OK;
}

static void put_issue(struct work *w, const struct wanted *of, const struct df_context *c,
                      const struct df_stored_test *test)
{
    struct df_scrub scrub = df_scrubbing(w->d, w->wish->project_id, w->arena);
    struct df_spec_pattern pattern;
    struct df_str id = c->issue->id;
    find_pattern(w, id, &pattern);
    struct df_str body = df_spec_body(c, &w->options, &pattern, test, w->arena);
    enum df_enrich_outcome what = DF_ENRICH_ADDED;
    size_t line = of->line;
    for (size_t i = 0; i < w->spec.n_blocks; i++) {
        const struct df_spec_block *block = &w->spec.blocks[i];
        if (!df_str_eq(block->issue_id, id) && !df_str_eq(block->issue_id, of->name))
            continue;
        enum df_enrich_outcome this = renew(w, block, id, body);
        if (what != DF_ENRICH_ADDED && this <= what)
            continue;
        what = this;
        line = block->place.line;
    }
    if (what == DF_ENRICH_ADDED) {
        const struct df_spec_place *place = of->place ? of->place : &w->spec.end;
        change(w, NULL, place->section_end, df_spec_block(id, body, df_spec_level(place), w->arena));
    }
    struct df_enriched *e = outcome(w, of, what);
    e->issue_id = id;
    e->short_id = c->issue->short_id;
    e->title = df_scrub_text(&scrub, c->issue->title);
    e->line = line;
    if (w->wish->bodies)
        e->body = df_spec_plain(body, 2, w->arena);
}

static enum df_code enrich_one(struct work *w, const struct wanted *of, struct df_error *err)
{
    struct df_context context;
    struct df_error why;
    const struct df_stored_test *test;
    enum df_code code = df_sentry_extract_context(w->d, w->wish->project_id, of->name, w->arena, &context, &why);
    if (code == DF_ERR_RECONNECT || code == DF_ERR_CONNECTION || code == DF_ERR_STORE || code == DF_ERR_DECRYPT) {
        *err = why;
        return code;
    }
    if (code == DF_ERR_PROVIDER_NOT_FOUND && of->bare && !w->projects)
        return DF_OK; /* it was no name of an issue */
    if (code == DF_OK && !df_spec_id_valid(context.issue->id))
        code = df_fail(&why, DF_ERR_PROVIDER, "Sentry's answer is not an issue");
    if (code == DF_OK && is_partial(&context))
        code = df_fail(&why, DF_ERR_PROVIDER, "%.*s", DF_FMT(context.notes[0]));
    if (code != DF_OK)
        failed(w, of, &why);
    if (code != DF_OK || is_done(w, context.issue->id))
        return DF_OK;
    DF_TRY(find_test(w, context.issue->id, &test, err));
    put_issue(w, of, &context, test);
    return DF_OK;
}

enum df_code df_enrich(const struct df_devflow *d, const struct df_enrich_wish *wish, struct df_arena *arena,
                       struct df_enrich_result *ret, struct df_error *err)
{
    struct work w = {.d = d, .wish = wish, .arena = arena, .result = ret};
    *ret = (struct df_enrich_result){.text = wish->text};
    ret->issues = DF_NEW_ARRAY(arena, struct df_enriched, WANTED);
    w.wanted = DF_NEW_ARRAY(arena, struct wanted, WANTED);
    w.changes = DF_NEW_ARRAY(arena, struct df_spec_change, WANTED);
    if (wish->text.n > DF_SPEC_TEXT_BYTES)
        return df_fail(err, DF_ERR_TOO_LARGE, "a specification may have at most %d bytes", DF_SPEC_TEXT_BYTES);
    DF_TRY(df_sentry_api_open(d, wish->project_id, arena, &w.api, err));
    w.options = df_scrubbing_options(d, wish->project_id, arena);
    df_spec_read(wish->text, arena, &w.spec);
    gather(&w);
    const int64_t until_ms = df_now_ms(d->clock) + TIME_MS;
    for (size_t i = 0; i < w.n_wanted; i++) {
        struct df_error late;
        if (df_now_ms(d->clock) < until_ms) {
            DF_TRY(enrich_one(&w, &w.wanted[i], err));
            continue;
        }
        df_fail_at(&late, DF_ERR_BUSY, "Sentry was too slow for it; run it again");
        failed(&w, &w.wanted[i], &late);
    }
    ret->changed = w.n_changes > 0;
    if (ret->changed)
        ret->text = df_spec_write(&w.spec, w.changes, w.n_changes, arena);
    return DF_OK;
}
