#include "http/router.h"

enum { QUERY_LIMIT = 64 };

/* Length of the path's part that starts at p. */
static size_t part_len(struct df_str path, size_t at)
{
    const char *slash = at < path.n ? memchr(path.p + at, '/', path.n - at) : NULL;
    return slash ? (size_t)(slash - path.p) - at : path.n - at;
}

/* What a path has in a pattern's places, not decoded. */
struct places {
    struct df_str params[DF_HTTP_PARAMS], rest;
    size_t n;
};

/* Matches one path against one pattern, both with their first '/'. */
static bool fits(const char *pattern, struct df_str path, struct places *ret)
{
    size_t at = 0;
    ret->n = 0;
    ret->rest = DF_STR_NONE;
    for (; *pattern; pattern++) {
        if (*pattern == '*') {
            ret->rest = df_str_from(path, at);
            at = path.n;
            break;
        }
        if (*pattern != ':') {
            if (at == path.n || path.p[at++] != *pattern)
                return false;
            continue;
        }
        size_t len = part_len(path, at);
        if (len == 0 || ret->n == DF_HTTP_PARAMS)
            return false;
        ret->params[ret->n++] = df_str_n(path.p + at, len);
        at += len;
        pattern += strcspn(pattern, "/") - 1;
    }
    return at == path.n;
}

static bool matches(const char *pattern, struct df_str path, struct df_request *request)
{
    struct places places;
    struct df_str params[DF_HTTP_PARAMS] = {{NULL, 0}};
    if (!fits(pattern, path, &places))
        return false;
    for (size_t i = 0; i < places.n; i++)
        if (!df_url_decode(places.params[i], false, request->arena, &params[i]))
            return false;
    memcpy(request->params, params, sizeof params);
    request->rest = places.rest;
    return true;
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

static const char any_method[] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

static bool is_of_any(struct df_str method)
{
    struct df_str rest = DF_S("GET HEAD POST PUT PATCH DELETE OPTIONS"), one;
    while (df_str_split(&rest, ' ', &one))
        if (df_str_eq(one, method))
            return true;
    return false;
}

static bool takes(const struct df_route *route, struct df_str method)
{
    if (df_str_is(method, route->method) || (df_str_is(method, "HEAD") && strcmp(route->method, "GET") == 0))
        return true;
    return strcmp(route->method, "*") == 0 && is_of_any(method);
}

static bool under(struct df_str prefix, struct df_str *path)
{
    if (!df_str_starts(*path, prefix))
        return false;
    *path = df_str_from(*path, prefix.n);
    return df_str_starts(*path, DF_S("/"));
}

static enum df_code take_query(struct df_request *request, struct df_str query, struct df_error *err)
{
    if (df_params_parse(query, QUERY_LIMIT, request->arena, &request->query, &request->n_query))
        return DF_OK;
    return df_fail(err, DF_ERR_INVALID, "the query string has a broken percent escape or more than %d parameters",
                   QUERY_LIMIT);
}

enum df_code df_router_find(const struct df_route *routes, size_t n_routes, const char *prefix,
                            struct df_request *request, struct df_str *ret_allow, struct df_error *err)
{
    struct df_str query = request->target;
    df_str_split(&query, '?', &request->path);
    struct df_str path = request->path;
    bool in = under(df_str_c(prefix), &path);
    if (!in)
        path = request->path;
    struct df_buf allow;
    df_buf_init(&allow, request->arena, 128);
    for (size_t i = 0; i < n_routes; i++) {
        if ((!in && !routes[i].outside_prefix) || !matches(routes[i].path, path, request))
            continue;
        if (takes(&routes[i], request->method)) {
            request->route = &routes[i];
            return strchr(routes[i].path, '*') ? DF_OK : take_query(request, query, err);
        }
        allow_add(&allow, df_str_c(strcmp(routes[i].method, "*") == 0 ? any_method : routes[i].method));
    }
    *ret_allow = df_buf_str(&allow);
    if (allow.n)
        return df_fail(err, DF_ERR_METHOD, "%.*s is not allowed here; allowed: %.*s",
                       DF_FMT(df_str_head(request->method, 16)), DF_FMT(*ret_allow));
    return df_fail(err, DF_ERR_ROUTE, "no such route: %.*s %.*s", DF_FMT(df_str_head(request->method, 16)),
                   DF_FMT(df_str_head(request->path, 200)));
}
