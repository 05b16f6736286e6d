#include "http/cors.h"
#include "http/raw_head.h"

enum { ASKED_HEADERS_BYTES = 1024 };

bool df_cors_origins_check(struct df_str list, struct df_arena *arena)
{
    struct df_str one;
    while (list.n && df_str_split(&list, ',', &one)) {
        struct df_url url;
        one = df_str_trim(one);
        if (!df_url_parse(one, arena, &url) || url.user.n || url.query.n || url.fragment.n ||
            !df_str_eq(df_url_origin(&url, arena), one))
            return false;
    }
    return true;
}

bool df_cors_allows(struct df_str list, struct df_str origin)
{
    struct df_str one;
    while (list.n && df_str_split(&list, ',', &one))
        if (df_str_eq(df_str_trim(one), origin))
            return true;
    return false;
}

void df_cors_say(struct df_request *request, struct df_str list, struct df_str origin)
{
    if (list.n || origin.n)
        df_request_answer_header(request, "Vary", DF_S("Origin"));
    if (origin.n == 0)
        return;
    df_request_answer_header(request, "Access-Control-Allow-Origin", df_arena_dup(request->arena, origin));
    df_request_answer_header(request, "Access-Control-Expose-Headers",
                             DF_S("X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, Link"));
}

/* A list of header names, and nothing that would not stand in one. */
static bool are_names(struct df_str list)
{
    struct df_str one;
    if (list.n > ASKED_HEADERS_BYTES)
        return false;
    while (list.n && df_str_split(&list, ',', &one))
        if (!df_is_token(df_str_trim(one)))
            return false;
    return true;
}

bool df_cors_preflight(const struct df_request *request, struct df_reply *reply)
{
    struct df_str headers = df_request_header(request, "Access-Control-Request-Headers");
    if (!df_str_is(request->method, "OPTIONS") || df_request_header(request, "Origin").n == 0 ||
        df_request_header(request, "Access-Control-Request-Method").n == 0)
        return false;
    reply->status = 204;
    df_reply_header(reply, "Access-Control-Allow-Methods", DF_S("GET, HEAD, POST, PUT, PATCH, DELETE"));
    if (headers.n && are_names(headers))
        df_reply_header(reply, "Access-Control-Allow-Headers", headers);
    df_reply_header(reply, "Access-Control-Max-Age", DF_S("600"));
    df_reply_header(reply, "Vary", DF_S("Access-Control-Request-Method, Access-Control-Request-Headers"));
    return true;
}
