/* The API: its routes over the services. Handlers only take requests apart and write answers; what is decided, the services
 * decide. Shapes: docs/openapi.json, which is served at openapi.json. */
#ifndef DF_HTTP_API_H
#define DF_HTTP_API_H

#include "http/access_log.h"
#include "http/route_metrics.h"
#include "http/server.h"
#include "service/devflow.h"

struct df_census;

struct df_limiter;

struct df_api {
    const struct df_devflow *d;
    struct df_limiter *limiter;
    struct df_str cors_origins;                                 /* CORS_ORIGINS */
    void (*news)(void *arg);                                    /* there is something to send in the outbox */
    void (*inbox_news)(void *arg), (*schedule_news)(void *arg); /* in those, likewise */
    void *news_arg;
    int64_t started_ms;
    struct df_str host; /* API_HOST, whose name requests may carry beside API_URL's and loopback's */
    struct df_access_log *access_log;
    struct df_route_metrics *route_metrics;
    struct df_census *census;
    struct df_readiness *readiness;
    struct df_str openapi; /* the document as text */
    const char *version;
};

extern const struct df_route df_api_routes[];
extern const size_t df_api_n_routes;

/* A server configuration for this API; host, port and prefix are the caller's. */
struct df_server_config df_api_server_config(struct df_api *api);

/* The body as JSON: DF_ERR_MEDIA_TYPE, DF_ERR_JSON. */
enum df_code df_api_json_body(const struct df_request *request, const struct df_json **ret, struct df_error *err);
/* The JSON body bound to a struct: DF_ERR_MEDIA_TYPE, DF_ERR_JSON, DF_ERR_INVALID. */
enum df_code df_api_body(const struct df_request *request, const struct df_json_field *fields, size_t n_fields,
                         void *into, struct df_error *err);
/* A query parameter that must be there: DF_ERR_INVALID names it. */
enum df_code df_api_required_query(const struct df_request *request, const char *name, struct df_str *ret,
                                   struct df_error *err);
/* An optional number of the query; 0 when absent. */
enum df_code df_api_query_int(const struct df_request *request, const char *name, int *ret, struct df_error *err);
/* A writer for the reply's JSON body. */
struct df_json_writer df_api_json(struct df_reply *reply);
/* RFC 3339, or null for 0. */
void df_api_put_time(struct df_json_writer *w, const char *key, int64_t ms, struct df_arena *arena);
/* "a b" as ["a","b"] */
void df_api_put_scopes(struct df_json_writer *w, const char *key, struct df_str scopes, struct df_arena *arena);
/* A connection, as every route lists it. */
void df_api_put_connection(const struct df_api *api, struct df_json_writer *w, const struct df_connection *c,
                           struct df_arena *arena);
/* "allow": what a key may do beside its role. */
void df_api_put_permissions(struct df_json_writer *w, int64_t permissions);
/* An API key, as every route lists it; the secret is shown where it is not empty. */
void df_api_put_api_key(struct df_json_writer *w, const struct df_api_key *key, struct df_secret secret, int64_t now_ms,
                        struct df_arena *arena);

df_handler df_handle_health, df_handle_ready, df_handle_metrics, df_handle_openapi;
df_handler df_handle_keys, df_handle_key_rotation, df_handle_key_rotate;
df_handler df_handle_api_key_create, df_handle_api_key_list, df_handle_api_key_revoke, df_handle_api_key_rotate;
df_handler df_handle_project_create, df_handle_project_list, df_handle_project_show, df_handle_project_update,
    df_handle_project_delete;
df_handler df_handle_app_register, df_handle_app_list, df_handle_app_delete;
df_handler df_handle_authorize, df_handle_start, df_handle_flow, df_handle_callback;
df_handler df_handle_connections, df_handle_refresh, df_handle_disconnect, df_handle_token;
df_handler df_handle_providers, df_handle_device_initiate, df_handle_device_poll, df_handle_static_token;
df_handler df_handle_proxy;
df_quick_handler df_handle_token_quick;
df_handler df_handle_integrations_test;
df_handler df_handle_sentry_patterns, df_handle_sentry_issues, df_handle_sentry_issue, df_handle_sentry_events,
    df_handle_sentry_context, df_handle_test_case, df_handle_test_generate;
df_handler df_handle_spec_enrich, df_handle_spec_page;
df_handler df_handle_priorities, df_handle_priority_weights, df_handle_priority_configure;
df_handler df_handle_ticket_settings, df_handle_ticket_configure, df_handle_ticket_make, df_handle_tickets;
df_handler df_handle_webhook_add, df_handle_webhook_list, df_handle_webhook_delete, df_handle_webhook_rotate,
    df_handle_webhook_test, df_handle_webhook_deliveries, df_handle_webhook_retry;
df_handler df_handle_workflow_start, df_handle_workflow_list, df_handle_workflow_list_all, df_handle_workflow_show,
    df_handle_workflow_signal, df_handle_workflow_cancel, df_handle_workflow_retry;
df_handler df_handle_stored_contexts, df_handle_stored_context;
df_handler df_handle_hook_take, df_handle_hook_secret_set, df_handle_hook_secret_show, df_handle_hook_secret_remove,
    df_handle_hook_messages, df_handle_hook_retry;
df_handler df_handle_rules_show, df_handle_rules_set, df_handle_rules_test;
df_handler df_handle_schedule_set, df_handle_schedule_list, df_handle_schedule_remove;

#endif
