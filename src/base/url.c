#include "base/url.h"
#include "base/fatal.h"

#include <curl/curl.h>
#include <stdint.h>

static void curlu_freep(CURLU **u)
{
    curl_url_cleanup(*u);
}

/* A URL that could not be taken apart for want of memory must not pass for a wrong one, nor a part of it for absent. */
static bool done(CURLUcode code)
{
    if (code == CURLUE_OUT_OF_MEMORY)
        df_out_of_memory();
    return code == CURLUE_OK;
}

static struct df_str part(CURLU *u, CURLUPart what, struct df_arena *arena)
{
    char *text = NULL;
    if (!done(curl_url_get(u, what, &text, 0)))
        return DF_STR_NONE;
    struct df_str copy = df_arena_dup(arena, df_str_c(text));
    explicit_bzero(text, strlen(text));
    curl_free(text);
    return copy;
}

/* libcurl decodes escapes in a host only after it has looked for numeric addresses in it: "http://21307064%33/" would be a
 * name here and 12.179.47.115 to the next parser. No host needs one. */
static bool host_has_escape(struct df_str text)
{
    struct df_str rest = df_str_from(text, (size_t)df_str_find(text, DF_S("://")) + 3);
    size_t n = 0;
    while (n < rest.n && !strchr("/?#", rest.p[n]))
        n++;
    for (struct df_str authority = df_str_n(rest.p, n); authority.n && authority.p[authority.n - 1] != '@';
         authority.n--)
        if (authority.p[authority.n - 1] == '%')
            return true;
    return false;
}

bool df_url_parse(struct df_str text, struct df_arena *arena, struct df_url *ret)
{
    if (!df_str_istarts(text, DF_S("http://")) && !df_str_istarts(text, DF_S("https://")))
        return false;
    if (df_str_find(text, DF_S(":///")) >= 0) /* libcurl would take the path's first part for the host */
        return false;
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7F || text.p[i] == '\\')
            return false;
    if (host_has_escape(text))
        return false;
    __attribute__((cleanup(curlu_freep))) CURLU *u = df_must(curl_url());
    if (!done(curl_url_set(u, CURLUPART_URL, df_arena_cstr(arena, text), CURLU_PATH_AS_IS)))
        return false;
    *ret = (struct df_url){
        .scheme = part(u, CURLUPART_SCHEME, arena),
        .user = part(u, CURLUPART_USER, arena),
        .host = part(u, CURLUPART_HOST, arena),
        .port = part(u, CURLUPART_PORT, arena),
        .path = part(u, CURLUPART_PATH, arena),
        .query = part(u, CURLUPART_QUERY, arena),
        .fragment = part(u, CURLUPART_FRAGMENT, arena),
    };
    char *host = (char *)(uintptr_t)ret->host.p;
    for (size_t i = 0; i < ret->host.n; i++)
        host[i] = host[i] >= 'A' && host[i] <= 'Z' ? (char)(host[i] + 32) : host[i];
    return ret->host.n > 0;
}

bool df_host_is_loopback(struct df_str host)
{
    if (df_str_ieq(host, DF_S("localhost")) || df_str_is(host, "[::1]") || df_str_is(host, "::1"))
        return true;
    struct df_str rest = host, octet;
    int n = 0;
    while (df_str_split(&rest, '.', &octet)) {
        unsigned long long v;
        if (octet.n > 3 || !df_str_to_u64(octet, &v) || v > 255 || (n == 0 && v != 127))
            return false;
        n++;
    }
    return n == 4;
}

struct df_str df_url_origin(const struct df_url *url, struct df_arena *arena)
{
    bool own = url->port.n == 0 || (df_str_is(url->scheme, "http") && df_str_is(url->port, "80")) ||
               (df_str_is(url->scheme, "https") && df_str_is(url->port, "443"));
    return df_arena_printf(arena, "%.*s://%.*s%s%.*s", DF_FMT(url->scheme), DF_FMT(url->host), own ? "" : ":",
                           own ? 0 : (int)url->port.n, own ? "" : url->port.p);
}

static bool unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void df_url_put_encoded(struct df_buf *buf, struct df_str s, const char *also_plain)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (unreserved(c) || (c && strchr(also_plain, c)))
            df_buf_put_char(buf, c);
        else
            df_buf_printf(buf, "%%%02X", (unsigned char)c);
    }
}

struct df_str df_url_encode(struct df_str s, struct df_arena *arena)
{
    struct df_buf buf;
    df_buf_init(&buf, arena, 3 * s.n + 1);
    df_url_put_encoded(&buf, s, "");
    return df_buf_str(&buf);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool df_url_decode(struct df_str s, bool form, struct df_arena *arena, struct df_str *ret)
{
    char *out = df_arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            int high = s.n - i > 2 ? hex_digit(s.p[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;
            if (low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (form && c == '+') {
            c = ' ';
        }
        if (c == '\0')
            return false;
        out[n++] = c;
    }
    *ret = df_str_n(out, n);
    return true;
}

bool df_params_parse(struct df_str text, size_t limit, struct df_arena *arena, struct df_param **ret, size_t *ret_n)
{
    struct df_str rest = text.n ? text : DF_STR_NONE, pair;
    size_t n = 0, most = 1;
    for (size_t i = 0; i < text.n && most < limit; i++)
        most += text.p[i] == '&';
    struct df_param *params = DF_NEW_ARRAY(arena, struct df_param, most);
    while (df_str_split(&rest, '&', &pair)) {
        if (pair.n == 0)
            continue;
        if (n == limit)
            return false;
        long eq = df_str_find_char(pair, '=');
        struct df_str name = eq < 0 ? pair : df_str_n(pair.p, (size_t)eq);
        struct df_str value = eq < 0 ? DF_STR_NONE : df_str_from(pair, (size_t)eq + 1);
        if (!df_url_decode(name, true, arena, &params[n].name) || !df_url_decode(value, true, arena, &params[n].value))
            return false;
        n++;
    }
    *ret = params;
    *ret_n = n;
    return true;
}

const struct df_param *df_params_find(const struct df_param *params, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (df_str_is(params[i].name, name))
            return &params[i];
    return NULL;
}

void df_params_put(struct df_buf *buf, const char *name, struct df_str value)
{
    if (buf->n)
        df_buf_put_char(buf, '&');
    df_url_put_encoded(buf, df_str_c(name), "");
    df_buf_put_char(buf, '=');
    df_url_put_encoded(buf, value, "");
}
