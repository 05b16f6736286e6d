/* A request target: the query string, the URL parser, percent-encoding, and the router over a table like the API's. */
#include "fuzz.h"

#include "base/url.h"
#include "http/router.h"

static enum df_code none(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    (void)app, (void)request, (void)reply, (void)err;
    return DF_OK;
}

static const struct df_route routes[] = {
    {"GET", "/projects/:id", DF_WAIT_STORE, none, false},
    {"DELETE", "/projects/:id", DF_WAIT_STORE, none, false},
    {"POST", "/auth/apps/register", DF_WAIT_STORE, none, false},
    {"GET", "/auth/:provider/callback", DF_WAIT_UPSTREAM, none, false},
    {"GET", "/integrations/:projectId/sentry/issues/:issue/context", DF_WAIT_UPSTREAM, none, false},
    {"GET", "/health", DF_WAIT_NOTHING, none, true},
};

static void query(struct df_str text, struct df_arena *arena)
{
    struct df_param *params = NULL;
    size_t n = 0;
    if (!df_params_parse(text, 64, arena, &params, &n))
        return;
    fuzz_check(n <= 64);
    struct df_buf again;
    df_buf_init(&again, arena, 4u << 20);
    for (size_t i = 0; i < n; i++) {
        fuzz_check(df_params_find(params, n, df_arena_cstr(arena, params[i].name)) != NULL);
        df_params_put(&again, df_arena_cstr(arena, params[i].name), params[i].value);
    }
    struct df_param *params2 = NULL;
    size_t n2 = 0;
    fuzz_check(df_params_parse(df_buf_str(&again), 64, arena, &params2, &n2) && n2 == n);
    for (size_t i = 0; i < n; i++)
        fuzz_check(df_str_eq(params[i].name, params2[i].name) && df_str_eq(params[i].value, params2[i].value));
}

static void escapes(struct df_str text, struct df_arena *arena)
{
    struct df_str plain, back;
    if (!df_url_decode(text, false, arena, &plain))
        return;
    fuzz_check(df_url_decode(df_url_encode(plain, arena), false, arena, &back));
    fuzz_check(df_str_eq(plain, back));
}

static void route(const char *method, struct df_str target, struct df_arena *arena)
{
    struct df_request request = {.arena = arena, .method = df_str_c(method), .target = target};
    struct df_str allow = DF_STR_NONE;
    struct df_error err = {0};
    enum df_code code = df_router_find(routes, sizeof routes / sizeof *routes, "/api/v1", &request, &allow, &err);
    switch ((int)code) {
    case DF_OK:
        fuzz_check(request.route != NULL);
        break;
    case DF_ERR_METHOD:
        fuzz_check(allow.n > 0);
        break;
    default:
        fuzz_check(code == DF_ERR_ROUTE || code == DF_ERR_INVALID);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data, n);
    struct df_url url;
    query(text, arena);
    escapes(text, arena);
    route("GET", text, arena);
    route("POST", text, arena);
    route("HEAD", text, arena);
    if (df_url_parse(text, arena, &url)) {
        struct df_url again;
        fuzz_check(url.host.n > 0);
        fuzz_check(df_url_parse(df_url_origin(&url, arena), arena, &again));
        fuzz_check(df_str_eq(url.host, again.host));
        df_host_is_loopback(url.host);
    }
    return 0;
}
