#include "base/time.h"
#include "http/api.h"
#include "http/audit_note.h"
#include "http/gate.h"
#include "service/endpoints.h"
#include "service/oauth.h"
#include "service/static_token.h"

static void put_list(struct df_json_writer *w, const char *key, const char *const *list)
{
    df_json_kopen(w, key, '[');
    for (; list && *list; list++)
        df_json_put_str(w, df_str_c(*list));
    df_json_close(w, ']');
}

static void put_flows(struct df_json_writer *w, const struct df_provider *p)
{
    df_json_kopen(w, "flows", '[');
    if (p->authorize_url || p->discovery)
        df_json_put_str(w, DF_S("authorization_code"));
    if (p->device_url || p->discovery)
        df_json_put_str(w, DF_S("device"));
    if (p->static_kinds)
        df_json_put_str(w, DF_S("static"));
    df_json_close(w, ']');
}

static void put_provider(struct df_json_writer *w, const struct df_provider *p)
{
    df_json_open(w, '{');
    df_json_kstr(w, "name", df_str_c(p->name));
    df_json_kstr(w, "slug", df_str_c(p->slug));
    df_json_kstr(w, "title", df_str_c(p->title));
    df_json_kbool(w, "builtIn", p->built_in);
    df_json_kstr_or_null(w, "baseUrl", df_str_c(p->base_url));
    put_flows(w, p);
    df_json_kbool(w, "discovery", p->discovery);
    df_json_kbool(w, "pkce", p->pkce);
    df_json_kstr(w, "clientAuth", df_str_c(df_client_auth_name(p->client_auth)));
    df_json_kstr(w, "scopeSeparator", df_str_n(&p->scope_separator, 1));
    put_list(w, "recommendedScopes", p->scopes.recommended);
    put_list(w, "knownScopes", p->scopes.known);
    df_json_kbool(w, "rotatesRefreshTokens", p->rotates);
    df_json_kint(w, "graceSeconds", p->grace_s);
    df_json_kbool(w, "revokes", p->revocation.url || p->discovery);
    df_json_kopen(w, "tokenTypes", '[');
    for (const struct df_token_kind *k = p->static_kinds; k && k->type; k++)
        df_json_put_str(w, df_str_c(k->type));
    df_json_close(w, ']');
    df_json_close(w, '}');
}

enum df_code df_handle_providers(void *app, const struct df_request *request, struct df_reply *reply,
                                 struct df_error *err)
{
    const struct df_api *api = app;
    (void)request;
    (void)err;
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "providers", '[');
    for (const struct df_provider *const *p = api->d->providers; *p; p++)
        put_provider(&w, *p);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

struct device_body {
    struct df_str project_id, organization, flow_id, device_code;
    struct df_str_list scopes;
};
#define FIELD(name, kind, required, type, member, max) {name, kind, required, offsetof(type, member), max}

/* deviceCode is our handle of the flow: the provider's device code never leaves the server. */
static void put_device(struct df_json_writer *w, const struct df_device_authorization *a, int64_t now_ms,
                       struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "flowId", a->flow_id);
    df_json_kstr(w, "deviceCode", a->flow_id);
    df_json_kstr(w, "userCode", a->user_code);
    df_json_kstr(w, "verificationUri", a->verification_uri);
    df_json_kstr_or_null(w, "verificationUriComplete", a->verification_uri_complete);
    df_api_put_time(w, "expiresAt", a->expires_ms, arena);
    df_json_kint(w, "expiresIn", (a->expires_ms - now_ms) / 1000);
    df_json_kint(w, "interval", a->interval_s);
    df_json_kstrs(w, "warnings", a->warnings.items, a->warnings.n);
    df_json_close(w, '}');
}

enum df_code df_handle_device_initiate(void *app, const struct df_request *request, struct df_reply *reply,
                                       struct df_error *err)
{
    static const struct df_json_field fields[] = {
        FIELD("projectId", DF_JSON_STRING, true, struct device_body, project_id, 63),
        FIELD("scopes", DF_JSON_STRINGS, false, struct device_body, scopes, 0),
        FIELD("organization", DF_JSON_STRING, false, struct device_body, organization, 100),
    };
    const struct df_api *api = app;
    const struct df_provider *provider;
    struct device_body body = {.project_id = DF_STR_NONE};
    struct df_device_authorization a;
    DF_TRY(df_provider_find(api->d, request->params[0], &provider, err));
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    DF_TRY(df_oauth_device_begin(api->d, body.project_id, provider, &body.scopes, body.organization, request->arena, &a,
                                 err));
    struct df_json_writer w = df_api_json(reply);
    put_device(&w, &a, df_now_ms(api->d->clock), request->arena);
    return DF_OK;
}

