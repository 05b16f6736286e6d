#include "http/server_exchange.h"
#include "base/fatal.h"
#include "base/trace.h"
#include "base/wait.h"
#include "http/router.h"
#include "http/server_head.h"
#include "http/server_stream.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>

enum {
    REPLY_LIMIT_BYTES = 64 * 1024 * 1024,
    /* A body that is too long is read this many times over before the connection is cut, so that most clients get to
     * see the 413 rather than a reset. */
    DISCARD_FACTOR = 4,
    QUEUE_MS = 30 * 1000,
    LOOK_MS = 500, /* as long as the parking takes to look */
};

static struct df_connection *wire_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* libmicrohttpd calls this first, with the request target as sent; it would hand handlers only a decoded one. */
void *df_exchange_new(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct df_server *server = cls;
    struct df_arena *arena = df_arena_new();
    struct df_exchange *x = DF_NEW(arena, struct df_exchange);
    x->server = server;
    x->connection = connection;
    x->wire = wire_of(connection);
    x->arena = arena;
    x->started_us = df_monotonic_us();
    x->request.arena = arena;
    x->request.target = df_arena_dup(arena, df_str_c(uri)); /* the library takes its own apart in place */
    x->request.admission = DF_NOT_YET;
    x->reply.status = MHD_HTTP_OK;
    x->reply.content_type = "application/json";
    df_buf_init(&x->reply.body, arena, REPLY_LIMIT_BYTES);
    df_buf_init(&x->body, arena, server->config.body_limit_bytes);
    atomic_fetch_add(&server->under_way, 1);
    return x;
}

static void exchange_free(struct df_exchange *x)
{
    struct df_server *server = x->server;
    df_stream_free(x->stream);
    df_arena_free(x->arena);
    atomic_fetch_sub(&server->under_way, 1);
}

/* The event loop is at work from here, until `leave`. To some milliseconds. */
static void enter(struct df_server *server)
{
    atomic_store_explicit(&server->entered_ms, df_monotonic_coarse_ms(), memory_order_relaxed);
}

static void leave(struct df_server *server)
{
    atomic_store_explicit(&server->entered_ms, 0, memory_order_relaxed);
}

void df_exchange_done(void *cls, struct MHD_Connection *connection, void **req_cls, enum MHD_RequestTerminationCode why)
{
    (void)connection;
    (void)why;
    struct df_server *server = cls;
    struct df_exchange *x = *req_cls;
    if (!x)
        return;
    enter(server);
    df_connection_idle(x->wire);
    if (server->config.answered && x->status)
        server->config.answered(server->config.app, &x->request, x->status, df_monotonic_us() - x->started_us);
    *req_cls = NULL;
    if (!x->stream || df_stream_leave(x))
        exchange_free(x);
    leave(server);
}

struct df_exchange *df_exchange_of(const struct df_request *request)
{
    return (struct df_exchange *)((uintptr_t)request - offsetof(struct df_exchange, request));
}

static void fresh_reply(struct df_exchange *x)
{
    df_buf_cut(&x->reply.body, 0);
    x->reply.n_headers = 0;
    x->reply.status = MHD_HTTP_OK;
    x->reply.content_type = "application/json";
}

static void fail_reply(struct df_exchange *x, const struct df_error *err)
{
    fresh_reply(x);
    x->reply.status = df_code_http_status(err->code);
    if (err->retry_after_s > 0)
        df_reply_header(&x->reply, "Retry-After", df_arena_printf(x->arena, "%d", err->retry_after_s));
    x->server->config.render_error(x->server->config.app, &x->request, err, &x->reply);
}

static enum MHD_Result too_large(struct df_exchange *x)
{
    struct df_error err;
    df_fail_at(&err, DF_ERR_TOO_LARGE, "the body may have at most %zu bytes", x->server->config.body_limit_bytes);
    fail_reply(x, &err);
    return MHD_YES;
}

struct cut_body {
    char *p;
    size_t n;
};

static ssize_t read_half(void *cls, uint64_t at, char *to, size_t room)
{
    const struct cut_body *cut = cls;
    if (at >= cut->n)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = cut->n - at < room ? cut->n - (size_t)at : room;
    memcpy(to, cut->p + at, n);
    return (ssize_t)n;
}

