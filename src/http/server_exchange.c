#include "http/server_exchange.h"
#include "base/trace.h"
#include "http/router.h"
#include "http/server_stream.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <time.h>

enum {
    REPLY_LIMIT_BYTES = 64 * 1024 * 1024,
    HEADERS_LIMIT = 64,
    /* A body that is too long is read this many times over before the connection is cut, so that most clients get to
     * see the 413 rather than a reset. */
    DISCARD_FACTOR = 4,
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* libmicrohttpd calls this first, with the request target as sent; it would hand handlers only a decoded one. */
void *df_exchange_new(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct df_server *server = cls;
    struct df_arena *arena = df_arena_new();
    struct df_exchange *x = DF_NEW(arena, struct df_exchange);
    x->server = server;
    x->connection = connection;
    x->arena = arena;
    x->started_us = now_us();
    x->request.arena = arena;
    x->request.target = df_arena_dup(arena, df_str_c(uri)); /* the library takes its own apart in place */
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

void df_exchange_done(void *cls, struct MHD_Connection *connection, void **req_cls, enum MHD_RequestTerminationCode why)
{
    (void)connection;
    (void)why;
    struct df_server *server = cls;
    struct df_exchange *x = *req_cls;
    if (!x)
        return;
    if (server->config.answered && x->status)
        server->config.answered(server->config.app, &x->request, x->status, now_us() - x->started_us);
    *req_cls = NULL;
    if (!x->stream || df_stream_leave(x))
        exchange_free(x);
}

/* Views of the library's own memory, which stays as it is until the exchange is done. */
static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n,
                                   const char *value, size_t value_n)
{
    (void)kind;
    struct df_request *request = cls;
    request->headers[request->n_headers++] = (struct df_param){df_str_n(name, name_n),
                                                               df_str_n(value ? value : "", value ? value_n : 0)};
    return MHD_YES;
}

static enum df_code take_headers(struct df_exchange *x, struct df_error *err)
{
    int n = MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, NULL, NULL);
    if (n < 0 || n >= HEADERS_LIMIT)
        return df_fail(err, DF_ERR_INVALID, "more than %d headers", HEADERS_LIMIT - 1);
    x->request.headers = DF_NEW_ARRAY(x->arena, struct df_param, (size_t)n);
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, take_header, &x->request);
    return DF_OK;
}

static const struct sockaddr *peer_of(const struct df_exchange *x)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

/* The IPv4 address, also where it is written as an IPv6 one (RFC 4291 section 2.5.5.2); NULL when it is none. */
static const uint8_t *ipv4_of(const struct sockaddr *peer)
{
    if (peer->sa_family == AF_INET)
        return (const uint8_t *)&((const struct sockaddr_in *)(const void *)peer)->sin_addr;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
    return IN6_IS_ADDR_V4MAPPED(six) ? six->s6_addr + 12 : NULL;
}

static bool is_loopback(const struct sockaddr *peer)
{
    if (!peer || (peer->sa_family != AF_INET && peer->sa_family != AF_INET6))
        return false;
    const uint8_t *four = ipv4_of(peer);
    return four ? four[0] == 127 : IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr);
}

struct df_exchange *df_exchange_of(const struct df_request *request)
{
    return (struct df_exchange *)((uintptr_t)request - offsetof(struct df_exchange, request));
}

struct df_str df_request_peer(const struct df_request *request)
{
    const struct sockaddr *peer = peer_of(df_exchange_of(request));
    char text[INET6_ADDRSTRLEN] = "";
    if (!peer || (peer->sa_family != AF_INET && peer->sa_family != AF_INET6))
        return DF_STR_NONE;
    const uint8_t *four = ipv4_of(peer);
    if (four)
        inet_ntop(AF_INET, four, text, sizeof text);
    else
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr, text, sizeof text);
    return df_arena_dup(request->arena, df_str_c(text));
}

