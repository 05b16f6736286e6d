#include "sandbox/graphql_lexer.h"

#include "base/buf.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
    return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char peek(const struct gql_lexer *l, size_t at)
{
    return at < l->rest.n ? l->rest.p[at] : '\0';
}

static void skip_nothing(struct gql_lexer *l)
{
    static const struct df_str mark = {"\xef\xbb\xbf", 3};
    for (;;) {
        size_t n = 0;
        if (df_str_starts(l->rest, mark))
            n = mark.n;
        else if (l->rest.n && strchr(" \t\r\n,", l->rest.p[0]) && l->rest.p[0])
            n = 1;
        else if (peek(l, 0) == '#')
            while (n < l->rest.n && l->rest.p[n] != '\n' && l->rest.p[n] != '\r')
                n++;
        if (n == 0)
            return;
        l->rest = df_str_from(l->rest, n);
    }
}

static struct gql_token taken(struct gql_lexer *l, enum gql_token_kind kind, size_t n)
{
    struct gql_token token = {kind, df_str_n(l->rest.p, n)};
    l->rest = df_str_from(l->rest, n);
    return token;
}

static struct gql_token number(struct gql_lexer *l)
{
    size_t n = peek(l, 0) == '-', whole;
    enum gql_token_kind kind = GQL_T_INT;
    for (whole = n; is_digit(peek(l, n)); n++)
        continue;
    bool bad = n == whole || (peek(l, whole) == '0' && n > whole + 1);
    if (peek(l, n) == '.') {
        kind = GQL_T_FLOAT;
        bad = bad || !is_digit(peek(l, ++n));
        while (is_digit(peek(l, n)))
            n++;
    }
    if (peek(l, n) == 'e' || peek(l, n) == 'E') {
        kind = GQL_T_FLOAT;
        n++;
        n += peek(l, n) == '+' || peek(l, n) == '-';
        bad = bad || !is_digit(peek(l, n));
        while (is_digit(peek(l, n)))
            n++;
    }
    bad = bad || is_name(peek(l, n)) || peek(l, n) == '.';
    return taken(l, bad ? GQL_T_BAD : kind, n ? n : 1);
}

static bool hex4(const struct gql_lexer *l, size_t at, unsigned *ret)
{
    *ret = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = peek(l, at + i);
        unsigned digit = is_digit(c)              ? (unsigned)(c - '0')
                         : (c >= 'a' && c <= 'f') ? (unsigned)(c - 'a' + 10)
                         : (c >= 'A' && c <= 'F') ? (unsigned)(c - 'A' + 10)
                                                  : 16;
        if (digit > 15)
            return false;
        *ret = *ret * 16 + digit;
    }
    return true;
}

/* At a backslash: how many bytes it takes, 0 when it is no escape. */
static size_t escape(const struct gql_lexer *l, size_t at, struct df_buf *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = peek(l, at + 1);
    const char *place = c ? strchr(from, c) : NULL;
    unsigned high, low;
    if (place) {
        df_buf_put_char(out, to[place - from]);
        return 2;
    }
    if (c != 'u' || !hex4(l, at + 2, &high))
        return 0;
    if (high < 0xd800 || high > 0xdfff) {
        df_buf_put_utf8(out, high);
        return 6;
    }
    if (high > 0xdbff || peek(l, at + 6) != '\\' || peek(l, at + 7) != 'u' || !hex4(l, at + 8, &low) || low < 0xdc00 ||
        low > 0xdfff)
        return 0;
    df_buf_put_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
    return 12;
}

static struct gql_token string(struct gql_lexer *l)
{
    struct df_buf out;
    df_buf_init(&out, l->arena, l->rest.n + 8);
    for (size_t at = 1; at < l->rest.n;) {
        char c = l->rest.p[at];
        size_t n = 1;
        if (c == '"') {
            struct gql_token token = taken(l, GQL_T_STRING, at + 1);
            token.text = df_buf_str(&out);
            return token;
        }
        if (c == '\n' || c == '\r')
            break;
        if (c == '\\')
            n = escape(l, at, &out);
        else
            df_buf_put_char(&out, c);
        if (n == 0)
            break;
        at += n;
    }
    return taken(l, GQL_T_BAD, 1);
}

/* """text""": its lines as they are; the common indent of section 2.9.4 is left in. */
static struct gql_token block_string(struct gql_lexer *l)
{
    static const struct df_str quotes = {"\"\"\"", 3}, escaped = {"\\\"\"\"", 4};
    struct df_buf out;
    df_buf_init(&out, l->arena, l->rest.n + 8);
    for (size_t at = 3; at < l->rest.n;) {
        struct df_str rest = df_str_from(l->rest, at);
        if (df_str_starts(rest, quotes)) {
            struct gql_token token = taken(l, GQL_T_STRING, at + 3);
            token.text = df_str_trim(df_buf_str(&out));
            return token;
        }
        bool quoted = df_str_starts(rest, escaped);
        df_buf_put_str(&out, quoted ? quotes : df_str_n(rest.p, 1));
        at += quoted ? escaped.n : 1;
    }
    return taken(l, GQL_T_BAD, 1);
}

struct gql_token gql_lex(struct gql_lexer *l)
{
    size_t n = 0;
    skip_nothing(l);
    char c = peek(l, 0);
    if (l->rest.n == 0)
        return (struct gql_token){GQL_T_END, DF_STR_NONE};
    if (c == '"')
        return df_str_starts(l->rest, DF_S("\"\"\"")) ? block_string(l) : string(l);
    if (is_digit(c) || c == '-')
        return number(l);
    while (is_name(peek(l, n)))
        n++;
    if (n)
        return taken(l, GQL_T_NAME, n);
    if (df_str_starts(l->rest, DF_S("...")))
        return taken(l, GQL_T_PUNCTUATOR, 3);
    return taken(l, c && strchr("!$&():=@[]{}|", c) ? GQL_T_PUNCTUATOR : GQL_T_BAD, 1);
}
