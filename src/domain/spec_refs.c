#include "domain/spec_parts.h"

/* A link is not read further than this. */
enum { LINK_BYTES = 2048, SHORT_ID_BYTES = 128 };

static bool is_upper(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_word(char c)
{
    return is_upper(c) || (c >= 'a' && c <= 'z') || c == '_';
}

/* Bytes of the letter, digit or underscore that it begins with, 0 for none. Letters are those of scripts that put spaces between words,
 * up to U+1FFF; what comes after, and before U+00C0, parts words as punctuation does. */
static size_t word_char(struct df_str s)
{
    enum { FIRST_LEAD = 0xC3, LAST_LEAD = 0xE1 };
    unsigned char c = s.n ? (unsigned char)s.p[0] : 0;
    return c >= FIRST_LEAD && c <= LAST_LEAD ? df_utf8_len(s.p, s.n) : c < 0x80 && is_word((char)c);
}

/* Of the word and of what hangs on it by dashes: nothing within it is a name of its own. */
static size_t word_length(struct df_str s)
{
    size_t n = 0, more;
    while ((more = df_str_run(df_str_from(s, n), '-')) > 0 || (more = word_char(df_str_from(s, n))) > 0)
        n += more;
    return n;
}

static void add(struct df_spec *spec, struct df_str text, const struct df_issue_ref *issue, bool bare,
                const struct df_spec_place *place)
{
    if (spec->n_refs == DF_SPEC_REFS) {
        spec->more = true;
        return;
    }
    spec->refs[spec->n_refs++] = (struct df_spec_ref){.issue = *issue, .text = text, .bare = bare, .place = *place};
}

/* As far as people take a link to go: to white space, a quote, '>', ']', '|', a bracket it did not open, what is not ASCII; without
 * the punctuation of the sentence around it. */
static size_t link_length(struct df_str s)
{
    size_t n = 0, open = 0;
    for (; n < s.n && n < LINK_BYTES; n++) {
        char c = s.p[n];
        if ((unsigned char)c <= ' ' || (unsigned char)c >= 0x80 || (c && strchr("<>\"'`|[]\\", c)) ||
            (c == ')' && open == 0))
            break;
        open += c == '(';
        open -= c == ')';
    }
    while (n > 0 && s.p[n - 1] && strchr(".,;:!?*_~", s.p[n - 1]))
        n--;
    return n;
}

/* sentry.io/..., acme.sentry.io/..., as browsers show them. Others need their scheme. */
static bool is_bare_link(struct df_str s)
{
    enum { HOST_BYTES = 253 };
    size_t n = 0;
    while (n < s.n && n < HOST_BYTES && (is_word(s.p[n]) || s.p[n] == '.' || s.p[n] == '-'))
        n++;
    struct df_str host = df_str_n(s.p, n);
    return n < s.n && s.p[n] == '/' && (df_str_is(host, "sentry.io") || df_str_ends(host, DF_S(".sentry.io")));
}

/* The bytes taken, 0 when there is none here. */
static size_t take_link(struct df_spec *spec, struct df_str s, const struct df_spec_place *place,
                        struct df_arena *arena)
{
    struct df_issue_ref issue;
    bool schemed = df_str_istarts(s, DF_S("https://")) || df_str_istarts(s, DF_S("http://"));
    size_t n = schemed || is_bare_link(s) ? link_length(s) : 0;
    struct df_str text = df_str_n(s.p, n);
    if (n == 0)
        return 0;
    if (df_issue_ref_parse(text, arena, &issue, NULL) == DF_OK)
        add(spec, text, &issue, false, place);
    return n;
}

/* Upper case and a code after the last dash, as Sentry writes them; s begins at the start of a word. */
static size_t take_short_id(struct df_spec *spec, struct df_str s, const struct df_spec_place *place,
                            struct df_arena *arena)
{
    struct df_issue_ref issue;
    size_t n = 0, dash = 0;
    for (; n < s.n && (is_upper(s.p[n]) || s.p[n] == '_' || (s.p[n] == '-' && n > 0)); n++)
        if (s.p[n] == '-')
            dash = n;
    bool ended = !word_char(df_str_from(s, n));
    while (n > 0 && (s.p[n - 1] == '-' || s.p[n - 1] == '_'))
        n--;
    struct df_str text = df_str_n(s.p, n);
    if (!ended || dash == 0 || dash + 1 >= n || n > SHORT_ID_BYTES)
        return 0;
    if (df_issue_ref_parse(text, arena, &issue, NULL) == DF_OK && issue.kind == DF_ISSUE_REF_SHORT_ID)
        add(spec, text, &issue, true, place);
    return n;
}

/* "Sentry URL: ...", "**Sentry issue:** 4711": what stands there alone is a name of any form. */
static bool take_labelled(struct df_spec *spec, struct df_str line, const struct df_spec_place *place,
                          struct df_arena *arena)
{
    static const char *const labels[] = {"sentry url", "sentry issue", "sentry"};
    struct df_str s = line, label;
    struct df_issue_ref issue;
    while (s.n && strchr(" \t>-+*_|", s.p[0]))
        s = df_str_from(s, 1);
    if (!df_str_istarts(s, DF_S("sentry")) || df_str_find_char(s, ':') < 0)
        return false;
    df_str_split(&s, ':', &label);
    while (label.n && strchr("*_ \t|", label.p[label.n - 1]))
        label.n--;
    bool known = false;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        known = known || df_str_ieq(label, df_str_c(labels[i]));
    while (s.n && strchr(" \t*_|`<", s.p[0]))
        s = df_str_from(s, 1);
    while (s.n && strchr(" \t*_|`>", s.p[s.n - 1]))
        s.n--;
    if (!known || s.n == 0 || s.n > LINK_BYTES || df_issue_ref_parse(s, arena, &issue, NULL) != DF_OK)
        return false;
    add(spec, s, &issue, issue.kind == DF_ISSUE_REF_SHORT_ID, place);
    return true;
}

void spec_find_refs(struct df_spec *spec, struct df_str line, const struct df_spec_place *place, bool links_only,
                    struct df_arena *arena)
{
    if (!links_only && take_labelled(spec, line, place, arena))
        return;
    for (size_t i = 0; i < line.n;) {
        struct df_str rest = df_str_from(line, i);
        size_t n = df_str_run(rest, '_'); /* of _emphasis_ */
        if (n == 0 && word_char(rest)) {
            n = take_link(spec, rest, place, arena);
            if (n == 0 && !links_only && is_upper(rest.p[0]))
                n = take_short_id(spec, rest, place, arena);
            if (n == 0)
                n = word_length(rest);
        }
        i += n ? n : 1;
    }
}
