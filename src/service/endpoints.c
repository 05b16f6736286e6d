#include "service/endpoints.h"
#include "service/discovery.h"

static bool is_own(const struct df_provider *provider, struct df_str base)
{
    return !provider->base_url || !df_str_is(base, provider->base_url);
}

static struct df_str api_of(const struct df_provider *provider, struct df_str base, bool own, struct df_arena *arena)
{
    bool moved = own && provider->own_api_path;
    return df_endpoint_url(df_str_c(moved ? provider->own_api_path : provider->api_url), base, own, DF_STR_NONE, arena);
}

struct df_endpoints df_endpoints_of(const struct df_provider *provider, const struct df_oauth_app *app,
                                    struct df_arena *arena)
{
    struct df_str base = app->base_url;
    bool own = is_own(provider, base);
    struct df_endpoints e = {
        .base = base,
        .api = api_of(provider, base, own, arena),
        .auth = provider->client_auth,
        .pkce = provider->pkce,
    };
#define AT(url) df_endpoint_url(df_str_c(url), base, own, e.api, arena)
    e.authorize = AT(provider->authorize_url);
    e.token = AT(provider->token_url);
    e.refresh = provider->refresh_url ? AT(provider->refresh_url) : e.token;
    e.device = AT(provider->device_url);
    e.revoke = df_endpoint_fill(AT(provider->revocation.url), "client_id", app->client_id, arena);
    e.user_info = AT(provider->user.url);
    e.organizations = AT(provider->organizations.url);
#undef AT
    if (app->endpoints.n)
        df_discovery_apply(app->endpoints, arena, &e);
    return e;
}

struct df_str df_revoke_page(const struct df_provider *provider, const struct df_oauth_app *app, struct df_arena *arena)
{
    struct df_str url = df_endpoint_url(df_str_c(provider->revoke_page), app->base_url, is_own(provider, app->base_url),
                                        DF_STR_NONE, arena);
    return df_endpoint_fill(url, "client_id", app->client_id, arena);
}

struct df_str df_connection_api_url(const struct df_provider *provider, const struct df_oauth_app *app,
                                    const struct df_connection *c, struct df_arena *arena)
{
    const struct df_json *list = NULL;
    (void)df_json_parse(arena, c->organizations, 0, &list, NULL);
    struct df_str organization = df_json_get_str(df_json_at(list, 0), "slug");
    return df_endpoint_fill(df_endpoints_of(provider, app, arena).api, "organization", organization, arena);
}
