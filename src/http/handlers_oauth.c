#include "base/metrics.h"
#include "http/api.h"
#include "http/audit_note.h"
#include "service/connection.h"
#include "service/oauth.h"
#include "service/tokens.h"

enum { WAIT_RETRY_S = 5, TOKEN_LIMIT_BYTES = 16 * 1024 };

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
    DF_TRY(df_oauth_register(df_api_noting(api, request, "app.register"), &body.r, request->arena, &stored, &warnings,
                             err));
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
    DF_TRY(df_oauth_unregister(df_api_noting(api, request, "app.delete"), project_id, provider, err));
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

/* A connection as people are told of it: what is wrong, and what to do. */
struct condition {
    enum df_connection_status status;
    struct df_str reason, next_step; /* empty when nothing is wrong, or nothing is to be done */
};

static struct condition condition_of(const struct df_api *api, const struct df_connection *c, struct df_arena *arena)
{
    struct df_oauth_app app = {.flow_type = DF_STR_NONE};
    const struct df_provider *provider;
    struct condition k = {.status = df_connection_status(c, df_now_ms(api->d->clock))};
    if (c->failures || k.status != DF_CONNECTED)
        k.reason = c->failure_reason;
    (void)api->d->store->ops->app_find(api->d->store, c->project_id, c->provider, arena, &app, NULL);
    bool fault = app.fault.n && k.status != DF_RECONNECT;
    if (fault)
        k.reason = app.fault;
    if (k.status == DF_RECONNECT && k.reason.n == 0)
        k.reason = DF_S("the token has expired and the provider gave no refresh token");
    if (df_provider_find(api->d, c->provider, &provider, NULL) != DF_OK || (k.status == DF_CONNECTED && !fault))
        return k;
    if (fault)
        k.next_step = df_arena_printf(arena, "devflow oauth:register --project %.*s --provider %s ...",
                                      DF_FMT(c->project_id), provider->slug);
    else if (k.status == DF_EXPIRED && !df_str_is(app.flow_type, "static"))
        k.next_step = df_arena_printf(arena, "devflow oauth:refresh %s --project %.*s", provider->slug,
                                      DF_FMT(c->project_id));
    else
        k.next_step = df_connection_command(provider, app.flow_type, c->project_id, arena);
    return k;
}

/* Cause, next step and whether there is a refresh token, in one line. */
static struct df_str summary_of(const struct df_connection *c, const struct condition *k, struct df_arena *arena)
{
    struct df_buf line;
    df_buf_init(&line, arena, 4096);
    if (k->reason.n)
        df_buf_put_str(&line, k->reason);
    else if (k->status == DF_EXPIRED)
        df_buf_put_c(&line, "a refresh was cut short and is tried again");
    else
        df_buf_put_c(&line, "works");
    if (k->next_step.n)
        df_buf_printf(&line, "; next: %.*s", DF_FMT(k->next_step));
    else if (k->reason.n)
        df_buf_put_c(&line, "; next: nothing, it is tried again by itself");
    df_buf_put_c(&line, c->sealed_refresh_token.n ? "; refresh token kept" : "; no refresh token");
    return df_buf_str(&line);
}