static struct MHD_Response *make_response(struct df_exchange *x)
{
    struct df_str body = df_buf_str(&x->reply.body);
    if (x->reply.cut) {
        struct cut_body *half = DF_NEW(x->arena, struct cut_body);
        *half = (struct cut_body){x->reply.body.p, body.n / 2};
        return MHD_create_response_from_callback(body.n, 4096, read_half, half, NULL);
    }
    /* The arena outlives the answer: df_exchange_done frees it after the last byte. */
    return MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_PERSISTENT);
}

void df_response_put(struct MHD_Response *response, const char *name, const char *value)
{
    errno = 0;
    if (MHD_add_response_header(response, name, value) != MHD_YES && errno == ENOMEM)
        df_out_of_memory();
}

/* Names are literals and values NUL-terminated copies (df_reply_header), as the library wants them. */
static void put_headers(struct MHD_Response *response, const struct df_exchange *x)
{
    const struct df_reply *reply = &x->reply;
    bool caches = false;
    for (size_t i = 0; i < reply->n_headers; i++) {
        df_response_put(response, reply->headers[i].name.p, reply->headers[i].value.p);
        caches = caches || df_str_ieq(reply->headers[i].name, DF_S("Cache-Control"));
    }
    if (reply->status != MHD_HTTP_NO_CONTENT)
        df_response_put(response, "Content-Type", reply->content_type);
    if (!caches)
        df_response_put(response, "Cache-Control", "no-store");
    df_response_put(response, "X-Content-Type-Options", "nosniff");
    df_response_put(response, "X-Request-Id", x->request.request_id.p);
}

/* The raw bytes are not followed through a chunked body, so nothing may come after one. */
static bool is_last(const struct df_exchange *x)
{
    return df_request_header(&x->request, "Transfer-Encoding").n > 0;
}

