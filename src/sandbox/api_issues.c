#include "sandbox/call.h"
#include "sandbox/query.h"

#include "base/time.h"

#include <stdlib.h>

enum { LIMIT_DEFAULT = 25 };

static const int64_t window_default_ms = INT64_C(90) * 24 * 3600 * 1000;

struct sandbox_issue *sandbox_issue_of(struct sandbox_call *call, size_t param, bool short_ids)
{
    struct df_str id = call->request->params[param];
    unsigned long long number;
    struct sandbox_issue *issue = NULL;
    if (short_ids || df_str_to_u64(id, &number))
        issue = sandbox_store_find(&call->sandbox->store, id);
    if (!issue)
        sandbox_not_found(call);
    return issue;
}

struct row {
    const struct sandbox_issue *issue;
    int64_t key, second;
};

static int64_t priority_rank(const struct sandbox_issue *issue)
{
    return *issue->priority == 'h' ? 3 : *issue->priority == 'm' ? 2 : 1;
}

static int64_t sort_key(const struct sandbox_issue *issue, struct df_str sort, int64_t now_ms)
{
    if (df_str_is(sort, "new") || df_str_is(sort, "inbox"))
        return issue->first_ms;
    if (df_str_is(sort, "freq"))
        return (int64_t)issue->count;
    if (df_str_is(sort, "user"))
        return (int64_t)issue->n_users;
    if (df_str_is(sort, "trends"))
        return (int64_t)sandbox_issue_since(issue, now_ms, 24);
    if (df_str_is(sort, "recommended"))
        return priority_rank(issue);
    return issue->last_ms;
}

static int by_key(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? 1 : -1;
    if (x->second != y->second)
        return x->second < y->second ? 1 : -1;
    return x->issue->id < y->issue->id ? 1 : -1;
}

static bool known_sort(struct df_str sort)
{
    static const char *const sorts[] = {"", "date", "new", "freq", "user", "trends", "recommended", "inbox"};
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++)
        if (df_str_is(sort, sorts[i]))
            return true;
    return false;
}

struct window {
    int64_t from_ms, to_ms;
};

static bool read_window(struct sandbox_call *call, struct window *ret)
{
    struct df_str period = df_request_query(call->request, "statsPeriod");
    struct df_str start = df_request_query(call->request, "start"), end = df_request_query(call->request, "end");
    int64_t ms = window_default_ms;
    *ret = (struct window){call->now_ms - ms, INT64_MAX};
    if (start.n || end.n) {
        if (df_time_parse(start, &ret->from_ms) && df_time_parse(end, &ret->to_ms))
            return true;
        sandbox_detail(call, 400, "start and end are required");
        return false;
    }
    if (period.n && !sandbox_period_parse(period, &ms)) {
        sandbox_detail(call, 400,
                       df_arena_cstr(call->arena, df_arena_printf(call->arena, "Invalid statsPeriod: '%.*s'",
                                                                  DF_FMT(df_str_head(period, 50)))));
        return false;
    }
    ret->from_ms = call->now_ms - ms;
    return true;
}

/* ?environment=a&environment=b: any of them. */
static bool in_environments(const struct sandbox_call *call, const struct sandbox_issue *issue)
{
    bool asked = false;
    for (size_t i = 0; i < call->request->n_query; i++) {
        const struct df_param *param = &call->request->query[i];
        if (!df_str_is(param->name, "environment") || param->value.n == 0)
            continue;
        asked = true;
        for (size_t j = 0; j < issue->n_events; j++)
            if (df_str_eq(issue->events[j]->data.environment, param->value))
                return true;
    }
    return !asked;
}

static bool in_project(const struct sandbox_call *call)
{
    struct df_str project = df_request_query(call->request, "project");
    return project.n == 0 || df_str_is(project, "1") || df_str_is(project, "-1") ||
           df_str_eq(project, call->sandbox->project);
}

/* A whole query that is a short ID finds that issue, when asked to look. */
static const struct sandbox_issue *by_short_id(const struct sandbox_call *call, struct df_str query)
{
    if (!df_str_is(df_request_query(call->request, "shortIdLookup"), "1"))
        return NULL;
    return sandbox_store_find_short(&call->sandbox->store, df_str_trim(query));
}

