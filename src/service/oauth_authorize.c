#include "service/endpoints.h"
#include "service/oauth.h"
#include "service/oauth_redirect.h"

enum {
    URL_LIMIT_BYTES = 16 * 1024,
    /* The first look must not hold up the user when the provider is slow; the browser will find out. */
    FIRST_LOOK_TIMEOUT_MS = 5000,
    FIRST_LOOK_LIMIT_BYTES = 512 * 1024,
    STATE_BYTES = 32,
    VERIFIER_BYTES = 32,
    FLOW_ID_BYTES = 16,
    COOKIE_BYTES = 32,
};

/* RFC 7636 section 4.2 */
static struct df_str challenge_of(struct df_str verifier, struct df_arena *arena)
{
    return df_base64url(df_sha256_of(verifier, arena), arena);
}

/* "a b" as "a+b", colons plain: as the guide prints it, and as people read it. Those with the provider's other prefix go
 * into the other parameter. */
static void put_scopes(struct df_buf *url, const struct df_provider *provider, const char *name, bool other,
                       struct df_str scopes)
{
    struct df_str rest = scopes, scope, prefix = df_str_c(provider->other_scope_prefix);
    bool first = true;
    while (df_str_split(&rest, ' ', &scope)) {
        bool is_other = prefix.n && df_str_starts(scope, prefix);
        if (is_other != other || scope.n == 0)
            continue;
        if (first)
            df_buf_printf(url, "&%s=", name);
        else
            df_buf_put_char(url, provider->scope_separator == ' ' ? '+' : provider->scope_separator);
        df_url_put_encoded(url, is_other ? df_str_from(scope, prefix.n) : scope, ":");
        first = false;
    }
}

static struct df_str build_url(const struct df_provider *provider, const struct df_endpoints *at,
                               const struct df_oauth_app *app, struct df_str scopes, struct df_str state,
                               struct df_str verifier, struct df_arena *arena)
{
    struct df_buf url;
    df_buf_init(&url, arena, URL_LIMIT_BYTES);
    df_buf_put_str(&url, at->authorize);
    df_buf_put_c(&url, df_str_find_char(at->authorize, '?') >= 0 ? "&client_id=" : "?client_id=");
    df_url_put_encoded(&url, app->client_id, "");
    put_scopes(&url, provider, "scope", false, scopes);
    put_scopes(&url, provider, provider->other_scope_param, true, scopes);
    df_params_put(&url, "response_type", DF_S("code"));
    df_params_put(&url, "redirect_uri", app->redirect_uri);
    df_params_put(&url, "state", state);
    if (at->pkce) {
        df_params_put(&url, "code_challenge", challenge_of(verifier, arena));
        df_params_put(&url, "code_challenge_method", DF_S("S256"));
    }
    for (const struct df_word *p = provider->authorize_params; p && p->name; p++)
        df_params_put(&url, p->name, df_str_c(p->value));
    return df_buf_str(&url);
}

/* Asks the authorize URL once. What only the browser can find out (a login, a slow provider) is no obstacle. */
static enum df_code first_look(const struct df_devflow *d, const struct df_provider *provider, struct df_str url,
                               struct df_str redirect_uri, struct df_arena *arena, struct df_warnings *warnings,
                               struct df_error *err)
{
    const struct df_http_request request = {
        .method = "GET",
        .url = url,
        .timeout_ms = FIRST_LOOK_TIMEOUT_MS,
        .answer_limit_bytes = FIRST_LOOK_LIMIT_BYTES,
        .counted_as = provider->slug,
    };
    struct df_http_answer answer;
    struct df_error fault;
    if (!provider->read_authorize_answer)
        return DF_OK;
    if (df_http_send(d->http, &request, arena, &answer, &fault) == DF_OK)
        return provider->read_authorize_answer(&answer, redirect_uri, arena, err);
    warnings->items[warnings->n++] = df_arena_printf(
        arena, "%s could not be asked first whether it knows this application: %s", provider->title, fault.message);
    return DF_OK;
}

/* Those of the application, and that of a function which is switched on. */
static enum df_code usual_scopes(const struct df_devflow *d, const struct df_provider *provider,
                                 const struct df_oauth_app *app, struct df_arena *arena, struct df_str *ret,
                                 struct df_error *err)
{
    struct df_ticket_settings settings;
    DF_TRY(d->store->ops->ticket_settings_get(d->store, app->project_id, arena, &settings, err));
    const char *more = df_ticket_scope(&settings, provider->name);
    bool there = !more || df_scopes_has(app->scopes, df_str_c(more));
    *ret = there ? app->scopes : df_arena_printf(arena, "%.*s %s", DF_FMT(app->scopes), more);
    return DF_OK;
}

enum df_code df_oauth_choose_scopes(const struct df_devflow *d, const struct df_provider *provider,
                                    const struct df_oauth_app *app, const struct df_str_list *asked,
                                    struct df_arena *arena, struct df_str *ret, struct df_warnings *warnings,
                                    struct df_error *err)
{
    struct df_str *missing;
    if (asked && asked->n)
        *ret = df_scopes_join(asked->items, asked->n, arena);
    else
        DF_TRY(usual_scopes(d, provider, app, arena, ret, err));
    DF_TRY(df_scopes_check(&provider->scopes, provider->title, *ret, err));
    size_t n = df_scopes_warnings(&provider->scopes, *ret, arena, &missing);
    for (size_t i = 0; i < n && warnings->n < sizeof warnings->items / sizeof *warnings->items - 1; i++)
        warnings->items[warnings->n++] = missing[i];
    return DF_OK;
}

