#include "http/api.h"
#include "http/audit_note.h"
#include "http/rate_limit.h"
#include "service/sentry_hooks.h"

enum { MESSAGES_SHOWN = 100 };

/* Refusals count against the address; what is signed has no limit, for Sentry sends in storms. */
static enum df_code refuse(const struct df_api *api, const struct df_request *request, enum df_code code,
                           struct df_error *err)
{
    struct df_error limit;
    df_api_note_often(api, request, "hook.refused", df_str_head(request->params[0], 63), DF_S("sentry"), code);
    /* Which projects there are is for those alone who have a key. */
    if (code == DF_ERR_WEBHOOK)
        err->code = DF_ERR_SIGNATURE;
    if (df_api_limit_refused(api, request, &limit) == DF_OK)
        return err->code;
    *err = limit;
    return limit.code;
}

enum df_code df_handle_hook_take(void *app, const struct df_request *request, struct df_reply *reply,
                                 struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_hook_delivery delivery = {
        .project_id = request->params[0],
        .request_id = df_request_header(request, "Request-ID"),
        .resource = df_request_header(request, "Sentry-Hook-Resource"),
        .signature = df_request_header(request, "Sentry-Hook-Signature"),
        .body = request->body,
    };
    struct df_str id;
    bool is_new;
    enum df_code code = df_sentry_hooks_take(api->d, &delivery, request->arena, &id, &is_new, err);
    if (code == DF_ERR_STORE || code == DF_ERR_BUSY || code == DF_ERR_DECRYPT)
        return code;
    if (code != DF_OK)
        return refuse(api, request, code, err);
    if (is_new) {
        df_api_note_often(api, request, "hook.received", request->params[0], DF_S("sentry"), DF_OK);
        api->inbox_news(api->news_arg);
    }
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "id", id);
    df_json_kbool(&w, "duplicate", !is_new);
    df_json_close(&w, '}');
    return DF_OK;
}

static enum df_code put_state(const struct df_api *api, const struct df_request *request, int64_t updated_ms,
                              struct df_reply *reply)
{
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "projectId", request->params[0]);
    df_json_kstr(&w, "url",
                 df_arena_printf(request->arena, "%.*s%.*s/webhooks/sentry/%.*s", DF_FMT(api->d->api_url),
                                 DF_FMT(api->d->api_prefix),
                                 DF_FMT(df_url_encode(request->params[0], request->arena))));
    df_json_kbool(&w, "secretSet", updated_ms != 0);
    df_api_put_time(&w, "updatedAt", updated_ms, request->arena);
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_hook_secret_set(void *app, const struct df_request *request, struct df_reply *reply,
                                       struct df_error *err)
{
    struct body {
        struct df_str secret;
    };
    static const struct df_json_field fields[] = {
        {"secret", DF_JSON_STRING, true, offsetof(struct body, secret), 512},
    };
    const struct df_api *api = app;
    struct body body = {.secret = DF_STR_NONE};
    struct df_hook_secret s;
    DF_TRY(df_api_body(request, fields, 1, &body, err));
    DF_TRY(df_sentry_hooks_set(df_api_noting(api, request, "hook.secret"), request->params[0],
                               df_secret_of(body.secret), request->arena, &s, err));
    return put_state(api, request, s.updated_ms, reply);
}

enum df_code df_handle_hook_secret_show(void *app, const struct df_request *request, struct df_reply *reply,
                                        struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_store_ops *ops = api->d->store->ops;
    struct df_project project;
    struct df_hook_secret s = {.updated_ms = 0};
    DF_TRY(ops->project_find(api->d->store, request->params[0], request->arena, &project, err));
    enum df_code code = ops->hook_secret_find(api->d->store, project.id, request->arena, &s, err);
    if (code != DF_OK && code != DF_ERR_WEBHOOK)
        return code;
    return put_state(api, request, s.updated_ms, reply);
}

enum df_code df_handle_hook_secret_remove(void *app, const struct df_request *request, struct df_reply *reply,
                                          struct df_error *err)
{
    const struct df_api *api = app;
    struct df_store *store = df_api_noting(api, request, "hook.remove")->store;
    DF_TRY(store->ops->hook_secret_delete(store, request->params[0], err));
    reply->status = 204;
    return DF_OK;
}

static void put_message(struct df_json_writer *w, const struct df_inbox_message *m, struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "id", m->id);
    df_json_kstr(w, "resource", m->resource);
    df_json_kstr_or_null(w, "action", m->action);
    df_json_kstr_or_null(w, "issue", m->issue);
    df_json_kstr(w, "status", df_str_c(df_inbox_status_name(m->status)));
    df_json_kstr_or_null(w, "outcome", m->outcome);
    df_json_kint(w, "attempts", m->attempts);
    df_api_put_time(w, "receivedAt", m->received_ms, arena);
    df_api_put_time(w, "nextAttemptAt", m->due_ms, arena);
    df_api_put_time(w, "endedAt", m->ended_ms, arena);
    df_json_close(w, '}');
}

enum df_code df_handle_hook_messages(void *app, const struct df_request *request, struct df_reply *reply,
                                     struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_store_ops *ops = api->d->store->ops;
    struct df_project project;
    struct df_inbox_message *messages;
    size_t n;
    DF_TRY(ops->project_find(api->d->store, request->params[0], request->arena, &project, err));
    DF_TRY(ops->inbox_list(api->d->store, project.id, MESSAGES_SHOWN, request->arena, &messages, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "messages", '[');
    for (size_t i = 0; i < n; i++)
        put_message(&w, &messages[i], request->arena);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_hook_retry(void *app, const struct df_request *request, struct df_reply *reply,
                                  struct df_error *err)
{
    const struct df_api *api = app;
    DF_TRY(api->d->store->ops->inbox_retry(api->d->store, request->params[0], request->params[1],
                                           df_now_ms(api->d->clock), err));
    api->inbox_news(api->news_arg);
    struct df_json_writer w = df_api_json(reply);
    reply->status = 202;
    df_json_open(&w, '{');
    df_json_kstr(&w, "id", request->params[1]);
    df_json_close(&w, '}');
    return DF_OK;
}
