#include "adapter/curl_http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    IDLE_HANDLES = 16,
    TIMEOUT_MS = 30000,
    CONNECT_TIMEOUT_MS = 10000,
    ANSWER_HEADERS = 128,
    ANSWER_HEADER_BYTES = 64 * 1024,
};

struct client {
    struct df_http_client base;
    char *user_agent;
    pthread_mutex_t lock;
    CURL *idle[IDLE_HANDLES]; /* the last one put back is taken first: its connections are the warmest */
    size_t n_idle;
};

struct exchange {
    const struct df_http_request *request;
    struct df_arena *arena;
    struct df_buf body;
    struct df_param *headers;
    size_t n_headers, header_bytes;
    bool too_many_headers, cancelled;
};

static void start_libcurl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

static CURL *take(struct client *client)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_libcurl);
    pthread_mutex_lock(&client->lock);
    CURL *curl = client->n_idle ? client->idle[--client->n_idle] : NULL;
    pthread_mutex_unlock(&client->lock);
    if (!curl)
        curl = curl_easy_init();
    if (!curl)
        abort();
    return curl;
}

static void put_back(struct client *client, CURL *curl)
{
    curl_easy_reset(curl);
    pthread_mutex_lock(&client->lock);
    bool kept = client->n_idle < IDLE_HANDLES;
    if (kept)
        client->idle[client->n_idle++] = curl;
    pthread_mutex_unlock(&client->lock);
    if (!kept)
        curl_easy_cleanup(curl);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    df_buf_put(&x->body, bytes, size * n);
    return x->body.overflow ? 0 : size * n;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    struct df_str line = df_str_n(bytes, size * n);
    if (df_str_starts(line, DF_S("HTTP/"))) /* a 1xx answer came before this one */
        x->n_headers = 0;
    long colon = df_str_find_char(line, ':');
    if (colon <= 0 || df_str_starts(line, DF_S("HTTP/")))
        return line.n;
    x->header_bytes += line.n;
    if (x->n_headers == ANSWER_HEADERS || x->header_bytes > ANSWER_HEADER_BYTES) {
        x->too_many_headers = true;
        return 0;
    }
    x->headers[x->n_headers++] = (struct df_param){
        .name = df_arena_dup(x->arena, df_str_trim(df_str_n(line.p, (size_t)colon))),
        .value = df_arena_dup(x->arena, df_str_trim(df_str_from(line, (size_t)colon + 1))),
    };
    return line.n;
}

static int on_progress(void *arg, curl_off_t total_down, curl_off_t down, curl_off_t total_up, curl_off_t up)
{
    (void)total_down, (void)down, (void)total_up, (void)up;
    struct exchange *x = arg;
    x->cancelled = x->cancelled || x->request->cancelled(x->request->cancelled_arg);
    return x->cancelled;
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
    return good;
}

static void set_method(CURL *curl, const struct df_http_request *request)
{
    struct df_str body = df_secret_reveal(request->body);
    bool head = strcmp(request->method, "HEAD") == 0, get = strcmp(request->method, "GET") == 0;
    if (head)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (body.n || strcmp(request->method, "POST") == 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.n ? body.p : "");
    }
    if (!head && (!get || body.n))
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, head || get ? 0L : 1L);
}

static void set_limits(CURL *curl, const struct df_http_request *request)
{
    long timeout_ms = request->timeout_ms ? (long)request->timeout_ms : TIMEOUT_MS;
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
}

static void set_callbacks(CURL *curl, struct exchange *x)
{
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
    if (x->request->cancelled) {
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, x);
    }
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

static enum df_code explain(CURLcode code, const struct exchange *x, struct df_str host, struct df_error *err)
{
    unsigned timeout_ms = x->request->timeout_ms ? x->request->timeout_ms : TIMEOUT_MS;
    if (x->cancelled)
        return df_fail(err, DF_ERR_INTERRUPTED, "interrupted while waiting for %.*s", DF_FMT(host));
    if (code == CURLE_OPERATION_TIMEDOUT)
        return df_fail(err, DF_ERR_PROVIDER_TIMEOUT, "%.*s did not answer in time (limit %g s)", DF_FMT(host),
                       timeout_ms / 1000.0);
    if (x->body.overflow)
        return df_fail(err, DF_ERR_PROVIDER, "the answer of %.*s is larger than %zu bytes", DF_FMT(host),
                       x->body.limit_bytes);
    if (x->too_many_headers)
        return df_fail(err, DF_ERR_PROVIDER, "the answer of %.*s has too many headers", DF_FMT(host));
    return df_fail(err, DF_ERR_PROVIDER, "cannot reach %.*s: %s", DF_FMT(host), reason(code));
}

static enum df_code perform(struct client *client, struct exchange *x, const struct curl_slist *headers,
                            struct df_str host, int *ret_status, struct df_error *err)
{
    CURL *curl = take(client);
    set_limits(curl, x->request);
    set_method(curl, x->request);
    set_callbacks(curl, x);
    curl_easy_setopt(curl, CURLOPT_URL, df_arena_cstr(x->arena, x->request->url));
    curl_easy_setopt(curl, CURLOPT_USERAGENT, client->user_agent);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    put_back(client, curl);
    if (code != CURLE_OK)
        return explain(code, x, host, err);
    *ret_status = (int)status;
    return DF_OK;
}

static enum df_code send_request(struct df_http_client *base, const struct df_http_request *request,
                                 struct df_arena *arena, struct df_http_answer *ret, struct df_error *err)
{
    struct client *client = (struct client *)base;
    struct df_url url;
    if (!df_url_parse(request->url, arena, &url) || url.user.n)
        return df_fail(err, DF_ERR_PROVIDER, "the request was not sent: its URL is not a plain http or https URL");
    struct df_str host = df_arena_printf(arena, "%.*s%s%.*s", DF_FMT(url.host), url.port.n ? ":" : "",
                                         DF_FMT(url.port));
    struct curl_slist *headers = NULL;
    if (!make_headers(request, arena, &headers))
        return df_fail(err, DF_ERR_PROVIDER, "the request to %.*s was not sent: a header holds control characters",
                       DF_FMT(host));
    struct exchange x = {.request = request, .arena = arena};
    x.headers = DF_NEW_ARRAY(arena, struct df_param, ANSWER_HEADERS);
    df_buf_init(&x.body, arena, request->answer_limit_bytes ? request->answer_limit_bytes : DF_HTTP_ANSWER_LIMIT_BYTES);
    int status = 0;
    DF_TRY(perform(client, &x, headers, host, &status, err));
    *ret = (struct df_http_answer){status, df_buf_str(&x.body), x.headers, x.n_headers};
    return DF_OK;
}

static void free_client(struct df_http_client *base)
{
    struct client *client = (struct client *)base;
    for (size_t i = 0; i < client->n_idle; i++)
        curl_easy_cleanup(client->idle[i]);
    pthread_mutex_destroy(&client->lock);
    free(client->user_agent);
    free(client);
}

struct df_http_client *df_curl_http_new(const char *user_agent)
{
    static const struct df_http_client_ops ops = {.send = send_request, .free = free_client};
    struct client *client = calloc(1, sizeof *client);
    char *agent = strdup(user_agent);
    if (!client || !agent)
        abort();
    client->base.ops = &ops;
    client->user_agent = agent;
    pthread_mutex_init(&client->lock, NULL);
    return &client->base;
}
