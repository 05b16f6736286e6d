#include "domain/proxy.h"

enum { DECODINGS = 3 };

/* "..;x" too: some servers cut what follows the ';' before they look. */
static bool is_dots(struct df_str part)
{
    struct df_str rest = part, name = part;
    df_str_split(&rest, ';', &name);
    return df_str_is(name, ".") || df_str_is(name, "..") || (name.n == 0 && part.n > 0);
}

static bool has_bad_byte(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F || s.p[i] == '\\')
            return true;
    return false;
}

/* One segment as written, then as the next parsers may read it; an encoded slash is a name's part for some, a slash for
 * others. */
static bool is_safe_segment(struct df_str segment, struct df_arena *arena)
{
    struct df_str read = segment;
    for (int i = 0; i < DECODINGS; i++) {
        struct df_str rest = read, part;
        if (has_bad_byte(read))
            return false;
        while (df_str_split(&rest, '/', &part))
            if (is_dots(part) || (part.n == 0 && segment.n > 0))
                return false;
        if (!df_url_decode(read, false, arena, &read))
            return i > 0; /* "%" is a name's part once it was decoded */
    }
    return true;
}

static bool is_plain_text(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7F || strchr("\\#\"<>^`{|}", s.p[i]))
            return false;
    return true;
}

static bool is_safe_path(struct df_str path, struct df_arena *arena)
{
    struct df_str rest = path, segment;
    bool more = df_str_split(&rest, '/', &segment);
    while (more) {
        struct df_str this = segment;
        more = df_str_split(&rest, '/', &segment);
        if (this.n == 0 && (more || path.n == 1)) /* a slash at the end is one part of many APIs */
            return false;
        if (!is_safe_segment(this, arena))
            return false;
    }
    return true;
}

enum df_code df_proxy_url(struct df_str base, struct df_str path, struct df_str query, struct df_arena *arena,
                          struct df_str *ret, struct df_error *err)
{
    struct df_url from, to;
    while (df_str_ends(base, DF_S("/")))
        base.n--;
    if (!is_plain_text(path) || !is_plain_text(query) || !is_safe_path(path, arena))
        return df_fail(
            err, DF_ERR_INVALID,
            "this path is not passed on: it has an empty or dot segment, a backslash, or characters that must "
            "be percent-encoded");
    struct df_str url = df_arena_printf(arena, "%.*s/%.*s%s%.*s", DF_FMT(base), DF_FMT(path), query.n ? "?" : "",
                                        DF_FMT(query));
    if (!df_url_parse(base, arena, &from) || !df_url_parse(url, arena, &to) || to.user.n ||
        !df_str_eq(df_url_origin(&from, arena), df_url_origin(&to, arena)))
        return df_fail(err, DF_ERR_INVALID, "this path is not passed on: it would lead to another host");
    *ret = url;
    return DF_OK;
}

static bool is_among(struct df_str name, const char *const *names)
{
    for (; *names; names++)
        if (df_str_ieq(name, df_str_c(*names)))
            return true;
    return false;
}

static bool starts_with_any(struct df_str name, const char *const *prefixes)
{
    for (; *prefixes; prefixes++)
        if (df_str_istarts(name, df_str_c(*prefixes)))
            return true;
    return false;
}

/* RFC 9110 section 7.6.1. */
static bool is_of_this_hop(struct df_str name, struct df_str connection)
{
    static const char *const names[] = {
        "Connection",     "Keep-Alive",     "TE", "Trailer", "Upgrade", "Transfer-Encoding", "Trailers",
        "Content-Length", "HTTP2-Settings", NULL};
    static const char *const prefixes[] = {"Proxy-", "X-DevFlow-", NULL};
    struct df_str one;
    if (is_among(name, names) || starts_with_any(name, prefixes))
        return true;
    while (df_str_split(&connection, ',', &one))
        if (df_str_ieq(df_str_trim(one), name))
            return true;
    return false;
}

bool df_proxy_sends_header(struct df_str name, struct df_str connection)
{
    static const char *const names[] = {"Host",   "Authorization", "Cookie",  "Cookie2", "Expect",    "Forwarded",
                                        "Origin", "X-Request-Id",  "Referer", "Via",     "X-Real-IP", "X-API-Key",
                                        NULL};
    static const char *const prefixes[] = {"X-Forwarded-", "Sec-", NULL};
    return !is_of_this_hop(name, connection) && !is_among(name, names) && !starts_with_any(name, prefixes);
}

/* What would act on this server's own origin in a browser stays behind. */
bool df_proxy_answers_header(struct df_str name, struct df_str connection)
{
    static const char *const names[] = {"Set-Cookie",
                                        "Set-Cookie2",
                                        "X-Request-Id",
                                        "Alt-Svc",
                                        "NEL",
                                        "Report-To",
                                        "Clear-Site-Data",
                                        "Strict-Transport-Security",
                                        "Public-Key-Pins",
                                        "Content-Security-Policy",
                                        "Content-Security-Policy-Report-Only",
                                        "X-Content-Type-Options",
                                        "Service-Worker-Allowed",
                                        "SourceMap",
                                        "Refresh",
                                        NULL};
    static const char *const prefixes[] = {"Access-Control-", "Cross-Origin-", NULL};
    return !is_of_this_hop(name, connection) && !is_among(name, names) && !starts_with_any(name, prefixes);
}

bool df_proxy_shows_location(struct df_str location, struct df_str asked, struct df_arena *arena)
{
    struct df_url to, from;
    if (has_bad_byte(location) || df_str_starts(location, DF_S("//")))
        return false;
    if (df_url_parse(location, arena, &to))
        return !to.user.n && df_url_parse(asked, arena, &from) &&
               df_str_eq(df_url_origin(&to, arena), df_url_origin(&from, arena));
    struct df_str rest = location, first = location;
    df_str_split(&rest, '/', &first);
    return df_str_find_char(first, ':') < 0; /* no scheme: relative */
}
