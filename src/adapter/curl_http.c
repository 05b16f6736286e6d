#include "adapter/curl_http.h"
#include "adapter/curl_parts.h"
#include "base/fatal.h"

#include <stdlib.h>

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct df_curl_exchange *x = arg;
    df_buf_put(&x->body, bytes, size * n);
    return x->body.overflow ? 0 : size * n;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct df_curl_exchange *x = arg;
    x->too_many_headers = !df_curl_head_line(&x->head, df_str_n(bytes, size * n));
    return x->too_many_headers ? 0 : size * n;
}

static int on_progress(void *arg, curl_off_t total_down, curl_off_t down, curl_off_t total_up, curl_off_t up)
{
    (void)total_down, (void)down, (void)total_up, (void)up;
    struct df_curl_exchange *x = arg;
    x->cancelled = x->cancelled || (x->request->cancelled && x->request->cancelled(x->request->cancelled_arg));
    return x->cancelled || atomic_load(&x->client->hung_up);
}

static void set_method(CURL *curl, const struct df_http_request *request)
{
    struct df_str body = df_secret_reveal(request->body);
    bool head = strcmp(request->method, "HEAD") == 0, get = strcmp(request->method, "GET") == 0;
    if (head)
        df_curl_set(curl, CURLOPT_NOBODY, 1L);
    if (body.n || strcmp(request->method, "POST") == 0) {
        df_curl_set(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
        df_curl_set(curl, CURLOPT_POSTFIELDS, body.n ? body.p : "");
    }
    if (!head && (!get || body.n))
        df_curl_set(curl, CURLOPT_CUSTOMREQUEST, request->method);
    df_curl_set(curl, CURLOPT_FRESH_CONNECT, head || get ? 0L : 1L);
}

static unsigned timeout_of(const struct df_http_request *request)
{
    return request->timeout_ms ? request->timeout_ms : DF_CURL_TIMEOUT_MS;
}

static void set_callbacks(CURL *curl, struct df_curl_exchange *x)
{
    df_curl_set(curl, CURLOPT_WRITEFUNCTION, on_body);
    df_curl_set(curl, CURLOPT_WRITEDATA, x);
    df_curl_set(curl, CURLOPT_HEADERFUNCTION, on_header);
    df_curl_set(curl, CURLOPT_HEADERDATA, x);
    df_curl_set_aim(curl, &x->aim);
    df_curl_set(curl, CURLOPT_NOPROGRESS, 0L);
    df_curl_set(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    df_curl_set(curl, CURLOPT_XFERINFODATA, x);
}

static enum df_code explain(CURLcode code, const struct df_curl_exchange *x, struct df_str host, struct df_error *err)
{
    if (x->aim.refused)
        return df_curl_aim_refused(host, err);
    if (x->cancelled)
        return df_fail(err, DF_ERR_INTERRUPTED, "interrupted while waiting for %.*s", DF_FMT(host));
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return df_curl_hung_up(host, err);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return df_fail(err, DF_ERR_PROVIDER_TIMEOUT, "%.*s did not answer in time (limit %g s)", DF_FMT(host),
                       timeout_of(x->request) / 1000.0);
    if (x->body.overflow)
        return df_fail(err, DF_ERR_PROVIDER, "the answer of %.*s is larger than %zu bytes", DF_FMT(host),
                       x->body.limit_bytes);
    if (x->too_many_headers)
        return df_fail(err, DF_ERR_PROVIDER, "the answer of %.*s has too many headers", DF_FMT(host));
    return df_curl_failed(code, host, err);
}

CURL *df_curl_exchange_begin(struct df_curl_client *client, const struct df_http_request *request,
                             struct df_arena *arena, struct df_curl_exchange *x, struct df_error *err)
{
    struct curl_slist *headers;
    *x = (struct df_curl_exchange){.client = client,
                                   .request = request,
                                   .arena = arena,
                                   .head = df_curl_head_new(arena),
                                   .aim.public_only = request->public_only};
    if (df_curl_prepare(request, arena, &x->host, &headers, err) != DF_OK)
        return NULL;
    df_buf_init(&x->body, arena,
                request->answer_limit_bytes ? request->answer_limit_bytes : DF_HTTP_ANSWER_LIMIT_BYTES);
    CURL *curl = df_curl_take(client);
    set_method(curl, request);
    set_callbacks(curl, x);
    df_curl_set(curl, CURLOPT_TIMEOUT_MS, (long)timeout_of(request));
    df_curl_set(curl, CURLOPT_URL, df_arena_cstr(arena, request->url));
    df_curl_set(curl, CURLOPT_ACCEPT_ENCODING, "");
    df_curl_set(curl, CURLOPT_HTTPHEADER, headers);
    return curl;
}

enum df_code df_curl_exchange_end(struct df_curl_exchange *x, CURL *curl, CURLcode code, struct df_http_answer *ret,
                                  struct df_error *err)
{
    long status = 0, request_bytes = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &request_bytes);
    if (x->request->ret_sent)
        *x->request->ret_sent = request_bytes > 0;
    df_curl_count(x->request, curl, code, &x->head);
    df_curl_put_back(x->client, curl);
    if (code != CURLE_OK)
        return explain(code, x, x->host, err);
    *ret = (struct df_http_answer){(int)status, df_buf_str(&x->body), x->head.headers, x->head.n_headers};
    return DF_OK;
}

static enum df_code send_request(struct df_http_client *base, const struct df_http_request *request,
                                 struct df_arena *arena, struct df_http_answer *ret, struct df_error *err)
{
    struct df_curl_exchange x;
    struct df_error why = {.code = DF_ERR_PROVIDER};
    CURL *curl = df_curl_exchange_begin((struct df_curl_client *)base, request, arena, &x, &why);
    if (curl)
        return df_curl_exchange_end(&x, curl, curl_easy_perform(curl), ret, err);
    if (err)
        *err = why;
    return why.code;
}

static void hang_up(struct df_http_client *base)
{
    atomic_store(&((struct df_curl_client *)base)->hung_up, true);
}

static void free_client(struct df_http_client *base)
{
    struct df_curl_client *client = (struct df_curl_client *)base;
    for (size_t i = 0; i < client->n_idle; i++)
        curl_easy_cleanup(client->idle[i]);
    for (size_t i = 0; i < client->n_idle_multis; i++)
        curl_multi_cleanup(client->idle_multis[i]);
    pthread_mutex_destroy(&client->lock);
    free(client->user_agent);
    free(client);
}

struct df_http_client *df_curl_http_new(const char *user_agent)
{
    static const struct df_http_client_ops ops = {.send = send_request,
                                                  .send_all = df_curl_send_all,
                                                  .stream = df_curl_stream,
                                                  .hang_up = hang_up,
                                                  .free = free_client};
    struct df_curl_client *client = calloc(1, sizeof *client);
    char *agent = strdup(user_agent);
    if (!client || !agent)
        df_out_of_memory();
    client->base.ops = &ops;
    client->user_agent = agent;
    pthread_mutex_init(&client->lock, NULL);
    return &client->base;
}

const char *df_curl_http_version(void)
{
    return curl_version_info(CURLVERSION_NOW)->version;
}
