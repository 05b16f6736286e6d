#include "service/endpoints.h"
#include "service/oauth.h"
#include "service/oauth_connected.h"
#include "service/oauth_redirect.h"
#include "service/token_cache.h"

static enum df_code bad_state(struct df_error *err)
{
    return df_fail(err, DF_ERR_STATE, "Invalid or expired state parameter: start again (devflow oauth:connect)");
}

/* The callback must come from the browser that opened startUrl. Without that, only where no one else's browser can be
 * meant: on this machine, with a redirect URI that leads to this machine. */
static enum df_code check_browser(const struct df_devflow *d, const struct df_oauth_flow *flow,
                                  const struct df_oauth_app *app, const struct df_callback *callback,
                                  struct df_arena *arena, struct df_error *err)
{
    struct df_url url;
    struct df_str cookie = callback->cookie(callback->cookie_arg, df_oauth_cookie_name(flow->id, arena));
    if (flow->browser_hash.n) {
        if (cookie.n && df_equal_constant_time(df_sha256_of(cookie, arena), flow->browser_hash))
            return DF_OK;
        return df_fail(err, DF_ERR_BROWSER,
                       "this authorization was started in another browser: finish it there, or start again "
                       "(devflow oauth:connect)");
    }
    bool local = callback->from_loopback && df_url_parse(app->redirect_uri, arena, &url) &&
                 df_host_is_loopback(url.host);
    if (local || (d->switches && d->switches->allow_direct_callback))
        return DF_OK;
    return df_fail(err, DF_ERR_BROWSER,
                   "open startUrl rather than authUrl, so that the authorization is bound to your browser "
                   "(or set OAUTH_ALLOW_DIRECT_CALLBACK=true)");
}

/* RFC 9207: an answer that names another issuer comes from a server that was mixed in. */
static enum df_code check_issuer(const struct df_provider *provider, const struct df_oauth_app *app,
                                 const struct df_callback *callback, struct df_arena *arena, struct df_error *err)
{
    const struct df_endpoints at = df_endpoints_of(provider, app, arena);
    if (at.issuer.n == 0 || df_str_eq(callback->iss, at.issuer) || (callback->iss.n == 0 && !at.iss_always))
        return DF_OK;
    return df_fail(err, DF_ERR_STATE,
                   "the answer %s, so that it may come from another server; nothing was connected. Start again "
                   "(devflow oauth:connect %s)",
                   callback->iss.n ? "names another issuer than the one that was asked" : "names no issuer (iss)",
                   provider->slug);
}

static enum df_code provider_error(const struct df_provider *provider, struct df_str name, struct df_error *err)
{
    if (df_str_is(name, "access_denied"))
        return df_fail(err, DF_ERR_DENIED,
                       "access_denied: the permission was not given in %s. Nothing was connected; start again to "
                       "give it",
                       provider->title);
    if (df_str_is(name, "invalid_scope"))
        return df_fail(err, DF_ERR_SCOPE,
                       "invalid_scope: %s refused the scopes asked for. Register or connect with others "
                       "(--scopes)",
                       provider->title);
    if (df_str_is(name, "unauthorized_client"))
        return df_fail(err, DF_ERR_CLIENT_CREDENTIALS,
                       "Invalid client credentials: %s does not let this application connect", provider->title);
    return df_fail(err, DF_ERR_PROVIDER, "%s answered %.*s instead of a code; start again", provider->title,
                   DF_FMT(df_str_head(name, 64)));
}

static enum df_code exchange(const struct df_devflow *d, const struct df_provider *provider,
                             const struct df_oauth_app *app, const struct df_oauth_flow *flow,
                             const struct df_callback *callback, struct df_arena *arena, struct df_connection *ret,
                             struct df_error *err)
{
    struct df_token_grant grant = {.provider = provider, .app = app, .code = callback->code};
    struct df_token_answer answer;
    if (callback->error.n)
        return provider_error(provider, callback->error, err);
    if (df_secret_is_empty(callback->code))
        return df_fail(err, DF_ERR_STATE, "Missing code or state parameter");
    if (df_endpoints_of(provider, app, arena).pkce)
        DF_TRY(df_unsealed(d, flow->project_id, flow->provider, df_sealed_field("verifier", flow->id, arena),
                           flow->sealed_verifier, arena, &grant.verifier, err));
    enum df_code code = df_token_request(d, &grant, arena, &answer, NULL, err);
    if (code == DF_ERR_RECONNECT)
        return df_fail(err, DF_ERR_STATE,
                       "%s refused the authorization code (invalid_grant): it has expired, was used already, or "
                       "was meant for another redirect URI. Start again (devflow oauth:connect)",
                       provider->title);
    DF_TRY(code);
    return df_oauth_connected(d, provider, app, flow->organization, &answer, arena, ret, err);
}

enum df_code df_oauth_handle_callback(const struct df_devflow *d, const struct df_provider *provider,
                                      const struct df_callback *callback, struct df_arena *arena,
                                      struct df_connection *ret, struct df_error *err)
{
    struct df_oauth_flow flow;
    struct df_oauth_app app;
    if (callback->state.n == 0)
        return df_fail(err, DF_ERR_STATE, "Missing code or state parameter");
    struct df_str state_hash = df_sha256_of(callback->state, arena);
    enum df_code found = d->store->ops->flow_find_state(d->store, state_hash, arena, &flow, err);
    if (found == DF_ERR_FLOW || (found == DF_OK && !df_str_is(flow.provider, provider->name)))
        return bad_state(err);
    DF_TRY(found);
    DF_TRY(d->store->ops->app_find(d->store, flow.project_id, flow.provider, arena, &app, err));
    DF_TRY(check_issuer(provider, &app, callback, arena, err));
    DF_TRY(check_browser(d, &flow, &app, callback, arena, err));
    DF_TRY(d->store->ops->flow_take(d->store, state_hash, flow.browser_hash, df_now_ms(d->clock), err));
    enum df_code code = exchange(d, provider, &app, &flow, callback, arena, ret, err);
    df_oauth_flow_ended(d, &flow, code, err, arena);
    return code;
}

enum df_code df_oauth_disconnect(const struct df_devflow *d, struct df_str project_id,
                                 const struct df_provider *provider, struct df_arena *arena,
                                 struct df_disconnection *ret, struct df_error *err)
{
    struct df_project project;
    struct df_oauth_app app;
    struct df_connection c;
    struct df_error why;
    struct df_str name = df_str_c(provider->name);
    DF_TRY(d->store->ops->project_find(d->store, project_id, arena, &project, err));
    DF_TRY(d->store->ops->connection_find(d->store, project_id, name, arena, &c, err));
    DF_TRY(d->store->ops->app_find(d->store, project_id, name, arena, &app, err));
    /* Ours first: whatever the provider does then, nobody gets the token from here any more. */
    DF_TRY(d->store->ops->connection_delete(d->store, project_id, name, err));
    df_token_cache_forget(d, project_id, provider);
    *ret = (struct df_disconnection){.outcome = df_revoke(d, provider, &app, &c, arena, &why),
                                     .was_static = df_str_is(app.flow_type, "static")};
    if (ret->outcome == DF_REVOKED_FAILED)
        ret->why = df_arena_dup(arena, df_str_c(why.message));
    if (ret->outcome != DF_REVOKED)
        ret->revoke_url = df_revoke_page(provider, &app, arena);
    return DF_OK;
}