static enum df_code store_flow(const struct df_devflow *d, const struct df_oauth_app *app, struct df_str state,
                               struct df_str verifier, struct df_str organization, const struct df_authorization *a,
                               struct df_arena *arena, struct df_error *err)
{
    struct df_oauth_flow flow = {
        .id = a->flow_id,
        .project_id = app->project_id,
        .provider = app->provider,
        .state_hash = df_sha256_of(state, arena),
        .sealed_verifier = df_sealed(d, app->project_id, app->provider, df_sealed_field("verifier", a->flow_id, arena),
                                     df_secret_of(verifier), arena),
        .sealed_url = df_sealed(d, app->project_id, app->provider, df_sealed_field("authorize_url", a->flow_id, arena),
                                df_secret_of(a->auth_url), arena),
        .organization = organization,
        .status = DF_FLOW_PENDING,
        .created_ms = a->expires_ms - DF_FLOW_TTL_MS,
        .expires_ms = a->expires_ms,
    };
    return d->store->ops->flow_create(d->store, &flow, err);
}

/* Beside the callback the browser will come back to, so that the cookie is for the same host name. */
static struct df_str start_url(const struct df_oauth_app *app, struct df_str flow_id, struct df_arena *arena)
{
    struct df_str stem = app->redirect_uri;
    stem.n -= strlen("callback");
    return df_arena_printf(arena, "%.*sstart?flow=%.*s", DF_FMT(stem), DF_FMT(flow_id));
}

enum df_code df_oauth_authorize(const struct df_devflow *d, struct df_str project_id,
                                const struct df_provider *provider, const struct df_str_list *scopes,
                                struct df_str organization, struct df_arena *arena, struct df_authorization *ret,
                                struct df_error *err)
{
    struct df_project project;
    struct df_oauth_app app;
    struct df_str asked;
    struct df_authorization a = {.flow_id = df_random_hex(FLOW_ID_BYTES, arena)};
    DF_TRY(d->store->ops->project_find(d->store, project_id, arena, &project, err));
    DF_TRY(d->store->ops->app_find(d->store, project_id, df_str_c(provider->name), arena, &app, err));
    DF_TRY(df_oauth_choose_scopes(d, provider, &app, scopes, arena, &asked, &a.warnings, err));
    const struct df_endpoints at = df_endpoints_of(provider, &app, arena);
    if (at.authorize.n == 0)
        return df_fail(err, DF_ERR_INVALID,
                       "%s is connected by the device flow: devflow oauth:connect %s --device (POST "
                       "auth/%s/device/initiate)",
                       provider->title, provider->slug, provider->slug);
    struct df_str ours = df_redirect_uri_ours(d, provider, arena);
    if (!df_redirect_uri_reaches(app.redirect_uri, ours, arena))
        return df_fail(
            err, DF_ERR_REDIRECT_MISMATCH,
            "Redirect URI mismatch: registered is %.*s, this API answers at %.*s. Register it with that one, in %s too, "
            "or set API_URL",
            DF_FMT(df_str_head(app.redirect_uri, 200)), DF_FMT(ours), provider->title);
    struct df_str state = df_random_token(STATE_BYTES, arena), verifier = df_random_token(VERIFIER_BYTES, arena);
    a.auth_url = build_url(provider, &at, &app, asked, state, verifier, arena);
    a.start_url = start_url(&app, a.flow_id, arena);
    DF_TRY(first_look(d, provider, a.auth_url, app.redirect_uri, arena, &a.warnings, err));
    a.expires_ms = df_now_ms(d->clock) + DF_FLOW_TTL_MS;
    DF_TRY(store_flow(d, &app, state, verifier, organization, &a, arena, err));
    *ret = a;
    return DF_OK;
}

struct df_str df_oauth_cookie_name(struct df_str flow_id, struct df_arena *arena)
{
    return df_arena_printf(arena, "devflow_flow_%.*s", DF_FMT(flow_id));
}

enum df_code df_oauth_start(const struct df_devflow *d, const struct df_provider *provider, struct df_str flow_id,
                            struct df_arena *arena, struct df_str *ret_url, struct df_secret *ret_cookie,
                            struct df_error *err)
{
    struct df_oauth_flow flow;
    struct df_secret url;
    DF_TRY(d->store->ops->flow_find(d->store, flow_id, arena, &flow, err));
    int64_t now = df_now_ms(d->clock);
    if (!df_str_is(flow.provider, provider->name) || flow.status != DF_FLOW_PENDING || now >= flow.expires_ms)
        return df_fail(err, DF_ERR_FLOW,
                       "this authorization has ended or has expired: start again (devflow oauth:connect %s)",
                       provider->slug);
    DF_TRY(df_unsealed(d, flow.project_id, flow.provider, df_sealed_field("authorize_url", flow.id, arena),
                       flow.sealed_url, arena, &url, err));
    struct df_str cookie = df_random_token(COOKIE_BYTES, arena);
    DF_TRY(d->store->ops->flow_bind(d->store, flow_id, df_sha256_of(cookie, arena), now, err));
    *ret_url = df_secret_reveal(url);
    *ret_cookie = df_secret_of(cookie);
    return DF_OK;
}

enum df_code df_oauth_flow(const struct df_devflow *d, struct df_str flow_id, struct df_arena *arena,
                           struct df_oauth_flow *ret, bool *ret_expired, struct df_error *err)
{
    DF_TRY(d->store->ops->flow_find(d->store, flow_id, arena, ret, err));
    *ret_expired = ret->status == DF_FLOW_PENDING && df_now_ms(d->clock) >= ret->expires_ms;
    return DF_OK;
}
