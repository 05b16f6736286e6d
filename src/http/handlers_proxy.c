#include "http/api.h"
#include "http/audit_note.h"
#include "service/proxy.h"

/* What every proxied answer carries: it is the provider's and no answer of ours, no page of it may act on our origin, and no
 * other page may take it in. */
#define HEADER(name, value) {{name, sizeof(name) - 1}, {value, sizeof(value) - 1}}
static const struct df_param own_headers[] = {
    HEADER("X-DevFlow-Proxied", "1"),
    HEADER("X-Content-Type-Options", "nosniff"),
    HEADER("Content-Security-Policy", "sandbox; default-src 'none'"),
    HEADER("Cross-Origin-Resource-Policy", "same-origin"),
};
#undef HEADER
enum { OWN_HEADERS = sizeof own_headers / sizeof *own_headers };

struct bridge {
    const struct df_request *request;
    bool too_large;
};

static long read_body(void *arg, char *to, size_t room)
{
    const struct bridge *b = arg;
    return df_request_read(b->request, to, room);
}

static bool start(void *arg, const struct df_proxy_head *head)
{
    struct bridge *b = arg;
    struct df_param *headers = DF_NEW_ARRAY(b->request->arena, struct df_param, head->n_headers + OWN_HEADERS + 1);
    size_t n = OWN_HEADERS, room = df_reply_head_room(b->request), used = 0;
    bool caches = false;
    memcpy(headers, own_headers, sizeof own_headers);
    for (size_t i = 0; i < head->n_headers; i++) {
        headers[n++] = head->headers[i];
        used += head->headers[i].name.n + head->headers[i].value.n + 4;
        caches = caches || df_str_ieq(head->headers[i].name, DF_S("Cache-Control"));
    }
    if (!caches)
        headers[n++] = (struct df_param){DF_S("Cache-Control"), DF_S("no-store")};
    const struct df_reply_head reply = {head->status, headers, n, head->length};
    if (head->status >= 300) /* no more of the body is read, and the client must come to its end */
        df_request_drop_rest(b->request);
    b->too_large = used > room;
    return !b->too_large && df_reply_start(b->request, &reply);
}

static bool write_on(void *arg, const char *bytes, size_t n)
{
    const struct bridge *b = arg;
    return df_reply_write(b->request, bytes, n);
}

static bool gone(void *arg)
{
    const struct bridge *b = arg;
    return df_request_gone(b->request);
}

/* A page's image or script is fetched without an Origin, and some providers change things by GET: browsers say whose it is. */
static enum df_code check_site(const struct df_request *request, struct df_error *err)
{
    struct df_str site = df_request_header(request, "Sec-Fetch-Site");
    if (df_request_header(request, "Origin").n) /* one that may ask, or it would not have come so far */
        return DF_OK;
    if (site.n == 0 || df_str_is(site, "same-origin") || df_str_is(site, "none"))
        return DF_OK;
    return df_fail(err, DF_ERR_ORIGIN, "requests that other web pages make are not passed on");
}

static enum df_code read_length(const struct df_request *request, struct df_proxy_call *call, struct df_error *err)
{
    struct df_str length = df_request_header(request, "Content-Length");
    unsigned long long n = 0;
    if (length.n && (!df_str_to_u64(length, &n) || n > INT64_MAX))
        return df_fail(err, DF_ERR_INVALID, "the Content-Length header is not a number");
    bool chunked = df_request_header(request, "Transfer-Encoding").n > 0;
    call->has_body = chunked || n > 0;
    call->length = chunked ? -1 : (int64_t)n;
    return DF_OK;
}

enum df_code df_handle_proxy(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    (void)reply;
    const struct df_api *api = app;
    struct bridge bridge = {.request = request};
    struct df_str query = request->target, path;
    df_str_split(&query, '?', &path);
    struct df_proxy_call call = {
        .project_id = request->params[0],
        .method = df_arena_cstr(request->arena, request->method),
        .path = request->rest,
        .query = query,
        .organization = df_request_header(request, "X-DevFlow-Organization"),
        .headers = request->headers,
        .n_headers = request->n_headers,
        .read = read_body,
        .head = start,
        .write = write_on,
        .gone = gone,
        .arg = &bridge,
    };
    DF_TRY(check_site(request, err));
    DF_TRY(df_provider_find(api->d, request->params[1], &call.provider, err));
    DF_TRY(read_length(request, &call, err));
    enum df_code code = df_proxy_forward(api->d, &call, request->arena, err);
    df_api_note_often(api, request, "proxy.request", call.project_id, df_str_c(call.provider->name), code);
    if (bridge.too_large)
        return df_fail(err, DF_ERR_PROVIDER, "the headers of %s's answer are too large to pass on",
                       call.provider->title);
    return code;
}
