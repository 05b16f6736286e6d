#include "service/endpoints.h"
#include "service/oauth.h"
#include "service/oauth_redirect.h"
#include "service/token_cache.h"
#include "service/token_endpoint.h"

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
    if (local || d->allow_direct_callback)
        return DF_OK;
    return df_fail(err, DF_ERR_BROWSER,
                   "open startUrl rather than authUrl, so that the authorization is bound to your browser "
                   "(or set OAUTH_ALLOW_DIRECT_CALLBACK=true)");
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

static struct df_str organizations_json(const struct df_user_info *info, struct df_arena *arena)
{
    struct df_buf text;
    struct df_json_writer w;
    df_buf_init(&text, arena, 256 * 1024);
    df_json_writer_init(&w, &text, 0);
    df_json_open(&w, '[');
    for (size_t i = 0; i < info->n_organizations; i++) {
        df_json_open(&w, '{');
        df_json_kstr(&w, "slug", info->organizations[i].slug);
        df_json_kstr(&w, "name", info->organizations[i].name);
        df_json_kstr(&w, "url", info->organizations[i].url);
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    return df_buf_str(&text);
}

/* get_user_info with the new token, then the connection as one row; nothing is handed out before it is stored. */
static enum df_code store_connection(const struct df_devflow *d, const struct df_provider *provider,
                                     const struct df_oauth_app *app, const struct df_oauth_flow *flow,
                                     const struct df_token_answer *answer, struct df_arena *arena,
                                     struct df_connection *ret, struct df_error *err)
{
    struct df_user_info info;
    const struct df_endpoints at = df_endpoints_of(provider, app, arena);
    struct df_str scopes = answer->scopes.n ? df_scopes_ordered_like(answer->scopes, app->scopes, arena) : app->scopes;
    const struct df_user_info_ask ask = {.http = d->http,
                                         .provider = provider,
                                         .endpoints = &at,
                                         .access_token = answer->access_token,
                                         .token_type = answer->token_type,
                                         .scopes = scopes,
                                         .wanted = flow->organization};
    DF_TRY(provider->get_user_info(&ask, arena, &info, err));
    int64_t now = df_now_ms(d->clock);
    *ret = (struct df_connection){
        .id = df_random_uuid(arena),
        .project_id = app->project_id,
        .provider = app->provider,
        .base_url = app->base_url,
        .sealed_access_token = df_sealed(d, app->project_id, app->provider, "access_token", answer->access_token,
                                         arena),
        .token_type = answer->token_type,
        /* Those granted; RFC 6749 section 5.1: none named means as asked. */
        .scopes = scopes,
        .obtained_ms = now,
        .expires_ms = answer->expires_ms,
        .user_id = info.user_id,
        .user_email = info.email.n ? info.email : answer->user_email,
        .organizations = organizations_json(&info, arena),
        .version = 1,
        .created_ms = now,
        .updated_ms = now,
    };
    if (!df_secret_is_empty(answer->refresh_token))
        ret->sealed_refresh_token = df_sealed(d, app->project_id, app->provider, "refresh_token", answer->refresh_token,
                                              arena);
    ret->due_ms = df_connection_due_ms(ret, df_random_u32());
    DF_TRY(d->store->ops->connection_put(d->store, ret, app->client_id, err));
    df_token_cache_forget(d, app->project_id, provider);
    return DF_OK;
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
    DF_TRY(df_unsealed(d, flow->project_id, flow->provider, "verifier", flow->sealed_verifier, arena, &grant.verifier,
                       err));
    enum df_code code = df_token_request(d, &grant, arena, &answer, NULL, err);
    if (code == DF_ERR_RECONNECT)
        return df_fail(err, DF_ERR_STATE,
                       "%s refused the authorization code (invalid_grant): it has expired, was used already, or "
                       "was meant for another redirect URI. Start again (devflow oauth:connect)",
                       provider->title);
    DF_TRY(code);
    return store_connection(d, provider, app, flow, &answer, arena, ret, err);
}

static void end_flow(const struct df_devflow *d, struct df_oauth_flow *flow, enum df_code code,
                     const struct df_error *why)
{
    flow->status = code == DF_OK ? DF_FLOW_COMPLETED : DF_FLOW_FAILED;
    flow->code = code == DF_OK ? DF_STR_NONE : df_str_c(df_code_name(code));
    flow->message = code == DF_OK ? DF_S("OAuth connection established successfully") : df_str_c(why->message);
    /* When this fails, who waits sees the flow expire; the connection itself is stored. */
    (void)d->store->ops->flow_end(d->store, flow, NULL);
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
    DF_TRY(check_browser(d, &flow, &app, callback, arena, err));
    DF_TRY(d->store->ops->flow_take(d->store, state_hash, flow.browser_hash, df_now_ms(d->clock), err));
    enum df_code code = exchange(d, provider, &app, &flow, callback, arena, ret, err);
    end_flow(d, &flow, code, err);
    return code;
}

enum df_code df_oauth_disconnect(const struct df_devflow *d, struct df_str project_id,
                                 const struct df_provider *provider, struct df_arena *arena,
                                 struct df_str *ret_revoke_url, struct df_error *err)
{
    struct df_project project;
    struct df_oauth_app app;
    struct df_connection c;
    struct df_str name = df_str_c(provider->name);
    DF_TRY(d->store->ops->project_find(d->store, project_id, arena, &project, err));
    DF_TRY(d->store->ops->connection_find(d->store, project_id, name, arena, &c, err));
    DF_TRY(d->store->ops->app_find(d->store, project_id, name, arena, &app, err));
    DF_TRY(d->store->ops->connection_delete(d->store, project_id, name, err));
    df_token_cache_forget(d, project_id, provider);
    *ret_revoke_url = df_revoke_page(provider, &app, arena);
    return DF_OK;
}
