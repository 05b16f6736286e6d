#include "domain/scrub_parts.h"

/* Values that stand apart from the key that names them. */

enum { LOOK_BACK = 96, LOOK_AHEAD = 160, PREFIX = 200, ESCAPES = 4 };

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
    while (is_blank(df_scrub_at(text, i)) || df_scrub_at(text, i) == '\r' || df_scrub_at(text, i) == '\n')
        i++;
    return i;
}

static size_t skip_escapes(struct df_str text, size_t i)
{
    for (size_t n = 0; n < ESCAPES && df_scrub_at(text, i) == '\\'; n++)
        i++;
    return i;
}

/* Back over a quote, its escapes and its prefix (b'', u""): where they begin; or `i` when none stands before it. */
static size_t before_quote(struct df_str text, size_t i)
{
    if (i == 0 || !is_quote(text.p[i - 1]))
        return i;
    for (i--; i > 0 && text.p[i - 1] == '\\';)
        i--;
    bool prefixed = i > 1 && strchr("bur", text.p[i - 1]) && !df_scrub_is_word(text.p[i - 2]);
    return prefixed ? i - 1 : i;
}

static struct df_str without_dashes(struct df_str word)
{
    while (word.n && word.p[0] == '-')
        word = df_str_from(word, 1);
    return word;
}

static bool take(enum df_scrub_kind kind, struct df_str text, struct df_scrub_range range, struct df_scrub_range *ret)
{
    if (kind == DF_SCRUB_NONE || df_scrub_is_placeholder(kind, df_str_n(text.p + range.from, range.to - range.from)))
        return false;
    *ret = range;
    return true;
}

/* Whether a list of pairs may stand before `open`, where "(" or "[" is: [("a", "b"), ...] and [["a", "b"], ...]. */
static bool opens_pair(struct df_str text, size_t open)
{
    if (text.p[open] == '(')
        return true;
    size_t i = open;
    while (i > 0 && is_blank(text.p[i - 1]))
        i--;
    return text.p[open] == '[' && i > 0 && strchr("[,({", text.p[i - 1]);
}

/* ('password', 'x'), [["password", "x"]] and, of a command line in a list, '--password', 'x'. */
static enum df_scrub_kind find_in_pair(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                       struct df_scrub_range *ret)
{
    bool option = text.p[from] == '-';
    size_t key = from;
    while (key > 0 && (text.p[key - 1] == '.' || df_scrub_is_word(text.p[key - 1]))) /* login.password */
        key--;
    size_t quote = skip_escapes(text, to), open = before_quote(text, key);
    struct df_scrub_range value;
    if (!is_quote(df_scrub_at(text, quote)) || df_scrub_at(text, quote + 1) != ',' || open == key ||
        !df_scrub_quoted_at(text, skip_blanks(text, quote + 2), &value))
        return DF_SCRUB_NONE;
    char after = df_scrub_at(text, skip_blanks(text, skip_escapes(text, value.to) + 1));
    bool pair = open > 0 && opens_pair(text, open - 1) && (after == ')' || after == ']');
    if (option ? df_scrub_at(text, value.from) == '-' : !pair)
        return DF_SCRUB_NONE;
    enum df_scrub_kind kind = df_scrub_known_key(scrub, without_dashes(df_str_n(text.p + from, to - from)));
    return take(kind, text, value, ret) ? kind : DF_SCRUB_NONE;
}

static size_t bare_end(struct df_str text, size_t i)
{
    while (i < text.n && !strchr(" \t\r\n\"'`;|<>", text.p[i]))
        i++;
    return i;
}

/* A word of a command line, not of a sentence about one: it looks made, or the line ends or goes on as command lines do. */
static bool is_argument(struct df_str text, struct df_scrub_range value)
{
    struct df_str word = df_str_n(text.p + value.from, value.to - value.from);
    char after = df_scrub_at(text, skip_blanks(text, value.to));
    if (word.n == 0 || word.p[0] == '-' || df_scrub_is_remark(word))
        return false;
    return df_scrub_looks_made(word) || after == '-' || after == '\0' || after == '|' || after == ';' ||
           is_quote(after);
}

/* --password x, --api-key "x" */
static enum df_scrub_kind find_option(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                      struct df_scrub_range *ret)
{
    struct df_str word = df_str_n(text.p + from, to - from);
    if (!df_str_starts(word, DF_S("--")) || !is_blank(df_scrub_at(text, to)))
        return DF_SCRUB_NONE;
    size_t at = skip_blanks(text, to);
    struct df_scrub_range value;
    if (!df_scrub_quoted_at(text, at, &value))
        value = (struct df_scrub_range){at, bare_end(text, at)};
    enum df_scrub_kind kind = df_scrub_known_key(scrub, without_dashes(word));
    bool quoted = value.from > at;
    return (quoted || is_argument(text, value)) && take(kind, text, value, ret) ? kind : DF_SCRUB_NONE;
}

