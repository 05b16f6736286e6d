#include "service/sentry.h"
#include "domain/issue_ref.h"
#include "domain/link_header.h"
#include "service/sentry_api.h"

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

static void read_page(const struct df_http_answer *answer, struct df_arena *arena, struct df_page *ret)
{
    struct df_str link = df_http_header(answer, "Link");
    *ret = (struct df_page){df_link_cursor(link, "next", arena), df_link_cursor(link, "previous", arena)};
}

enum df_code df_sentry_list_issues(const struct df_devflow *d, struct df_str project_id,
                                   const struct df_issue_query *query, struct df_arena *arena, struct df_issue **ret,
                                   size_t *ret_n, struct df_page *ret_page, struct df_error *err)
{
    struct df_sentry_api api;
    struct df_http_answer answer;
    const struct df_json *list;
    struct df_buf path;
    int limit;
    DF_TRY(check_sort(query->sort, err));
    DF_TRY(check_limit(query->limit, &limit, err));
    DF_TRY(df_sentry_api_open(d, project_id, arena, &api, err));
    df_buf_init(&path, arena, PATH_LIMIT_BYTES);
    df_buf_printf(&path, "issues/?limit=%d", limit);
    if (query->query_given)
        df_params_put(&path, "query", query->query);
    if (query->sort.n)
        df_params_put(&path, "sort", query->sort);
    if (query->cursor.n)
        df_params_put(&path, "cursor", query->cursor);
    if (path.overflow)
        return df_fail(err, DF_ERR_INVALID, "query and cursor are too long");
    DF_TRY(df_sentry_api_get(&api, df_buf_str(&path), "the issues", &list, &answer, err));
    *ret = DF_NEW_ARRAY(arena, struct df_issue, df_json_count(list) + 1);
    *ret_n = 0;
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
        *ret_n += df_issue_parse(it.value, arena, &(*ret)[*ret_n]);
    read_page(&answer, arena, ret_page);
    return DF_OK;
}

/* An issue as named, resolved to the organisation and numeric id it has, and the event when one was named. */
struct found {
    struct df_sentry_api api;
    struct df_str id, event_id;
    const struct df_json *event; /* when finding it brought it along */
};

static enum df_code resolve_short_id(struct found *f, struct df_str short_id, struct df_error *err)
{
    const struct df_json *v;
    struct df_http_answer answer;
    struct df_str path = df_arena_printf(f->api.arena, "shortids/%.*s/", DF_FMT(df_url_encode(short_id, f->api.arena)));
    DF_TRY(df_sentry_api_get(&f->api, path, "this issue", &v, &answer, err));
    f->id = df_json_text(df_json_get(v, "groupId"), f->api.arena);
    return DF_OK;
}

static enum df_code resolve_event_id(struct found *f, struct df_str event_id, struct df_error *err)
{
    const struct df_json *v;
    struct df_http_answer answer;
    struct df_str path = df_arena_printf(f->api.arena, "eventids/%.*s/", DF_FMT(df_url_encode(event_id, f->api.arena)));
    DF_TRY(df_sentry_api_get(&f->api, path, "this event", &v, &answer, err));
    f->id = df_json_text(df_json_get(v, "groupId"), f->api.arena);
    f->event_id = event_id;
    f->event = df_json_get(v, "event");
    return DF_OK;
}

static enum df_code find_issue(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                               struct df_arena *arena, struct found *ret, struct df_error *err)
{
    struct df_issue_ref ref;
    unsigned long long number;
    *ret = (struct found){.id = DF_STR_NONE};
    DF_TRY(df_issue_ref_parse(issue, arena, &ref, err));
    DF_TRY(df_sentry_api_open(d, project_id, arena, &ret->api, err));
    if (!df_sentry_api_is_own(&ret->api, ref.host_origin))
        return df_fail(err, DF_ERR_INVALID,
                       "this URL is of %.*s, but the project is connected to %.*s; nothing was asked",
                       DF_FMT(df_str_head(ref.host_origin, 100)), DF_FMT(ret->api.connection.base_url));
    if (ref.organization.n && !(ref.organization_guessed && !df_sentry_api_sees(&ret->api, ref.organization)))
        DF_TRY(df_sentry_api_choose(&ret->api, ref.organization, err));
    ret->event_id = ref.event_id;
    switch (ref.kind) {
    case DF_ISSUE_REF_NUMERIC:
        ret->id = ref.id;
        break;
    case DF_ISSUE_REF_SHORT_ID:
        DF_TRY(resolve_short_id(ret, ref.id, err));
        break;
    case DF_ISSUE_REF_EVENT_ID:
        DF_TRY(resolve_event_id(ret, ref.id, err));
        break;
    }
    if (!df_str_to_u64(ret->id, &number))
        return df_fail(err, DF_ERR_PROVIDER, "Sentry's answer does not name the issue");
    return DF_OK;
}