static bool read_query(struct sandbox_call *call, struct sandbox_query *ret, struct df_str *ret_text)
{
    const struct df_param *given = df_params_find(call->request->query, call->request->n_query, "query");
    struct df_str fault;
    *ret_text = given ? given->value : DF_S("is:unresolved");
    if (sandbox_query_parse(*ret_text, call->arena, ret, &fault))
        return true;
    sandbox_detail(call, 400, df_arena_cstr(call->arena, fault));
    return false;
}

static size_t collect(struct sandbox_call *call, const struct sandbox_query *query, struct window window,
                      struct df_str sort, struct row *rows)
{
    const struct sandbox_store *store = &call->sandbox->store;
    size_t n = 0;
    for (size_t i = 0; i < store->n_issues && in_project(call); i++) {
        const struct sandbox_issue *issue = store->issues[i];
        bool seen = issue->last_ms >= window.from_ms && issue->first_ms <= window.to_ms;
        if (seen && in_environments(call, issue) && sandbox_query_matches(query, issue, call->sandbox->project))
            rows[n++] = (struct row){issue, sort_key(issue, sort, call->now_ms), issue->last_ms};
    }
    if (n)
        qsort(rows, n, sizeof *rows, by_key);
    return n;
}

static void put_rows(struct sandbox_call *call, const struct row *rows, struct sandbox_slice slice)
{
    const struct df_param *given = df_params_find(call->request->query, call->request->n_query, "groupStatsPeriod");
    const char *stats = "24h";
    if (given && given->value.n == 0)
        stats = NULL;
    if (given && df_str_is(given->value, "14d"))
        stats = "14d";
    df_json_open(&call->w, '[');
    for (size_t i = slice.from; i < slice.to; i++)
        sandbox_put_issue(call, rows[i].issue, SANDBOX_ISSUE_ROW, stats);
    df_json_close(&call->w, ']');
}

void sandbox_api_issues(struct sandbox_call *call)
{
    struct sandbox_query query;
    struct window window;
    struct sandbox_slice slice;
    struct df_str text, sort = df_request_query(call->request, "sort");
    if (!sandbox_organization(call, 0) || !read_query(call, &query, &text) || !read_window(call, &window))
        return;
    if (!known_sort(sort)) {
        sandbox_detail(call, 400, "Invalid sort parameter.");
        return;
    }
    struct row *rows = DF_NEW_ARRAY(call->arena, struct row, SANDBOX_ISSUES_MAX);
    const struct sandbox_issue *direct = by_short_id(call, text);
    size_t n = direct ? 1 : collect(call, &query, window, sort, rows);
    if (direct) {
        rows[0].issue = direct;
        df_reply_header(call->reply, "X-Sentry-Direct-Hit", DF_S("1"));
    }
    if (sandbox_paginate(call, n, LIMIT_DEFAULT, &slice))
        put_rows(call, rows, slice);
}

void sandbox_api_issue(struct sandbox_call *call)
{
    const struct sandbox_issue *issue = sandbox_organization(call, 0) ? sandbox_issue_of(call, 1, true) : NULL;
    if (issue)
        sandbox_put_issue(call, issue, SANDBOX_ISSUE_DETAIL, NULL);
}

void sandbox_api_issue_legacy(struct sandbox_call *call)
{
    const struct sandbox_issue *issue = sandbox_issue_of(call, 0, false);
    if (issue)
        sandbox_put_issue(call, issue, SANDBOX_ISSUE_DETAIL, NULL);
}

static bool set_status(struct sandbox_issue *issue, struct df_str status)
{
    bool resolved = df_str_is(status, "resolved") || df_str_is(status, "resolvedInNextRelease");
    bool ignored = df_str_is(status, "ignored");
    if (!resolved && !ignored && !df_str_is(status, "unresolved"))
        return false;
    issue->status = resolved ? SANDBOX_RESOLVED : ignored ? SANDBOX_IGNORED : SANDBOX_UNRESOLVED;
    issue->substatus = resolved ? NULL : ignored ? "archived_until_escalating" : "ongoing";
    return true;
}