/* curl -u user:password */
static enum df_scrub_kind find_curl_user(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    struct df_str word = df_str_n(text.p + from, to - from);
    struct df_str before = df_str_n(text.p + (from > PREFIX ? from - PREFIX : 0), from > PREFIX ? PREFIX : from);
    if ((!df_str_is(word, "-u") && !df_str_is(word, "--user")) || df_str_find(before, DF_S("curl")) < 0)
        return DF_SCRUB_NONE;
    size_t at = skip_blanks(text, to);
    at += is_quote(df_scrub_at(text, at));
    struct df_scrub_range value = {at, bare_end(text, at)};
    struct df_str pair = df_str_n(text.p + value.from, value.to - value.from);
    if (df_str_find_char(pair, ':') < 0 || df_str_ends(pair, DF_S(":")) || df_str_find(pair, DF_S("://")) >= 0)
        return DF_SCRUB_NONE;
    return take(DF_SCRUB_AUTHORIZATION, text, value, ret) ? DF_SCRUB_AUTHORIZATION : DF_SCRUB_NONE;
}

/* PASSWORD 'x' and IDENTIFIED BY 'x' of SQL; "wrong password 'x'". */
static enum df_scrub_kind find_said(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                    struct df_scrub_range *ret)
{
    struct df_str word = df_str_n(text.p + from, to - from);
    struct df_str before = df_str_n(text.p + (from > 16 ? from - 16 : 0), from > 16 ? 16 : from);
    struct df_scrub_range value;
    if (scrub->source || df_scrub_at(text, to) != ' ' || !is_quote(df_scrub_at(text, to + 1)))
        return DF_SCRUB_NONE;
    bool by = df_str_ieq(word, DF_S("by")) && before.n > 10 &&
              df_str_ieq(df_str_from(before, before.n - 11), DF_S("identified "));
    if ((!by && df_scrub_known_key(scrub, word) != DF_SCRUB_PASSWORD) || !df_scrub_quoted_at(text, to + 1, &value))
        return DF_SCRUB_NONE;
    return take(DF_SCRUB_PASSWORD, text, value, ret) ? DF_SCRUB_PASSWORD : DF_SCRUB_NONE;
}

static bool is_any(struct df_str word, const char *const *names)
{
    for (; *names; names++)
        if (df_str_ieq(word, df_str_c(*names)))
            return true;
    return false;
}

/* The word that ends before i, a quote, a colon of Ruby's symbols or nothing between. */
static struct df_str word_before(struct df_str text, size_t i, size_t *ret_from)
{
    size_t end = i;
    if (end > 0 && is_quote(text.p[end - 1]))
        end--;
    while (end > 0 && text.p[end - 1] == '\\')
        end--;
    size_t from = end;
    while (from > 0 && end - from < LOOK_BACK && (df_scrub_is_word(text.p[from - 1]) || text.p[from - 1] == '.'))
        from--;
    *ret_from = from;
    return df_str_n(text.p + from, end - from);
}

static size_t back_over(struct df_str text, size_t i, const char *of)
{
    while (i > 0 && text.p[i - 1] && strchr(of, text.p[i - 1]))
        i--;
    return i;
}

/* {"name": "password", "value": "x"}, <add key="password" value="x"/>: what the pair before `from` names. */
static enum df_scrub_kind named_before(struct df_scrub *scrub, struct df_str text, size_t from)
{
    static const char *const names[] = {"name", "key", "field", "header", "param", "parameter", NULL};
    size_t at = before_quote(text, from), end = back_over(text, at, " \t\r\n,;:"), inner, outer;
    if (end == at || end == 0 || !is_quote(text.p[end - 1]))
        return DF_SCRUB_NONE;
    struct df_str key = word_before(text, end, &inner);
    size_t quote = before_quote(text, inner), joint = back_over(text, quote, " \t:=>");
    if (key.n == 0 || quote == inner || joint == quote)
        return DF_SCRUB_NONE;
    return is_any(word_before(text, joint, &outer), names) ? df_scrub_known_key(scrub, key) : DF_SCRUB_NONE;
}

static enum df_scrub_kind find_named(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                     struct df_scrub_range *ret)
{
    struct df_scrub_range value;
    if (to - from != 5 || !df_str_ieq(df_str_n(text.p + from, 5), DF_S("value")))
        return DF_SCRUB_NONE;
    size_t sign = skip_escapes(text, to);
    sign = skip_blanks(text, sign + is_quote(df_scrub_at(text, sign)));
    if (df_scrub_at(text, sign) != ':' && df_scrub_at(text, sign) != '=')
        return DF_SCRUB_NONE;
    size_t at = skip_blanks(text, sign + 1 + (df_scrub_at(text, sign + 1) == '>'));
    enum df_scrub_kind kind = df_scrub_quoted_at(text, at, &value) ? named_before(scrub, text, from) : DF_SCRUB_NONE;
    return take(kind, text, value, ret) ? kind : DF_SCRUB_NONE;
}