static enum df_code get_issue(struct found *f, struct df_issue *ret, struct df_error *err)
{
    const struct df_json *v;
    struct df_http_answer answer;
    DF_TRY(df_sentry_api_get(&f->api, df_arena_printf(f->api.arena, "issues/%.*s/", DF_FMT(f->id)), "this issue", &v,
                             &answer, err));
    if (!df_issue_parse(v, f->api.arena, ret))
        return df_fail(err, DF_ERR_PROVIDER, "Sentry's answer is not an issue");
    return DF_OK;
}

enum df_code df_sentry_get_issue(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                 struct df_arena *arena, struct df_issue *ret, struct df_error *err)
{
    struct found f;
    DF_TRY(find_issue(d, project_id, issue, arena, &f, err));
    return get_issue(&f, ret, err);
}

enum df_code df_sentry_get_issue_events(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                        struct df_str cursor, int limit, struct df_arena *arena,
                                        const struct df_json **ret, struct df_page *ret_page, struct df_error *err)
{
    struct found f;
    struct df_http_answer answer;
    struct df_buf path;
    DF_TRY(check_limit(limit, &limit, err));
    DF_TRY(find_issue(d, project_id, issue, arena, &f, err));
    df_buf_init(&path, arena, PATH_LIMIT_BYTES);
    df_buf_printf(&path, "issues/%.*s/events/?per_page=%d", DF_FMT(f.id), limit);
    if (cursor.n)
        df_params_put(&path, "cursor", cursor);
    DF_TRY(df_sentry_api_get(&f.api, df_buf_str(&path), "this issue's events", ret, &answer, err));
    read_page(&answer, arena, ret_page);
    return DF_OK;
}

/* The event asked for, else the one Sentry recommends, else (older servers know no "recommended") the latest. An issue all of
 * whose events have been dropped has none. */
static enum df_code get_event(struct found *f, const struct df_json **ret, struct df_error *err)
{
    const char *const wanted[] = {"recommended", "latest"};
    struct df_http_answer answer;
    *ret = f->event;
    if (f->event)
        return DF_OK;
    if (f->event_id.n) {
        struct df_str path = df_arena_printf(f->api.arena, "issues/%.*s/events/%.*s/", DF_FMT(f->id),
                                             DF_FMT(df_url_encode(f->event_id, f->api.arena)));
        return df_sentry_api_get(&f->api, path, "this event", ret, &answer, err);
    }
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct df_str path = df_arena_printf(f->api.arena, "issues/%.*s/events/%s/", DF_FMT(f->id), wanted[i]);
        enum df_code code = df_sentry_api_get(&f->api, path, "this issue's events", ret, &answer, err);
        if (code != DF_ERR_PROVIDER_NOT_FOUND)
            return code;
    }
    *ret = NULL;
    return DF_OK;
}

enum df_code df_sentry_extract_context(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                       struct df_arena *arena, struct df_context *ret, struct df_error *err)
{
    struct found f;
    const struct df_json *raw_event;
    struct df_issue *parsed = DF_NEW(arena, struct df_issue);
    struct df_event *event = NULL;
    DF_TRY(find_issue(d, project_id, issue, arena, &f, err));
    DF_TRY(get_issue(&f, parsed, err));
    DF_TRY(get_event(&f, &raw_event, err));
    if (raw_event) {
        event = DF_NEW(arena, struct df_event);
        if (!df_event_parse(raw_event, arena, event))
            return df_fail(err, DF_ERR_PROVIDER, "Sentry's answer is not an event");
    }
    *ret = (struct df_context){
        .issue = parsed,
        .event = event,
        .organization = f.api.organization,
        .host = f.api.connection.base_url,
        .fetched_ms = df_now_ms(d->clock),
    };
    return DF_OK;
}
