#include "service/client_auth.h"
#include "service/endpoints.h"
#include "service/oauth.h"
#include "service/oauth_connected.h"

enum {
    TIMEOUT_MS = 30 * 1000,
    /* Longer than a token request may take: nobody else asks while one is asking. */
    ASKING_MS = 90 * 1000,
    INTERVAL_S = 5, /* RFC 8628 section 3.2: when the answer names none */
    SLOW_DOWN_S = 5,
    INTERVAL_LIMIT_S = 300,
    EXPIRES_S = 15 * 60,
    EXPIRES_LIMIT_S = 60 * 60,
    FLOW_ID_BYTES = 16,
    CODE_LIMIT_BYTES = 64,
};

static int64_t between(int64_t n, int64_t least, int64_t most)
{
    return n < least ? least : n > most ? most : n;
}

static struct df_str scopes_as_sent(const struct df_provider *provider, struct df_str scopes, struct df_arena *arena)
{
    char *text = df_arena_cstr(arena, scopes);
    for (size_t i = 0; i < scopes.n; i++)
        if (text[i] == ' ')
            text[i] = provider->scope_separator;
    return df_str_n(text, scopes.n);
}

static enum df_code ask_for_codes(const struct df_devflow *d, const struct df_provider *provider,
                                  const struct df_oauth_app *app, struct df_str scopes, struct df_arena *arena,
                                  struct df_http_answer *ret, struct df_error *err)
{
    const struct df_endpoints at = df_endpoints_of(provider, app, arena);
    struct df_secret secret;
    struct df_form form;
    if (at.device.n == 0)
        return df_fail(err, DF_ERR_INVALID, "%s has no device flow: devflow oauth:connect %s, without --device",
                       provider->title, provider->slug);
    DF_TRY(df_app_secret(d, app, arena, &secret, err));
    df_form_init(&form, arena);
    df_form_put_client(&form, provider->device_public ? DF_CLIENT_NONE : at.auth, app, secret, arena);
    if (scopes.n)
        df_params_put(&form.fields, "scope", scopes_as_sent(provider, scopes, arena));
    struct df_http_request request = df_form_request(&form, at.device);
    request.timeout_ms = TIMEOUT_MS;
    return df_http_send(d->http, &request, arena, ret, err);
}

static enum df_code refused(const struct df_provider *provider, const struct df_json *v, int status,
                            struct df_error *err)
{
    struct df_str error = df_json_get_str(v, "error");
    if (df_str_is(error, "invalid_scope"))
        return df_fail(err, DF_ERR_SCOPE, "%s does not take these scopes (invalid_scope)", provider->title);
    if (df_str_is(error, "invalid_client") || df_str_is(error, "incorrect_client_credentials") || status == 404)
        return df_fail(err, DF_ERR_CLIENT_CREDENTIALS,
                       "Invalid client credentials: %s does not know this client ID, or the server has no device flow",
                       provider->title);
    if (df_str_is(error, "unauthorized_client") || df_str_is(error, "device_flow_disabled"))
        return df_fail(err, DF_ERR_CLIENT_CREDENTIALS,
                       "%s does not let this application use the device flow: turn it on in the application's settings",
                       provider->title);
    if (status == 429)
        return df_fail(err, DF_ERR_RATE_LIMITED, "%s is limiting requests; try again later", provider->title);
    return df_fail(err, DF_ERR_PROVIDER, "%s answered %d when asked for a device code", provider->title, status);
}

/* A page to open must be one, and a code must be fit to be shown. */
static bool answer_sound(const struct df_device_authorization *a, struct df_str device_code, struct df_arena *arena)
{
    struct df_url url;
    for (size_t i = 0; i < a->user_code.n; i++)
        if (a->user_code.p[i] <= ' ' || a->user_code.p[i] > '~')
            return false;
    return device_code.n && device_code.n < 4096 && a->user_code.n && a->user_code.n <= CODE_LIMIT_BYTES &&
           df_url_parse(a->verification_uri, arena, &url) &&
           (a->verification_uri_complete.n == 0 || df_url_parse(a->verification_uri_complete, arena, &url));
}

static enum df_code read_codes(const struct df_devflow *d, const struct df_provider *provider,
                               const struct df_http_answer *answer, struct df_arena *arena,
                               struct df_device_authorization *a, struct df_secret *ret_device_code,
                               struct df_error *err)
{
    const struct df_json *v = NULL;
    (void)df_json_parse(arena, answer->body, 0, &v, NULL);
    if (answer->status < 200 || answer->status > 299 || df_json_get_str(v, "error").n)
        return refused(provider, v, answer->status, err);
    struct df_str uri = df_json_get_str(v, "verification_uri");
    a->verification_uri = uri.n ? uri : df_json_get_str(v, "verification_url"); /* before the RFC */
    a->verification_uri_complete = df_json_get_str(v, "verification_uri_complete");
    a->user_code = df_json_get_str(v, "user_code");
    a->interval_s = between(df_json_int(df_json_get(v, "interval"), INTERVAL_S), 1, INTERVAL_LIMIT_S);
    a->expires_ms = df_now_ms(d->clock) +
                    between(df_json_int(df_json_get(v, "expires_in"), EXPIRES_S), 1, EXPIRES_LIMIT_S) * 1000;
    struct df_str device_code = df_json_get_str(v, "device_code");
    if (!answer_sound(a, device_code, arena))
        return df_fail(err, DF_ERR_PROVIDER, "%s answered without a usable device code", provider->title);
    *ret_device_code = df_secret_of(device_code);
    return DF_OK;
}

