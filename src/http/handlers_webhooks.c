#include "http/api.h"
#include "http/audit_note.h"
#include "service/webhooks.h"

enum { DELIVERIES_SHOWN = 100 };

static void put_webhook(struct df_json_writer *w, const struct df_webhook *webhook, struct df_secret secret,
                        struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "id", webhook->id);
    df_json_kstr(w, "projectId", webhook->project_id);
    df_json_kstr(w, "url", webhook->url);
    df_api_put_scopes(w, "events", webhook->events, arena);
    df_json_kbool(w, "isActive", webhook->disabled.n == 0);
    df_json_kstr_or_null(w, "disabledReason", webhook->disabled);
    df_api_put_time(w, "oldSecretUntil", webhook->old_until_ms, arena);
    df_api_put_time(w, "createdAt", webhook->created_ms, arena);
    if (!df_secret_is_empty(secret))
        df_json_kstr(w, "secret", df_secret_reveal(secret));
    df_json_close(w, '}');
}

enum df_code df_handle_webhook_add(void *app, const struct df_request *request, struct df_reply *reply,
                                   struct df_error *err)
{
    struct add_body {
        struct df_str url;
        struct df_str_list events;
    };
    static const struct df_json_field fields[] = {
        {"url", DF_JSON_STRING, true, offsetof(struct add_body, url), 2048},
        {"events", DF_JSON_STRINGS, false, offsetof(struct add_body, events), 64},
    };
    const struct df_api *api = app;
    struct add_body body = {.url = DF_STR_NONE};
    struct df_webhook webhook;
    struct df_secret secret;
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    DF_TRY(df_webhooks_add(df_api_noting(api, request, "webhook.add"), request->params[0], body.url, &body.events,
                           request->arena, &webhook, &secret, err));
    struct df_json_writer w = df_api_json(reply);
    reply->status = 201;
    put_webhook(&w, &webhook, secret, request->arena);
    return DF_OK;
}

enum df_code df_handle_webhook_list(void *app, const struct df_request *request, struct df_reply *reply,
                                    struct df_error *err)
{
    const struct df_api *api = app;
    struct df_project project;
    struct df_webhook *webhooks;
    size_t n;
    DF_TRY(api->d->store->ops->project_find(api->d->store, request->params[0], request->arena, &project, err));
    DF_TRY(api->d->store->ops->webhook_list(api->d->store, project.id, request->arena, &webhooks, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "webhooks", '[');
    for (size_t i = 0; i < n; i++)
        put_webhook(&w, &webhooks[i], DF_SECRET_NONE, request->arena);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_webhook_delete(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    const struct df_api *api = app;
    struct df_store *store = df_api_noting(api, request, "webhook.remove")->store;
    DF_TRY(store->ops->webhook_delete(store, request->params[0], request->params[1], err));
    reply->status = 204;
    return DF_OK;
}

enum df_code df_handle_webhook_rotate(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    const struct df_api *api = app;
    struct df_webhook webhook;
    struct df_secret secret;
    DF_TRY(df_webhooks_rotate(df_api_noting(api, request, "webhook.rotate"), request->params[0], request->params[1],
                              request->arena, &webhook, &secret, err));
    struct df_json_writer w = df_api_json(reply);
    put_webhook(&w, &webhook, secret, request->arena);
    return DF_OK;
}

static enum df_code reply_queued(struct df_reply *reply, struct df_str delivery_id)
{
    struct df_json_writer w = df_api_json(reply);
    reply->status = 202;
    df_json_open(&w, '{');
    df_json_kstr(&w, "deliveryId", delivery_id);
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_webhook_test(void *app, const struct df_request *request, struct df_reply *reply,
                                    struct df_error *err)
{
    const struct df_api *api = app;
    struct df_str id;
    DF_TRY(df_webhooks_test(api->d, request->params[0], request->params[1], request->arena, &id, err));
    api->news(api->news_arg);
    return reply_queued(reply, id);
}

static void put_delivery(struct df_json_writer *w, const struct df_delivery *m, struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "id", m->id);
    df_json_kstr(w, "type", m->type);
    df_json_kstr(w, "status", df_str_c(df_delivery_status_name(m->status)));
    df_json_kstr_or_null(w, "provider", m->provider);
    df_json_kstr_or_null(w, "reason", m->reason);
    df_json_kint(w, "attempts", m->attempts);
    df_json_kstr_or_null(w, "error", m->error);
    df_api_put_time(w, "createdAt", m->created_ms, arena);
    df_api_put_time(w, "nextAttemptAt", m->due_ms, arena);
    df_api_put_time(w, "endedAt", m->ended_ms, arena);
    df_json_close(w, '}');
}

enum df_code df_handle_webhook_deliveries(void *app, const struct df_request *request, struct df_reply *reply,
                                          struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_store_ops *ops = api->d->store->ops;
    struct df_webhook webhook;
    struct df_delivery *deliveries;
    size_t n;
    DF_TRY(ops->webhook_find(api->d->store, request->params[0], request->params[1], request->arena, &webhook, err));
    DF_TRY(ops->outbox_list(api->d->store, webhook.id, DELIVERIES_SHOWN, request->arena, &deliveries, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "deliveries", '[');
    for (size_t i = 0; i < n; i++)
        put_delivery(&w, &deliveries[i], request->arena);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_webhook_retry(void *app, const struct df_request *request, struct df_reply *reply,
                                     struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_store_ops *ops = api->d->store->ops;
    struct df_webhook webhook;
    DF_TRY(ops->webhook_find(api->d->store, request->params[0], request->params[1], request->arena, &webhook, err));
    DF_TRY(ops->outbox_retry(api->d->store, webhook.id, request->params[2], df_now_ms(api->d->clock), err));
    api->news(api->news_arg);
    return reply_queued(reply, request->params[2]);
}