static bool set_priority(struct sandbox_issue *issue, struct df_str priority)
{
    static const char *const priorities[] = {"low", "medium", "high"};
    for (size_t i = 0; i < 3; i++)
        if (df_str_is(priority, priorities[i])) {
            issue->priority = priorities[i];
            return true;
        }
    return false;
}

/* {"field": ["..."]}, as the framework below Sentry words it. */
static void invalid_choice(struct sandbox_call *call, const char *field, struct df_str value)
{
    struct df_str text = df_arena_printf(call->arena, "\"%.*s\" is not a valid choice.",
                                         DF_FMT(df_str_head(value, 100)));
    call->reply->status = 400;
    df_json_open(&call->w, '{');
    df_json_kstrs(&call->w, field, &text, 1);
    df_json_close(&call->w, '}');
}

static void update(struct sandbox_call *call, struct sandbox_issue *issue)
{
    const struct df_json *body = NULL;
    if (df_json_parse(call->arena, call->request->body, 0, &body, NULL) != DF_OK || !df_json_is_object(body)) {
        sandbox_detail(call, 400, "JSON parse error");
        return;
    }
    const struct df_json *status = df_json_get(body, "status"), *priority = df_json_get(body, "priority");
    if (status && !set_status(issue, df_json_str(status)))
        invalid_choice(call, "status", df_json_text(status, call->arena));
    else if (priority && !set_priority(issue, df_json_str(priority)))
        invalid_choice(call, "priority", df_json_text(priority, call->arena));
    else {
        issue->has_seen = df_json_bool(df_json_get(body, "hasSeen"), issue->has_seen);
        sandbox_put_issue(call, issue, SANDBOX_ISSUE_PLAIN, NULL);
    }
}

void sandbox_api_issue_put(struct sandbox_call *call)
{
    struct sandbox_issue *issue = sandbox_organization(call, 0) ? sandbox_issue_of(call, 1, true) : NULL;
    if (issue)
        update(call, issue);
}

void sandbox_api_issue_legacy_put(struct sandbox_call *call)
{
    struct sandbox_issue *issue = sandbox_issue_of(call, 0, false);
    if (issue)
        update(call, issue);
}

void sandbox_api_shortid(struct sandbox_call *call)
{
    struct sandbox_issue *issue = sandbox_organization(call, 0)
                                      ? sandbox_store_find_short(&call->sandbox->store, call->request->params[1])
                                      : NULL;
    if (!issue) {
        sandbox_not_found(call);
        return;
    }
    df_json_open(&call->w, '{');
    df_json_kstr(&call->w, "organizationSlug", call->sandbox->organization);
    df_json_kstr(&call->w, "projectSlug", call->sandbox->project);
    df_json_kstr(&call->w, "groupId", df_arena_printf(call->arena, "%llu", issue->id));
    df_json_key(&call->w, DF_S("group"));
    sandbox_put_issue(call, issue, SANDBOX_ISSUE_PLAIN, NULL);
    df_json_kstr(&call->w, "shortId", df_str_c(issue->short_id));
    df_json_close(&call->w, '}');
}

void sandbox_api_hashes(struct sandbox_call *call)
{
    const struct sandbox_issue *issue = sandbox_organization(call, 0) ? sandbox_issue_of(call, 1, true) : NULL;
    struct sandbox_slice slice;
    if (!issue || !sandbox_paginate(call, 1, 100, &slice))
        return;
    df_json_open(&call->w, '[');
    if (slice.from < slice.to) {
        df_json_open(&call->w, '{');
        df_json_kstr(&call->w, "id", df_str_c(issue->hash));
        df_json_key(&call->w, DF_S("latestEvent"));
        sandbox_put_event(call, issue->events[issue->n_events - 1]);
        df_json_kbool(&call->w, "mergedBySeer", false);
        df_json_knull(&call->w, "seerMatchDistance");
        df_json_close(&call->w, '}');
    }
    df_json_close(&call->w, ']');
}
