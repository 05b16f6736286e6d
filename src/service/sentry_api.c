#include "service/sentry_api.h"
#include "domain/issue_ref.h"
#include "domain/sentry_error.h"
#include "domain/sentry_host.h"
#include "service/api_budget.h"
#include "service/connection.h"
#include "service/sentry_cache.h"
#include "service/tokens.h"

enum {
    DEPTH_LIMIT = 128,
    SENDS = 3,              /* of what a rate limit answered */
    PATIENCE_MS = 8 * 1000, /* a caller's thread waits that long for a rate limit, not longer */
    HOLD_MS = 1000,         /* for a 429 that does not say how long */
};

bool df_sentry_api_is_own(const struct df_sentry_api *api, struct df_str origin)
{
    return origin.n == 0 || df_sentry_host_is_own(origin, api->connection.base_url, api->d->sentry_regions, api->arena);
}

bool df_sentry_api_sees(const struct df_sentry_api *api, struct df_str slug)
{
    for (struct df_json_iter it = df_json_iter(api->organizations); df_json_next(&it);)
        if (df_str_eq(df_json_get_str(it.value, "slug"), slug))
            return true;
    return false;
}

enum df_code df_sentry_api_choose(struct df_sentry_api *api, struct df_str slug, struct df_error *err)
{
    for (struct df_json_iter it = df_json_iter(api->organizations); df_json_next(&it);) {
        struct df_str region = df_json_get_str(it.value, "url");
        if (!df_str_eq(df_json_get_str(it.value, "slug"), slug))
            continue;
        api->organization = slug;
        api->url = df_sentry_host_of(region, api->connection.base_url, api->d->sentry_regions, api->arena);
        return DF_OK;
    }
    return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND,
                   "this connection does not see the organisation %.*s; connect with --org %.*s",
                   DF_FMT(df_str_head(slug, 64)), DF_FMT(df_str_head(slug, 64)));
}

enum df_code df_sentry_api_open(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena,
                                struct df_sentry_api *ret, struct df_error *err)
{
    struct df_oauth_app app;
    *ret = (struct df_sentry_api){.d = d, .arena = arena, .project_id = project_id};
    DF_TRY(df_provider_find(d, DF_S("SENTRY"), &ret->provider, err));
    DF_TRY(df_connection_load(d, project_id, ret->provider, arena, &app, &ret->connection, err));
    DF_TRY(df_json_parse(arena, ret->connection.organizations, 0, &ret->organizations, err));
    return df_sentry_api_choose(ret, ret->connection.user_id, err);
}

static struct df_str url_of(const struct df_sentry_api *api, const struct df_sentry_ask *ask)
{
    if (ask->legacy)
        return df_arena_printf(api->arena, "%.*s/api/0/%.*s", DF_FMT(api->url), DF_FMT(ask->path));
    return df_arena_printf(api->arena, "%.*s/api/0/organizations/%.*s/%.*s", DF_FMT(api->url),
                           DF_FMT(df_url_encode(api->organization, api->arena)), DF_FMT(ask->path));
}

/* What is kept under: a fragment, which no request has, keeps the aged apart. */
static struct df_str kept_as(const struct df_sentry_api *api, const struct df_sentry_ask *ask, struct df_str url)
{
    return ask->aged ? df_arena_printf(api->arena, "%.*s#aged", DF_FMT(url)) : url;
}

static void read_body(struct df_sentry_api *api, struct df_sentry_ask *ask, const struct df_sentry_kept *kept)
{
    ask->link = kept->link;
    ask->fetched_ms = kept->fetched_ms;
    ask->code = df_json_parse_mended(api->arena, kept->body, DEPTH_LIMIT, &ask->json, &ask->mended, NULL);
    if (ask->code != DF_OK)
        ask->code = df_fail(&ask->err, DF_ERR_PROVIDER,
                            "Sentry's answer for %s is not JSON, or was cut short; try again", ask->what);
}

/* The last number after "issues" or "groups" in a redirect to the same Sentry: where a merged issue has gone. Only the number is
 * taken from it. */
static struct df_str moved_to(const struct df_sentry_api *api, struct df_str location)
{
    struct df_issue_ref ref;
    if (df_str_starts(location, DF_S("/")) && !df_str_starts(location, DF_S("//")))
        location = df_arena_printf(api->arena, "%.*s%.*s", DF_FMT(api->url), DF_FMT(location));
    if (df_issue_ref_parse(location, api->arena, &ref, NULL) != DF_OK || ref.kind != DF_ISSUE_REF_NUMERIC ||
        ref.host_origin.n == 0 || !df_sentry_api_is_own(api, ref.host_origin))
        return DF_STR_NONE;
    return ref.id;
}

static void read_refusal(struct df_sentry_api *api, struct df_sentry_ask *ask, const struct df_http_answer *answer)
{
    const struct df_sentry_fault fault = {answer->status, answer->body,
                                          df_http_header(answer, "X-Sentry-Rate-Limit-Reset"),
                                          df_http_header(answer, "Retry-After"), ask->what};
    ask->code = df_sentry_error(&fault, df_now_ms(api->d->clock), api->arena, &ask->err);
    if (answer->status >= 300 && answer->status < 400)
        ask->moved_to = moved_to(api, df_http_header(answer, "Location"));
}

static struct df_budget_key budget_of(const struct df_sentry_api *api)
{
    return (struct df_budget_key){api->d, api->provider, api->project_id, api->arena};
}

