#include "adapter/curl_parts.h"
#include "base/address.h"
#include "base/fatal.h"
#include "base/trace.h"
#include "base/upstream_metrics.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { CONNECT_TIMEOUT_MS = 10000, ANSWER_HEADERS = 128, ANSWER_HEADER_BYTES = 64 * 1024 };

static void start_libcurl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        df_die("libcurl cannot be started");
}

static void set_limits(CURL *curl, const char *user_agent)
{
    df_curl_set(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    df_curl_set(curl, CURLOPT_NOSIGNAL, 1L);
    df_curl_set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    df_curl_set(curl, CURLOPT_FOLLOWLOCATION, 0L);
    df_curl_set(curl, CURLOPT_PROXY, "");
    df_curl_set(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    df_curl_set(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    df_curl_set(curl, CURLOPT_PATH_AS_IS, 1L);
    df_curl_set(curl, CURLOPT_USERAGENT, user_agent);
}

CURL *df_curl_take(struct df_curl_client *client)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_libcurl);
    pthread_mutex_lock(&client->lock);
    CURL *curl = client->n_idle ? client->idle[--client->n_idle] : NULL;
    pthread_mutex_unlock(&client->lock);
    if (!curl)
        curl = curl_easy_init();
    if (!curl)
        df_out_of_memory();
    set_limits(curl, client->user_agent);
    return curl;
}

void df_curl_put_back(struct df_curl_client *client, CURL *curl)
{
    curl_easy_reset(curl);
    pthread_mutex_lock(&client->lock);
    bool kept = client->n_idle < DF_CURL_IDLE_HANDLES;
    if (kept)
        client->idle[client->n_idle++] = curl;
    pthread_mutex_unlock(&client->lock);
    if (!kept)
        curl_easy_cleanup(curl);
}

struct df_curl_head df_curl_head_new(struct df_arena *arena)
{
    return (struct df_curl_head){.arena = arena, .headers = DF_NEW_ARRAY(arena, struct df_param, ANSWER_HEADERS)};
}

bool df_curl_head_line(struct df_curl_head *head, struct df_str line)
{
    if (df_str_starts(line, DF_S("HTTP/"))) /* a 1xx answer came before this one */
        head->n_headers = 0;
    long colon = df_str_find_char(line, ':');
    if (colon <= 0 || df_str_starts(line, DF_S("HTTP/")))
        return true;
    head->bytes += line.n;
    if (head->n_headers == ANSWER_HEADERS || head->bytes > ANSWER_HEADER_BYTES)
        return false;
    head->headers[head->n_headers++] = (struct df_param){
        .name = df_arena_dup(head->arena, df_str_trim(df_str_n(line.p, (size_t)colon))),
        .value = df_arena_dup(head->arena, df_str_trim(df_str_from(line, (size_t)colon + 1))),
    };
    return true;
}

/* libcurl sends header lines as they are: a token with a line break in it must not become a header of its own. */
static bool sendable(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7F)
            return false;
    return true;
}

/* The list's cells are ours, in the arena, which is wiped; curl_slist_append would leave copies in freed memory. */
static void add_line(struct df_arena *arena, struct curl_slist **list, const char *line)
{
    struct curl_slist *cell = DF_NEW(arena, struct curl_slist);
    cell->data = df_arena_cstr(arena, df_str_c(line));
    cell->next = *list;
    *list = cell;
}

static bool add_header(struct df_arena *arena, struct curl_slist **list, const char *name, const char *before,
                       struct df_str value)
{
    if (!sendable(value) || !sendable(df_str_c(name)))
        return false;
    struct df_str line = value.n ? df_arena_printf(arena, "%s: %s%.*s", name, before, DF_FMT(value))
                                 : df_arena_printf(arena, "%s;", name); /* libcurl's word for an empty value */
    add_line(arena, list, line.p);
    return true;
}

static bool names_header(const struct df_http_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_headers; i++)
        if (df_str_ieq(request->headers[i].name, df_str_c(name)))
            return true;
    return false;
}

/* Whose request this is for, unless the headers say that themselves, as those of a proxied request may. */
static void add_trace(const struct df_http_request *request, struct df_arena *arena, struct curl_slist **ret)
{
    const struct df_trace trace = df_trace_now();
    if (trace.request_id.n && !names_header(request, "X-Request-Id"))
        add_header(arena, ret, "X-Request-Id", "", trace.request_id);
    if (trace.parent.n == 0 || names_header(request, "traceparent"))
        return;
    add_header(arena, ret, "traceparent", "", trace.parent);
    if (trace.state.n)
        add_header(arena, ret, "tracestate", "", trace.state);
}

static bool make_headers(const struct df_http_request *request, struct df_arena *arena, struct curl_slist **ret)
{
    struct df_str bearer = df_secret_reveal(request->bearer);
    bool good = true;
    add_line(arena, ret, "Expect:"); /* no wait for 100 Continue */
    for (size_t i = 0; i < request->n_headers; i++)
        good = good &&
               add_header(arena, ret, df_arena_cstr(arena, request->headers[i].name), "", request->headers[i].value);
    if (bearer.n)
        good = good && add_header(arena, ret, "Authorization", "Bearer ", bearer);
    if (request->content_type.n)
        good = good && add_header(arena, ret, "Content-Type", "", request->content_type);
    add_trace(request, arena, ret);
    return good;
}

