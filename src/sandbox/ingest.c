#include "sandbox/call.h"
#include "sandbox/envelope.h"

enum { BODY_LIMIT_BYTES = 20 * 1024 * 1024 };

/* Relay's shape of a refusal. The detail is the caller's, whose frame is gone when the header is sent. */
static void refuse(struct sandbox_call *call, int status, const char *detail)
{
    df_reply_header(call->reply, "X-Sentry-Error", df_arena_dup(call->arena, df_str_c(detail)));
    sandbox_detail(call, status, detail);
}

/* "Sentry sentry_version=7, sentry_key=abc": the value of one of its parts. */
static struct df_str auth_part(struct df_str header, const char *name)
{
    struct df_str part, key = DF_STR_NONE;
    if (df_str_istarts(header, DF_S("Sentry ")))
        header = df_str_from(header, 7);
    while (header.n && df_str_split(&header, ',', &part)) {
        df_str_split(&part, '=', &key);
        if (df_str_is(df_str_trim(key), name))
            return df_str_trim(part);
    }
    return DF_STR_NONE;
}

static struct df_str dsn_key(struct df_str dsn, struct df_arena *arena)
{
    struct df_url url;
    return df_url_parse(dsn, arena, &url) ? url.user : DF_STR_NONE;
}

/* Header, query, then the envelope's own DSN. */
static bool authorized(struct sandbox_call *call, const struct df_json *envelope_header)
{
    struct df_str key = auth_part(df_request_header(call->request, "X-Sentry-Auth"), "sentry_key");
    if (key.n == 0)
        key = auth_part(df_request_header(call->request, "Authorization"), "sentry_key");
    if (key.n == 0)
        key = df_request_query(call->request, "sentry_key");
    if (key.n == 0)
        key = dsn_key(df_json_get_str(envelope_header, "dsn"), call->arena);
    if (!df_str_is(call->request->params[0], "1"))
        refuse(call, 403, "bad project id");
    else if (key.n == 0)
        refuse(call, 401, "missing authorization information");
    else if (!df_str_eq(key, call->sandbox->public_key))
        refuse(call, 403, "event submission rejected with_reason: ProjectId");
    else
        return true;
    return false;
}

static bool read_body(struct sandbox_call *call, struct df_str *ret)
{
    struct df_error err;
    struct df_str encoding = df_request_header(call->request, "Content-Encoding");
    enum df_code code = df_envelope_decode(call->request->body, encoding, BODY_LIMIT_BYTES, call->arena, ret, &err);
    if (code == DF_OK)
        return true;
    refuse(call, df_code_http_status(code), err.message);
    return false;
}

/* The event gets an arena of its own, which the store keeps. */
static bool take_event(struct sandbox_call *call, struct df_str json, struct df_str id, struct df_str *ret_id)
{
    struct df_arena *arena = df_arena_new();
    const struct df_json *in = NULL;
    struct df_error err;
    struct df_sandbox_event event;
    struct df_sandbox_receipt receipt = {call->now_ms, df_arena_dup(arena, df_request_peer(call->request)),
                                         df_arena_dup(arena, id), "1", json.n};
    if (df_json_parse(arena, json, 0, &in, &err) != DF_OK ||
        df_sandbox_event_read(in, &receipt, arena, &event, &err) != DF_OK) {
        refuse(call, df_code_http_status(err.code), err.message);
        df_arena_free(arena);
        return false;
    }
    *ret_id = df_arena_dup(call->arena, event.event_id);
    pthread_mutex_lock(&call->sandbox->mutex);
    bool added = sandbox_store_add(&call->sandbox->store, arena, &event);
    if (added)
        sandbox_hooks_event(call, *ret_id);
    pthread_mutex_unlock(&call->sandbox->mutex);
    if (!added)
        df_arena_free(arena);
    return true;
}

static void answer_id(struct sandbox_call *call, struct df_str id)
{
    df_json_open(&call->w, '{');
    df_json_kstr(&call->w, "id", id);
    df_json_close(&call->w, '}');
}

void sandbox_ingest_envelope(struct sandbox_call *call)
{
    struct df_envelope envelope;
    struct df_error err;
    struct df_str body, id, taken;
    if (!read_body(call, &body))
        return;
    if (df_envelope_parse(body, call->arena, &envelope, &err) != DF_OK) {
        refuse(call, 400, err.message);
        return;
    }
    if (!authorized(call, envelope.header))
        return;
    if (!df_sandbox_event_id(df_json_get_str(envelope.header, "event_id"), call->arena, &id))
        id = df_random_hex(DF_SANDBOX_EVENT_ID_BYTES / 2, call->arena);
    for (size_t i = 0; i < envelope.n_items; i++)
        if (df_str_is(envelope.items[i].type, "event") && !take_event(call, envelope.items[i].payload, id, &taken))
            return;
    answer_id(call, id);
}

void sandbox_ingest_store(struct sandbox_call *call)
{
    struct df_str body, taken, id = df_random_hex(DF_SANDBOX_EVENT_ID_BYTES / 2, call->arena);
    if (!authorized(call, NULL) || !read_body(call, &body))
        return;
    if (take_event(call, body, id, &taken))
        answer_id(call, taken);
}