/* Where the head of a form's part ends, its lines' ends as they are or written as \r\n; *ret_end: the value's. */
static bool find_body(struct df_str text, size_t at, struct df_scrub_range *ret)
{
    static const char *const ends[] = {"\r\n", "\n", "\\r\\n", "\\n"};
    struct df_str head = df_str_head(df_str_from(text, at), LOOK_AHEAD);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = strlen(ends[i]);
        char twice[16];
        memcpy(twice, ends[i], n);
        memcpy(twice + n, ends[i], n);
        long blank = df_str_find(head, df_str_n(twice, 2 * n));
        if (blank < 0)
            continue;
        size_t from = at + (size_t)blank + 2 * n;
        long end = df_str_find(df_str_from(text, from), df_str_c(ends[i]));
        *ret = (struct df_scrub_range){from, end < 0 ? text.n : from + (size_t)end};
        return true;
    }
    return false;
}

/* Content-Disposition: form-data; name="password" (RFC 7578), an empty line, the value. */
static enum df_scrub_kind find_form_part(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                         struct df_scrub_range *ret)
{
    struct df_scrub_range name, value;
    if (to - from != 4 || !df_str_is(df_str_n(text.p + from, 4), "name") || df_scrub_at(text, to) != '=' || from < 11 ||
        !df_str_ieq(df_str_n(text.p + from - 11, 11), DF_S("form-data; ")) || !df_scrub_quoted_at(text, to + 1, &name))
        return DF_SCRUB_NONE;
    enum df_scrub_kind kind = df_scrub_known_key(scrub, df_str_n(text.p + name.from, name.to - name.from));
    return kind != DF_SCRUB_NONE && find_body(text, name.to, &value) && take(kind, text, value, ret) ? kind
                                                                                                     : DF_SCRUB_NONE;
}

static bool is_escape(struct df_str text, size_t i, const char *of)
{
    struct df_str rest = df_str_from(text, i);
    for (; *of; of += 2)
        if (rest.n > 2 && rest.p[0] == '%' && rest.p[1] == of[0] && (rest.p[2] & ~0x20) == (of[1] & ~0x20))
            return true;
    return false;
}

static size_t skip_escaped(struct df_str text, size_t i, const char *of)
{
    while (is_escape(text, i, of) || (*of == '2' && df_scrub_at(text, i) == '+'))
        i += df_scrub_at(text, i) == '+' ? 1 : 3;
    return i;
}

/* password%3Dx, %22password%22%3A%22x%22, user%5Bpassword%5D=x: percent-encoded (RFC 3986) within a URL or a form. */
static enum df_scrub_kind find_encoded(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                       struct df_scrub_range *ret)
{
    if (df_scrub_at(text, to) != '%')
        return DF_SCRUB_NONE;
    size_t sign = skip_escaped(text, skip_escaped(text, to, "22275D"), "20");
    bool raw = sign > to && df_scrub_at(text, sign) == '=';
    if (!raw && !is_escape(text, sign, "3D3A"))
        return DF_SCRUB_NONE;
    size_t at = skip_escaped(text, sign + (raw ? 1 : 3), "20"), start = skip_escaped(text, at, "2227"), end = start;
    while (end < text.n && !strchr(" \t\r\n&;\"'<>", text.p[end]) && !is_escape(text, end, "2227") &&
           (raw || start > at || !is_escape(text, end, "263B2C7D")))
        end++;
    size_t key = from > 0 && text.p[from - 1] == '%' && to - from > 2 ? from + 2 : from;
    enum df_scrub_kind kind = df_scrub_known_key(scrub, df_str_n(text.p + key, to - key));
    return take(kind, text, (struct df_scrub_range){start, end}, ret) ? kind : DF_SCRUB_NONE;
}

enum df_scrub_kind df_scrub_find_apart(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                       struct df_scrub_range *ret)
{
    enum df_scrub_kind kind = DF_SCRUB_NONE;
    switch (df_scrub_at(text, to)) {
    case '%':
        return find_encoded(scrub, text, from, to, ret);
    case ' ':
    case '\t':
        kind = text.p[from] == '-' ? find_option(scrub, text, from, to, ret) : find_said(scrub, text, from, to, ret);
        if (kind == DF_SCRUB_NONE && text.p[from] == '-')
            kind = find_curl_user(text, from, to, ret);
        break;
    case '\'':
    case '"':
    case '`':
    case '\\':
        kind = find_in_pair(scrub, text, from, to, ret);
        break;
    default:
        break;
    }
    if (kind == DF_SCRUB_NONE)
        kind = find_named(scrub, text, from, to, ret);
    return kind != DF_SCRUB_NONE ? kind : find_form_part(scrub, text, from, to, ret);
}
