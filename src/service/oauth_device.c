#include "service/client_auth.h"
#include "service/device_answer.h"
#include "service/endpoints.h"
#include "service/oauth.h"
#include "service/oauth_connected.h"

enum {
    TIMEOUT_MS = 30 * 1000,
    /* Longer than a token request may take: nobody else asks while one is asking. */
    ASKING_MS = 90 * 1000,
    SLOW_DOWN_S = 5,
    FLOW_ID_BYTES = 16,
};

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
    request.public_only = df_endpoint_public_only(&at, request.url, arena);
    request.counted_as = provider->slug;
    return df_http_send(d->http, &request, arena, ret, err);
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
    struct df_device_answer codes;
    struct df_device_authorization a = {.flow_id = df_random_hex(FLOW_ID_BYTES, arena)};
    DF_TRY(d->store->ops->project_find(d->store, project_id, arena, &project, err));
    DF_TRY(d->store->ops->app_find(d->store, project_id, df_str_c(provider->name), arena, &app, err));
    DF_TRY(df_oauth_choose_scopes(d, provider, &app, scopes, arena, &asked, &a.warnings, err));
    DF_TRY(ask_for_codes(d, provider, &app, asked, arena, &answer, err));
    int64_t now = df_now_ms(d->clock);
    DF_TRY(df_device_answer_read(provider, answer.status, answer.body, now, arena, &codes, err));
    a.user_code = codes.user_code;
    a.verification_uri = codes.verification_uri;
    a.verification_uri_complete = codes.verification_uri_complete;
    a.interval_s = codes.interval_s;
    a.expires_ms = codes.expires_ms;
    const struct df_oauth_flow flow = {
        .id = a.flow_id,
        .project_id = app.project_id,
        .provider = app.provider,
        .sealed_verifier = df_sealed(d, app.project_id, app.provider, df_sealed_field("verifier", a.flow_id, arena),
                                     codes.device_code, arena),
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
                     enum df_code code, struct df_str error, struct df_error *why, struct df_arena *arena)
{
    bool set, slow = df_str_is(error, "slow_down"), limited = code == DF_ERR_RATE_LIMITED;
    bool silent = error.n == 0 && (code == DF_ERR_PROVIDER || code == DF_ERR_PROVIDER_TIMEOUT);
    if (slow || limited || silent || df_str_is(error, "authorization_pending")) {
        int64_t interval_s = flow->interval_s + (slow || limited ? SLOW_DOWN_S : 0);
        interval_s = interval_s < DF_DEVICE_INTERVAL_LIMIT_S ? interval_s : DF_DEVICE_INTERVAL_LIMIT_S;
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
    df_oauth_flow_ended(d, flow, code, why, arena);
}

static enum df_code ask(const struct df_devflow *d, const struct df_provider *provider, struct df_oauth_flow *flow,
                        struct df_arena *arena, struct df_connection *ret, struct df_error *err)
{
    struct df_oauth_app app;
    struct df_token_answer answer = {.error = DF_STR_NONE};
    struct df_error why = {0};
    DF_TRY(d->store->ops->app_find(d->store, flow->project_id, flow->provider, arena, &app, err));
    struct df_token_grant grant = {.provider = provider, .app = &app};
    DF_TRY(df_unsealed(d, flow->project_id, flow->provider, df_sealed_field("verifier", flow->id, arena),
                       flow->sealed_verifier, arena, &grant.device_code, err));
    enum df_code code = df_token_request(d, &grant, arena, &answer, NULL, &why);
    if (code != DF_OK) {
        conclude(d, provider, flow, code, answer.error, &why, arena);
        return DF_OK;
    }
    code = df_oauth_connected(d, provider, &app, flow->organization, &answer, arena, ret, &why);
    df_oauth_flow_ended(d, flow, code, &why, arena);
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
