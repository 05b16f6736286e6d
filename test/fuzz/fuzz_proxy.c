/* A proxied path and query: whatever is taken stays on the base's host and under its path. The first line is the path, the rest
 * a Location, a header name and a time. */
#include "fuzz.h"

#include "domain/proxy.h"
#include "domain/rate_reset.h"

static void location(struct df_str text, struct df_arena *arena)
{
    struct df_url url, own;
    if (!df_proxy_shows_location(text, DF_S("https://x.example/a"), arena) || !df_url_parse(text, arena, &url))
        return;
    fuzz_check(df_url_parse(DF_S("https://x.example/"), arena, &own));
    fuzz_check(df_str_eq(df_url_origin(&url, arena), df_url_origin(&own, arena)));
}

static void path(struct df_str text, struct df_arena *arena)
{
    struct df_str query = text, path, url, plain;
    struct df_url to;
    df_str_split(&query, '?', &path);
    if (df_proxy_url(DF_S("https://x.example/base/"), path, query, arena, &url, NULL) != DF_OK)
        return;
    fuzz_check(df_url_parse(url, arena, &to));
    fuzz_check(df_str_is(to.host, "x.example") && df_str_is(to.scheme, "https") && to.port.n == 0 && to.user.n == 0);
    fuzz_check(df_str_starts(to.path, DF_S("/base/")) && df_url_decode(to.path, false, arena, &plain));
    fuzz_check(df_str_find(plain, DF_S("/../")) < 0 && df_str_find(plain, DF_S("//")) < 0);
    fuzz_check(df_str_find(plain, DF_S("\\")) < 0 && !df_str_ends(plain, DF_S("/..")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str rest = df_str_n((const char *)data, n), line = DF_STR_NONE;
    df_str_split(&rest, '\n', &line);
    path(line, arena);
    location(rest, arena);
    const struct df_param header = {line, rest}, retry = {DF_S("Retry-After"), rest};
    int64_t until = df_rate_hold_until_ms(&retry, 1, "X-Reset", 1700000000000);
    fuzz_check(until == 0 || (until > 1700000000000 && until <= 1700003600000));
    df_rate_hold_until_ms(&header, 1, "X-Reset", 0);
    df_proxy_sends_header(line, rest);
    df_proxy_answers_header(rest, line);
    return 0;
}
