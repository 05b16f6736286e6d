#include "http/api.h"
#include "service/oauth.h"
#include "service/tokens.h"

struct project_body {
    struct df_str project_id, organization;
    struct df_str_list scopes;
};

static const struct df_json_field project_only[] = {
    {"projectId", DF_JSON_STRING, true, offsetof(struct project_body, project_id), 63},
};

/* What most of these routes begin with: the provider of the path and the project of the body. */
static enum df_code open_request(const struct df_api *api, const struct df_request *request, struct df_str *ret_project,
                                 const struct df_provider **ret, struct df_error *err)
{
    struct project_body body = {.project_id = DF_STR_NONE};
    DF_TRY(df_provider_find(api->d, request->params[0], ret, err));
    DF_TRY(df_api_body(request, project_only, 1, &body, err));
    *ret_project = body.project_id;
    return DF_OK;
}

static void put_app(struct df_json_writer *w, const struct df_oauth_app *app, struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "id", app->id);
    df_json_kstr(w, "projectId", app->project_id);
    df_json_kstr(w, "provider", app->provider);
    df_json_kstr(w, "clientId", app->client_id);
    df_json_kstr(w, "redirectUri", app->redirect_uri);
    df_api_put_scopes(w, "scopes", app->scopes, arena);
    df_json_kstr(w, "flowType", app->flow_type);
    df_json_kstr(w, "baseUrl", app->base_url);
    df_json_kstr_or_null(w, "name", app->name);
    df_json_kstr_or_null(w, "description", app->description);
    df_json_kbool(w, "isActive", true);
    df_api_put_time(w, "createdAt", app->created_ms, arena);
    df_api_put_time(w, "updatedAt", app->updated_ms, arena);
    df_json_close(w, '}');
}