static bool is_id(struct df_str given)
{
    bool ok = given.n > 0 && given.n <= 64;
    for (size_t i = 0; ok && i < given.n; i++)
        ok = (given.p[i] >= '0' && given.p[i] <= '9') || (given.p[i] >= 'a' && given.p[i] <= 'z') ||
             (given.p[i] >= 'A' && given.p[i] <= 'Z') || given.p[i] == '-' || given.p[i] == '_' || given.p[i] == '.';
    return ok;
}

/* Ids must differ, not be secret: a random start, then steps over all of 2^64 (splitmix64, Steele et al. 2014). */
static struct df_str next_id(struct df_server *server, struct df_arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t z = server->ids += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    z ^= z >> 31;
    char *id = df_arena_alloc(arena, 2 * sizeof z + 1);
    for (size_t i = 0; i < 2 * sizeof z; i++, z >>= 4)
        id[i] = digits[z & 15];
    return df_str_n(id, 2 * sizeof z);
}

/* Requests whose end two parsers could see at different places are refused (RFC 9112 section 6.3), as the library's
 * strict mode lets some through. */
static enum df_code check_framing(const struct df_request *request, struct df_error *err)
{
    unsigned lengths = 0, encodings = 0, hosts = 0;
    for (size_t i = 0; i < request->n_headers; i++) {
        struct df_str name = request->headers[i].name, value = request->headers[i].value;
        lengths += df_str_ieq(name, DF_S("Content-Length"));
        hosts += df_str_ieq(name, DF_S("Host"));
        if (df_str_ieq(name, DF_S("Transfer-Encoding"))) {
            encodings++;
            if (!df_str_ieq(value, DF_S("chunked")))
                return df_fail(err, DF_ERR_INVALID, "only the transfer encoding \"chunked\" is understood");
        }
    }
    if (lengths > 1 || encodings > 1 || (lengths && encodings))
        return df_fail(err, DF_ERR_INVALID, "the request gives its body's length more than once");
    if (hosts > 1)
        return df_fail(err, DF_ERR_INVALID, "the request has more than one Host header");
    return DF_OK;
}

static enum df_code check_length(const struct df_exchange *x, struct df_error *err)
{
    struct df_str length = df_request_header(&x->request, "Content-Length");
    unsigned long long n = 0;
    if (length.n && !df_str_to_u64(length, &n))
        return df_fail(err, DF_ERR_INVALID, "the Content-Length header is not a number");
    if (n > x->server->config.body_limit_bytes)
        return df_fail(err, DF_ERR_TOO_LARGE, "the body may have at most %zu bytes",
                       x->server->config.body_limit_bytes);
    return DF_OK;
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

/* Names are literals and values NUL-terminated copies (df_reply_header), as the library wants them. */
static void put_headers(struct MHD_Response *response, const struct df_exchange *x)
{
    const struct df_reply *reply = &x->reply;
    bool caches = false;
    for (size_t i = 0; i < reply->n_headers; i++) {
        MHD_add_response_header(response, reply->headers[i].name.p, reply->headers[i].value.p);
        caches = caches || df_str_ieq(reply->headers[i].name, DF_S("Cache-Control"));
    }
    if (reply->status != MHD_HTTP_NO_CONTENT)
        MHD_add_response_header(response, "Content-Type", reply->content_type);
    if (!caches)
        MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "X-Request-Id", x->request.request_id.p);
}

static enum MHD_Result queue(struct df_exchange *x, int status, struct MHD_Response *response)
{
    x->status = status;
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
    return queue(x, reply->status, response);
}

/* What this thread does from here to df_trace_set(NULL), it does for this request. */
static void begin_trace(const struct df_exchange *x)
{
    const struct df_request *request = &x->request;
    const struct df_trace trace = df_trace_read(request->request_id, df_request_header(request, "traceparent"),
                                                df_request_header(request, "tracestate"));
    df_trace_set(&trace);
}

