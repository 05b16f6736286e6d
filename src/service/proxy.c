#include "service/proxy.h"
#include "domain/proxy.h"
#include "domain/rate_reset.h"
#include "service/api_budget.h"
#include "service/connection.h"
#include "service/endpoints.h"
#include "service/tokens.h"

#include <assert.h>

enum {
    REPLAY_BYTES = 256 * 1024,
    ANSWER_TIMEOUT_MS = 60 * 1000,
    ANSWER_HEADERS = 160,
};

/* One call on its way. */
struct passage {
    const struct df_devflow *d;
    const struct df_proxy_call *call;
    struct df_arena *arena;
    struct df_str url;
    bool own_base; /* the host the user registered, whatever its address */
    struct df_token token;
    bool may_retry;        /* a 401 now leads to a refresh, not to the client */
    bool refused, started; /* such a 401 came; the client has its head */
    struct df_buf replay;  /* what was read of the body, while it is small */
    size_t replayed;
};

static struct df_budget_key budget_of(const struct passage *p)
{
    return (struct df_budget_key){p->d, p->call->provider, p->call->project_id, p->arena};
}

static struct df_str origin_of(struct df_str url, struct df_arena *arena)
{
    struct df_url parsed;
    return df_url_parse(url, arena, &parsed) ? df_url_origin(&parsed, arena) : DF_STR_NONE;
}

/* A region is under the API's own name: us.sentry.io for sentry.io. */
static bool is_region_of(struct df_str region, struct df_str api, struct df_arena *arena)
{
    struct df_url url, own;
    if (!df_url_parse(region, arena, &url) || !df_url_parse(api, arena, &own) || url.user.n)
        return false;
    if (df_str_eq(df_url_origin(&url, arena), df_url_origin(&own, arena)))
        return true;
    return df_str_is(url.scheme, "https") && url.port.n == 0 &&
           df_str_ends(url.host, df_arena_printf(arena, ".%.*s", DF_FMT(own.host)));
}

static enum df_code region_of(const struct passage *p, const struct df_connection *c, struct df_str api,
                              struct df_str *ret, struct df_error *err)
{
    const struct df_json *list = NULL;
    struct df_str wanted = p->call->organization;
    (void)df_json_parse(p->arena, c->organizations, 0, &list, NULL);
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);) {
        struct df_str url = df_json_get_str(it.value, "url");
        if (!df_str_eq(df_json_get_str(it.value, "slug"), wanted))
            continue;
        *ret = url.n && is_region_of(url, api, p->arena) ? origin_of(url, p->arena) : api;
        return DF_OK;
    }
    return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND, "this connection does not see the organisation %.*s",
                   DF_FMT(df_str_head(wanted, 64)));
}

/* The path is whole from the API host's root, or from the registered base URL where the API is on its host. */
static enum df_code aim(struct passage *p, const struct df_oauth_app *app, const struct df_connection *c,
                        struct df_error *err)
{
    struct df_str api = origin_of(df_connection_api_url(p->call->provider, app, c, p->arena), p->arena);
    struct df_str own = origin_of(app->base_url, p->arena), base = df_str_eq(api, own) ? app->base_url : api;
    if (api.n == 0)
        return df_fail(err, DF_ERR_INVALID, "%s has no API to pass requests on to", p->call->provider->title);
    if (p->call->organization.n)
        DF_TRY(region_of(p, c, base, &base, err));
    p->own_base = df_str_eq(origin_of(base, p->arena), own);
    return df_proxy_url(base, p->call->path, p->call->query, p->arena, &p->url, err);
}

static long read_body(void *arg, char *to, size_t room)
{
    struct passage *p = arg;
    size_t left = p->replay.n - p->replayed;
    if (left) {
        size_t n = left < room ? left : room;
        memcpy(to, p->replay.p + p->replayed, n);
        p->replayed += n;
        return (long)n;
    }
    long n = p->call->read(p->call->arg, to, room);
    if (n > 0) {
        df_buf_put(&p->replay, to, (size_t)n);
        p->replayed = p->replay.n;
    }
    return n;
}

static int64_t length_of(const struct df_http_answer *head)
{
    unsigned long long n;
    struct df_str text = df_http_header(head, "Content-Length");
    return df_http_header(head, "Transfer-Encoding").n == 0 && df_str_to_u64(text, &n) && n <= INT64_MAX ? (int64_t)n
                                                                                                         : -1;
}

/* What all of a message's Connection headers name (RFC 9110 section 5.3: as if they were one). */
static struct df_str connection_of(const struct df_param *headers, size_t n, struct df_arena *arena)
{
    struct df_str all = DF_STR_NONE;
    for (size_t i = 0; i < n; i++)
        if (df_str_ieq(headers[i].name, DF_S("Connection")))
            all = all.n ? df_arena_printf(arena, "%.*s,%.*s", DF_FMT(all), DF_FMT(headers[i].value)) : headers[i].value;
    return all;
}

