#include "http/server.h"
#include "base/crypto.h"
#include "base/pool.h"
#include "http/parking.h"
#include "http/router.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    IDLE_TIMEOUT_S = 30,
    CONNECTION_LIMIT = 4096,
    CONNECTION_MEMORY_BYTES = 32 * 1024,
    REPLY_LIMIT_BYTES = 64 * 1024 * 1024,
    HEADERS_LIMIT = 64,
    /* A body that is too long is read this many times over before the connection is cut, so that most clients get to
     * see the 413 rather than a reset. */
    DISCARD_FACTOR = 4,
    DRAIN_STEP_MS = 10,
    LAST_ANSWERS_MS = 1000,
};

/* What may wait is bounded apart: threads at work, then requests in the queue. */
static const struct {
    const char *name;
    unsigned threads;
    size_t queued;
} pools[DF_WAIT_KINDS] = {
    [DF_WAIT_STORE] = {"df-store", 4, 4096},
    [DF_WAIT_UPSTREAM] = {"df-upstream", 64, 8192},
};

struct df_server {
    struct df_server_config config;
    struct MHD_Daemon *daemon;
    struct df_pool *pool[DF_WAIT_KINDS];
    struct df_parking *parking;
    int port;
    atomic_int under_way;
};

enum stage { HEAD_SEEN, BODY, AT_WORK, DONE };

/* One request and its answer; lives from the request line to the last byte sent. */
struct exchange {
    struct df_server *server;
    struct MHD_Connection *connection;
    struct df_arena *arena;
    struct df_request request;
    struct df_reply reply;
    struct df_buf body;
    size_t discarded;
    enum stage stage;
    struct df_parked *parked; /* by the run of its handler that is under way */
    int64_t started_us;
    int status;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* libmicrohttpd calls this first, with the request target as sent; it would hand handlers only a decoded one. */
static void *exchange_new(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct df_server *server = cls;
    struct df_arena *arena = df_arena_new();
    struct exchange *x = DF_NEW(arena, struct exchange);
    x->server = server;
    x->connection = connection;
    x->arena = arena;
    x->started_us = now_us();
    x->request.arena = arena;
    x->request.target = df_arena_dup(arena, df_str_c(uri));
    x->reply.status = MHD_HTTP_OK;
    x->reply.content_type = "application/json";
    df_buf_init(&x->reply.body, arena, REPLY_LIMIT_BYTES);
    df_buf_init(&x->body, arena, server->config.body_limit_bytes);
    atomic_fetch_add(&server->under_way, 1);
    return x;
}

static void exchange_done(void *cls, struct MHD_Connection *connection, void **req_cls,
                          enum MHD_RequestTerminationCode why)
{
    (void)connection;
    (void)why;
    struct df_server *server = cls;
    struct exchange *x = *req_cls;
    if (!x)
        return;
    if (server->config.answered && x->status)
        server->config.answered(server->config.app, &x->request, x->status, now_us() - x->started_us);
    df_arena_free(x->arena);
    *req_cls = NULL;
    atomic_fetch_sub(&server->under_way, 1);
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n,
                                   const char *value, size_t value_n)
{
    (void)kind;
    struct exchange *x = cls;
    struct df_request *request = &x->request;
    if (request->n_headers == HEADERS_LIMIT)
        return MHD_NO;
    request->headers[request->n_headers++] = (struct df_param){
        df_arena_dup(x->arena, df_str_n(name, name_n)),
        df_arena_dup(x->arena, df_str_n(value, value ? value_n : 0)),
    };
    return MHD_YES;
}

static void take_peer(struct exchange *x)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char text[NI_MAXHOST] = "";
    const struct sockaddr *addr = info ? info->client_addr : NULL;
    socklen_t n = addr && addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (addr)
        getnameinfo(addr, n, text, sizeof text, NULL, 0, NI_NUMERICHOST);
    struct df_str peer = df_str_c(text);
    if (df_str_starts(peer, DF_S("::ffff:")))
        peer = df_str_from(peer, 7);
    x->request.peer = df_arena_dup(x->arena, peer);
    x->request.peer_is_loopback = df_host_is_loopback(peer);
}