static void put_poll(const struct df_api *api, struct df_json_writer *w, const struct df_oauth_flow *flow,
                     const struct df_connection *c, struct df_arena *arena)
{
    bool expired = flow->status == DF_FLOW_PENDING && df_now_ms(api->d->clock) >= flow->expires_ms;
    df_json_open(w, '{');
    df_json_kstr(w, "flowId", flow->id);
    df_json_kstr(w, "status", df_str_c(expired ? "expired" : df_flow_status_name(flow->status)));
    df_json_kstr_or_null(w, "message", flow->message);
    df_json_kstr_or_null(w, "code", flow->code);
    df_json_kint(w, "interval", flow->interval_s);
    df_api_put_time(w, "expiresAt", flow->expires_ms, arena);
    df_json_key(w, DF_S("connection"));
    if (c->version)
        df_api_put_connection(api, w, c, arena);
    else
        df_json_put_null(w);
    df_json_close(w, '}');
}

enum df_code df_handle_device_poll(void *app, const struct df_request *request, struct df_reply *reply,
                                   struct df_error *err)
{
    static const struct df_json_field fields[] = {
        FIELD("projectId", DF_JSON_STRING, false, struct device_body, project_id, 63),
        FIELD("flowId", DF_JSON_STRING, false, struct device_body, flow_id, 64),
        FIELD("deviceCode", DF_JSON_STRING, false, struct device_body, device_code, 64),
    };
    const struct df_api *api = app;
    const struct df_provider *provider;
    struct device_body body = {.project_id = DF_STR_NONE};
    struct df_oauth_flow flow;
    struct df_connection c;
    DF_TRY(df_provider_find(api->d, request->params[0], &provider, err));
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    struct df_str id = body.flow_id.n ? body.flow_id : body.device_code;
    if (!body.project_id.n)
        body.project_id = df_api_own_project(request);
    if (id.n == 0)
        return df_fail(err, DF_ERR_INVALID, "flowId is required: the one that device/initiate gave");
    DF_TRY(df_oauth_device_poll(df_api_noting(api, request, "connection.connect"), body.project_id, provider, id,
                                request->arena, &flow, &c, err));
    struct df_json_writer w = df_api_json(reply);
    put_poll(api, &w, &flow, &c, request->arena);
    return DF_OK;
}

enum df_code df_handle_static_token(void *app, const struct df_request *request, struct df_reply *reply,
                                    struct df_error *err)
{
    struct static_body {
        struct df_static_token t;
        struct df_str token, expires_at;
    };
    static const struct df_json_field fields[] = {
        FIELD("projectId", DF_JSON_STRING, true, struct static_body, t.project_id, 63),
        FIELD("token", DF_JSON_STRING, true, struct static_body, token, 16 * 1024),
        FIELD("baseUrl", DF_JSON_STRING, false, struct static_body, t.base_url, 0),
        FIELD("tokenType", DF_JSON_STRING, false, struct static_body, t.token_type, 64),
        FIELD("organization", DF_JSON_STRING, false, struct static_body, t.organization, 100),
        FIELD("expiresAt", DF_JSON_STRING, false, struct static_body, expires_at, 64),
    };
    const struct df_api *api = app;
    const struct df_provider *provider;
    struct static_body body = {.token = DF_STR_NONE};
    struct df_connection c;
    DF_TRY(df_provider_find(api->d, request->params[0], &provider, err));
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    body.t.token = df_secret_of(df_str_trim(body.token));
    if (body.expires_at.n && !df_time_parse(body.expires_at, &body.t.expires_ms))
        return df_fail(err, DF_ERR_INVALID, "expiresAt is not a time such as 2027-01-31T00:00:00Z");
    DF_TRY(df_static_token_set(df_api_noting(api, request, "connection.connect"), provider, &body.t, request->arena, &c,
                               err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(
        &w, "message",
        df_arena_printf(request->arena, "%s took the token and it is stored; it is never refreshed", provider->title));
    df_json_key(&w, DF_S("connection"));
    df_api_put_connection(api, &w, &c, request->arena);
    df_json_close(&w, '}');
    return DF_OK;
}
