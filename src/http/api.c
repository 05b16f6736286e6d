#include "http/api.h"
#include "base/log.h"
#include "base/time.h"
#include "http/cors.h"
#include "http/gate.h"
#include "http/rate_limit.h"

enum { BODY_LIMIT_BYTES = 1024 * 1024 };

/* A row cannot be written without what it asks for and where it names its project: docs/decisions/006-access.md. */
#define ROUTE(method_, path_, wait_, access_, project_, run_, ...) \
    {.method = (method_),                                          \
     .path = (path_),                                              \
     .wait = DF_WAIT_##wait_,                                      \
     .access = DF_ACCESS_##access_,                                \
     .project_at = DF_PROJECT_##project_,                          \
     .run = (run_),                                                \
     __VA_ARGS__}

/* clang-format off */
const struct df_route df_api_routes[] = {
    /* First, for they are tried in this order and no other is asked for so often. */
    ROUTE("POST", "/auth/:provider/token", STORE, TOKENS, BODY, df_handle_token, .quick = df_handle_token_quick),

    ROUTE("GET", "/health", NOTHING, PUBLIC, NOWHERE, df_handle_health, .outside_prefix = true),
    ROUTE("GET", "/ready", STORE, PUBLIC, NOWHERE, df_handle_ready, .outside_prefix = true),
    ROUTE("GET", "/metrics", NOTHING, READ_ALL, NOWHERE, df_handle_metrics, .outside_prefix = true),
    ROUTE("GET", "/openapi.json", NOTHING, PUBLIC, NOWHERE, df_handle_openapi),

    ROUTE("GET", "/keys", STORE, ADMIN, NOWHERE, df_handle_keys),
    ROUTE("GET", "/keys/rotation", STORE, ADMIN, NOWHERE, df_handle_key_rotation),
    ROUTE("POST", "/keys/rotate", STORE, ADMIN, NOWHERE, df_handle_key_rotate),

    ROUTE("POST", "/apikeys", STORE, KEYS, NOWHERE, df_handle_api_key_create),
    ROUTE("GET", "/apikeys", STORE, KEYS, NOWHERE, df_handle_api_key_list),
    ROUTE("DELETE", "/apikeys/:keyId", STORE, KEYS, NOWHERE, df_handle_api_key_revoke),
    ROUTE("POST", "/apikeys/:keyId/rotate", STORE, KEYS, NOWHERE, df_handle_api_key_rotate),

    ROUTE("POST", "/projects", STORE, ADMIN, NOWHERE, df_handle_project_create),
    ROUTE("GET", "/projects", STORE, ANY, NOWHERE, df_handle_project_list),
    ROUTE("GET", "/projects/:id", STORE, PROJECT_READ, PATH, df_handle_project_show),
    ROUTE("PUT", "/projects/:id", STORE, PROJECT_WRITE, PATH, df_handle_project_update),
    ROUTE("DELETE", "/projects/:id", STORE, ADMIN, PATH, df_handle_project_delete),

    ROUTE("GET", "/providers", NOTHING, ANY, NOWHERE, df_handle_providers),
    ROUTE("POST", "/auth/apps/register", UPSTREAM, PROJECT_WRITE, BODY, df_handle_app_register),
    ROUTE("POST", "/projects/:projectId/webhooks", STORE, PROJECT_WRITE, PATH, df_handle_webhook_add),
    ROUTE("GET", "/projects/:projectId/webhooks", STORE, PROJECT_READ, PATH, df_handle_webhook_list),
    ROUTE("DELETE", "/projects/:projectId/webhooks/:webhookId", STORE, PROJECT_WRITE, PATH, df_handle_webhook_delete),
    ROUTE("POST", "/projects/:projectId/webhooks/:webhookId/rotate", STORE, PROJECT_WRITE, PATH, df_handle_webhook_rotate),
    ROUTE("POST", "/projects/:projectId/webhooks/:webhookId/test", STORE, PROJECT_WRITE, PATH, df_handle_webhook_test),
    ROUTE("GET", "/projects/:projectId/webhooks/:webhookId/deliveries", STORE, PROJECT_READ, PATH, df_handle_webhook_deliveries),
    ROUTE("POST", "/projects/:projectId/webhooks/:webhookId/deliveries/:deliveryId/retry", STORE, PROJECT_WRITE, PATH,
          df_handle_webhook_retry),

    /* Sentry's: the signature over the body is what gives authority. */
    ROUTE("POST", "/webhooks/sentry/:projectId", STORE, PUBLIC, NOWHERE, df_handle_hook_take),
    ROUTE("PUT", "/projects/:projectId/sentry/webhook", STORE, PROJECT_WRITE, PATH, df_handle_hook_secret_set),
    ROUTE("GET", "/projects/:projectId/sentry/webhook", STORE, PROJECT_READ, PATH, df_handle_hook_secret_show),
    ROUTE("DELETE", "/projects/:projectId/sentry/webhook", STORE, PROJECT_WRITE, PATH, df_handle_hook_secret_remove),
    ROUTE("GET", "/projects/:projectId/sentry/messages", STORE, PROJECT_READ, PATH, df_handle_hook_messages),
    ROUTE("POST", "/projects/:projectId/sentry/messages/:messageId/retry", STORE, PROJECT_WRITE, PATH, df_handle_hook_retry),
    ROUTE("GET", "/projects/:projectId/rules", STORE, PROJECT_READ, PATH, df_handle_rules_show),
    ROUTE("PUT", "/projects/:projectId/rules", STORE, PROJECT_WRITE, PATH, df_handle_rules_set),
    ROUTE("POST", "/projects/:projectId/rules/test", UPSTREAM, PROJECT_READ, PATH, df_handle_rules_test),
    ROUTE("GET", "/projects/:projectId/schedules", STORE, PROJECT_READ, PATH, df_handle_schedule_list),
    ROUTE("PUT", "/projects/:projectId/schedules/:name", STORE, PROJECT_WRITE, PATH, df_handle_schedule_set),
    ROUTE("DELETE", "/projects/:projectId/schedules/:name", STORE, PROJECT_WRITE, PATH, df_handle_schedule_remove),

    /* The engine may be a server elsewhere, which must not hold up what waits for the database alone. */
    ROUTE("GET", "/workflows", UPSTREAM, ANY, NOWHERE, df_handle_workflow_list_all),
    ROUTE("POST", "/projects/:projectId/workflows", UPSTREAM, PROJECT_WRITE, PATH, df_handle_workflow_start),
    ROUTE("GET", "/projects/:projectId/workflows", UPSTREAM, PROJECT_READ, PATH, df_handle_workflow_list),
    ROUTE("GET", "/projects/:projectId/workflows/:workflowId", UPSTREAM, PROJECT_READ, PATH, df_handle_workflow_show),
    ROUTE("POST", "/projects/:projectId/workflows/:workflowId/signal", UPSTREAM, PROJECT_WRITE, PATH, df_handle_workflow_signal),
    ROUTE("POST", "/projects/:projectId/workflows/:workflowId/cancel", UPSTREAM, PROJECT_WRITE, PATH, df_handle_workflow_cancel),
    ROUTE("POST", "/projects/:projectId/workflows/:workflowId/retry", UPSTREAM, PROJECT_WRITE, PATH, df_handle_workflow_retry),
    ROUTE("GET", "/projects/:projectId/contexts", STORE, PROJECT_READ, PATH, df_handle_stored_contexts),
    ROUTE("GET", "/projects/:projectId/contexts/:issue", STORE, PROJECT_READ, PATH, df_handle_stored_context),

    ROUTE("GET", "/auth/apps", STORE, PROJECT_READ, QUERY, df_handle_app_list),
    ROUTE("POST", "/auth/apps/:provider/delete", STORE, PROJECT_WRITE, BODY, df_handle_app_delete),
    ROUTE("GET", "/auth/connections", STORE, PROJECT_READ, QUERY, df_handle_connections),
    ROUTE("POST", "/auth/:provider/authorize", UPSTREAM, PROJECT_WRITE, BODY, df_handle_authorize),
    /* A browser's: the flow's random id, its state and its cookie are what gives authority. */
    ROUTE("GET", "/auth/:provider/start", STORE, PUBLIC, NOWHERE, df_handle_start),
    ROUTE("GET", "/auth/:provider/flows/:flowId", STORE, PUBLIC, NOWHERE, df_handle_flow),
    ROUTE("GET", "/auth/:provider/callback", UPSTREAM, PUBLIC, NOWHERE, df_handle_callback),
    ROUTE("POST", "/auth/:provider/refresh", STORE, PROJECT_WRITE, BODY, df_handle_refresh),
    ROUTE("POST", "/auth/:provider/device/initiate", UPSTREAM, PROJECT_WRITE, BODY, df_handle_device_initiate),
    ROUTE("POST", "/auth/:provider/device/poll", UPSTREAM, PROJECT_WRITE, BODY_OR_OWN, df_handle_device_poll),
    ROUTE("POST", "/auth/:provider/static", UPSTREAM, PROJECT_WRITE, BODY, df_handle_static_token),
    ROUTE("POST", "/auth/:provider/disconnect", UPSTREAM, PROJECT_WRITE, BODY, df_handle_disconnect),

    ROUTE("*", "/proxy/:projectId/:provider/*", STREAM, PROXY, PATH, df_handle_proxy),

    ROUTE("GET", "/projects/:projectId/priorities", UPSTREAM, PROJECT_READ, PATH, df_handle_priorities),
    ROUTE("GET", "/projects/:projectId/priorities/settings", STORE, PROJECT_READ, PATH, df_handle_priority_weights),
    ROUTE("PUT", "/projects/:projectId/priorities/settings", STORE, PROJECT_WRITE, PATH, df_handle_priority_configure),
    ROUTE("GET", "/projects/:projectId/tickets/settings", STORE, PROJECT_READ, PATH, df_handle_ticket_settings),
    ROUTE("PUT", "/projects/:projectId/tickets/settings", STORE, PROJECT_WRITE, PATH, df_handle_ticket_configure),
    ROUTE("GET", "/integrations/:projectId/tickets", STORE, PROJECT_READ, PATH, df_handle_tickets),
    ROUTE("POST", "/integrations/:projectId/tickets", UPSTREAM, PROJECT_WRITE, PATH, df_handle_ticket_make),

    ROUTE("POST", "/specs/enrich", UPSTREAM, PROJECT_READ, BODY, df_handle_spec_enrich),
    ROUTE("POST", "/integrations/:projectId/specs", UPSTREAM, PROJECT_WRITE, PATH, df_handle_spec_page),

    ROUTE("POST", "/projects/:projectId/tests/generate", UPSTREAM, PROJECT_WRITE, PATH, df_handle_test_generate),
    ROUTE("GET", "/integrations/:projectId/test", UPSTREAM, PROJECT_READ, PATH, df_handle_integrations_test),
    ROUTE("GET", "/integrations/:projectId/sentry/patterns", UPSTREAM, PROJECT_READ, PATH, df_handle_sentry_patterns),
    ROUTE("GET", "/integrations/:projectId/sentry/issues", UPSTREAM, PROJECT_READ, PATH, df_handle_sentry_issues),
    ROUTE("GET", "/integrations/:projectId/sentry/issues/:issue", UPSTREAM, PROJECT_READ, PATH, df_handle_sentry_issue),
    ROUTE("GET", "/integrations/:projectId/sentry/issues/:issue/events", UPSTREAM, PROJECT_READ, PATH, df_handle_sentry_events),
    ROUTE("GET", "/integrations/:projectId/sentry/issues/:issue/test-case", UPSTREAM, PROJECT_READ, PATH, df_handle_test_case),
    ROUTE("GET", "/integrations/:projectId/sentry/issues/:issue/context", UPSTREAM, PROJECT_READ, PATH, df_handle_sentry_context),
    ROUTE("POST", "/integrations/:projectId/sentry/issues/:issue/context", UPSTREAM, PROJECT_READ, PATH, df_handle_sentry_context),
};
/* clang-format on */
const size_t df_api_n_routes = sizeof df_api_routes / sizeof *df_api_routes;

