#include "adapter/curl_parts.h"
#include "base/wait.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_TIMEOUT_MS = 60000, IDLE_TIMEOUT_MS = 5 * 60 * 1000 };

struct transfer {
    const struct df_http_request *request;
    const struct df_http_stream *stream;
    struct df_curl_client *client;
    CURL *curl;
    struct df_curl_head head;
    int64_t active_ms; /* when a byte last passed */
    bool headed, too_many_headers, given_up, late;
    struct df_curl_aim aim;
};

static size_t on_read(char *to, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    long got = t->stream->read(t->stream->arg, to, size * n);
    t->active_ms = df_monotonic_coarse_ms();
    t->given_up = t->given_up || got < 0;
    return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

static size_t on_write(char *bytes, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    t->given_up = !t->stream->write(t->stream->arg, bytes, size * n);
    t->active_ms = df_monotonic_coarse_ms();
    return t->given_up ? 0 : size * n;
}

/* The empty line after the headers; those of a 1xx answer do not count. */
static bool end_of_head(struct transfer *t)
{
    long status = 0;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200)
        return true;
    const struct df_http_answer head = {(int)status, DF_STR_NONE, t->head.headers, t->head.n_headers};
    t->headed = true;
    t->given_up = !t->stream->head(t->stream->arg, &head);
    return !t->given_up;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    struct df_str line = df_str_n(bytes, size * n);
    t->active_ms = df_monotonic_coarse_ms();
    if (t->headed) /* a trailer */
        return line.n;
    if (df_str_trim(line).n == 0)
        return end_of_head(t) ? line.n : 0;
    t->too_many_headers = !df_curl_head_line(&t->head, line);
    return t->too_many_headers ? 0 : line.n;
}

static int on_progress(void *arg, curl_off_t total_down, curl_off_t down, curl_off_t total_up, curl_off_t up)
{
    (void)total_down, (void)down, (void)total_up, (void)up;
    struct transfer *t = arg;
    int64_t limit = t->headed ? IDLE_TIMEOUT_MS : t->request->timeout_ms ? t->request->timeout_ms : HEAD_TIMEOUT_MS;
    t->given_up = t->given_up || (t->request->cancelled && t->request->cancelled(t->request->cancelled_arg));
    t->late = df_monotonic_coarse_ms() - t->active_ms > limit;
    return t->given_up || t->late || atomic_load(&t->client->hung_up);
}

static void set_callbacks(CURL *curl, struct transfer *t)
{
    df_curl_set(curl, CURLOPT_WRITEFUNCTION, on_write);
    df_curl_set(curl, CURLOPT_WRITEDATA, t);
    df_curl_set(curl, CURLOPT_HEADERFUNCTION, on_header);
    df_curl_set(curl, CURLOPT_HEADERDATA, t);
    df_curl_set(curl, CURLOPT_NOPROGRESS, 0L);
    df_curl_set(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    df_curl_set(curl, CURLOPT_XFERINFODATA, t);
    df_curl_set_aim(curl, &t->aim);
}

static size_t nothing(char *to, size_t size, size_t n, void *arg)
{
    (void)to, (void)size, (void)n, (void)arg;
    return 0;
}

/* As an upload in all cases with a body: libcurl then adds no Content-Type, and repeats nothing. POST, PUT and PATCH say that
 * their body is empty. */
static void set_method(CURL *curl, struct transfer *t)
{
    const char *method = t->request->method;
    bool head = strcmp(method, "HEAD") == 0, get = strcmp(method, "GET") == 0;
    bool body = t->stream->read != NULL;
    bool wants_length = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
    if (body || wants_length) {
        df_curl_set(curl, CURLOPT_UPLOAD, 1L);
        df_curl_set(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)(body ? t->stream->length : 0));
        df_curl_set(curl, CURLOPT_READFUNCTION, body ? on_read : nothing);
        df_curl_set(curl, CURLOPT_READDATA, t);
    }
    if (head)
        df_curl_set(curl, CURLOPT_NOBODY, 1L);
    if (!(get && !body))
        df_curl_set(curl, CURLOPT_CUSTOMREQUEST, method);
    df_curl_set(curl, CURLOPT_FRESH_CONNECT, (head || get) && !body ? 0L : 1L);
}

static enum df_code explain(CURLcode code, const struct transfer *t, struct df_str host, struct df_error *err)
{
    if (t->aim.refused)
        return df_curl_aim_refused(host, err);
    if (t->late || code == CURLE_OPERATION_TIMEDOUT)
        return df_fail(err, DF_ERR_PROVIDER_TIMEOUT, "%.*s did not answer in time", DF_FMT(host));
    if (t->given_up)
        return df_fail(err, DF_ERR_INTERRUPTED, "given up while %.*s was answering", DF_FMT(host));
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return df_curl_hung_up(host, err);
    if (t->too_many_headers)
        return df_fail(err, DF_ERR_PROVIDER, "the answer of %.*s has too many headers", DF_FMT(host));
    return df_curl_failed(code, host, err);
}

enum df_code df_curl_stream(struct df_http_client *base, const struct df_http_request *request,
                            const struct df_http_stream *stream, struct df_arena *arena, struct df_error *err)
{
    struct df_curl_client *client = (struct df_curl_client *)base;
    struct df_str host;
    struct curl_slist *headers;
    DF_TRY(df_curl_prepare(request, arena, &host, &headers, err));
    CURL *curl = df_curl_take(client);
    struct transfer t = {.request = request,
                         .stream = stream,
                         .client = client,
                         .curl = curl,
                         .head = df_curl_head_new(arena),
                         .aim.public_only = stream->public_only};
    t.active_ms = df_monotonic_coarse_ms();
    set_method(curl, &t);
    set_callbacks(curl, &t);
    df_curl_set(curl, CURLOPT_URL, df_arena_cstr(arena, request->url));
    df_curl_set(curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(curl);
    df_curl_count(request, curl, code, &t.head);
    df_curl_put_back(client, curl);
    return code == CURLE_OK ? DF_OK : explain(code, &t, host, err);
}