/* A header may come in several lines (RFC 9110 section 5.3). */
static struct df_str links_of(const struct df_http_answer *answer, struct df_arena *arena)
{
    struct df_str links = DF_STR_NONE;
    for (size_t i = 0; i < answer->n_headers; i++)
        if (df_str_ieq(answer->headers[i].name, DF_S("Link")))
            links = links.n ? df_arena_printf(arena, "%.*s, %.*s", DF_FMT(links), DF_FMT(answer->headers[i].value))
                            : answer->headers[i].value;
    return links;
}

static void take_result(struct df_sentry_api *api, struct df_sentry_ask *ask, struct df_str url,
                        const struct df_http_result *result)
{
    const struct df_budget_key budget = budget_of(api);
    const struct df_http_answer *answer = &result->answer;
    ask->code = result->code;
    ask->err = result->err;
    if (result->code != DF_OK)
        return;
    if (answer->status == 429)
        df_budget_hold(&budget, answer, HOLD_MS);
    else
        df_budget_note(&budget, answer);
    if (answer->status != 200) {
        read_refusal(api, ask, answer);
        return;
    }
    const struct df_sentry_kept kept = {answer->body, links_of(answer, api->arena), df_now_ms(api->d->clock)};
    read_body(api, ask, &kept);
    if (ask->code == DF_OK && !ask->fleeting)
        df_sentry_cache_put(api->d, &api->connection, kept_as(api, ask, url), ask->lasting || ask->aged, &kept,
                            api->arena);
}

/* Those of the round that are still to be asked. */
struct pending {
    struct df_sentry_ask **asks;
    struct df_http_request *requests;
    struct df_http_result *results;
    size_t n;
    int sends, refusals;
    bool renewed; /* the token, since it was last sent */
};

/* What a rate limit was answered to keeps that. */
static void fail(struct pending *p, enum df_code code, const struct df_error *err)
{
    for (size_t i = 0; i < p->n; i++) {
        struct df_sentry_ask *ask = p->asks[i];
        if (ask->code == DF_ERR_RATE_LIMITED)
            continue;
        ask->code = code;
        ask->err = *err;
    }
    p->n = 0;
}

/* Returns whether the token was refused. */
static bool send_pending(struct df_sentry_api *api, struct pending *p)
{
    static const struct df_param accept = {{"Accept", 6}, {"application/json", 16}};
    size_t left = 0;
    bool refused = false;
    for (size_t i = 0; i < p->n; i++)
        p->requests[i] = (struct df_http_request){
            .method = "GET",
            .url = url_of(api, p->asks[i]),
            .headers = &accept,
            .n_headers = 1,
            .bearer = api->token.access_token,
            .counted_as = api->provider->slug,
        };
    api->d->http->ops->send_all(api->d->http, p->requests, p->n, api->arena, p->results);
    p->sends++;
    for (size_t i = 0; i < p->n; i++) {
        struct df_sentry_ask *ask = p->asks[i];
        take_result(api, ask, p->requests[i].url, &p->results[i]);
        /* Where Sentry wants more of the user, which is another code, a newer token is worth no more. */
        refused = refused || ask->code == DF_ERR_RECONNECT;
        if (ask->code == DF_ERR_RECONNECT || (ask->code == DF_ERR_RATE_LIMITED && p->sends < SENDS))
            p->asks[left++] = ask;
    }
    p->n = left;
    return refused;
}

static struct pending not_kept(struct df_sentry_api *api, struct df_sentry_ask *asks, size_t n)
{
    struct pending p = {
        .asks = DF_NEW_ARRAY(api->arena, struct df_sentry_ask *, n),
        .requests = DF_NEW_ARRAY(api->arena, struct df_http_request, n),
        .results = DF_NEW_ARRAY(api->arena, struct df_http_result, n),
    };
    for (size_t i = 0; i < n; i++) {
        struct df_sentry_kept kept;
        asks[i].asked = true;
        asks[i].code = DF_OK;
        if (!asks[i].fleeting && df_sentry_cache_get(api->d, &api->connection,
                                                     kept_as(api, &asks[i], url_of(api, &asks[i])), api->arena, &kept))
            read_body(api, &asks[i], &kept);
        else
            p.asks[p.n++] = &asks[i];
    }
    return p;
}

/* One sending, and then a newer token where this one was refused. */
static enum df_code go_on(struct df_sentry_api *api, struct pending *p, struct df_error *err)
{
    const struct df_budget_key budget = budget_of(api);
    DF_TRY(df_budget_take(&budget, (int)p->n, PATIENCE_MS, err));
    /* Not earlier: it may have been replaced during that wait. */
    if (!p->renewed)
        DF_TRY(df_tokens_resolve_token(api->d, api->project_id, api->provider, api->arena, &api->token, err));
    p->renewed = send_pending(api, p);
    if (!p->renewed)
        return DF_OK;
    enum df_code code = df_tokens_renew(api->d, api->project_id, api->provider, ++p->refusals, api->arena, &api->token,
                                        err);
    if (code == DF_ERR_JUST_REFRESHED)
        p->n = 0; /* refused for another reason than its age: what was answered says which */
    return code;
}

void df_sentry_api_round(struct df_sentry_api *api, struct df_sentry_ask *asks, size_t n)
{
    struct pending p = not_kept(api, asks, n);
    struct df_error err;
    while (p.n) {
        enum df_code code = go_on(api, &p, &err);
        if (code != DF_OK)
            fail(&p, code, &err);
    }
}

enum df_code df_sentry_api_get(struct df_sentry_api *api, struct df_sentry_ask *ask, struct df_error *err)
{
    df_sentry_api_round(api, ask, 1);
    if (ask->code != DF_OK && err)
        *err = ask->err;
    return ask->code;
}