static void take_request_id(struct exchange *x)
{
    struct df_str given = df_request_header(&x->request, "X-Request-Id");
    bool ok = given.n > 0 && given.n <= 64;
    for (size_t i = 0; ok && i < given.n; i++)
        ok = (given.p[i] >= '0' && given.p[i] <= '9') || (given.p[i] >= 'a' && given.p[i] <= 'z') ||
             (given.p[i] >= 'A' && given.p[i] <= 'Z') || given.p[i] == '-' || given.p[i] == '_' || given.p[i] == '.';
    x->request.request_id = ok ? given : df_random_hex(8, x->arena);
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

static enum df_code check_length(const struct exchange *x, struct df_error *err)
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

static void fail_reply(struct exchange *x, const struct df_error *err)
{
    df_buf_cut(&x->reply.body, 0);
    x->reply.n_headers = 0;
    x->reply.status = df_code_http_status(err->code);
    x->reply.content_type = "application/json";
    if (err->retry_after_s > 0)
        df_reply_header(&x->reply, "Retry-After", df_arena_printf(x->arena, "%d", err->retry_after_s));
    x->server->config.render_error(x->server->config.app, &x->request, err, &x->reply);
}

static enum MHD_Result too_large(struct exchange *x)
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

static struct MHD_Response *make_response(struct exchange *x)
{
    struct df_str body = df_buf_str(&x->reply.body);
    if (x->reply.cut) {
        struct cut_body *half = DF_NEW(x->arena, struct cut_body);
        *half = (struct cut_body){x->reply.body.p, body.n / 2};
        return MHD_create_response_from_callback(body.n, 4096, read_half, half, NULL);
    }
    /* The arena outlives the answer: exchange_done frees it after the last byte. */
    return MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_PERSISTENT);
}

static void response_header(struct MHD_Response *response, struct exchange *x, struct df_str name, struct df_str value)
{
    MHD_add_response_header(response, df_arena_cstr(x->arena, name), df_arena_cstr(x->arena, value));
}

static enum MHD_Result send_reply(struct exchange *x)
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
    bool caches = false;
    for (size_t i = 0; i < reply->n_headers; i++) {
        response_header(response, x, reply->headers[i].name, reply->headers[i].value);
        caches = caches || df_str_ieq(reply->headers[i].name, DF_S("Cache-Control"));
    }
    if (reply->status != MHD_HTTP_NO_CONTENT)
        response_header(response, x, DF_S("Content-Type"), df_str_c(reply->content_type));
    if (!caches)
        response_header(response, x, DF_S("Cache-Control"), DF_S("no-store"));
    response_header(response, x, DF_S("X-Content-Type-Options"), DF_S("nosniff"));
    response_header(response, x, DF_S("X-Request-Id"), x->request.request_id);
    x->status = reply->status;
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

static void run_handler(struct exchange *x)
{
    struct df_error err = {0};
    const struct df_server_config *config = &x->server->config;
    if (x->request.route->run(config->app, &x->request, &x->reply, &err) != DF_OK)
        fail_reply(x, &err);
}

static void fresh_reply(struct exchange *x)
{
    df_buf_cut(&x->reply.body, 0);
    x->reply.n_headers = 0;
    x->reply.status = MHD_HTTP_OK;
    x->reply.content_type = "application/json";
}

static void busy(struct exchange *x)
{
    struct df_error err;
    df_fail_at(&err, DF_ERR_BUSY, "too many requests are waiting; try again in a second");
    err.retry_after_s = 1;
    fail_reply(x, &err);
}

static void finish(struct exchange *x)
{
    struct MHD_Connection *connection = x->connection;
    x->stage = DONE;
    MHD_resume_connection(connection);
}

/* Runs the handler until it has answered or sleeps; in the latter case the exchange is no longer this thread's. */
static void run_in_pool(void *arg)
{
    struct exchange *x = arg;
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

static void wake(void *parked, enum df_resumed why)
{
    struct exchange *x = parked;
    x->request.resumed = why;
    if (df_pool_submit(x->server->pool[x->request.route->wait], run_in_pool, x))
        return;
    busy(x);
    finish(x);
}

struct df_parked *df_request_park(const struct df_request *request, unsigned deadline_ms)
{
    struct exchange *x = (struct exchange *)((uintptr_t)request - offsetof(struct exchange, request));
    assert(!x->parked && x->stage == AT_WORK);
    x->parked = df_parking_enter(x->server->parking, x, deadline_ms);
    return x->parked;
}

static enum MHD_Result dispatch(struct exchange *x)
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
    x->stage = AT_WORK;
    MHD_suspend_connection(x->connection);
    if (!df_pool_submit(x->server->pool[route->wait], run_in_pool, x)) {
        busy(x);
        finish(x);
    }
    return MHD_YES;
}