/* The names nearly every request carries, without the cost of taking an authority apart. */
static bool host_is_plainly_ours(const struct df_api *api, struct df_str authority)
{
    struct df_str host = authority, port = authority;
    unsigned long long number = 0;
    df_str_split(&port, ':', &host);
    if (port.n && (!df_str_to_u64(port, &number) || number > UINT16_MAX))
        return false;
    return df_str_is(host, "localhost") || df_str_is(host, "127.0.0.1") || (api->host.n && df_str_eq(host, api->host));
}

/* Whether a page in some other tab, through a name that resolves to us (DNS rebinding), is asking. */
static bool host_is_ours(const struct df_api *api, struct df_str authority, struct df_arena *arena)
{
    struct df_url url, ours;
    if (host_is_plainly_ours(api, authority))
        return true;
    for (size_t i = 0; i < authority.n; i++)
        if (strchr("/?#\\@", authority.p[i]))
            return false;
    if (!df_url_parse(df_arena_printf(arena, "http://%.*s/", DF_FMT(authority)), arena, &url) || url.user.n)
        return false;
    if (df_host_is_loopback(url.host) || df_str_eq(url.host, api->host))
        return true;
    return df_url_parse(api->d->api_url, arena, &ours) && df_str_eq(url.host, ours.host);
}

