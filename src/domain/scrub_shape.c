#include "domain/scrub_parts.h"

#include "base/crypto.h"

static size_t base64_end(struct df_str text, size_t to)
{
    while (to < text.n && (df_scrub_is_word(text.p[to]) || strchr(".+/=", text.p[to])) && text.p[to])
        to++;
    while (to > 0 && text.p[to - 1] == '.') /* the sentence's, not the token's */
        to--;
    return to;
}

/* AKIA, ASIA, ABIA or ACCA and 16 upper-case letters and digits. */
static bool is_aws_key(struct df_str word)
{
    static const char *const kinds[] = {"AKIA", "ASIA", "ABIA", "ACCA"};
    bool known = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        known = known || df_str_starts(word, df_str_c(kinds[i]));
    if (word.n != 20 || !known)
        return false;
    for (size_t i = 4; i < word.n; i++)
        if (!df_scrub_is_digit(word.p[i]) && !(word.p[i] >= 'A' && word.p[i] <= 'Z'))
            return false;
    return true;
}

static size_t word_end(struct df_str text, size_t i)
{
    while (i < text.n && df_scrub_is_word(text.p[i]))
        i++;
    return i;
}

/* RFC 7519: three base64url parts, the first the encoding of '{"'; signed cookies look alike and are caught with them. */
static bool find_jwt(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    if (to - from < 8 || memcmp(text.p + from, "eyJ", 3) != 0 || df_scrub_at(text, to) != '.')
        return false;
    size_t second = word_end(text, to + 1);
    bool direct = df_scrub_at(text, to + 1) == '.' && second == to + 1; /* RFC 7516: no key of its own */
    if (direct)
        second = word_end(text, to + 2);
    if (second - (to + 1) < 4)
        return false;
    size_t end = second;
    while (end < text.n && text.p[end] == '.' && word_end(text, end + 1) > end + 1)
        end = word_end(text, end + 1);
    *ret = (struct df_scrub_range){from, end};
    return true;
}

/* A key file of PuTTY: what is private in it, to the end of its last line. */
static bool find_ppk(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    static const struct df_str last = {"Private-MAC:", 12};
    if (df_scrub_at(text, to) != ':' || !df_str_is(df_str_n(text.p + from, to - from), "Private-Lines"))
        return false;
    long mac = df_str_find(df_str_from(text, to), last);
    size_t end = text.n;
    if (mac >= 0) {
        end = to + (size_t)mac + last.n;
        while (df_scrub_at(text, end) == ' ')
            end++;
        end = word_end(text, end);
    }
    *ret = (struct df_scrub_range){from, end};
    return true;
}

/* RFC 7468, from the BEGIN line to the END line; cut off before that, to the end of the text. */
static bool find_pem(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    static const struct df_str dashes = {"-----", 5};
    if (to - from < 10 || memcmp(text.p + from, "-----BEGIN", 10) != 0)
        return false;
    struct df_str label = df_str_head(df_str_from(text, from + 10), 60);
    long label_end = df_str_find(label, dashes);
    if (label_end < 0 || df_str_find(df_str_n(label.p, (size_t)label_end), DF_S("PRIVATE KEY")) < 0)
        return false;
    size_t body = from + 10 + (size_t)label_end + dashes.n;
    long end = df_str_find(df_str_from(text, body), DF_S("-----END"));
    size_t last = text.n;
    if (end >= 0) {
        size_t closing = body + (size_t)end + 8;
        long close = df_str_find(df_str_head(df_str_from(text, closing), 80), dashes);
        last = close >= 0 ? closing + (size_t)close + dashes.n : closing;
    }
    *ret = (struct df_scrub_range){from, last};
    return true;
}

static bool is_basic_pair(struct df_str token)
{
    struct df_str plain;
    if (token.n < 8 || token.n > 512 || token.n % 4 != 0)
        return false;
    char memory[512];
    memcpy(memory, token.p, token.n);
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    return df_base64_decode(df_str_n(memory, token.n), arena, &plain) && df_str_find_char(plain, ':') >= 0;
}

static bool looks_like_bearer(struct df_str token)
{
    size_t digits = 0;
    for (size_t i = 0; i < token.n; i++)
        digits += df_scrub_is_digit(token.p[i]);
    return token.n >= 8 && (digits > 0 || token.n >= 20);
}

/* "Bearer x" and "Basic x" (RFC 6750, RFC 7617) where no key announces them. */
static bool find_scheme(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    struct df_str word = df_str_n(text.p + from, to - from);
    bool bearer = df_str_ieq(word, DF_S("bearer"));
    if (!bearer && !df_str_ieq(word, DF_S("basic")))
        return false;
    size_t at = to;
    while (df_scrub_at(text, at) == ' ' && at - to < 4)
        at++;
    if (at == to)
        return false;
    size_t end = base64_end(text, at);
    struct df_str token = df_str_n(text.p + at, end > at ? end - at : 0);
    if (!(bearer ? looks_like_bearer(token) : is_basic_pair(token)))
        return false;
    *ret = (struct df_scrub_range){at, end};
    return true;
}

enum df_scrub_kind df_scrub_find_token(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    char c = text.p[from];
    enum df_scrub_kind kind = df_scrub_find_prefixed(text, from, to, ret);
    if (kind == DF_SCRUB_NONE)
        kind = df_scrub_find_format(text, from, to, ret);
    if (kind != DF_SCRUB_NONE)
        return kind;
    if (c == 'A' && is_aws_key(df_str_n(text.p + from, to - from))) {
        *ret = (struct df_scrub_range){from, to};
        return DF_SCRUB_AWS;
    }
    if (c == 'e' && find_jwt(text, from, to, ret))
        return DF_SCRUB_JWT;
    if ((c == '-' && find_pem(text, from, to, ret)) || (c == 'P' && find_ppk(text, from, to, ret)))
        return DF_SCRUB_PRIVATE_KEY;
    if ((c == 'B' || c == 'b') && find_scheme(text, from, to, ret))
        return DF_SCRUB_AUTHORIZATION;
    return DF_SCRUB_NONE;
}
