#include "http/server.h"
#include "base/address.h"
#include "base/crypto.h"
#include "base/fatal.h"
#include "base/wait.h"
#include "http/server_exchange.h"
#include "http/server_tls.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    IDLE_TIMEOUT_S = 30,
    HEAD_MS = 10 * 1000,
    BODY_MS = 30 * 1000,
    ANSWER_MS = 60 * 1000,
    CONNECTION_LIMIT = 16384,
    /* Files, pools and peers of our own, beside the connections. */
    OTHER_DESCRIPTORS = 512,
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
    [DF_WAIT_UPSTREAM] = {"df-upstream", 128, 8192},
    [DF_WAIT_STREAM] = {"df-stream", 256, 256},
};

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

/* As many as there are descriptors for, once the limit is raised as far as it may be. */
static unsigned connection_limit(unsigned wanted)
{
    struct rlimit files;
    unsigned most_wanted = wanted ? wanted : CONNECTION_LIMIT;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return most_wanted;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    rlim_t most = files.rlim_cur > 2 * OTHER_DESCRIPTORS ? files.rlim_cur - OTHER_DESCRIPTORS : files.rlim_cur / 2;
    return most < most_wanted ? (unsigned)most : most_wanted;
}

static enum MHD_Result admit(void *cls, const struct sockaddr *peer, socklen_t n)
{
    (void)n;
    const struct df_server *server = cls;
    return df_watch_admits(server->watch, peer) ? MHD_YES : MHD_NO;
}

static void connection_news(void *cls, struct MHD_Connection *connection, void **context,
                            enum MHD_ConnectionNotificationCode news)
{
    struct df_server *server = cls;
    if (news == MHD_CONNECTION_NOTIFY_CLOSED) {
        df_connection_closed(*context);
        return;
    }
    /* From libmicrohttpd 1.0 on, each answer takes the place of the one before. */
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *peer = info ? info->client_addr : NULL;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = df_connection_opened(server->watch, info->connect_fd, peer);
}

static void quiet(void *cls, const char *format, va_list args)
{
    (void)cls;
    (void)format;
    (void)args;
}

/* A proxy has as many connections as it has clients. */
static bool is_proxy(const void *proxies, const struct sockaddr *peer)
{
    uint8_t address[16];
    return df_address_bytes(peer, address) && df_is_trusted_proxy(proxies, address);
}

static struct df_watch *start_watch(const struct df_server_config *config, struct df_tls *tls)
{
    const struct df_watch_limits limits = {
        .head_ms = config->limits.head_ms ? config->limits.head_ms : HEAD_MS,
        .body_ms = config->limits.body_ms ? config->limits.body_ms : BODY_MS,
        .answer_ms = ANSWER_MS,
        .per_address = config->limits.per_address,
        .loopback_too = config->limits.loopback_too,
        .exempt = config->proxies ? is_proxy : NULL,
        .exempt_arg = config->proxies,
    };
    return df_watch_start(&limits, tls);
}

/* The library's callback has nothing of ours to tell it which server asks: that is the one of this event loop. */
static int show_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int n_authorities,
                            const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_chain,
                            unsigned *ret_n, gnutls_privkey_t *ret_key)
{
    (void)session, (void)authorities, (void)n_authorities, (void)algorithms, (void)n_algorithms;
    return df_tls_show(df_watch_tls(), ret_chain, ret_n, ret_key);
}

/* GnuTLS, inside the library. */
static struct MHD_Daemon *start_daemon(struct df_server *server, int fd)
{
    const struct df_server_config *config = &server->config;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    char priorities[] = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    struct MHD_OptionItem tls[] = {{MHD_OPTION_END, 0, NULL}, {0}, {MHD_OPTION_END, 0, NULL}};
    if (config->tls) {
        flags |= MHD_USE_TLS;
        tls[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)show_certificate};
        tls[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priorities};
    }
    return MHD_start_daemon(flags, 0, admit, server, df_exchange_step, server, MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL,
                            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, df_exchange_new, server,
                            MHD_OPTION_NOTIFY_COMPLETED, df_exchange_done, server, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_CONNECTION_LIMIT, server->connections_limit,
                            MHD_OPTION_NOTIFY_CONNECTION, connection_news, server, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)DF_CONNECTION_MEMORY_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls,
                            MHD_OPTION_END);
}

static void free_tls(struct df_tls *tls)
{
    if (tls)
        df_tls_free(tls);
}