/* The number a value begins with ("100, 100;w=60"); -1: it begins with none. */
static int64_t leading_number(struct df_str value)
{
    unsigned long long n;
    size_t digits = 0;
    while (digits < value.n && value.p[digits] >= '0' && value.p[digits] <= '9')
        digits++;
    return df_str_to_u64(df_str_n(value.p, digits), &n) && n <= INT64_MAX ? (int64_t)n : -1;
}

static int64_t header_number(const struct df_curl_head *head, const char *name)
{
    for (size_t i = 0; i < head->n_headers; i++)
        if (df_str_ieq(head->headers[i].name, df_str_c(name)))
            return leading_number(head->headers[i].value);
    return -1;
}

static void count_headroom(const char *name, const struct df_curl_head *head)
{
    static const char *const pairs[][2] = {
        {"X-Sentry-Rate-Limit-Remaining", "X-Sentry-Rate-Limit-Limit"},
        {"X-RateLimit-Remaining", "X-RateLimit-Limit"},
        {"X-RateLimit-Requests-Remaining", "X-RateLimit-Requests-Limit"},
        {"RateLimit-Remaining", "RateLimit-Limit"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int64_t remaining = header_number(head, pairs[i][0]), limit = header_number(head, pairs[i][1]);
        if (remaining >= 0 && limit > 0) {
            df_upstream_metrics_headroom(name, remaining, limit);
            return;
        }
    }
}

void df_curl_count(const struct df_http_request *request, CURL *curl, CURLcode code, const struct df_curl_head *head)
{
    long status = 0;
    curl_off_t first_byte_us = 0, total_us = 0;
    if (!request->counted_as)
        return;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_STARTTRANSFER_TIME_T, &first_byte_us);
    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &total_us);
    bool answered = status >= 200 && (code == CURLE_OK || first_byte_us > 0);
    df_upstream_metrics_add(request->counted_as, answered ? (int)status : 0, answered ? first_byte_us : total_us);
    if (answered)
        count_headroom(request->counted_as, head);
}

static const char *reason(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "its name cannot be resolved";
    case CURLE_COULDNT_CONNECT:
        return "nothing answers there, or it refuses the connection";
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_BAD_CONTENT_ENCODING:
        return "the connection broke before the answer was whole";
    case CURLE_GOT_NOTHING:
        return "it closed the connection without an answer";
    case CURLE_PEER_FAILED_VERIFICATION:
        return "its TLS certificate cannot be verified";
    default:
        return curl_easy_strerror(code);
    }
}

enum df_code df_curl_hung_up(struct df_str host, struct df_error *err)
{
    df_fail_at(err, DF_ERR_BUSY, "DevFlow is stopping and no longer waits for %.*s; ask again once it runs",
               DF_FMT(host));
    if (err)
        err->retry_after_s = 1;
    return DF_ERR_BUSY;
}

enum df_code df_curl_failed(CURLcode code, struct df_str host, struct df_error *err)
{
    return df_fail(err, DF_ERR_PROVIDER, "cannot reach %.*s: %s", DF_FMT(host), reason(code));
}

enum df_code df_curl_prepare(const struct df_http_request *request, struct df_arena *arena, struct df_str *ret_host,
                             struct curl_slist **ret_headers, struct df_error *err)
{
    struct df_url url;
    if (!df_url_parse(request->url, arena, &url) || url.user.n)
        return df_fail(err, DF_ERR_PROVIDER, "the request was not sent: its URL is not a plain http or https URL");
    *ret_host = df_arena_printf(arena, "%.*s%s%.*s", DF_FMT(url.host), url.port.n ? ":" : "", DF_FMT(url.port));
    *ret_headers = NULL;
    if (!make_headers(request, arena, ret_headers))
        return df_fail(err, DF_ERR_PROVIDER, "the request to %.*s was not sent: a header holds control characters",
                       DF_FMT(*ret_host));
    return DF_OK;
}

/* What a name led to is known only here, after it was resolved. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    (void)purpose;
    struct df_curl_aim *aim = arg;
    aim->refused = df_address_is_forbidden(&to->addr) || (aim->public_only && !df_address_is_public(&to->addr));
    return aim->refused ? CURL_SOCKET_BAD : socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* And here for a connection that was kept open. */
static int before_request(void *arg, char *peer, char *local, int peer_port, int local_port)
{
    (void)local, (void)peer_port, (void)local_port;
    struct df_curl_aim *aim = arg;
    aim->refused = df_address_text_is_forbidden(peer) || (aim->public_only && !df_address_text_is_public(peer));
    return aim->refused ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

void df_curl_set_aim(CURL *curl, struct df_curl_aim *aim)
{
    df_curl_set(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    df_curl_set(curl, CURLOPT_OPENSOCKETDATA, aim);
    df_curl_set(curl, CURLOPT_PREREQFUNCTION, before_request);
    df_curl_set(curl, CURLOPT_PREREQDATA, aim);
}

enum df_code df_curl_aim_refused(struct df_str host, struct df_error *err)
{
    return df_fail(
        err, DF_ERR_ADDRESS,
        "%.*s leads to a private, loopback or link-local address; register it as baseUrl if a private one is "
        "meant",
        DF_FMT(host));
}
