#include "domain/scrub_parts.h"

enum { SPACES_LIMIT = 8, PLACEHOLDER_LIMIT = 24, PHONE_DIGITS = 5, URL_SECRET_BYTES = 20 };

/* What stands between a key and its value. */
struct joint {
    char sign;   /* '=', ':' or '>' (of a tag) */
    size_t key;  /* where the key begins */
    bool spaced; /* white space around it */
    bool quoted; /* the key stands in quotes or brackets: data, not program text */
    size_t at;   /* where the value begins */
};

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t skip_blanks(struct df_str text, size_t i)
{
    for (size_t n = 0; n < SPACES_LIMIT && is_blank(df_scrub_at(text, i)); n++)
        i++;
    return i;
}

static size_t skip_key_end(struct df_str text, size_t i, struct joint *joint)
{
    size_t at = i;
    while (df_scrub_at(text, at) == '\\' && at - i < 4)
        at++;
    char c = df_scrub_at(text, at);
    joint->quoted = is_quote(c) || (c == ']' && at == i);
    at += is_quote(c) && df_scrub_at(text, at + 1) == ']'; /* PHP: ["password"]=> */
    return joint->quoted ? at + 1 : i;
}

/* <password>, <login.password> */
static bool opens_tag(struct df_str text, size_t from)
{
    size_t i = from;
    while (i > 0 && from - i < 64 && (df_scrub_is_word(text.p[i - 1]) || text.p[i - 1] == '.' || text.p[i - 1] == ':'))
        i--;
    return i > 0 && text.p[i - 1] == '<';
}

static bool find_joint(struct df_str text, size_t from, size_t to, struct joint *ret)
{
    struct joint joint = {.key = from};
    if (df_scrub_at(text, to) == '>' && opens_tag(text, from)) {
        *ret = (struct joint){.sign = '>', .at = to + 1};
        return true;
    }
    size_t i = skip_key_end(text, to, &joint), sign = skip_blanks(text, i);
    char c = df_scrub_at(text, sign), after = df_scrub_at(text, sign + 1);
    if (c == '-' && after == '>' && sign > i) { /* Scala: Map(password -> x) */
        *ret = (struct joint){.sign = '=', .key = from, .at = skip_blanks(text, sign + 2), .spaced = true};
        return true;
    }
    if ((c != '=' && c != ':') || (c == '=' && (after == '=' || after == '~')) || (c == ':' && after == ':'))
        return false;
    size_t value = sign + ((c == '=' && after == '>') || (c == ':' && after == '=') ? 2 : 1);
    joint.sign = c;
    joint.at = skip_blanks(text, value);
    joint.spaced = sign > i || joint.at > value;
    *ret = joint;
    return true;
}

/* How many backslashes stand right before i. */
static size_t backslashes(struct df_str text, size_t i, size_t floor)
{
    size_t n = 0;
    while (i > floor && text.p[i - 1] == '\\') {
        i--;
        n++;
    }
    return n;
}

/* The inside of a quoted string whose quote is at `quote`, itself after `escapes` backslashes (JSON within a string has
 * one). Without an end the text was cut: then all of it. */
static struct df_scrub_range quoted_value(struct df_str text, size_t quote, size_t escapes)
{
    size_t from = quote + 1, i = from;
    for (; i < text.n; i++) {
        if (text.p[i] != text.p[quote])
            continue;
        size_t n = backslashes(text, i, from);
        if (escapes ? n <= escapes : n % 2 == 0)
            return (struct df_scrub_range){from, i - n > from && escapes ? i - n : i};
    }
    return (struct df_scrub_range){from, text.n};
}

/* Past what only wraps a value: Some("x"), Optional("x"), SecretStr('x'), []string{"x"}, Optional[x]. */
static size_t unwrap(struct df_str text, size_t i)
{
    static const char *const wrappers[] = {
        "Some",      "Optional", "Just",   "Ok",    "SecretStr", "SecretBytes", "Secret", "Password",
        "Sensitive", "Redacted", "String", "bytes", "bytearray", "[]string",    "[]byte", "[]interface {}"};
    struct df_str rest = df_str_from(text, i);
    char first = df_scrub_at(text, i);
    for (size_t k = 0; first && k < sizeof wrappers / sizeof *wrappers; k++) {
        size_t n = strlen(wrappers[k]);
        char open = df_scrub_at(rest, n);
        if (wrappers[k][0] == first && (open == '(' || open == '[' || open == '{') &&
            df_str_starts(rest, df_str_c(wrappers[k])))
            return i + n + 1;
    }
    return i;
}

