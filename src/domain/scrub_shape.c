#include "domain/scrub_parts.h"

#include "base/crypto.h"

/* Characters a token may go on with after its first word. */
enum tail { WORD, DOTTED, BASE64 };

struct prefix {
    const char *text;
    size_t min_bytes; /* of the whole token */
    enum tail tail;
    enum df_scrub_kind kind;
};

/* Source: the providers' own pages on token formats. */
static const struct prefix prefixes[] = {
    {"ghp_", 30, WORD, DF_SCRUB_GITHUB},
    {"gho_", 30, WORD, DF_SCRUB_GITHUB},
    {"ghu_", 30, WORD, DF_SCRUB_GITHUB},
    {"ghs_", 30, WORD, DF_SCRUB_GITHUB},
    {"ghr_", 30, WORD, DF_SCRUB_GITHUB},
    {"github_pat_", 30, WORD, DF_SCRUB_GITHUB},
    {"glpat-", 20, DOTTED, DF_SCRUB_GITLAB},
    {"gldt-", 20, WORD, DF_SCRUB_GITLAB},
    {"glrt-", 20, DOTTED, DF_SCRUB_GITLAB},
    {"glcbt-", 20, WORD, DF_SCRUB_GITLAB},
    {"glptt-", 20, WORD, DF_SCRUB_GITLAB},
    {"xoxb-", 16, WORD, DF_SCRUB_SLACK},
    {"xoxa-", 16, WORD, DF_SCRUB_SLACK},
    {"xoxp-", 16, WORD, DF_SCRUB_SLACK},
    {"xoxr-", 16, WORD, DF_SCRUB_SLACK},
    {"xoxs-", 16, WORD, DF_SCRUB_SLACK},
    {"xapp-", 16, WORD, DF_SCRUB_SLACK},
    {"sk_live_", 16, WORD, DF_SCRUB_STRIPE},
    {"sk_test_", 16, WORD, DF_SCRUB_STRIPE},
    {"rk_live_", 16, WORD, DF_SCRUB_STRIPE},
    {"rk_test_", 16, WORD, DF_SCRUB_STRIPE},
    {"whsec_", 24, BASE64, DF_SCRUB_STRIPE},
    {"AIza", 39, WORD, DF_SCRUB_GOOGLE},
    {"ya29.", 24, DOTTED, DF_SCRUB_GOOGLE},
    {"GOCSPX-", 24, WORD, DF_SCRUB_GOOGLE},
    {"sntrys_", 20, BASE64, DF_SCRUB_SENTRY},
    {"sntryu_", 20, WORD, DF_SCRUB_SENTRY},
    {"sntrya_", 20, WORD, DF_SCRUB_SENTRY},
    {"sntryr_", 20, WORD, DF_SCRUB_SENTRY},
    {"sntryi_", 20, WORD, DF_SCRUB_SENTRY},
    {"lin_api_", 20, WORD, DF_SCRUB_LINEAR},
    {"lin_oauth_", 20, WORD, DF_SCRUB_LINEAR},
    {"lin_wh_", 20, WORD, DF_SCRUB_LINEAR},
    {"npm_", 36, WORD, DF_SCRUB_TOKEN},
    {"pypi-", 40, WORD, DF_SCRUB_TOKEN},
    {"dop_v1_", 40, WORD, DF_SCRUB_TOKEN},
    {"SG.", 40, DOTTED, DF_SCRUB_TOKEN},
    {"hvs.", 24, DOTTED, DF_SCRUB_TOKEN},
    {"hf_", 30, WORD, DF_SCRUB_TOKEN},
    {"shpat_", 30, WORD, DF_SCRUB_TOKEN},
    {"shpss_", 30, WORD, DF_SCRUB_TOKEN},
    {"dckr_pat_", 24, WORD, DF_SCRUB_TOKEN},
    {"rubygems_", 40, WORD, DF_SCRUB_TOKEN},
    {"glsa_", 30, WORD, DF_SCRUB_TOKEN},
    {"sk-ant-", 24, WORD, DF_SCRUB_API_KEY},
    {"sk-proj-", 24, WORD, DF_SCRUB_API_KEY},
    {"NRAK-", 24, WORD, DF_SCRUB_API_KEY},
    {"ATATT3", 40, BASE64, DF_SCRUB_TOKEN},
    {"AGE-SECRET-KEY-1", 40, WORD, DF_SCRUB_PRIVATE_KEY},
};

static bool in_tail(char c, enum tail tail)
{
    return df_scrub_is_word(c) || (tail != WORD && c == '.') || (tail == BASE64 && (c == '+' || c == '/' || c == '='));
}

static size_t token_end(struct df_str text, size_t to, enum tail tail)
{
    while (to < text.n && in_tail(text.p[to], tail))
        to++;
    while (to > 0 && text.p[to - 1] == '.') /* the sentence's, not the token's */
        to--;
    return to;
}

static bool may_begin_prefix(char c)
{
    return c == 'g' || c == 's' || c == 'x' || c == 'r' || c == 'w' || c == 'A' || c == 'y' || c == 'G' || c == 'l' ||
           c == 'n' || c == 'p' || c == 'd' || c == 'S' || c == 'h' || c == 'N';
}

static enum df_scrub_kind find_prefixed(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    struct df_str rest = df_str_from(text, from);
    if (to - from < 16 && !(to - from <= 4 && df_scrub_at(text, to) == '.'))
        return DF_SCRUB_NONE;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (prefixes[i].text[0] != rest.p[0] || !df_str_starts(rest, df_str_c(prefixes[i].text)))
            continue;
        size_t end = token_end(text, to, prefixes[i].tail);
        if (end - from < prefixes[i].min_bytes)
            continue;
        *ret = (struct df_scrub_range){from, end};
        return prefixes[i].kind;
    }
    return DF_SCRUB_NONE;
}

/* AKIA or ASIA and 16 upper-case letters and digits. */
static bool is_aws_key(struct df_str word)
{
    if (word.n != 20 || (!df_str_starts(word, DF_S("AKIA")) && !df_str_starts(word, DF_S("ASIA"))))
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
    if (second - (to + 1) < 4)
        return false;
    size_t end = second;
    while (end < text.n && text.p[end] == '.' && word_end(text, end + 1) > end + 1)
        end = word_end(text, end + 1);
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
    size_t end = token_end(text, at, BASE64);
    struct df_str token = df_str_n(text.p + at, end > at ? end - at : 0);
    if (!(bearer ? looks_like_bearer(token) : is_basic_pair(token)))
        return false;
    *ret = (struct df_scrub_range){at, end};
    return true;
}

enum df_scrub_kind df_scrub_find_token(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    char c = text.p[from];
    if (may_begin_prefix(c)) {
        enum df_scrub_kind kind = find_prefixed(text, from, to, ret);
        if (kind != DF_SCRUB_NONE)
            return kind;
    }
    if (c == 'A' && is_aws_key(df_str_n(text.p + from, to - from))) {
        *ret = (struct df_scrub_range){from, to};
        return DF_SCRUB_AWS;
    }
    if (c == 'e' && find_jwt(text, from, to, ret))
        return DF_SCRUB_JWT;
    if (c == '-' && find_pem(text, from, to, ret))
        return DF_SCRUB_PRIVATE_KEY;
    if ((c == 'B' || c == 'b') && find_scheme(text, from, to, ret))
        return DF_SCRUB_AUTHORIZATION;
    return DF_SCRUB_NONE;
}