/* All that can be known before the body: framing, route, guard, length. */
static enum df_code begin(struct exchange *x, const char *method, struct df_error *err)
{
    const struct df_server_config *config = &x->server->config;
    struct df_str allow = DF_STR_NONE;
    x->request.method = df_arena_dup(x->arena, df_str_c(method));
    x->request.headers = DF_NEW_ARRAY(x->arena, struct df_param, HEADERS_LIMIT);
    int seen = MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, take_header, x);
    take_peer(x);
    take_request_id(x);
    if (seen < 0 || x->request.n_headers == HEADERS_LIMIT)
        return df_fail(err, DF_ERR_INVALID, "more than %d headers", HEADERS_LIMIT - 1);
    DF_TRY(check_framing(&x->request, err));
    if (config->guard)
        DF_TRY(config->guard(config->app, &x->request, err));
    enum df_code found = df_router_find(config->routes, config->n_routes, config->prefix, &x->request, &allow, err);
    if (found == DF_ERR_METHOD) {
        fail_reply(x, err);
        df_reply_header(&x->reply, "Allow", allow);
    }
    DF_TRY(found);
    return check_length(x, err);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *data_n, void **req_cls)
{
    (void)cls;
    (void)connection;
    (void)url;
    (void)version;
    struct exchange *x = *req_cls;
    struct df_error err = {0};
    switch (x->stage) {
    case HEAD_SEEN:
        x->stage = BODY;
        if (begin(x, method, &err) == DF_OK)
            return MHD_YES;
        if (err.code != DF_ERR_METHOD)
            fail_reply(x, &err);
        return send_reply(x);
    case BODY:
        if (*data_n == 0)
            return x->body.overflow ? (too_large(x), send_reply(x)) : dispatch(x);
        df_buf_put(&x->body, data, *data_n);
        x->discarded += x->body.overflow ? *data_n : 0;
        *data_n = 0;
        return x->discarded > DISCARD_FACTOR * x->server->config.body_limit_bytes ? MHD_NO : MHD_YES;
    case AT_WORK:
        return MHD_YES;
    case DONE:
        return send_reply(x);
    }
    return MHD_NO;
}

static enum df_code listen_on(const char *host, int port, int *ret_fd, int *ret_port, struct df_error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    int fault = getaddrinfo(host, service, &hints, &found);
    if (fault != 0)
        return df_fail(err, DF_ERR_CONFIG, "cannot listen on %s: %s", host, gai_strerror(fault));
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1, why = 0;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 1024) != 0)
        why = errno;
    struct sockaddr_in6 bound = {0}; /* the port stands at the same place in sockaddr_in */
    socklen_t bound_n = sizeof bound;
    if (!why && getsockname(fd, (struct sockaddr *)&bound, &bound_n) != 0)
        why = errno;
    freeaddrinfo(found);
    if (why) {
        if (fd >= 0)
            close(fd);
        return df_fail(err, DF_ERR_CONFIG, "cannot listen on %s port %d: %s%s", host, port, strerror(why),
                       why == EADDRINUSE ? "; stop what runs there, or set PORT to another" : "");
    }
    *ret_port = ntohs(bound.sin6_port);
    *ret_fd = fd;
    return DF_OK;
}

static void quiet(void *cls, const char *format, va_list args)
{
    (void)cls;
    (void)format;
    (void)args;
}

enum df_code df_server_start(const struct df_server_config *config, struct df_server **ret, struct df_error *err)
{
    int fd, port;
    DF_TRY(listen_on(config->host, config->port, &fd, &port, err));
    struct df_server *server = calloc(1, sizeof *server);
    if (!server)
        abort();
    server->config = *config;
    server->port = port;
    for (int i = DF_WAIT_STORE; i < DF_WAIT_KINDS; i++)
        server->pool[i] = df_pool_new(pools[i].name, pools[i].threads, pools[i].queued);
    server->parking = df_parking_new(wake);
    server->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
                                      NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL,
                                      MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, exchange_new, server,
                                      MHD_OPTION_NOTIFY_COMPLETED, exchange_done, server, MHD_OPTION_CONNECTION_TIMEOUT,
                                      (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_LIMIT,
                                      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
                                      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (!server->daemon) {
        close(fd);
        for (int i = DF_WAIT_STORE; i < DF_WAIT_KINDS; i++)
            df_pool_free(server->pool[i]);
        df_parking_close(server->parking);
        df_parking_free(server->parking);
        free(server);
        return df_fail(err, DF_ERR_INTERNAL, "the HTTP server cannot start");
    }
    *ret = server;
    return DF_OK;
}

int df_server_port(const struct df_server *server)
{
    return server->port;
}

static void await_answers(struct df_server *server, unsigned at_most_ms)
{
    for (unsigned waited = 0; atomic_load(&server->under_way) > 0 && waited < at_most_ms; waited += DRAIN_STEP_MS)
        nanosleep(&(struct timespec){.tv_nsec = DRAIN_STEP_MS * 1000000L}, NULL);
}

void df_server_stop(struct df_server *server, unsigned drain_ms)
{
    int fd = MHD_quiesce_daemon(server->daemon);
    await_answers(server, drain_ms);
    /* Suspended requests must be resumed before the daemon may stop: the parked are woken, the pools finish what they
     * took. */
    df_parking_close(server->parking);
    for (int i = DF_WAIT_STORE; i < DF_WAIT_KINDS; i++)
        df_pool_drain(server->pool[i]);
    await_answers(server, LAST_ANSWERS_MS);
    MHD_stop_daemon(server->daemon);
    for (int i = DF_WAIT_STORE; i < DF_WAIT_KINDS; i++)
        df_pool_free(server->pool[i]);
    df_parking_free(server->parking);
    if (fd >= 0)
        close(fd);
    free(server);
}