/* Where a quote opens at i, after a wrapper, a string prefix (b'', u""), a list's bracket or backslashes; or text.n. */
static size_t quote_at(struct df_str text, size_t i, size_t *ret_escapes)
{
    i = unwrap(text, i);
    if (df_str_starts(df_str_from(text, i), DF_S("string("))) { /* PHP's var_dump: string(9) "..." */
        size_t end = i + 7;
        while (df_scrub_is_digit(df_scrub_at(text, end)))
            end++;
        i = df_str_starts(df_str_from(text, end), DF_S(") ")) ? end + 2 : i;
    }
    if (df_scrub_at(text, i) == '[')
        i = skip_blanks(text, i + 1);
    for (size_t n = 0; n < 2 && strchr("bBuUrRfF", df_scrub_at(text, i)) && df_scrub_at(text, i); n++)
        i++;
    size_t start = i;
    while (df_scrub_at(text, i) == '\\' && i - start < 4)
        i++;
    *ret_escapes = i - start;
    return is_quote(df_scrub_at(text, i)) ? i : text.n;
}

bool df_scrub_quoted_at(struct df_str text, size_t i, struct df_scrub_range *ret)
{
    size_t escapes = 0, quote = quote_at(text, i, &escapes);
    if (quote == text.n)
        return false;
    *ret = quoted_value(text, quote, escapes);
    return true;
}

static bool ends_bare(char c)
{
    return c == '\0' || strchr(" \t\r\n,;&)}]\"'`<>|", c) != NULL;
}

static size_t bare_end(struct df_str text, size_t i)
{
    while (i < text.n && !ends_bare(text.p[i]))
        i++;
    return i;
}