void df_api_put_connection(const struct df_api *api, struct df_json_writer *w, const struct df_connection *c,
                           struct df_arena *arena)
{
    const struct condition k = condition_of(api, c, arena);
    df_json_open(w, '{');
    df_json_kstr(w, "provider", c->provider);
    df_json_kstr(w, "status", df_str_c(df_connection_status_name(k.status)));
    df_json_kstr(w, "userId", c->user_id);
    df_api_put_scopes(w, "scopes", c->scopes, arena);
    df_api_put_time(w, "expiresAt", c->expires_ms, arena);
    df_json_kstr(w, "id", c->id);
    df_json_kstr(w, "projectId", c->project_id);
    df_json_kstr(w, "providerUserId", c->user_id);
    df_json_kstr_or_null(w, "providerEmail", c->user_email);
    df_json_kbool(w, "isActive", k.status != DF_RECONNECT);
    df_json_kbool(w, "refreshFailed", k.reason.n > 0);
    df_json_kstr_or_null(w, "failureReason", k.reason);
    df_json_kstr_or_null(w, "nextStep", k.next_step);
    df_json_kstr(w, "summary", summary_of(c, &k, arena));
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

static void go_on(void *ticket, enum df_code code, const struct df_error *err)
{
    (void)code; /* what came of it is in the row, where the resumed request looks */
    (void)err;
    df_parked_resume(ticket);
}

/* Holds the request, not its thread, until the flight has landed; then it is run again. */
static enum df_code park(const struct df_api *api, const struct df_request *request, const struct df_flight *flight,
                         struct df_error *err)
{
    if (request->resumed == DF_RESUMED_TOO_LATE) {
        (void)df_fail(
            err, DF_ERR_PROVIDER_TIMEOUT,
            "the refresh is not done yet: the provider has not answered, or the database does not take what it answered; "
            "it goes on, ask again in a moment");
        err->retry_after_s = WAIT_RETRY_S;
        return DF_ERR_PROVIDER_TIMEOUT;
    }
    if (request->resumed != DF_FIRST_RUN) {
        (void)df_fail(err, DF_ERR_BUSY, "the token is being refreshed; ask again in a moment");
        err->retry_after_s = 1;
        return DF_ERR_BUSY;
    }
    struct df_parked *ticket = df_request_park(request, DF_TOKENS_WAIT_MS);
    if (!df_flights_join(api->d->flights, flight, go_on, ticket))
        df_parked_resume(ticket);
    return DF_OK;
}

enum df_code df_handle_refresh(void *app, const struct df_request *request, struct df_reply *reply,
                               struct df_error *err)
{
    const struct df_api *api = app;
    struct df_token_wish wish = {.forced = true};
    struct df_flight flight;
    struct df_token token;
    bool wait = false;
    int64_t expires_ms;
    DF_TRY(open_request(api, request, &wish.project_id, &wish.provider, err));
    if (request->resumed != DF_RESUMED)
        DF_TRY(df_tokens_look(api->d, &wish, request->arena, &token, &wait, &flight, err));
    if (wait)
        return park(api, request, &flight, err);
    DF_TRY(df_tokens_refreshed(api->d, wish.project_id, wish.provider, &expires_ms, err));
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
    DF_TRY(df_oauth_disconnect(df_api_noting(api, request, "connection.disconnect"), project_id, provider,
                               request->arena, &done, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "message", disconnect_message(provider, &done, request->arena));
    df_json_kbool(&w, "revoked", done.outcome == DF_REVOKED);
    df_json_kstr_or_null(&w, "revokeUrl", done.revoke_url);
    df_json_close(&w, '}');
    return DF_OK;
}

static enum df_code open_token_request(const struct df_api *api, const struct df_request *request,
                                       struct df_token_wish *ret, struct df_error *err)
{
    struct token_body {
        struct df_str project_id, rejected;
    } body = {DF_STR_NONE, DF_STR_NONE};
    static const struct df_json_field fields[] = {
        {"projectId", DF_JSON_STRING, true, offsetof(struct token_body, project_id), 63},
        {"rejected", DF_JSON_STRING, false, offsetof(struct token_body, rejected), TOKEN_LIMIT_BYTES},
    };
    *ret = (struct df_token_wish){.project_id = DF_STR_NONE};
    DF_TRY(df_provider_find(api->d, request->params[0], &ret->provider, err));
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    ret->project_id = body.project_id;
    ret->rejected = df_secret_of(body.rejected);
    return DF_OK;
}

static void put_token(struct df_reply *reply, const struct df_token *token, struct df_arena *arena)
{
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "accessToken", df_secret_reveal(token->access_token));
    df_json_kstr(&w, "tokenType", token->token_type);
    df_api_put_time(&w, "expiresAt", token->expires_ms, arena);
    df_api_put_scopes(&w, "scopes", token->scopes, arena);
    df_json_close(&w, '}');
}

static void note_token(const struct df_api *api, const struct df_request *request, const struct df_token_wish *wish)
{
    df_api_note_often(api, request, "token.handed_out", wish->project_id, df_str_c(wish->provider->name), DF_OK);
}

bool df_handle_token_quick(void *app, const struct df_request *request, struct df_reply *reply)
{
    const struct df_api *api = app;
    struct df_token_wish wish;
    struct df_token token;
    struct df_error err;
    if (open_token_request(api, request, &wish, &err) != DF_OK ||
        !df_tokens_peek(api->d, &wish, request->arena, &token))
        return false;
    note_token(api, request, &wish);
    put_token(reply, &token, request->arena);
    return true;
}

enum df_code df_handle_token(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    const struct df_api *api = app;
    struct df_token_wish wish;
    struct df_flight flight;
    struct df_token token;
    bool wait = false;
    DF_TRY(open_token_request(api, request, &wish, err));
    wish.waited = request->resumed != DF_FIRST_RUN;
    enum df_code code = df_tokens_look(api->d, &wish, request->arena, &token, &wait, &flight, err);
    if (code == DF_OK && wait)
        code = park(api, request, &flight, err);
    if (code != DF_OK)
        df_metric_add(DF_METRIC_RESOLVE_FAILED, 1);
    if (code == DF_OK && !wait) {
        note_token(api, request, &wish);
        put_token(reply, &token, request->arena);
    }
    return code;
}
