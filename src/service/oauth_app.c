#include "service/oauth_app.h"
#include "service/discovery.h"
#include "service/oauth.h"
#include "service/oauth_redirect.h"
#include "service/token_cache.h"

static void warn(struct df_warnings *w, struct df_str text)
{
    if (w->n < sizeof w->items / sizeof *w->items)
        w->items[w->n++] = text;
}

enum df_code df_base_url_check(struct df_str text, const struct df_provider *provider, struct df_arena *arena,
                               struct df_str *ret, struct df_error *err)
{
    struct df_url url;
    if (text.n == 0 && !provider->base_url)
        return df_fail(err, DF_ERR_INVALID, "baseUrl is required for %s: the URL of the server%s", provider->title,
                       provider->discovery ? ", its issuer" : "");
    if (text.n == 0) {
        *ret = df_str_c(provider->base_url);
        return DF_OK;
    }
    while (df_str_ends(text, DF_S("/")))
        text.n--;
    if (!df_url_parse(text, arena, &url) || url.user.n || url.query.n || url.fragment.n)
        return df_fail(err, DF_ERR_INVALID,
                       "baseUrl must be the URL of your %s, such as https://%s.example.com, without user, "
                       "query or fragment",
                       provider->title, provider->slug);
    if (df_str_is(url.scheme, "http") && !df_host_is_loopback(url.host))
        return df_fail(err, DF_ERR_INVALID, "baseUrl must be https: plain http is taken for this machine only");
    *ret = text;
    return DF_OK;
}

enum df_code df_app_discover(const struct df_devflow *d, const struct df_provider *provider, struct df_arena *arena,
                             struct df_oauth_app *app, struct df_error *err)
{
    return provider->discovery ? df_discover(d, app->base_url, arena, &app->endpoints, err) : DF_OK;
}

static enum df_code choose_flow(const struct df_app_registration *r, const struct df_provider *provider,
                                struct df_oauth_app *app, struct df_error *err)
{
    bool code = provider->authorize_url || provider->discovery, device = provider->device_url || provider->discovery;
    app->flow_type = r->flow_type.n ? r->flow_type : code ? DF_S("authorization_code") : DF_S("device");
    if ((code && df_str_is(app->flow_type, "authorization_code")) || (device && df_str_is(app->flow_type, "device")))
        return DF_OK;
    return df_fail(err, DF_ERR_INVALID, "Invalid flowType. Supported for %s: %s", provider->title,
                   !device ? "authorization_code"
                   : code  ? "authorization_code, device"
                           : "device");
}

static enum df_code check_redirect_uri(const struct df_devflow *d, const struct df_app_registration *r,
                                       const struct df_provider *provider, struct df_arena *arena,
                                       struct df_warnings *warnings, struct df_error *err)
{
    struct df_str ours = df_redirect_uri_ours(d, provider, arena);
    DF_TRY(df_redirect_uri_check(r->redirect_uri, arena, err));
    if (d->production && !df_str_istarts(r->redirect_uri, DF_S("https:")))
        return df_fail(err, DF_ERR_REDIRECT_URI, "redirectUri must be https, as API_URL is");
    if (provider->https_redirects_only && !df_str_starts(r->redirect_uri, DF_S("https:")))
        warn(warnings,
             df_arena_printf(arena, "%s takes https redirect URIs only, on this machine too", provider->title));
    if (!df_redirect_uri_reaches(r->redirect_uri, ours, arena))
        warn(warnings,
             df_arena_printf(arena,
                             "Redirect URI mismatch: this API answers at %.*s; a browser sent to the registered "
                             "one does not reach it. Correct it, or set API_URL",
                             DF_FMT(ours)));
    return DF_OK;
}

