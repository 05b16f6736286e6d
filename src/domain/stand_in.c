#include "domain/stand_in.h"

#include "domain/scrub_parts.h"

enum { MAIL_DOMAIN_FROM = 1, ADDRESSES = 254 };

/* What is between quotes, with what stands before the first one (a prefix of bytes or raw texts) and after the last. */
static struct df_str inside(struct df_str value)
{
    size_t from = 0;
    while (from < 2 && from < value.n && df_scrub_is_alpha(value.p[from]))
        from++;
    if (from + 1 >= value.n || (value.p[from] != '\'' && value.p[from] != '"') || value.p[value.n - 1] != value.p[from])
        return value;
    return df_str_n(value.p + from + 1, value.n - from - 2);
}

static void put_character(struct df_buf *out, struct df_str text, size_t *i, size_t n)
{
    static const char *const others[] = {"\u00e9", "\u20ac", "\U0001F600"}; /* of two, three and four bytes */
    unsigned char c = (unsigned char)text.p[*i];
    (*i)++;
    if (c >= '0' && c <= '9')
        df_buf_put_char(out, (char)('1' + n % 9));
    else if (c >= 'a' && c <= 'z')
        df_buf_put_char(out, (char)('a' + n % 26));
    else if (c >= 'A' && c <= 'Z')
        df_buf_put_char(out, (char)('A' + n % 26));
    else if (c < 0x80)
        df_buf_put_char(out, (char)c);
    else
        df_buf_put_c(out, others[c >= 0xF0 ? 2 : c >= 0xE0 ? 1 : 0]);
    while (c >= 0xC0 && *i < text.n && ((unsigned char)text.p[*i] & 0xC0) == 0x80)
        (*i)++;
}

/* A backslash and what it escapes are of the printing, not of the value. */
static void put_shape(struct df_buf *out, struct df_str text, size_t n)
{
    for (size_t i = 0; i < text.n;) {
        if (text.p[i] == '\\' && i + 1 < text.n) {
            size_t digits = text.p[i + 1] == 'x' ? 2 : text.p[i + 1] == 'u' ? 4 : text.p[i + 1] == 'U' ? 8 : 0;
            struct df_str escape = df_str_head(df_str_from(text, i), 2 + digits);
            df_buf_put_str(out, escape);
            i += escape.n;
        } else {
            put_character(out, text, &i, n);
        }
    }
}

static bool all_digits(struct df_str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!df_scrub_is_digit(text.p[i]))
            return false;
    return text.n > 0;
}

/* Of nobody: RFC 2606, sections 2 and 3. What a program makes of a domain stays so. */
static bool is_reserved(struct df_str domain)
{
    static const char *const names[] = {"example.com", "example.net", "example.org", "example", "test", "invalid"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct df_str name = df_str_c(names[i]);
        if (df_str_ends(domain, name) && (domain.n == name.n || domain.p[domain.n - name.n - 1] == '.'))
            return true;
    }
    return false;
}

/* Documentation's own: RFC 2606, RFC 5737, RFC 3849; the test number of card schemes and the example of ISO 13616 pass their checks. */
static void put_personal(struct df_buf *out, enum df_scrub_kind kind, struct df_str text, size_t n)
{
    long at = df_str_find_char(text, '@');
    if (kind == DF_SCRUB_EMAIL && at >= MAIL_DOMAIN_FROM && df_str_find_char(text, '.') >= 0) {
        struct df_str domain = df_str_from(text, (size_t)at + 1);
        put_shape(out, df_str_n(text.p, (size_t)at), n);
        df_buf_put_char(out, '@');
        df_buf_put_str(out, is_reserved(domain) ? domain : DF_S("example.com"));
    } else if (kind == DF_SCRUB_IP && df_str_find_char(text, ':') >= 0) {
        df_buf_printf(out, "2001:db8::%zx", n + 1);
    } else if (kind == DF_SCRUB_IP) {
        df_buf_printf(out, "192.0.2.%zu", n % ADDRESSES + 1);
    } else {
        put_shape(out, text, n);
    }
}

static struct df_str make(struct df_stand_ins *s, enum df_scrub_kind kind, struct df_str text)
{
    enum { MORE_BYTES = 64 };
    struct df_buf out;
    df_buf_init(&out, s->arena, text.n * 4 + MORE_BYTES);
    if (kind == DF_SCRUB_CARD && all_digits(text) && text.n == 16)
        df_buf_put_c(&out, "4111111111111111");
    else if (kind == DF_SCRUB_IBAN)
        df_buf_put_c(&out, "GB82WEST12345698765432");
    else if (kind == DF_SCRUB_URL_CREDENTIALS)
        df_buf_put_c(&out, "user:placeholder");
    else if (df_scrub_kind_is_personal(kind) || all_digits(text))
        put_personal(&out, kind, text, s->n);
    else
        df_buf_printf(&out, "placeholder%zu", s->n + 1);
    return df_buf_str(&out);
}

static struct df_str stand_in_of(struct df_stand_ins *s, enum df_scrub_kind kind, struct df_str text)
{
    for (size_t i = 0; i < s->n; i++)
        if (df_str_eq(s->items[i].value, text))
            return s->items[i].stand_in;
    struct df_str made = make(s, kind, text);
    if (s->n < DF_STAND_INS)
        s->items[s->n++] = (struct df_stand_in){df_arena_dup(s->arena, text), made};
    return made;
}

struct df_str df_stand_in_for(struct df_stand_ins *s, enum df_scrub_kind kind, struct df_str value)
{
    struct df_str core = inside(value), made = stand_in_of(s, kind, core);
    if (core.n == value.n)
        return made;
    size_t head = (size_t)(core.p - value.p);
    return df_arena_printf(s->arena, "%.*s%.*s%.*s", DF_FMT(df_str_head(value, head)), DF_FMT(made),
                           DF_FMT(df_str_from(value, head + core.n)));
}

static bool is_word_at(struct df_str text, size_t i)
{
    return i < text.n && (df_scrub_is_word(text.p[i]) || (unsigned char)text.p[i] >= 0x80);
}

/* The known value that stands at i, as a whole word; NULL: none. */
static const struct df_stand_in *known_at(const struct df_stand_ins *s, struct df_str text, size_t i)
{
    const struct df_stand_in *best = NULL;
    for (size_t k = 0; k < s->n; k++) {
        struct df_str value = s->items[k].value;
        if (value.n >= DF_STAND_IN_LEAST_BYTES && (!best || value.n > best->value.n) &&
            df_str_starts(df_str_from(text, i), value) && !is_word_at(text, i + value.n))
            best = &s->items[k];
    }
    return best;
}

struct df_str df_stand_in_known(const struct df_stand_ins *s, struct df_str text)
{
    struct df_buf out;
    size_t written = 0;
    if (s->n == 0)
        return text;
    df_buf_init(&out, s->arena, SIZE_MAX / 2);
    for (size_t i = 0; i < text.n; i++) {
        const struct df_stand_in *found = i && is_word_at(text, i - 1) && is_word_at(text, i) ? NULL
                                                                                              : known_at(s, text, i);
        if (!found)
            continue;
        df_buf_put(&out, text.p + written, i - written);
        df_buf_put_str(&out, found->stand_in);
        written = i + found->value.n;
        i = written - 1;
    }
    if (written == 0)
        return text;
    df_buf_put(&out, text.p + written, text.n - written);
    return df_buf_str(&out);
}