enum df_code df_handle_app_register(void *app, const struct df_request *request, struct df_reply *reply,
                                    struct df_error *err)
{
    struct registration_body {
        struct df_app_registration r;
        struct df_str client_secret;
    };
#define FIELD(name, kind, required, member) {name, kind, required, offsetof(struct registration_body, member), 0}
    static const struct df_json_field fields[] = {
        FIELD("projectId", DF_JSON_STRING, true, r.project_id),
        FIELD("provider", DF_JSON_STRING, true, r.provider),
        FIELD("clientId", DF_JSON_STRING, true, r.client_id),
        FIELD("clientSecret", DF_JSON_STRING, false, client_secret),
        FIELD("redirectUri", DF_JSON_STRING, false, r.redirect_uri),
        FIELD("scopes", DF_JSON_STRINGS, false, r.scopes),
        FIELD("flowType", DF_JSON_STRING, false, r.flow_type),
        FIELD("baseUrl", DF_JSON_STRING, false, r.base_url),
        FIELD("name", DF_JSON_STRING, false, r.name),
        FIELD("description", DF_JSON_STRING, false, r.description),
    };
#undef FIELD
    const struct df_api *api = app;
    struct registration_body body = {.client_secret = DF_STR_NONE};
    struct df_oauth_app stored;
    struct df_warnings warnings;
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    body.r.client_secret = df_secret_of(body.client_secret);
    DF_TRY(df_oauth_register(api->d, &body.r, request->arena, &stored, &warnings, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "message", DF_S("OAuth application registered successfully"));
    df_json_key(&w, DF_S("app"));
    put_app(&w, &stored, request->arena);
    df_json_kstrs(&w, "warnings", warnings.items, warnings.n);
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_app_list(void *app, const struct df_request *request, struct df_reply *reply,
                                struct df_error *err)
{
    const struct df_api *api = app;
    struct df_str project_id;
    struct df_project project;
    struct df_oauth_app *apps;
    size_t n;
    DF_TRY(df_api_required_query(request, "project", &project_id, err));
    DF_TRY(api->d->store->ops->project_find(api->d->store, project_id, request->arena, &project, err));
    DF_TRY(api->d->store->ops->app_list(api->d->store, project_id, request->arena, &apps, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "apps", '[');
    for (size_t i = 0; i < n; i++)
        put_app(&w, &apps[i], request->arena);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

static enum df_code reply_message(struct df_reply *reply, const char *message)
{
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "message", df_str_c(message));
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_app_delete(void *app, const struct df_request *request, struct df_reply *reply,
                                  struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_provider *provider;
    struct df_str project_id;
    DF_TRY(open_request(api, request, &project_id, &provider, err));
    DF_TRY(df_oauth_unregister(api->d, project_id, provider, err));
    return reply_message(reply, "OAuth application deleted successfully");
}

enum df_code df_handle_authorize(void *app, const struct df_request *request, struct df_reply *reply,
                                 struct df_error *err)
{
    static const struct df_json_field fields[] = {
        {"projectId", DF_JSON_STRING, true, offsetof(struct project_body, project_id), 63},
        {"scopes", DF_JSON_STRINGS, false, offsetof(struct project_body, scopes), 0},
        {"organization", DF_JSON_STRING, false, offsetof(struct project_body, organization), 100},
    };
    const struct df_api *api = app;
    const struct df_provider *provider;
    struct project_body body = {.project_id = DF_STR_NONE};
    struct df_authorization a;
    DF_TRY(df_provider_find(api->d, request->params[0], &provider, err));
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    DF_TRY(df_oauth_authorize(api->d, body.project_id, provider, &body.scopes, body.organization, request->arena, &a,
                              err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "authUrl", a.auth_url);
    df_json_kstr(&w, "authorizationUrl", a.auth_url);
    df_json_kstr(&w, "startUrl", a.start_url);
    df_json_kstr(&w, "flowId", a.flow_id);
    df_api_put_time(&w, "expiresAt", a.expires_ms, request->arena);
    df_json_kstr(&w, "message", DF_S("Please visit the authorization URL in your browser"));
    df_json_kstrs(&w, "warnings", a.warnings.items, a.warnings.n);
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_flow(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_provider *provider;
    struct df_oauth_flow flow;
    bool expired;
    DF_TRY(df_provider_find(api->d, request->params[0], &provider, err));
    DF_TRY(df_oauth_flow(api->d, request->params[1], request->arena, &flow, &expired, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "flowId", flow.id);
    df_json_kstr(&w, "status", df_str_c(expired ? "expired" : df_flow_status_name(flow.status)));
    df_json_kstr_or_null(&w, "message", flow.message);
    df_json_kstr_or_null(&w, "code", flow.code);
    df_json_close(&w, '}');
    return DF_OK;
}

static void put_organizations(struct df_json_writer *w, struct df_str stored, struct df_arena *arena)
{
    const struct df_json *list = NULL;
    (void)df_json_parse(arena, stored, 0, &list, NULL);
    df_json_kopen(w, "organizations", '[');
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);) {
        df_json_open(w, '{');
        df_json_kstr(w, "slug", df_json_get_str(it.value, "slug"));
        df_json_kstr(w, "name", df_json_get_str(it.value, "name"));
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
}

static struct df_str next_step(const struct df_api *api, const struct df_connection *c,
                               enum df_connection_status status, struct df_arena *arena)
{
    const struct df_provider *provider;
    struct df_oauth_app app = {.flow_type = DF_STR_NONE};
    if (status == DF_CONNECTED || df_provider_find(api->d, c->provider, &provider, NULL) != DF_OK)
        return DF_STR_NONE;
    (void)api->d->store->ops->app_find(api->d->store, c->project_id, c->provider, arena, &app, NULL);
    if (df_str_is(app.flow_type, "static"))
        return df_arena_printf(arena, "devflow oauth:token:set %s --project %.*s", provider->slug,
                               DF_FMT(c->project_id));
    if (status == DF_EXPIRED)
        return df_arena_printf(arena, "devflow oauth:refresh %s --project %.*s", provider->slug, DF_FMT(c->project_id));
    return df_arena_printf(arena, "devflow oauth:connect %s --project %.*s%s", provider->slug, DF_FMT(c->project_id),
                           df_str_is(app.flow_type, "device") ? " --device" : "");
}

void df_api_put_connection(const struct df_api *api, struct df_json_writer *w, const struct df_connection *c,
                           struct df_arena *arena)
{
    enum df_connection_status status = df_connection_status(c, df_now_ms(api->d->clock));
    df_json_open(w, '{');
    df_json_kstr(w, "provider", c->provider);
    df_json_kstr(w, "status", df_str_c(df_connection_status_name(status)));
    df_json_kstr(w, "userId", c->user_id);
    df_api_put_scopes(w, "scopes", c->scopes, arena);
    df_api_put_time(w, "expiresAt", c->expires_ms, arena);
    df_json_kstr(w, "id", c->id);
    df_json_kstr(w, "projectId", c->project_id);
    df_json_kstr(w, "providerUserId", c->user_id);
    df_json_kstr_or_null(w, "providerEmail", c->user_email);
    df_json_kbool(w, "isActive", status != DF_RECONNECT);
    df_json_kbool(w, "refreshFailed", c->failure_reason.n > 0);
    df_json_kstr_or_null(w, "failureReason", c->failure_reason);
    df_json_kstr_or_null(w, "nextStep", next_step(api, c, status, arena));
    df_api_put_time(w, "lastRefreshed", c->refreshed_ms, arena);
    df_json_kbool(w, "hasRefreshToken", c->sealed_refresh_token.n > 0);
    put_organizations(w, c->organizations, arena);
    df_api_put_time(w, "createdAt", c->created_ms, arena);
    df_api_put_time(w, "updatedAt", c->updated_ms, arena);
    df_json_close(w, '}');
}

enum df_code df_handle_connections(void *app, const struct df_request *request, struct df_reply *reply,
                                   struct df_error *err)
{
    const struct df_api *api = app;
    struct df_str project_id;
    struct df_project project;
    struct df_connection *connections;
    size_t n;
    DF_TRY(df_api_required_query(request, "project", &project_id, err));
    DF_TRY(api->d->store->ops->project_find(api->d->store, project_id, request->arena, &project, err));
    DF_TRY(api->d->store->ops->connection_list(api->d->store, project_id, request->arena, &connections, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "connections", '[');
    for (size_t i = 0; i < n; i++)
        df_api_put_connection(api, &w, &connections[i], request->arena);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_refresh(void *app, const struct df_request *request, struct df_reply *reply,
                               struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_provider *provider;
    struct df_str project_id;
    int64_t expires_ms;
    DF_TRY(open_request(api, request, &project_id, &provider, err));
    DF_TRY(df_tokens_refresh(api->d, project_id, provider, &expires_ms, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "message", DF_S("Token refreshed successfully"));
    df_api_put_time(&w, "expiresAt", expires_ms, request->arena);
    df_json_close(&w, '}');
    return DF_OK;
}

static struct df_str disconnect_message(const struct df_provider *provider, const struct df_disconnection *d,
                                        struct df_arena *arena)
{
    const char *title = provider->title, *where = d->revoke_url.n ? " at the revokeUrl" : " there";
    if (d->was_static)
        return df_arena_printf(
            arena,
            "%s is disconnected and its token is wiped here. It was not made by DevFlow and stays valid: "
            "delete it in the settings of %s if nothing else uses it",
            title, title);
    if (d->outcome == DF_REVOKED)
        return df_arena_printf(arena, "%s is disconnected: its tokens are wiped here and revoked by %s", title, title);
    if (d->outcome == DF_REVOKED_FAILED)
        return df_arena_printf(
            arena,
            "%s is disconnected and its tokens are wiped here, but %s did not say that it revoked them "
            "(%.*s): withdraw the permission%s",
            title, title, DF_FMT(d->why), where);
    return df_arena_printf(arena,
                           "%s is disconnected and its tokens are wiped here. %s has no way to revoke them for you: "
                           "withdraw the permission%s",
                           title, title, where);
}

enum df_code df_handle_disconnect(void *app, const struct df_request *request, struct df_reply *reply,
                                  struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_provider *provider;
    struct df_str project_id;
    struct df_disconnection done;
    DF_TRY(open_request(api, request, &project_id, &provider, err));
    DF_TRY(df_oauth_disconnect(api->d, project_id, provider, request->arena, &done, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "message", disconnect_message(provider, &done, request->arena));
    df_json_kbool(&w, "revoked", done.outcome == DF_REVOKED);
    df_json_kstr_or_null(&w, "revokeUrl", done.revoke_url);
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_token(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_provider *provider;
    struct df_str project_id;
    struct df_token token;
    DF_TRY(open_request(api, request, &project_id, &provider, err));
    DF_TRY(df_tokens_resolve_token(api->d, project_id, provider, request->arena, &token, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "accessToken", df_secret_reveal(token.access_token));
    df_json_kstr(&w, "tokenType", token.token_type);
    df_api_put_time(&w, "expiresAt", token.expires_ms, request->arena);
    df_api_put_scopes(&w, "scopes", token.scopes, request->arena);
    df_json_close(&w, '}');
    return DF_OK;
}