static enum MHD_Result queue(struct df_exchange *x, int status, struct MHD_Response *response, size_t bytes)
{
    x->status = status;
    for (size_t i = 0; i < x->request.n_answer_headers; i++)
        MHD_add_response_header(response, x->request.answer_headers[i].name.p, x->request.answer_headers[i].value.p);
    if (is_last(x) || atomic_load_explicit(&x->server->draining, memory_order_relaxed))
        df_response_put(response, "Connection", "close");
    df_connection_answering(x->wire, bytes);
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result send_reply(struct df_exchange *x)
{
    struct df_reply *reply = &x->reply;
    if (reply->drop)
        return MHD_NO;
    if (reply->body.overflow) {
        struct df_error err;
        reply->body.overflow = false;
        df_fail_at(&err, DF_ERR_INTERNAL, "the answer is larger than %d bytes", REPLY_LIMIT_BYTES);
        fail_reply(x, &err);
    }
    struct MHD_Response *response = make_response(x);
    if (!response)
        return MHD_NO;
    put_headers(response, x);
    return queue(x, reply->status, response, reply->body.n);
}

/* What this thread does from here to df_trace_set(NULL), it does for this request. */
static void begin_trace(const struct df_exchange *x)
{
    const struct df_request *request = &x->request;
    const struct df_trace trace = df_trace_read(request->request_id, df_request_header(request, "traceparent"),
                                                df_request_header(request, "tracestate"));
    df_trace_set(&trace);
}

/* Whether the request may go on, as far as that can be known now. */
static enum df_admission admit(struct df_exchange *x, enum df_admit_when when, struct df_error *err)
{
    const struct df_server_config *config = &x->server->config;
    if (x->request.admission == DF_NOT_YET)
        x->request.admission = config->admit ? config->admit(config->app, &x->request, when, err) : DF_ADMITTED;
    assert(when != DF_ADMIT_IN_POOL || x->request.admission != DF_NOT_YET);
    return x->request.admission;
}

static void run_handler(struct df_exchange *x)
{
    struct df_error err = {0};
    const struct df_server_config *config = &x->server->config;
    begin_trace(x);
    if (admit(x, DF_ADMIT_IN_POOL, &err) == DF_REFUSED ||
        x->request.route->run(config->app, &x->request, &x->reply, &err) != DF_OK)
        fail_reply(x, &err);
    df_trace_set(NULL);
}

static void busy(struct df_exchange *x)
{
    struct df_error err;
    df_fail_at(&err, DF_ERR_BUSY, "too many requests are waiting; try again in a second");
    err.retry_after_s = 1;
    fail_reply(x, &err);
}

/* The client has hung up: no answer, and the log has it by the number that nginx gives it. */
static void gone(struct df_exchange *x)
{
    x->reply.drop = true;
    x->status = DF_STATUS_GONE;
}

static void finish(struct df_exchange *x)
{
    struct MHD_Connection *connection = x->connection;
    x->stage = DF_DONE;
    MHD_resume_connection(connection);
}

/* As the parking has it: who has shut down his side only is taken for gone too. */
static bool has_gone(const struct df_exchange *x)
{
    struct pollfd at = {.fd = x->wire ? x->wire->fd : -1, .events = POLLRDHUP};
    return poll(&at, 1, 0) > 0 && (at.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* Whether its turn came too late: its client has hung up, or waits for something else by now. */
static bool is_too_late(struct df_exchange *x)
{
    int64_t waited_ms = df_monotonic_ms() - x->queued_ms;
    int64_t most_ms = x->server->config.queue_ms ? x->server->config.queue_ms : QUEUE_MS;
    if (x->request.resumed != DF_FIRST_RUN || waited_ms < (most_ms < LOOK_MS ? most_ms : LOOK_MS))
        return false;
    if (has_gone(x))
        gone(x);
    else if (waited_ms > most_ms)
        busy(x);
    else
        return false;
    return true;
}

/* Runs the handler until it has answered or sleeps; in the latter case the exchange is no longer this thread's. */
static void run_in_pool(void *arg)
{
    struct df_exchange *x = arg;
    while (!is_too_late(x)) {
        x->parked = NULL;
        fresh_reply(x);
        run_handler(x);
        if (!x->parked)
            break;
        bool stopping = x->request.resumed == DF_RESUMED_STOPPING;
        enum df_resumed why = df_parking_sleep(x->parked);
        if (why == DF_FIRST_RUN)
            return;
        x->request.resumed = why;
        if (why == DF_RESUMED_GONE) {
            gone(x);
            break;
        }
        if (stopping) { /* it had been told to answer */
            busy(x);
            break;
        }
    }
    finish(x);
}

void df_exchange_wake(void *parked, enum df_resumed why)
{
    struct df_exchange *x = parked;
    x->request.resumed = why;
    if (why == DF_RESUMED_GONE) {
        gone(x);
        finish(x);
        return;
    }
    if (df_pool_submit_for(x->server->pool[x->request.route->wait], x->owner, run_in_pool, x))
        return;
    busy(x);
    finish(x);
}

struct df_parked *df_request_park(const struct df_request *request, unsigned deadline_ms)
{
    struct df_exchange *x = df_exchange_of(request);
    assert(!x->parked && x->stage == DF_AT_WORK);
    x->parked = df_parking_enter(x->server->parking, x, x->wire->fd, deadline_ms);
    return x->parked;
}

/* Where its handler runs: it may have to wait for the store only to be let in. */
static enum df_wait wait_of(const struct df_exchange *x)
{
    enum df_wait wait = x->request.route->wait;
    return wait == DF_WAIT_NOTHING && x->request.admission == DF_NOT_YET ? DF_WAIT_STORE : wait;
}

/* What waits for the store only is done soon, whosever it is. */
static bool give_to_pool(struct df_exchange *x, enum df_wait wait, void (*run)(void *arg))
{
    const struct df_server_config *config = &x->server->config;
    if (wait != DF_WAIT_STORE && config->owner)
        x->owner = config->owner(config->app, &x->request);
    return df_pool_submit_for(x->server->pool[wait], x->owner, run, x);
}

static enum MHD_Result dispatch(struct df_exchange *x)
{
    const struct df_route *route = x->request.route;
    struct df_error err = {0};
    x->request.body = df_buf_str(&x->body);
    df_connection_at_work(x->wire);
    enum df_admission admission = admit(x, DF_ADMIT_WHOLE, &err);
    if (admission == DF_REFUSED) {
        fail_reply(x, &err);
        return send_reply(x);
    }
    enum df_wait wait = wait_of(x);
    if (admission == DF_ADMITTED && route->quick && route->quick(x->server->config.app, &x->request, &x->reply))
        return send_reply(x);
    if (wait == DF_WAIT_NOTHING) {
        fresh_reply(x);
        run_handler(x);
        return send_reply(x);
    }
    x->stage = DF_AT_WORK;
    x->queued_ms = df_monotonic_ms();
    MHD_suspend_connection(x->connection);
    if (!give_to_pool(x, wait, run_in_pool)) {
        busy(x);
        finish(x);
    }
    return MHD_YES;
}

static void run_stream(void *arg)
{
    struct df_exchange *x = arg;
    struct df_error err = {0};
    const struct df_server_config *config = &x->server->config;
    begin_trace(x);
    enum df_code code = admit(x, DF_ADMIT_IN_POOL, &err) == DF_REFUSED
                            ? err.code
                            : x->request.route->run(config->app, &x->request, &x->reply, &err);
    if (code != DF_OK && !df_stream_started(x))
        fail_reply(x, &err);
    df_trace_set(NULL);
    if (df_stream_return(x, code == DF_OK))
        exchange_free(x);
}

/* The handler begins before the body comes. */
static enum MHD_Result begin_stream(struct df_exchange *x)
{
    df_stream_open(x);
    x->stage = DF_STREAMING;
    if (give_to_pool(x, DF_WAIT_STREAM, run_stream))
        return MHD_YES;
    busy(x);
    df_stream_return(x, true);
    return send_reply(x);
}

static enum MHD_Result step_stream(struct df_exchange *x, const char *data, size_t *data_n)
{
    if (*data_n)
        return df_stream_upload(x, data, data_n);
    int status;
    struct MHD_Response *response;
    enum MHD_Result queued;
    switch (df_stream_uploaded(x)) {
    case DF_STREAM_WAITS:
        return MHD_YES;
    case DF_STREAM_RETURNED:
        return send_reply(x);
    case DF_STREAM_HAS_HEAD:
        response = df_stream_response(x, &status);
        if (!response)
            return MHD_NO;
        df_response_put(response, "X-Request-Id", x->request.request_id.p);
        queued = queue(x, status, response, 0);
        df_connection_at_work(x->wire); /* an answer of any length */
        return queued;
    }
    return MHD_NO;
}

/* Also for what is refused anyway, so that nobody tries keys faster than he may ask. */
static enum df_code check_rate(struct df_exchange *x, struct df_error *err)
{
    const struct df_server_config *config = &x->server->config;
    struct df_error why;
    if (!config->limit || config->limit(config->app, &x->request, &why) == DF_OK)
        return DF_OK;
    *err = why;
    return err->code;
}

/* All that can be known before the body: framing, route, guard, length. */
static enum df_code begin(struct df_exchange *x, const char *method, const char *version, struct df_error *err)
{
    const struct df_server_config *config = &x->server->config;
    struct df_str allow = DF_STR_NONE;
    DF_TRY(df_head_take(x, method, err));
    DF_TRY(df_head_check_framing(x, version, err));
    if (config->guard)
        DF_TRY(config->guard(config->app, &x->request, err));
    if (config->answers && config->answers(config->app, &x->request, &x->reply))
        return DF_OK;
    enum df_code found = df_router_find(config->routes, config->n_routes, config->prefix, &x->request, &allow, err);
    if (found == DF_OK && admit(x, DF_ADMIT_HEAD, err) == DF_REFUSED)
        found = err->code;
    DF_TRY(check_rate(x, err));
    if (found == DF_ERR_METHOD) {
        fail_reply(x, err);
        df_reply_header(&x->reply, "Allow", allow);
    }
    DF_TRY(found);
    return x->request.route->wait == DF_WAIT_STREAM ? DF_OK : df_head_check_length(x, err);
}

static enum MHD_Result step(struct df_exchange *x, const char *method, const char *version, const char *data,
                            size_t *data_n)
{
    struct df_error err = {0};
    switch (x->stage) {
    case DF_HEAD_SEEN:
        x->stage = DF_BODY;
        df_connection_head_in(x->wire);
        if (begin(x, method, version, &err) == DF_OK)
            return !x->request.route                          ? send_reply(x)
                   : x->request.route->wait == DF_WAIT_STREAM ? begin_stream(x)
                                                              : MHD_YES;
        if (err.code != DF_ERR_METHOD)
            fail_reply(x, &err);
        return send_reply(x);
    case DF_BODY:
        if (*data_n == 0)
            return x->body.overflow ? (too_large(x), send_reply(x)) : dispatch(x);
        df_buf_put(&x->body, data, *data_n);
        x->discarded += x->body.overflow ? *data_n : 0;
        *data_n = 0;
        return x->discarded > DISCARD_FACTOR * x->server->config.body_limit_bytes ? MHD_NO : MHD_YES;
    case DF_AT_WORK:
        return MHD_YES;
    case DF_DONE:
        return send_reply(x);
    case DF_STREAMING:
        return step_stream(x, data, data_n);
    }
    return MHD_NO;
}

enum MHD_Result df_exchange_step(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *data, size_t *data_n, void **req_cls)
{
    (void)connection;
    (void)url;
    struct df_server *server = cls;
    enter(server);
    enum MHD_Result result = step(*req_cls, method, version, data, data_n);
    leave(server);
    return result;
}
