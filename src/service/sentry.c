#include "service/sentry.h"
#include "domain/link_header.h"
#include "service/sentry_look.h"

enum { PATH_LIMIT_BYTES = 8192, LIMIT_DEFAULT = 25, LIMIT_MAX = 100 };

static const char *const sorts[] = {"date", "new", "trends", "freq", "user", "inbox", "recommended", NULL};

static enum df_code check_sort(struct df_str sort, struct df_error *err)
{
    for (const char *const *s = sorts; *s; s++)
        if (sort.n == 0 || df_str_is(sort, *s))
            return DF_OK;
    return df_fail(err, DF_ERR_INVALID, "sort must be one of date, new, trends, freq, user, inbox, recommended");
}

static enum df_code check_limit(int limit, int *ret, struct df_error *err)
{
    *ret = limit ? limit : LIMIT_DEFAULT;
    if (*ret < 1 || *ret > LIMIT_MAX)
        return df_fail(err, DF_ERR_INVALID, "limit must be 1 to %d", LIMIT_MAX);
    return DF_OK;
}

static struct df_page page_of(struct df_str link, struct df_arena *arena)
{
    return (struct df_page){df_link_cursor(link, "next", arena), df_link_cursor(link, "previous", arena)};
}

enum df_code df_sentry_issues_ask(const struct df_issue_query *query, int limit, const char *with,
                                  struct df_arena *arena, struct df_sentry_ask *ret, struct df_error *err)
{
    struct df_buf path;
    df_buf_init(&path, arena, PATH_LIMIT_BYTES);
    df_buf_printf(&path, "issues/?limit=%d%s", limit, with);
    if (query->query_given)
        df_params_put(&path, "query", query->query);
    if (query->sort.n)
        df_params_put(&path, "sort", query->sort);
    if (query->cursor.n)
        df_params_put(&path, "cursor", query->cursor);
    if (path.overflow)
        return df_fail(err, DF_ERR_INVALID, "query and cursor are too long");
    *ret = (struct df_sentry_ask){.path = df_buf_str(&path), .what = "the issues", .fleeting = true};
    return DF_OK;
}

enum df_code df_sentry_ask_issues(struct df_sentry_api *api, const struct df_issue_query *query, int limit,
                                  const char *with, struct df_sentry_ask *ret, struct df_error *err)
{
    DF_TRY(df_sentry_issues_ask(query, limit, with, api->arena, ret, err));
    DF_TRY(df_sentry_api_get(api, ret, err));
    return df_json_is_array(ret->json) ? DF_OK
                                       : df_fail(err, DF_ERR_PROVIDER, "Sentry's answer is not a list of issues");
}

enum df_code df_sentry_list_issues(const struct df_devflow *d, struct df_str project_id,
                                   const struct df_issue_query *query, struct df_arena *arena, struct df_issue **ret,
                                   size_t *ret_n, struct df_page *ret_page, struct df_error *err)
{
    struct df_sentry_api api;
    struct df_sentry_ask ask;
    int limit;
    DF_TRY(check_sort(query->sort, err));
    DF_TRY(check_limit(query->limit, &limit, err));
    DF_TRY(df_sentry_api_open(d, project_id, arena, &api, err));
    DF_TRY(df_sentry_ask_issues(&api, query, limit, "", &ask, err));
    *ret = DF_NEW_ARRAY(arena, struct df_issue, df_json_count(ask.json) + 1);
    *ret_n = 0;
    for (struct df_json_iter it = df_json_iter(ask.json); df_json_next(&it);)
        *ret_n += df_issue_parse(it.value, arena, &(*ret)[*ret_n]);
    *ret_page = page_of(ask.link, arena);
    return DF_OK;
}

/* An issue's own stats have hours for one day only; events-timeseries has them for any time (Sentry API, "Query Explore Events in
 * Timeseries Format"). Servers without it leave the days. */
struct df_str df_sentry_hours_path(struct df_str id, struct df_arena *arena)
{
    return df_arena_printf(arena,
                           "events-timeseries/?dataset=errors&statsPeriod=14d&interval=3600&yAxis=count%%28%%29"
                           "&query=issue.id%%3A%.*s",
                           DF_FMT(df_url_encode(id, arena)));
}

static struct df_points ask_fortnight(struct df_sentry_found *f, struct df_arena *arena)
{
    enum { HOURS = 14 * 24 };
    struct df_sentry_ask ask = {
        .path = df_sentry_hours_path(f->id, arena),
        .what = "this issue's events by the hour",
    };
    if (df_sentry_api_get(&f->api, &ask, NULL) != DF_OK)
        return (struct df_points){0};
    return df_points_parse_series(ask.json, HOURS, arena);
}

enum df_code df_sentry_get_issue(const struct df_devflow *d, struct df_str project_id, struct df_str issue, bool hourly,
                                 struct df_arena *arena, struct df_issue *ret, struct df_error *err)
{
    struct df_sentry_found f;
    DF_TRY(df_sentry_look(d, project_id, issue, false, arena, &f, err));
    if (f.issue && df_issue_parse(f.issue, arena, ret)) {
        if (hourly)
            ret->fortnight = ask_fortnight(&f, arena);
        return DF_OK;
    }
    if (err)
        *err = f.issue_err;
    return f.issue_err.code ? f.issue_err.code : df_fail(err, DF_ERR_PROVIDER, "Sentry's answer is not an issue");
}