static bool holds_token(struct df_str value, struct df_secret token)
{
    return df_secret_reveal(token).n && df_str_find(value, df_secret_reveal(token)) >= 0;
}

static size_t answer_headers(const struct passage *p, const struct df_http_answer *head, struct df_param *to)
{
    struct df_str connection = connection_of(head->headers, head->n_headers, p->arena);
    size_t n = 0;
    for (size_t i = 0; i < head->n_headers; i++) {
        struct df_param h = head->headers[i];
        if (!df_proxy_answers_header(h.name, connection) || holds_token(h.value, p->token.access_token) ||
            holds_token(h.name, p->token.access_token))
            continue;
        bool location = df_str_ieq(h.name, DF_S("Location")) || df_str_ieq(h.name, DF_S("Content-Location"));
        to[n++] = location && !df_proxy_shows_location(h.value, p->url, p->arena)
                      ? (struct df_param){DF_S("X-DevFlow-Location-Removed"), DF_S("1")}
                      : h;
    }
    return n;
}

static bool on_head(void *arg, const struct df_http_answer *head)
{
    struct passage *p = arg;
    bool can_repeat = !p->call->has_body || !p->replay.overflow;
    if (head->status == 401 && p->may_retry && can_repeat) {
        p->refused = true;
        return false;
    }
    const struct df_budget_key budget = budget_of(p);
    if (df_rate_limits(head->status, head->headers, head->n_headers, p->call->provider->remaining_header))
        df_budget_hold(&budget, head, 0);
    struct df_param *headers = DF_NEW_ARRAY(p->arena, struct df_param, head->n_headers + 1);
    const struct df_proxy_head passed = {
        .status = head->status,
        .headers = headers,
        .n_headers = answer_headers(p, head, headers),
        .length = length_of(head),
    };
    p->started = true;
    return p->call->head(p->call->arg, &passed);
}

static bool on_bytes(void *arg, const char *bytes, size_t n)
{
    const struct passage *p = arg;
    return p->call->write(p->call->arg, bytes, n);
}

static bool is_gone(void *arg)
{
    const struct passage *p = arg;
    return p->call->gone(p->call->arg);
}

static size_t request_headers(const struct passage *p, struct df_param *to)
{
    struct df_str connection = connection_of(p->call->headers, p->call->n_headers, p->arena);
    struct df_param token = df_provider_token_header(p->call->provider, p->token.token_type, p->token.access_token,
                                                     p->arena);
    size_t n = 0;
    for (size_t i = 0; i < p->call->n_headers; i++) {
        struct df_param h = p->call->headers[i];
        if (df_proxy_sends_header(h.name, connection) && !df_str_ieq(h.name, token.name))
            to[n++] = h;
    }
    to[n++] = token;
    return n;
}

static enum df_code send_once(struct passage *p, struct df_error *err)
{
    struct df_param *headers = DF_NEW_ARRAY(p->arena, struct df_param, p->call->n_headers + 1);
    const struct df_http_request request = {
        .method = p->call->method,
        .url = p->url,
        .headers = headers,
        .n_headers = request_headers(p, headers),
        .timeout_ms = ANSWER_TIMEOUT_MS,
        .counted_as = p->call->provider->slug,
        .cancelled = is_gone,
        .cancelled_arg = p,
    };
    const struct df_http_stream stream = {
        .read = p->call->has_body ? read_body : NULL,
        .length = p->call->length,
        .head = on_head,
        .write = on_bytes,
        .arg = p,
        .public_only = !p->own_base,
    };
    p->refused = false;
    p->replayed = 0;
    return p->d->http->ops->stream(p->d->http, &request, &stream, p->arena, err);
}

enum df_code df_proxy_forward(const struct df_devflow *d, const struct df_proxy_call *call, struct df_arena *arena,
                              struct df_error *err)
{
    struct passage p = {.d = d, .call = call, .arena = arena};
    struct df_oauth_app app;
    struct df_connection c;
    DF_TRY(df_connection_load(d, call->project_id, call->provider, arena, &app, &c, err));
    DF_TRY(aim(&p, &app, &c, err));
    const struct df_budget_key budget = budget_of(&p);
    DF_TRY(df_budget_check(&budget, err));
    DF_TRY(df_tokens_resolve_token(d, call->project_id, call->provider, arena, &p.token, err));
    df_buf_init(&p.replay, arena, REPLAY_BYTES);
    p.may_retry = c.sealed_refresh_token.n > 0;
    enum df_code code = send_once(&p, err);
    for (int n = 1; p.refused; n++) {
        code = df_tokens_renew(d, call->project_id, call->provider, n, arena, &p.token, err);
        /* Where the token is as new as can be, what the provider says of it is its answer. */
        p.may_retry = code != DF_ERR_JUST_REFRESHED;
        if (code != DF_OK && p.may_retry)
            return code;
        code = send_once(&p, err);
    }
    return code;
}
