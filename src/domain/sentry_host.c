#include "domain/sentry_host.h"

static bool in_saas(const struct df_url *url)
{
    return df_str_is(url->scheme, "https") && url->port.n == 0 && url->user.n == 0 &&
           (df_str_is(url->host, "sentry.io") || df_str_ends(url->host, DF_S(".sentry.io")));
}

static struct df_str origin_of(struct df_str text, struct df_arena *arena)
{
    struct df_url url;
    return df_url_parse(text, arena, &url) && url.user.n == 0 ? df_url_origin(&url, arena) : DF_STR_NONE;
}

static bool is_listed(struct df_str origin, struct df_str regions, struct df_arena *arena)
{
    struct df_str one;
    while (df_str_split(&regions, ',', &one))
        if (df_str_eq(origin_of(df_str_trim(one), arena), origin))
            return true;
    return false;
}

bool df_sentry_host_is_own(struct df_str text, struct df_str base_text, struct df_str regions, struct df_arena *arena)
{
    struct df_url url, base;
    if (!df_url_parse(text, arena, &url) || url.user.n || !df_url_parse(base_text, arena, &base))
        return false;
    struct df_str origin = df_url_origin(&url, arena);
    return df_str_eq(origin, df_url_origin(&base, arena)) || (in_saas(&url) && in_saas(&base)) ||
           is_listed(origin, regions, arena);
}

static struct df_str without_slashes(struct df_str s)
{
    while (df_str_ends(s, DF_S("/")))
        s.n--;
    return s;
}

struct df_str df_sentry_host_of(struct df_str region, struct df_str base, struct df_str regions, struct df_arena *arena)
{
    bool elsewhere = df_sentry_host_is_own(region, base, regions, arena) &&
                     !df_str_eq(origin_of(region, arena), origin_of(base, arena));
    return without_slashes(elsewhere ? region : base);
}

bool df_sentry_host_is_saas(struct df_str base, struct df_arena *arena)
{
    struct df_url url;
    return df_url_parse(base, arena, &url) && in_saas(&url);
}
