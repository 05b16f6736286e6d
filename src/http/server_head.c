#include "http/server_head.h"
#include "base/address.h"

#include <arpa/inet.h>

enum { HEADERS_LIMIT = 64 };

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

struct df_str df_request_peer(const struct df_request *request)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (df_request_network(request).n == 0)
        return DF_STR_NONE;
    bool four = df_address_bytes_are_ipv4(request->client);
    inet_ntop(four ? AF_INET : AF_INET6, request->client + (four ? 12 : 0), text, sizeof text);
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

/* A request that was passed on is not from this machine because its proxy is; only a trusted one may say that it is. */
static void find_client(struct df_exchange *x)
{
    struct df_request *request = &x->request;
    const struct df_trusted_proxies *proxies = x->server->config.proxies;
    struct df_str values[HEADERS_LIMIT];
    size_t n = 0;
    bool said = false, trusted = proxies && df_is_trusted_proxy(proxies, request->client);
    for (size_t i = 0; trusted && i < request->n_headers; i++)
        if (df_str_ieq(request->headers[i].name, proxies->rfc7239 ? DF_S("Forwarded") : DF_S("X-Forwarded-For")))
            values[n++] = request->headers[i].value;
    if (n)
        said = df_forwarded_client(proxies, request->client, values, n, request->client);
    request->peer_is_loopback = df_address_bytes_are_loopback(request->client) &&
                                (said || !df_request_was_passed_on(request));
}

/* http://host/path is what a client writes that takes us for its proxy; its authority counts, whatever Host says (RFC 9112
 * section 3.2.2). */
static void take_absolute_form(struct df_request *request)
{
    bool http = df_str_istarts(request->target, DF_S("http://"));
    if (!http && !df_str_istarts(request->target, DF_S("https://")))
        return;
    struct df_str rest = df_str_from(request->target, http ? 7 : 8);
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
        n++;
    for (size_t i = 0; i < request->n_headers; i++)
        if (df_str_ieq(request->headers[i].name, DF_S("Host")))
            request->headers[i].value = df_str_head(rest, n);
    rest = df_str_from(rest, n);
    request->target = df_str_starts(rest, DF_S("/")) ? rest : df_arena_printf(request->arena, "/%.*s", DF_FMT(rest));
}

enum df_code df_head_take(struct df_exchange *x, const char *method, struct df_error *err)
{
    const struct sockaddr *peer = peer_of(x);
    x->request.method = df_str_c(method); /* the library's, as the headers are */
    enum df_code taken = take_headers(x, err);
    take_absolute_form(&x->request);
    if (peer && df_address_bytes(peer, x->request.client))
        find_client(x);
    struct df_str given = df_request_header(&x->request, "X-Request-Id");
    x->request.request_id = is_id(given) ? given : next_id(x->server, x->arena);
    return taken;
}

/* What the raw bytes showed, where they could be seen (server_watch.h); the rest again, for where they could not. */
enum df_code df_head_check_framing(const struct df_exchange *x, const char *version, struct df_error *err)
{
    const struct df_request *request = &x->request;
    unsigned lengths = 0, encodings = 0, hosts = 0;
    bool names = true;
    if (x->wire && x->wire->raw.fault)
        return df_fail(err, DF_ERR_INVALID, "the request's head is malformed: %s", x->wire->raw.fault);
    for (size_t i = 0; i < request->n_headers; i++) {
        struct df_str name = request->headers[i].name;
        lengths += df_str_ieq(name, DF_S("Content-Length"));
        hosts += df_str_ieq(name, DF_S("Host"));
        encodings += df_str_ieq(name, DF_S("Transfer-Encoding"));
        names = names && df_is_token(name);
    }
    if (!names)
        return df_fail(err, DF_ERR_INVALID,
                       "the request's head is malformed: a field has no name, or one that no name may be");
    if (encodings && !df_str_ieq(df_request_header(request, "Transfer-Encoding"), DF_S("chunked")))
        return df_fail(err, DF_ERR_INVALID, "only the transfer encoding \"chunked\" is understood");
    if (encodings && strcmp(version, MHD_HTTP_VERSION_1_0) == 0) /* RFC 9112 section 6.1 */
        return df_fail(err, DF_ERR_INVALID, "HTTP/1.0 has no Transfer-Encoding");
    if (lengths > 1 || encodings > 1 || (lengths && encodings))
        return df_fail(err, DF_ERR_INVALID, "the request gives its body's length more than once");
    if (hosts > 1)
        return df_fail(err, DF_ERR_INVALID, "the request has more than one Host header");
    return DF_OK;
}

enum df_code df_head_check_length(const struct df_exchange *x, struct df_error *err)
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