static bool origin_is_ours(const struct df_api *api, struct df_str origin, struct df_str authority,
                           struct df_arena *arena)
{
    struct df_url url, ours, asked;
    if (!df_url_parse(origin, arena, &url))
        return false;
    struct df_str given = df_url_origin(&url, arena);
    if (df_url_parse(api->d->api_url, arena, &ours) && df_str_eq(given, df_url_origin(&ours, arena)))
        return true;
    return df_url_parse(df_arena_printf(arena, "http://%.*s/", DF_FMT(authority)), arena, &asked) &&
           df_host_is_loopback(asked.host) && df_str_eq(given, df_url_origin(&asked, arena));
}

/* On every answer: who has once come by https is not to come by http (RFC 6797). */
static void say_https(const struct df_api *api, struct df_request *request)
{
    if (df_str_istarts(api->d->api_url, DF_S("https:")))
        df_request_answer_header(request, "Strict-Transport-Security", DF_S("max-age=31536000"));
}

static enum df_code guard(void *app, struct df_request *request, struct df_error *err)
{
    const struct df_api *api = app;
    struct df_str host = df_request_header(request, "Host"), origin = df_request_header(request, "Origin");
    say_https(api, request);
    if (!host_is_ours(api, host, request->arena))
        return df_fail(err, DF_ERR_HOST, "this API is not served under the name %.*s; set API_URL if it should be",
                       DF_FMT(df_str_head(host, 100)));
    if (origin.n && !df_cors_allows(api->cors_origins, origin) && !origin_is_ours(api, origin, host, request->arena))
        return df_fail(err, DF_ERR_ORIGIN, "requests from pages of %.*s are not allowed",
                       DF_FMT(df_str_head(origin, 100)));
    df_cors_say(request, api->cors_origins, origin);
    return DF_OK;
}