static void run_handler(struct df_exchange *x)
{
    struct df_error err = {0};
    const struct df_server_config *config = &x->server->config;
    begin_trace(x);
    if (x->request.route->run(config->app, &x->request, &x->reply, &err) != DF_OK)
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

static void finish(struct df_exchange *x)
{
    struct MHD_Connection *connection = x->connection;
    x->stage = DF_DONE;
    MHD_resume_connection(connection);
}

/* Runs the handler until it has answered or sleeps; in the latter case the exchange is no longer this thread's. */
static void run_in_pool(void *arg)
{
    struct df_exchange *x = arg;
    for (;;) {
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
    if (df_pool_submit(x->server->pool[x->request.route->wait], run_in_pool, x))
        return;
    busy(x);
    finish(x);
}

struct df_parked *df_request_park(const struct df_request *request, unsigned deadline_ms)
{
    struct df_exchange *x = df_exchange_of(request);
    assert(!x->parked && x->stage == DF_AT_WORK);
    x->parked = df_parking_enter(x->server->parking, x, deadline_ms);
    return x->parked;
}

static enum MHD_Result dispatch(struct df_exchange *x)
{
    const struct df_route *route = x->request.route;
    x->request.body = df_buf_str(&x->body);
    if (route->quick && route->quick(x->server->config.app, &x->request, &x->reply))
        return send_reply(x);
    if (route->wait == DF_WAIT_NOTHING) {
        fresh_reply(x);
        run_handler(x);
        return send_reply(x);
    }
    x->stage = DF_AT_WORK;
    MHD_suspend_connection(x->connection);
    if (!df_pool_submit(x->server->pool[route->wait], run_in_pool, x)) {
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
    enum df_code code = x->request.route->run(config->app, &x->request, &x->reply, &err);
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
    if (df_pool_submit(x->server->pool[DF_WAIT_STREAM], run_stream, x))
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
    switch (df_stream_uploaded(x)) {
    case DF_STREAM_WAITS:
        return MHD_YES;
    case DF_STREAM_RETURNED:
        return send_reply(x);
    case DF_STREAM_HAS_HEAD:
        response = df_stream_response(x, &status);
        if (!response)
            return MHD_NO;
        MHD_add_response_header(response, "X-Request-Id", x->request.request_id.p);
        return queue(x, status, response);
    }
    return MHD_NO;
}

/* All that can be known before the body: framing, route, guard, length. */
static enum df_code begin(struct df_exchange *x, const char *method, struct df_error *err)
{
    const struct df_server_config *config = &x->server->config;
    struct df_str allow = DF_STR_NONE;
    x->request.method = df_str_c(method); /* the library's, as the headers are */
    x->request.peer_is_loopback = is_loopback(peer_of(x));
    enum df_code taken = take_headers(x, err);
    struct df_str given = df_request_header(&x->request, "X-Request-Id");
    x->request.request_id = is_id(given) ? given : next_id(x->server, x->arena);
    DF_TRY(taken);
    DF_TRY(check_framing(&x->request, err));
    if (config->guard)
        DF_TRY(config->guard(config->app, &x->request, err));
    enum df_code found = df_router_find(config->routes, config->n_routes, config->prefix, &x->request, &allow, err);
    if (found == DF_ERR_METHOD) {
        fail_reply(x, err);
        df_reply_header(&x->reply, "Allow", allow);
    }
    DF_TRY(found);
    return x->request.route->wait == DF_WAIT_STREAM ? DF_OK : check_length(x, err);
}

enum MHD_Result df_exchange_step(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *data, size_t *data_n, void **req_cls)
{
    (void)cls;
    (void)connection;
    (void)url;
    (void)version;
    struct df_exchange *x = *req_cls;
    struct df_error err = {0};
    switch (x->stage) {
    case DF_HEAD_SEEN:
        x->stage = DF_BODY;
        if (begin(x, method, &err) == DF_OK)
            return x->request.route->wait == DF_WAIT_STREAM ? begin_stream(x) : MHD_YES;
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
