#include "service/sentry_api.h"
#include "domain/sentry_error.h"
#include "domain/sentry_host.h"
#include "service/connection.h"
#include "service/tokens.h"

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

static enum df_code send(struct df_sentry_api *api, struct df_str url, struct df_http_answer *ret, struct df_error *err)
{
    const struct df_param accept = {DF_S("Accept"), DF_S("application/json")};
    const struct df_http_request request = {
        .method = "GET",
        .url = url,
        .headers = &accept,
        .n_headers = 1,
        .bearer = api->token.access_token,
        .counted_as = api->provider->slug,
    };
    return df_http_send(api->d->http, &request, api->arena, ret, err);
}

enum df_code df_sentry_api_get(struct df_sentry_api *api, struct df_str path, const char *what,
                               const struct df_json **ret, struct df_http_answer *ret_answer, struct df_error *err)
{
    struct df_str url = df_arena_printf(api->arena, "%.*s/api/0/organizations/%.*s/%.*s", DF_FMT(api->url),
                                        DF_FMT(df_url_encode(api->organization, api->arena)), DF_FMT(path));
    if (df_secret_is_empty(api->token.access_token))
        DF_TRY(df_tokens_resolve_token(api->d, api->project_id, api->provider, api->arena, &api->token, err));
    DF_TRY(send(api, url, ret_answer, err));
    if (ret_answer->status == 401) {
        enum df_code code = df_tokens_resolve_newer(api->d, api->project_id, api->provider, api->token.access_token,
                                                    api->arena, &api->token, err);
        /* A token fresh from a refresh is refused for another reason than its age: the answer says which. */
        if (code != DF_ERR_JUST_REFRESHED) {
            DF_TRY(code);
            DF_TRY(send(api, url, ret_answer, err));
        }
    }
    if (ret_answer->status != 200) {
        const struct df_sentry_fault fault = {ret_answer->status, ret_answer->body,
                                              df_http_header(ret_answer, "X-Sentry-Rate-Limit-Reset"),
                                              df_http_header(ret_answer, "Retry-After"), what};
        return df_sentry_error(&fault, df_now_ms(api->d->clock), api->arena, err);
    }
    if (df_json_parse(api->arena, ret_answer->body, 128, ret, NULL) != DF_OK)
        return df_fail(err, DF_ERR_PROVIDER, "Sentry's answer for %s is not JSON, or was cut short; try again", what);
    return DF_OK;
}