static bool is_scheme(struct df_str word)
{
    static const char *const schemes[] = {"bearer",    "basic",  "token", "digest",
                                          "negotiate", "apikey", "hmac",  "aws4-hmac-sha256"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (df_str_ieq(word, df_str_c(schemes[i])))
            return true;
    return false;
}

static size_t line_end(struct df_str text, size_t i)
{
    while (i < text.n && text.p[i] != '\n' && text.p[i] != '\r' && !is_quote(text.p[i]))
        i++;
    return i;
}

static bool is_type(struct df_str value)
{
    static const char *const types[] = {"str",    "string", "int",   "bool",     "bytes",  "any",     "optional",
                                        "number", "object", "float", "dict",     "list",   "text",    "unknown",
                                        "self",   "this",   "array", "function", "getter", "circular"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (df_str_ieq(value, df_str_c(types[i])))
            return true;
    return false;
}

/* A call, an index or a type where a value might stand: get_token(...), Optional[str]. */
static bool is_expression(struct df_str value)
{
    if (is_type(value))
        return true;
    size_t i = 0;
    while (i < value.n && (df_scrub_is_alpha(value.p[i]) || value.p[i] == '_' || value.p[i] == '.'))
        i++;
    return i < value.n && (value.p[i] == '(' || value.p[i] == '[' || value.p[i] == '{');
}

/* "Unexpected token: foo" */
bool df_scrub_looks_made(struct df_str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (df_scrub_is_digit(value.p[i]) || strchr("!#$%*+/=@^~_", value.p[i]))
            return true;
    return false;
}

bool df_scrub_is_remark(struct df_str word)
{
    static const char *const remarks[] = {
        "required", "missing", "invalid", "incorrect", "wrong",    "expired", "empty",     "unset",
        "optional", "bad",     "unknown", "denied",    "error",    "failed",  "yes",       "no",
        "on",       "off",     "not",     "ok",        "hidden",   "found",   "changed",   "mismatch",
        "rejected", "absent",  "present", "set",       "disabled", "enabled", "malformed", "is"};
    for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++)
        if (df_str_ieq(word, df_str_c(remarks[i])))
            return true;
    return false;
}

/* "{ Password = letmein, ...", "password: letmein" on a line of its own: a field of a record, no prose. */
static bool is_field(struct df_str text, size_t key, size_t value_end)
{
    bool dotted = key > 0 &&
                  text.p[key - 1] == '.'; /* login.password = x in a record; alone on a line it is program text */
    while (key > 0 && dotted && (df_scrub_is_word(text.p[key - 1]) || text.p[key - 1] == '.'))
        key--;
    while (key > 0 && is_blank(text.p[key - 1]))
        key--;
    char before = key ? text.p[key - 1] : '\n';
    if (dotted && (before == '\n' || before == ';'))
        return false;
    size_t end = skip_blanks(text, value_end);
    char after = end < text.n ? text.p[end] : '\n';
    return strchr("\n{,;([&", before) && strchr("\r\n},;)]", after);
}

/* People's names and addresses have more words, which begin with a capital. */
static size_t name_end(struct df_str text, size_t end)
{
    while (df_scrub_at(text, end) == ' ' && end + 1 < text.n) {
        char c = text.p[end + 1];
        if (!(c >= 'A' && c <= 'Z') && (unsigned char)c < 0xC0)
            break;
        size_t next = bare_end(text, end + 1);
        if (next == end + 1 || df_scrub_at(text, next) == ':' || df_scrub_at(text, next) == '=' ||
            df_str_find_char(df_str_n(text.p + end + 1, next - end - 1), ':') >= 0 ||
            df_str_find_char(df_str_n(text.p + end + 1, next - end - 1), '=') >= 0)
            break;
        end = next;
    }
    return end;
}

/* {password=[x]} of Java, map[password:[x]] of Go, Optional[x], Some(x): one word alone. */
static bool wrapped_value(struct df_str text, const struct joint *joint, struct df_scrub_range *ret)
{
    size_t from = unwrap(text, joint->at), to;
    if (from == joint->at && df_scrub_at(text, from) == '[')
        from++;
    to = bare_end(text, from);
    char close = df_scrub_at(text, to);
    struct df_str word = df_str_n(text.p + from, to - from);
    if (from == joint->at || to == from || (close != ']' && close != ')' && close != '}') || is_expression(word) ||
        df_str_starts(word, DF_S("scrubbed:")))
        return false;
    *ret = (struct df_scrub_range){from, to};
    return true;
}

static bool bare_value(struct df_str text, const struct joint *joint, enum df_scrub_kind kind,
                       struct df_scrub_range *ret)
{
    size_t from = joint->at, to = bare_end(text, from);
    if (to == from)
        return false;
    if (!joint->spaced || joint->quoted) {
        if (wrapped_value(text, joint, ret))
            return true;
    }
    struct df_str word = df_str_n(text.p + from, to - from);
    if (kind == DF_SCRUB_COOKIE && joint->sign == ':' && !df_scrub_is_remark(word)) {
        *ret = (struct df_scrub_range){from, line_end(text, from)};
        return true;
    }
    if (is_scheme(word) && is_blank(df_scrub_at(text, to))) {
        *ret = (struct df_scrub_range){from, bare_end(text, skip_blanks(text, to))};
        return kind == DF_SCRUB_AUTHORIZATION;
    }
    if (kind == DF_SCRUB_NAME || kind == DF_SCRUB_ADDRESS)
        to = name_end(text, to);
    if (is_expression(word) || (joint->spaced && !joint->quoted && !df_scrub_looks_made(word) &&
                                (df_scrub_is_remark(word) || !is_field(text, joint->key, to))))
        return false;
    *ret = (struct df_scrub_range){from, to};
    return true;
}

static size_t tag_end(struct df_str text, size_t i)
{
    while (i < text.n && text.p[i] != '<')
        i++;
    return i;
}

static bool value_range(struct df_str text, const struct joint *joint, enum df_scrub_kind kind, bool source,
                        struct df_scrub_range *ret)
{
    size_t escapes = 0, quote = quote_at(text, joint->at, &escapes);
    if (joint->sign == '>') {
        *ret = (struct df_scrub_range){joint->at, tag_end(text, joint->at)};
        return true;
    }
    if (quote < text.n) {
        *ret = quoted_value(text, quote, escapes);
        return true;
    }
    return !source && bare_value(text, joint, kind, ret);
}

static bool is_number(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!df_scrub_is_digit(s.p[i]) && s.p[i] != '.' && !(i == 0 && s.p[i] == '-'))
            return false;
    return true;
}