static bool answers(void *app, const struct df_request *request, struct df_reply *reply)
{
    (void)app;
    return df_cors_preflight(request, reply);
}

static const char *status_text(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 409:
        return "Conflict";
    case 413:
        return "Payload Too Large";
    case 415:
        return "Unsupported Media Type";
    case 429:
        return "Too Many Requests";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "Internal Server Error";
    }
}

static void render_error(void *app, const struct df_request *request, const struct df_error *err,
                         struct df_reply *reply)
{
    (void)app;
    struct df_json_writer w = df_api_json(reply);
    if (err->code == DF_ERR_UNAUTHORIZED) /* RFC 9110 section 11.6.1 */
        df_reply_header(reply, "WWW-Authenticate", DF_S("Bearer realm=\"DevFlow\""));
    df_json_open(&w, '{');
    df_json_kint(&w, "statusCode", reply->status);
    df_json_kstr(&w, "error", df_str_c(status_text(reply->status)));
    df_json_kstr(&w, "code", df_str_c(df_code_name(err->code)));
    df_json_kstr(&w, "message", df_str_c(err->message));
    df_json_kstr(&w, "requestId", request->request_id);
    df_json_close(&w, '}');
    if (reply->status >= 500)
        df_log(DF_LOG_WARN, "request failed", {"requestId", request->request_id},
               {"code", df_str_c(df_code_name(err->code))}, {"message", df_str_c(err->message)});
}

