#include "domain/endpoints.h"

enum { URL_LIMIT_BYTES = 8 * 1024 };

const char *df_client_auth_name(enum df_client_auth auth)
{
    static const char *const names[] = {"body", "basic", "none"};
    return names[auth];
}

struct df_str df_url_path(struct df_str url)
{
    long scheme = df_str_find(url, DF_S("://"));
    if (scheme < 0)
        return url;
    struct df_str rest = df_str_from(url, (size_t)scheme + 3);
    long slash = df_str_find_char(rest, '/');
    return slash < 0 ? DF_S("") : df_str_from(rest, (size_t)slash);
}

struct df_str df_endpoint_url(struct df_str url, struct df_str base, bool own, struct df_str api,
                              struct df_arena *arena)
{
    if (url.n == 0)
        return DF_STR_NONE;
    if (df_str_starts(url, DF_S("{api}")))
        return df_arena_printf(arena, "%.*s%.*s", DF_FMT(api), DF_FMT(df_str_from(url, 5)));
    if (own || df_str_starts(url, DF_S("/")))
        return df_arena_printf(arena, "%.*s%.*s", DF_FMT(base), DF_FMT(df_url_path(url)));
    return url;
}

struct df_str df_endpoint_fill(struct df_str url, const char *name, struct df_str value, struct df_arena *arena)
{
    struct df_str mark = df_arena_printf(arena, "{%s}", name);
    struct df_buf out;
    df_buf_init(&out, arena, URL_LIMIT_BYTES);
    for (long at; (at = df_str_find(url, mark)) >= 0; url = df_str_from(url, (size_t)at + mark.n)) {
        df_buf_put_str(&out, df_str_head(url, (size_t)at));
        df_url_put_encoded(&out, value, "");
    }
    df_buf_put_str(&out, url);
    return df_buf_str(&out);
}

bool df_endpoint_public_only(const struct df_endpoints *e, struct df_str url, struct df_arena *arena)
{
    struct df_url at, base;
    if (e->issuer.n == 0)
        return false;
    if (!df_url_parse(url, arena, &at) || !df_url_parse(e->base, arena, &base))
        return true;
    bool same = df_str_ieq(at.host, base.host);
    return !same && !(df_host_is_loopback(at.host) && df_host_is_loopback(base.host));
}