static size_t count_digits(struct df_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += df_scrub_is_digit(s.p[i]);
    return n;
}

static bool is_mark(struct df_str s)
{
    return df_str_starts(s, DF_S("[scrubbed:")) && df_str_find_char(s, ']') == (long)s.n - 1;
}

bool df_scrub_is_placeholder(enum df_scrub_kind kind, struct df_str value)
{
    static const char *const
        words[] = {"none",       "null",       "nil",        "true",      "false",     "undefined", "nan",
                   "[filtered]", "[redacted]", "<redacted>", "[removed]", "...",       "''",        "\"\"",
                   "{}",         "[]",         "()",         "<unset>",   "[filtered", "filtered",  "redacted",
                   "include",    "omit",       "same-origin"}; /* the last three: what fetch() knows as credentials */
    struct df_str s = df_str_trim(value);
    if (s.n == 0 || is_mark(s))
        return true;
    if (s.n > PLACEHOLDER_LIMIT)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (df_str_ieq(s, df_str_c(words[i])))
            return true;
    size_t stars = 0;
    while (stars < s.n && s.p[stars] == '*')
        stars++;
    if (stars == s.n)
        return true;
    /* "pass: 12", "GPIO pin: 5", "iPhone: 12" */
    if ((kind == DF_SCRUB_PASSWORD || kind == DF_SCRUB_OTP) && s.n <= 2 && is_number(s))
        return true;
    if (kind == DF_SCRUB_PHONE && s.n < PHONE_DIGITS && count_digits(s) > 0)
        return true;
    bool counted = kind == DF_SCRUB_TOKEN || kind == DF_SCRUB_SESSION || kind == DF_SCRUB_COOKIE ||
                   kind == DF_SCRUB_AUTHORIZATION;
    return counted && s.n <= 5 && is_number(s);
}

/* What a URL's query has under names that elsewhere mean anything: an API's key, an authorization code, a signed URL's proof. */
static enum df_scrub_kind kind_in_url(struct df_str text, size_t from, size_t to)
{
    static const char *const long_ones[] = {"code", "state", "signature", "policy", "hmac"};
    struct df_str key = df_str_n(text.p + from, to - from);
    if (from == 0 || (text.p[from - 1] != '?' && text.p[from - 1] != '&') || df_scrub_at(text, to) != '=')
        return DF_SCRUB_NONE;
    if (df_str_ieq(key, DF_S("key")))
        return DF_SCRUB_API_KEY;
    struct df_str value = df_str_n(text.p + to + 1, bare_end(text, to + 1) - to - 1);
    for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++)
        if (df_str_ieq(key, df_str_c(long_ones[i])))
            return value.n >= URL_SECRET_BYTES && count_digits(value) > 0 ? DF_SCRUB_SECRET : DF_SCRUB_NONE;
    return DF_SCRUB_NONE;
}

enum df_scrub_kind df_scrub_find_value(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                       struct df_scrub_range *ret)
{
    struct joint joint;
    if (!find_joint(text, from, to, &joint))
        return DF_SCRUB_NONE;
    struct df_str key = df_str_n(text.p + from, to - from);
    enum df_scrub_kind kind = kind_in_url(text, from, to);
    kind = kind != DF_SCRUB_NONE ? kind : df_scrub_known_key(scrub, key);
    struct df_scrub_range range;
    if (kind == DF_SCRUB_NONE || !value_range(text, &joint, kind, scrub->source, &range))
        return DF_SCRUB_NONE;
    struct df_str value = df_str_n(text.p + range.from, range.to - range.from);
    if (df_scrub_is_placeholder(kind, value) || (kind == DF_SCRUB_EMAIL && df_str_find_char(value, '@') < 0))
        return DF_SCRUB_NONE;
    *ret = range;
    return kind;
}
