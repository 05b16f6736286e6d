#include "http/router.h"

enum { QUERY_LIMIT = 64 };

/* Matches one path against one pattern, both without their first '/'. */
static bool matches(struct df_str pattern, struct df_str path, struct df_request *request)
{
    struct df_str want, part, params[DF_HTTP_PARAMS] = {{NULL, 0}};
    size_t n = 0;
    for (;;) {
        bool more_pattern = df_str_split(&pattern, '/', &want), more_path = df_str_split(&path, '/', &part);
        if (!more_pattern || !more_path) {
            if (more_pattern != more_path)
                return false;
            memcpy(request->params, params, sizeof params);
            return true;
        }
        if (want.n && want.p[0] == ':') {
            if (part.n == 0 || n == DF_HTTP_PARAMS || !df_url_decode(part, false, request->arena, &params[n++]))
                return false;
        } else if (!df_str_eq(want, part)) {
            return false;
        }
    }
}

static void allow_add(struct df_buf *allow, struct df_str method)
{
    if (df_str_find(df_buf_str(allow), method) >= 0)
        return;
    df_buf_put_c(allow, allow->n ? ", " : "");
    df_buf_put_str(allow, method);
    if (df_str_is(method, "GET"))
        df_buf_put_c(allow, ", HEAD");
}

static bool under(struct df_str prefix, struct df_str *path)
{
    if (!df_str_starts(*path, prefix))
        return false;
    *path = df_str_from(*path, prefix.n);
    return df_str_starts(*path, DF_S("/"));
}

enum df_code df_router_find(const struct df_route *routes, size_t n_routes, const char *prefix,
                            struct df_request *request, struct df_str *ret_allow, struct df_error *err)
{
    struct df_str rest = request->target, query;
    df_str_split(&rest, '?', &request->path);
    query = rest;
    if (!df_params_parse(query, QUERY_LIMIT, request->arena, &request->query, &request->n_query))
        return df_fail(err, DF_ERR_INVALID, "the query string has a broken percent escape or more than %d parameters",
                       QUERY_LIMIT);
    struct df_str inside = request->path;
    bool in = under(df_str_c(prefix), &inside);
    struct df_buf allow;
    df_buf_init(&allow, request->arena, 128);
    bool head = df_str_is(request->method, "HEAD");
    for (size_t i = 0; i < n_routes; i++) {
        struct df_str path = in ? inside : request->path, method = df_str_c(routes[i].method);
        if (!in && !routes[i].outside_prefix)
            continue;
        if (!df_str_starts(path, DF_S("/")) || !matches(df_str_c(routes[i].path + 1), df_str_from(path, 1), request))
            continue;
        if (df_str_eq(method, request->method) || (head && df_str_is(method, "GET"))) {
            request->route = &routes[i];
            return DF_OK;
        }
        allow_add(&allow, method);
    }
    *ret_allow = df_buf_str(&allow);
    if (allow.n)
        return df_fail(err, DF_ERR_METHOD, "%.*s is not allowed here; allowed: %.*s",
                       DF_FMT(df_str_head(request->method, 16)), DF_FMT(*ret_allow));
    return df_fail(err, DF_ERR_ROUTE, "no such route: %.*s %.*s", DF_FMT(df_str_head(request->method, 16)),
                   DF_FMT(df_str_head(request->path, 200)));
}