enum df_code df_server_start(const struct df_server_config *config, struct df_server **ret, struct df_error *err)
{
    int fd = config->listener, port = config->port;
    struct df_tls *tls = NULL;
    if (config->tls)
        DF_TRY(df_tls_new(config->tls, &tls, err));
    enum df_code listening = fd ? DF_OK : listen_on(config->host, config->port, &fd, &port, err);
    if (listening != DF_OK) {
        free_tls(tls);
        return listening;
    }
    struct df_server *server = calloc(1, sizeof *server);
    if (!server)
        df_out_of_memory();
    server->config = *config;
    server->port = port;
    server->listener = -1;
    server->connections_limit = connection_limit(config->limits.connections);
    df_random(&server->ids, sizeof server->ids);
    for (int i = DF_WAIT_STORE; i < DF_WAIT_KINDS; i++)
        server->pool[i] = df_pool_new(pools[i].name, pools[i].threads, pools[i].queued);
    server->parking = df_parking_new(df_exchange_wake);
    server->tls = tls;
    server->watch = start_watch(config, tls);
    if (config->bound)
        config->bound(config->bound_arg, port);
    server->daemon = start_daemon(server, fd);
    if (!server->daemon) {
        close(fd);
        for (int i = DF_WAIT_STORE; i < DF_WAIT_KINDS; i++)
            df_pool_free(server->pool[i]);
        df_parking_close(server->parking);
        df_parking_free(server->parking);
        df_watch_stop(server->watch);
        free_tls(tls);
        free(server);
        return df_fail(err, DF_ERR_INTERNAL, "the HTTP server cannot start");
    }
    *ret = server;
    return DF_OK;
}

struct df_server_load df_server_load(const struct df_request *request)
{
    const struct df_server *server = df_exchange_of(request)->server;
    struct MHD_Daemon *daemon = server->daemon;
    const union MHD_DaemonInfo *info = daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS) : NULL;
    struct df_server_load load = {
        .connections = info ? info->num_connections : 0,
        .connections_limit = server->connections_limit,
        .under_way = (unsigned)atomic_load(&server->under_way),
        .parked = df_parking_count(server->parking),
    };
    for (int i = DF_WAIT_STORE; i < DF_WAIT_KINDS; i++)
        load.pools[i] = df_pool_load(server->pool[i]);
    return load;
}

enum df_code df_server_renew(struct df_server *server, const struct df_server_tls *pem, int64_t *ret_until_ms,
                             struct df_error *err)
{
    return df_tls_replace(server->tls, pem, ret_until_ms, err);
}

const char *df_server_certificate_fault(const struct df_server *server)
{
    return server->tls ? df_tls_fault(server->tls) : NULL;
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

void df_server_drain(struct df_server *server, unsigned drain_ms)
{
    bool first = !atomic_exchange(&server->draining, true);
    if (first) {
        server->listener = MHD_quiesce_daemon(server->daemon);
        if (!server->config
                 .listener) /* who comes now is refused at once; where it is another's, the next one takes him */
            shutdown(server->listener, SHUT_RDWR);
    }
    await_answers(server, drain_ms);
    /* Who is parked is told that we stop, and not what the things he waits for then end with. */
    if (first)
        df_parking_close(server->parking);
}

int64_t df_server_stuck_ms(const struct df_server *server)
{
    int64_t since_ms = atomic_load_explicit(&server->entered_ms, memory_order_relaxed);
    return since_ms ? df_monotonic_ms() - since_ms : 0;
}

void df_server_stop(struct df_server *server, unsigned drain_ms)
{
    df_server_drain(server, drain_ms);
    atomic_store(&server->stopping, true);
    /* Suspended requests must be resumed before the daemon may stop: the parked are awake, the pools finish what they
     * took. */
    for (int i = DF_WAIT_STORE; i < DF_WAIT_KINDS; i++)
        df_pool_drain(server->pool[i]);
    await_answers(server, LAST_ANSWERS_MS);
    MHD_stop_daemon(server->daemon);
    for (int i = DF_WAIT_STORE; i < DF_WAIT_KINDS; i++)
        df_pool_free(server->pool[i]);
    df_parking_free(server->parking);
    df_watch_stop(server->watch);
    free_tls(server->tls);
    if (server->listener >= 0)
        close(server->listener);
    free(server);
}

const char *df_server_library_version(void)
{
    return MHD_get_version();
}
