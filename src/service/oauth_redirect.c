#include "service/oauth_redirect.h"
#include "base/url.h"

enum df_code df_redirect_uri_check(struct df_str uri, struct df_arena *arena, struct df_error *err)
{
    struct df_url url;
    for (size_t i = 0; i < uri.n; i++)
        if ((unsigned char)uri.p[i] <= ' ')
            return df_fail(err, DF_ERR_REDIRECT_URI, "redirectUri must not hold spaces or line ends");
    if (!df_url_parse(uri, arena, &url))
        return df_fail(err, DF_ERR_REDIRECT_URI,
                       "redirectUri must be an absolute URL, such as "
                       "http://localhost:3001/api/v1/auth/sentry/callback");
    if (df_str_ends(uri, DF_S("/")))
        return df_fail(err, DF_ERR_REDIRECT_URI,
                       "redirectUri must not end with a slash: providers compare it to the letter");
    if (url.fragment.n || df_str_find_char(uri, '#') >= 0 || url.user.n)
        return df_fail(err, DF_ERR_REDIRECT_URI, "redirectUri must not have a fragment or a user name");
    if (df_str_is(url.scheme, "http") && !df_host_is_loopback(url.host))
        return df_fail(err, DF_ERR_REDIRECT_URI, "redirectUri must be https: plain http is for localhost only");
    return DF_OK;
}

struct df_str df_redirect_uri_ours(const struct df_devflow *d, const struct df_provider *provider,
                                   struct df_arena *arena)
{
    return df_arena_printf(arena, "%.*s%.*s/auth/%s/callback", DF_FMT(d->api_url), DF_FMT(d->api_prefix),
                           provider->slug);
}

bool df_redirect_uri_reaches(struct df_str uri, struct df_str ours, struct df_arena *arena)
{
    struct df_url a, b;
    if (df_str_find_char(uri, '?') >= 0)
        return false; /* providers add the code as the query */
    if (df_str_eq(uri, ours))
        return true;
    return df_url_parse(uri, arena, &a) && df_url_parse(ours, arena, &b) && df_host_is_loopback(a.host) &&
           df_host_is_loopback(b.host) && df_str_eq(a.scheme, b.scheme) && df_str_eq(a.port, b.port) &&
           df_str_eq(a.path, b.path);
}