enum df_code df_oauth_device_begin(const struct df_devflow *d, struct df_str project_id,
                                   const struct df_provider *provider, const struct df_str_list *scopes,
                                   struct df_str organization, struct df_arena *arena,
                                   struct df_device_authorization *ret, struct df_error *err)
{
    struct df_project project;
    struct df_oauth_app app;
    struct df_str asked;
    struct df_http_answer answer;
    struct df_secret device_code;
    struct df_device_authorization a = {.flow_id = df_random_hex(FLOW_ID_BYTES, arena)};
    DF_TRY(d->store->ops->project_find(d->store, project_id, arena, &project, err));
    DF_TRY(d->store->ops->app_find(d->store, project_id, df_str_c(provider->name), arena, &app, err));
    DF_TRY(df_oauth_choose_scopes(provider, &app, scopes, arena, &asked, &a.warnings, err));
    DF_TRY(ask_for_codes(d, provider, &app, asked, arena, &answer, err));
    DF_TRY(read_codes(d, provider, &answer, arena, &a, &device_code, err));
    int64_t now = df_now_ms(d->clock);
    const struct df_oauth_flow flow = {
        .id = a.flow_id,
        .project_id = app.project_id,
        .provider = app.provider,
        .sealed_verifier = df_sealed(d, app.project_id, app.provider, "verifier", device_code, arena),
        .organization = organization,
        .status = DF_FLOW_PENDING,
        .created_ms = now,
        .expires_ms = a.expires_ms,
        .interval_s = a.interval_s,
        .next_poll_ms = now + a.interval_s * 1000,
    };
    DF_TRY(d->store->ops->flow_create(d->store, &flow, err));
    *ret = a;
    return DF_OK;
}

/* What the user decided, or why it is not known yet; the flow goes on or ends by it. */
static void conclude(const struct df_devflow *d, const struct df_provider *provider, struct df_oauth_flow *flow,
                     enum df_code code, struct df_str error, struct df_error *why)
{
    bool set, slow = df_str_is(error, "slow_down"), limited = code == DF_ERR_RATE_LIMITED;
    bool silent = error.n == 0 && (code == DF_ERR_PROVIDER || code == DF_ERR_PROVIDER_TIMEOUT);
    if (slow || limited || silent || df_str_is(error, "authorization_pending")) {
        int64_t interval_s = between(flow->interval_s + (slow || limited ? SLOW_DOWN_S : 0), 1, INTERVAL_LIMIT_S);
        int64_t next_ms = df_now_ms(d->clock) + interval_s * 1000;
        if (d->store->ops->flow_pace(d->store, flow, interval_s, next_ms, &set, NULL) == DF_OK && set) {
            flow->interval_s = interval_s;
            flow->next_poll_ms = next_ms;
        }
        return;
    }
    if (df_str_is(error, "expired_token") || code == DF_ERR_RECONNECT)
        code = df_fail(why, DF_ERR_STATE,
                       "the code was not entered in time: start again (devflow oauth:connect %s --device)",
                       provider->slug);
    if (df_str_is(error, "access_denied"))
        code = df_fail(
            why, DF_ERR_DENIED,
            "access_denied: the permission was not given in %s. Nothing was connected; start again to give it",
            provider->title);
    df_oauth_flow_ended(d, flow, code, why);
}

static enum df_code ask(const struct df_devflow *d, const struct df_provider *provider, struct df_oauth_flow *flow,
                        struct df_arena *arena, struct df_connection *ret, struct df_error *err)
{
    struct df_oauth_app app;
    struct df_token_answer answer = {.error = DF_STR_NONE};
    struct df_error why = {0};
    DF_TRY(d->store->ops->app_find(d->store, flow->project_id, flow->provider, arena, &app, err));
    struct df_token_grant grant = {.provider = provider, .app = &app};
    DF_TRY(df_unsealed(d, flow->project_id, flow->provider, "verifier", flow->sealed_verifier, arena,
                       &grant.device_code, err));
    enum df_code code = df_token_request(d, &grant, arena, &answer, NULL, &why);
    if (code != DF_OK) {
        conclude(d, provider, flow, code, answer.error, &why);
        return DF_OK;
    }
    code = df_oauth_connected(d, provider, &app, flow->organization, &answer, arena, ret, &why);
    df_oauth_flow_ended(d, flow, code, &why);
    flow->message = df_arena_dup(arena, flow->message);
    return DF_OK;
}

enum df_code df_oauth_device_poll(const struct df_devflow *d, struct df_str project_id,
                                  const struct df_provider *provider, struct df_str flow_id, struct df_arena *arena,
                                  struct df_oauth_flow *ret, struct df_connection *ret_connection, struct df_error *err)
{
    bool ours = false;
    struct df_oauth_flow *flow = ret;
    *ret_connection = (struct df_connection){.version = 0};
    DF_TRY(d->store->ops->flow_find(d->store, flow_id, arena, flow, err));
    if (!df_str_is(flow->provider, provider->name) || flow->interval_s == 0 ||
        (project_id.n && !df_str_eq(project_id, flow->project_id)))
        return df_fail(err, DF_ERR_FLOW,
                       "this is no device flow of this project and provider: start one (devflow "
                       "oauth:connect %s --device)",
                       provider->slug);
    int64_t now = df_now_ms(d->clock);
    if (flow->status != DF_FLOW_PENDING || now >= flow->expires_ms || now < flow->next_poll_ms)
        return DF_OK;
    DF_TRY(d->store->ops->flow_pace(d->store, flow, flow->interval_s, now + ASKING_MS, &ours, err));
    if (!ours)
        return DF_OK;
    flow->next_poll_ms = now + ASKING_MS;
    return ask(d, provider, flow, arena, ret_connection, err);
}
