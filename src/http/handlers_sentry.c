#include "http/api.h"
#include "service/integrations.h"
#include "service/scrubbing.h"
#include "service/sentry_all.h"
#include "service/sentry_patterns.h"

enum df_code df_handle_integrations_test(void *app, const struct df_request *request, struct df_reply *reply,
                                         struct df_error *err)
{
    const struct df_api *api = app;
    struct df_integration_result *results;
    size_t n;
    bool ok = true;
    DF_TRY(df_integrations_test(api->d, request->params[0], request->arena, &results, &n, err));
    for (size_t i = 0; i < n; i++)
        ok = ok && results[i].token_valid && results[i].ready;
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "projectId", request->params[0]);
    df_json_kbool(&w, "ok", ok);
    df_json_kopen(&w, "results", '[');
    for (size_t i = 0; i < n; i++) {
        df_json_open(&w, '{');
        df_json_kstr(&w, "provider", df_str_c(results[i].provider->name));
        df_json_kstr(&w, "status", df_str_c(results[i].status));
        df_json_kbool(&w, "tokenValid", results[i].token_valid);
        df_json_kbool(&w, "ready", results[i].ready);
        df_json_kstr(&w, "message", results[i].message);
        df_json_kstr_or_null(&w, "organization", results[i].organization);
        df_json_kstr_or_null(&w, "nextStep", results[i].next_step);
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

/* ?all=true: every page there is; ?hourly=true: hours, too. */
static enum df_code wants(const struct df_request *request, const char *name, bool *ret, struct df_error *err)
{
    struct df_str value = df_request_query(request, name);
    *ret = df_str_is(value, "true");
    return value.n == 0 || *ret || df_str_is(value, "false")
               ? DF_OK
               : df_fail(err, DF_ERR_INVALID, "%s must be true or false", name);
}

/* rest: of a list that was to be whole, else NULL. */
static void put_page(struct df_json_writer *w, const struct df_page *page, const struct df_sentry_rest *rest)
{
    df_json_kstr_or_null(w, "nextCursor", rest ? rest->next_cursor : page->next_cursor);
    df_json_kstr_or_null(w, "previousCursor", page->previous_cursor);
    if (!rest)
        return;
    df_json_kbool(w, "complete", rest->complete);
    df_json_kstr_or_null(w, "missing", rest->missing);
}

enum df_code df_handle_sentry_issues(void *app, const struct df_request *request, struct df_reply *reply,
                                     struct df_error *err)
{
    const struct df_api *api = app;
    struct df_issue_query query = {
        .query = df_request_query(request, "query"),
        .query_given = df_request_query_given(request, "query") != NULL,
        .sort = df_request_query(request, "sort"),
        .cursor = df_request_query(request, "cursor"),
    };
    struct df_issue *issues;
    struct df_page page = {0};
    struct df_sentry_rest rest;
    size_t n;
    bool all;
    DF_TRY(wants(request, "all", &all, err));
    DF_TRY(df_api_query_int(request, "limit", &query.limit, err));
    if (all)
        DF_TRY(df_sentry_all_issues(api->d, request->params[0], &query, request->arena, &issues, &n, &rest, err));
    else
        DF_TRY(df_sentry_list_issues(api->d, request->params[0], &query, request->arena, &issues, &n, &page, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "issues", '[');
    struct df_scrub scrub = df_scrubbing(api->d, request->params[0], request->arena);
    for (size_t i = 0; i < n; i++) {
        struct df_issue clean = df_scrub_issue(&scrub, &issues[i]);
        df_issue_put_json(&w, &clean);
    }
    df_json_close(&w, ']');
    put_page(&w, &page, all ? &rest : NULL);
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_sentry_issue(void *app, const struct df_request *request, struct df_reply *reply,
                                    struct df_error *err)
{
    const struct df_api *api = app;
    struct df_issue issue;
    bool hourly;
    DF_TRY(wants(request, "hourly", &hourly, err));
    DF_TRY(df_sentry_get_issue(api->d, request->params[0], request->params[1], hourly, request->arena, &issue, err));
    struct df_json_writer w = df_api_json(reply);
    struct df_scrub scrub = df_scrubbing(api->d, request->params[0], request->arena);
    issue = df_scrub_issue(&scrub, &issue);
    df_issue_put_json(&w, &issue);
    return DF_OK;
}

static void put_event_tags(struct df_json_writer *w, const struct df_json *tags, struct df_scrub *scrub)
{
    df_json_kopen(w, "tags", '[');
    for (struct df_json_iter it = df_json_iter(tags); df_json_next(&it);) {
        struct df_str key = df_json_text(df_json_get(it.value, "key"), scrub->arena);
        if (key.n == 0) /* Sentry has sent null keys */
            continue;
        struct df_str value = df_json_text(df_json_get(it.value, "value"), scrub->arena);
        df_json_open(w, '{');
        df_json_kstr(w, "key", df_scrub_text(scrub, key));
        df_json_kstr_or_null(w, "value", df_scrub_under(scrub, key, value));
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
}

static void put_event_summary(struct df_json_writer *w, const struct df_json *event, struct df_scrub *scrub)
{
    static const char *const texts[] = {"title", "message", "platform", "dateCreated", "culprit", "location"};
    const struct df_json *id = df_json_get(event, "eventID");
    df_json_open(w, '{');
    df_json_kstr_or_null(w, "id", df_json_text(id ? id : df_json_get(event, "id"), scrub->arena));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        df_json_kstr_or_null(w, texts[i],
                             df_scrub_text(scrub, df_json_text(df_json_get(event, texts[i]), scrub->arena)));
    struct df_str user = df_json_text(df_json_path(event, "user", "id", NULL), scrub->arena);
    df_json_kstr_or_null(w, "user", df_scrub_text(scrub, user));
    put_event_tags(w, df_json_get(event, "tags"), scrub);
    df_json_close(w, '}');
}

enum df_code df_handle_sentry_events(void *app, const struct df_request *request, struct df_reply *reply,
                                     struct df_error *err)
{
    const struct df_api *api = app;
    struct df_str cursor = df_request_query(request, "cursor"), project = request->params[0];
    const struct df_json *events = NULL, **list = NULL;
    struct df_page page = {0};
    struct df_sentry_rest rest;
    size_t n = 0;
    int limit;
    bool all;
    DF_TRY(wants(request, "all", &all, err));
    DF_TRY(df_api_query_int(request, "limit", &limit, err));
    if (all)
        DF_TRY(
            df_sentry_all_events(api->d, project, request->params[1], cursor, request->arena, &list, &n, &rest, err));
    else
        DF_TRY(df_sentry_get_issue_events(api->d, project, request->params[1], cursor, limit, request->arena, &events,
                                          &page, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    struct df_scrub scrub = df_scrubbing(api->d, project, request->arena);
    df_json_kopen(&w, "events", '[');
    for (size_t i = 0; i < n; i++)
        put_event_summary(&w, list[i], &scrub);
    for (struct df_json_iter it = df_json_iter(events); df_json_next(&it);)
        put_event_summary(&w, it.value, &scrub);
    df_json_close(&w, ']');
    put_page(&w, &page, all ? &rest : NULL);
    df_json_close(&w, '}');
    return DF_OK;
}

/* preset, budget and lang of the query: how the Markdown is said. */
static enum df_code read_context_options(const struct df_request *request, struct df_context_options *o,
                                         struct df_error *err)
{
    struct df_str preset = df_request_query(request, "preset"), lang = df_request_query(request, "lang");
    struct df_str budget = df_request_query(request, "budget");
    unsigned long long chars = 0;
    if (preset.n && !df_context_preset_parse(preset, &o->preset))
        return df_fail(err, DF_ERR_INVALID, "preset must be full, brief or llm");
    if (lang.n && !df_context_lang_parse(lang, &o->lang))
        return df_fail(err, DF_ERR_INVALID, "lang must be en or fr");
    if (budget.n && (!df_str_to_u64(budget, &chars) || chars < DF_CONTEXT_BUDGET_MIN || chars > SIZE_MAX / 2))
        return df_fail(err, DF_ERR_INVALID, "budget must be a number of characters, %d at least",
                       DF_CONTEXT_BUDGET_MIN);
    o->budget_chars = (size_t)chars;
    return DF_OK;
}

/* A POST brings rules of its own: {"scrubRules": {...}}. They add to the server's. */
static enum df_code read_added_rules(const struct df_request *request, struct df_context_options *o,
                                     struct df_error *err)
{
    const struct df_json *body;
    struct df_scrub_rules *rules = DF_NEW(request->arena, struct df_scrub_rules);
    if (!df_str_is(request->method, "POST"))
        return DF_OK;
    DF_TRY(df_api_json_body(request, &body, err));
    for (struct df_json_iter it = df_json_iter(body); df_json_next(&it);)
        if (!it.object || !df_str_is(it.key, "scrubRules"))
            return df_fail(err, DF_ERR_INVALID, "the body has scrubRules alone");
    if (!df_json_get(body, "scrubRules"))
        return df_fail(err, DF_ERR_INVALID, "scrubRules is required");
    DF_TRY(df_scrub_rules_parse_added(df_json_get(body, "scrubRules"), request->arena, rules, err));
    o->rules[DF_SCRUB_RULE_SETS - 1] = rules;
    return DF_OK;
}

enum df_code df_handle_sentry_context(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    const struct df_api *api = app;
    struct df_context_options options = df_scrubbing_options(api->d, request->params[0], request->arena);
    struct df_str format = df_request_query(request, "format");
    struct df_context context;
    bool markdown = df_str_is(format, "markdown");
    if (format.n && !markdown && !df_str_is(format, "json"))
        return df_fail(err, DF_ERR_INVALID, "format must be markdown or json");
    DF_TRY(read_context_options(request, &options, err));
    DF_TRY(read_added_rules(request, &options, err));
    if (!markdown && (options.preset || options.lang || options.budget_chars))
        return df_fail(err, DF_ERR_INVALID,
                       "preset, budget and lang are for format=markdown: the JSON is always whole");
    DF_TRY(df_sentry_extract_context(api->d, request->params[0], request->params[1], request->arena, &context, err));
    if (markdown) {
        reply->content_type = "text/markdown; charset=utf-8";
        df_context_markdown(&context, &options, &reply->body);
    } else {
        struct df_json_writer w = df_api_json(reply);
        df_context_json(&context, &options, &w);
    }
    return DF_OK;
}

enum df_code df_handle_sentry_patterns(void *app, const struct df_request *request, struct df_reply *reply,
                                       struct df_error *err)
{
    const struct df_api *api = app;
    struct df_issue_query query = {
        .query = df_request_query(request, "query"),
        .query_given = df_request_query_given(request, "query") != NULL,
    };
    struct df_str format = df_request_query(request, "format");
    struct df_report report;
    bool markdown = df_str_is(format, "markdown");
    if (format.n && !markdown && !df_str_is(format, "json"))
        return df_fail(err, DF_ERR_INVALID, "format must be markdown or json");
    DF_TRY(df_api_query_int(request, "limit", &query.limit, err));
    DF_TRY(df_sentry_patterns(api->d, request->params[0], &query, request->arena, &report, err));
    struct df_scrub scrub = df_scrubbing(api->d, request->params[0], request->arena);
    if (markdown) {
        reply->content_type = "text/markdown; charset=utf-8";
        df_report_markdown(&report, &scrub, &reply->body);
    } else {
        struct df_json_writer w = df_api_json(reply);
        df_report_json(&report, &scrub, &w);
    }
    return DF_OK;
}