static enum df_code check_registration(const struct df_devflow *d, const struct df_app_registration *r,
                                       const struct df_provider *provider, struct df_arena *arena,
                                       struct df_oauth_app *app, struct df_warnings *warnings, struct df_error *err)
{
    DF_TRY(df_base_url_check(r->base_url, provider, arena, &app->base_url, err));
    DF_TRY(choose_flow(r, provider, app, err));
    app->scopes = r->scopes.n ? df_scopes_join(r->scopes.items, r->scopes.n, arena)
                              : df_scopes_from_list(provider->scopes.recommended, arena);
    DF_TRY(df_scopes_check(&provider->scopes, provider->title, app->scopes, err));
    struct df_str *missing;
    size_t n_missing = df_scopes_warnings(&provider->scopes, app->scopes, arena, &missing);
    for (size_t i = 0; i < n_missing; i++)
        warn(warnings, missing[i]);
    size_t n_unknown = df_scopes_unknown(&provider->scopes, app->scopes, arena, &missing);
    for (size_t i = 0; i < n_unknown; i++)
        warn(warnings, missing[i]);
    return df_str_is(app->flow_type, "device") && r->redirect_uri.n == 0
               ? DF_OK
               : check_redirect_uri(d, r, provider, arena, warnings, err);
}

/* Everyone has it, so it is no secret. */
static bool is_the_guides(struct df_secret secret)
{
    return df_str_is(df_secret_reveal(secret), "8a4af4ef829f299f11178f15bf2ed5eb26bd4c615d5a524a63d35811726e1757");
}

enum df_code df_oauth_register(const struct df_devflow *d, const struct df_app_registration *r, struct df_arena *arena,
                               struct df_oauth_app *ret, struct df_warnings *ret_warnings, struct df_error *err)
{
    const struct df_provider *provider;
    struct df_project project;
    bool reconnect = false;
    struct df_warnings warnings = {.n = 0};
    struct df_oauth_app app = {
        .id = df_random_uuid(arena),
        .project_id = r->project_id,
        .client_id = df_str_trim(r->client_id),
        .redirect_uri = r->redirect_uri,
        .name = r->name,
        .description = r->description,
        .created_ms = df_now_ms(d->clock),
        .updated_ms = df_now_ms(d->clock),
    };
    DF_TRY(df_provider_find(d, r->provider, &provider, err));
    app.provider = df_str_c(provider->name);
    DF_TRY(check_registration(d, r, provider, arena, &app, &warnings, err));
    DF_TRY(d->store->ops->project_find(d->store, r->project_id, arena, &project, err));
    struct df_secret secret = df_secret_of(df_str_trim(df_secret_reveal(r->client_secret)));
    bool needs_secret = provider->client_auth != DF_CLIENT_NONE && !provider->discovery &&
                        !(provider->device_public && df_str_is(app.flow_type, "device"));
    if (app.client_id.n == 0 || (needs_secret && df_secret_is_empty(secret)))
        return df_fail(err, DF_ERR_INVALID, "clientId and clientSecret must not be empty");
    if (d->production && is_the_guides(secret))
        return df_fail(err, DF_ERR_INVALID, "clientSecret is the one that the guide prints: register with your own");
    if (!df_secret_is_empty(secret))
        app.sealed_client_secret = df_sealed(d, app.project_id, app.provider, "client_secret", secret, arena);
    DF_TRY(df_app_discover(d, provider, arena, &app, err));
    struct df_str reason = df_arena_printf(
        arena, "the %s application was registered anew with another client ID or server", provider->title);
    DF_TRY(d->store->ops->app_put(d->store, &app, reason, &reconnect, err));
    df_token_cache_forget(d, app.project_id, provider);
    if (reconnect)
        warn(&warnings,
             df_arena_printf(arena,
                             "the client ID or server changed: connect again (devflow oauth:connect %s --project %.*s)",
                             provider->slug, DF_FMT(app.project_id)));
    *ret_warnings = warnings;
    return d->store->ops->app_find(d->store, app.project_id, app.provider, arena, ret, err);
}

enum df_code df_oauth_unregister(const struct df_devflow *d, struct df_str project_id,
                                 const struct df_provider *provider, struct df_error *err)
{
    DF_TRY(d->store->ops->app_delete(d->store, project_id, df_str_c(provider->name), err));
    df_token_cache_forget(d, project_id, provider);
    return DF_OK;
}