static void answered(void *app, const struct df_request *request, int status, int64_t micros)
{
    const struct df_api *api = app;
    df_access_log_put(api->access_log, request, status, micros);
    df_route_metrics_add(api->route_metrics, request->route, status, micros);
}

struct df_server_config df_api_server_config(struct df_api *api)
{
    return (struct df_server_config){
        .routes = df_api_routes,
        .n_routes = df_api_n_routes,
        .app = api,
        .body_limit_bytes = BODY_LIMIT_BYTES,
        .guard = guard,
        .answers = answers,
        .limit = df_api_limit,
        .admit = df_api_admit,
        .owner = df_api_owner,
        .render_error = render_error,
        .answered = answered,
    };
}

static bool is_json(struct df_str media_type)
{
    struct df_str type = media_type, rest = media_type;
    df_str_split(&rest, ';', &type);
    return df_str_ieq(df_str_trim(type), DF_S("application/json"));
}

enum df_code df_api_json_body(const struct df_request *request, const struct df_json **ret, struct df_error *err)
{
    if (!is_json(df_request_header(request, "Content-Type")))
        return df_fail(err, DF_ERR_MEDIA_TYPE, "the body must be JSON: send Content-Type: application/json");
    /* Else who looks at bodies in front of us would see another one than we do. */
    struct df_str coding = df_request_header(request, "Content-Encoding");
    if (coding.n && !df_str_ieq(coding, DF_S("identity")))
        return df_fail(err, DF_ERR_MEDIA_TYPE, "the body must not be compressed: send it without Content-Encoding");
    return df_json_parse(request->arena, request->body, 0, ret, err);
}

enum df_code df_api_body(const struct df_request *request, const struct df_json_field *fields, size_t n_fields,
                         void *into, struct df_error *err)
{
    const struct df_json *v;
    DF_TRY(df_api_json_body(request, &v, err));
    return df_json_bind(v, fields, n_fields, into, request->arena, err);
}

enum df_code df_api_required_query(const struct df_request *request, const char *name, struct df_str *ret,
                                   struct df_error *err)
{
    *ret = df_request_query(request, name);
    return ret->n ? DF_OK : df_fail(err, DF_ERR_INVALID, "%s query parameter is required", name);
}

enum df_code df_api_query_int(const struct df_request *request, const char *name, int *ret, struct df_error *err)
{
    const struct df_str *given = df_request_query_given(request, name);
    unsigned long long n = 0;
    if (given && (!df_str_to_u64(*given, &n) || n == 0 || n > 1000000))
        return df_fail(err, DF_ERR_INVALID, "%s must be a positive number", name);
    *ret = (int)n;
    return DF_OK;
}

struct df_json_writer df_api_json(struct df_reply *reply)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &reply->body, 0);
    return w;
}

void df_api_put_time(struct df_json_writer *w, const char *key, int64_t ms, struct df_arena *arena)
{
    df_json_kstr_or_null(w, key, ms ? df_time_format(ms, arena) : DF_STR_NONE);
}

void df_api_put_scopes(struct df_json_writer *w, const char *key, struct df_str scopes, struct df_arena *arena)
{
    struct df_str *items;
    size_t n = df_scopes_split(scopes, arena, &items);
    df_json_kstrs(w, key, items, n);
}