static struct df_str events_path(struct df_str id, struct df_str cursor, int limit, struct df_arena *arena)
{
    struct df_buf path;
    df_buf_init(&path, arena, PATH_LIMIT_BYTES);
    df_buf_printf(&path, "issues/%.*s/events/?per_page=%d", DF_FMT(id), limit);
    if (cursor.n)
        df_params_put(&path, "cursor", cursor);
    return df_buf_str(&path);
}

enum df_code df_sentry_get_issue_events(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                        struct df_str cursor, int limit, struct df_arena *arena,
                                        const struct df_json **ret, struct df_page *ret_page, struct df_error *err)
{
    struct df_sentry_found f;
    DF_TRY(check_limit(limit, &limit, err));
    DF_TRY(df_sentry_look(d, project_id, issue, false, arena, &f, err));
    struct df_sentry_ask ask = {
        .path = events_path(f.id, cursor, limit, arena), .what = "this issue's events", .fleeting = true};
    enum df_code code = df_sentry_api_get(&f.api, &ask, err);
    if (code == DF_ERR_PROVIDER_NOT_FOUND) { /* servers that know less have it outside the organisation */
        ask.legacy = true;
        code = df_sentry_api_get(&f.api, &ask, err);
    }
    DF_TRY(code);
    if (!df_json_is_array(ask.json))
        return df_fail(err, DF_ERR_PROVIDER, "Sentry's answer is not a list of events");
    *ret = ask.json;
    *ret_page = page_of(ask.link, arena);
    return DF_OK;
}

struct notes {
    struct df_str *items;
    size_t n;
};

static void note(struct notes *notes, struct df_arena *arena, const char *before, const char *text)
{
    notes->items[notes->n++] = df_arena_printf(arena, "%s%s", before, text);
}

/* What an event tells of its issue, where the issue itself could not be had. */
static struct df_issue issue_of_event(const struct df_sentry_found *f, const struct df_event *e)
{
    return (struct df_issue){
        .id = f->id.n ? f->id : e->group_id,
        .title = e->title,
        .type = e->n_exceptions ? e->exceptions[e->n_exceptions - 1].type : DF_STR_NONE,
        .value = e->n_exceptions ? e->exceptions[e->n_exceptions - 1].value : DF_STR_NONE,
        .culprit = e->culprit,
        .level = e->level,
        .platform = e->platform,
        .project_id = e->project_id,
    };
}

static void note_what_is_missing(const struct df_sentry_found *f, struct df_arena *arena, struct notes *notes)
{
    if (!f->issue)
        note(notes, arena, "The issue itself could not be fetched, its event is all there is. ", f->issue_err.message);
    if (!f->event && f->event_err.code)
        note(notes, arena, "No event could be fetched, the issue is all there is. ", f->event_err.message);
    if (f->mended)
        note(notes, arena, "Sentry's answer held what JSON does not allow (half a character, a number that is none); ",
             "that was replaced.");
    if (f->issue && f->ref.kind == DF_ISSUE_REF_NUMERIC && !df_str_eq(f->ref.id, f->id))
        notes->items[notes->n++] = df_arena_printf(arena, "Issue %.*s was merged into this one, %.*s.",
                                                   DF_FMT(f->ref.id), DF_FMT(f->id));
    struct df_str short_id = df_json_get_str(f->issue, "shortId");
    if (f->ref.kind == DF_ISSUE_REF_SHORT_ID && short_id.n && !df_str_ieq(short_id, f->ref.id))
        notes->items[notes->n++] = df_arena_printf(arena, "Issue %.*s was merged into this one, %.*s.",
                                                   DF_FMT(f->ref.id), DF_FMT(df_str_head(short_id, 128)));
}

static void note_what_is_odd(const struct df_event *event, struct df_arena *arena, struct notes *notes)
{
    for (size_t i = 0; i < event->n_odd; i++)
        note(notes, arena, "Odd in the event: ", df_arena_cstr(arena, event->odd[i]));
    if (event->n_more_odd)
        notes->items[notes->n++] = df_arena_printf(arena, "%zu more fields of the event are odd in their type.",
                                                   event->n_more_odd);
}

enum df_code df_sentry_extract_context(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                       struct df_arena *arena, struct df_context *ret, struct df_error *err)
{
    enum { NOTES = 6 + DF_EVENT_ODD };
    struct df_sentry_found f;
    struct df_issue *parsed = DF_NEW(arena, struct df_issue);
    struct df_event *event = NULL;
    struct notes notes = {.items = DF_NEW_ARRAY(arena, struct df_str, NOTES)};
    DF_TRY(df_sentry_look(d, project_id, issue, true, arena, &f, err));
    if (f.event) {
        event = DF_NEW(arena, struct df_event);
        df_event_parse(f.event, arena, event);
    }
    if (!f.issue && event)
        *parsed = issue_of_event(&f, event);
    else if (!df_issue_parse(f.issue, arena, parsed))
        return df_fail(err, DF_ERR_PROVIDER, "Sentry's answer is not an issue");
    note_what_is_missing(&f, arena, &notes);
    if (event)
        note_what_is_odd(event, arena, &notes);
    *ret = (struct df_context){
        .issue = parsed,
        .event = event,
        .organization = f.api.organization,
        .host = f.api.connection.base_url,
        .fetched_ms = f.fetched_ms,
        .notes = notes.items,
        .n_notes = notes.n,
    };
    return DF_OK;
}
