#include "domain/scrub_parts.h"
#include "domain/scrub_rules.h"

/* What stands at one word of a text: everything that is looked for, in order. */

enum { AUTHORITY_LIMIT = 512, WITHIN_BYTES = 24, WITHIN_LOOKS = 32 };

/* Whether the rules of the project let that kind stay. */
bool df_scrub_keeps(const struct df_scrub *scrub, enum df_scrub_kind kind)
{
    if (scrub->keep_personal && df_scrub_kind_is_personal(kind))
        return true;
    for (size_t i = 0; i < DF_SCRUB_RULE_SETS; i++)
        if (scrub->rules[i] && scrub->rules[i]->keeps[kind])
            return true;
    return false;
}

static enum df_scrub_kind find_by_rule(struct df_scrub *scrub, struct df_str text, size_t from,
                                       struct df_scrub_range *ret)
{
    for (size_t i = 0; i < DF_SCRUB_RULE_SETS; i++) {
        size_t to = 0;
        const struct df_scrub_rule *rule = scrub->rules[i] ? df_scrub_rules_pattern(scrub->rules[i], text, from, &to)
                                                           : NULL;
        if (!rule)
            continue;
        *ret = (struct df_scrub_range){from, to};
        scrub->rule_kind = rule->kind;
        return DF_SCRUB_RULE;
    }
    return DF_SCRUB_NONE;
}

/* scheme://user:password@host; the colon stands at `colon`. */
static bool find_url_credentials(struct df_str text, size_t colon, struct df_scrub_range *ret)
{
    if (!df_str_starts(df_str_from(text, colon), DF_S("://")))
        return false;
    size_t start = colon + 3, at = 0;
    for (size_t i = start; i < text.n && i - start < AUTHORITY_LIMIT; i++) {
        char c = text.p[i];
        if (c == '@')
            at = i;
        else if ((unsigned char)c <= ' ' || c == '/' || c == '?' || c == '#' || c == '"' || c == '\'' || c == '<' ||
                 c == '>' || c == '\\' || c == ',')
            break;
    }
    *ret = (struct df_scrub_range){start, at};
    return at > start;
}

/* ('key', 'value'), ["key", "value"], (b'key', ...) */
static bool may_open_pair(struct df_str text, size_t from)
{
    char before = from > 1 ? text.p[from - 2] : '\0';
    return before == '(' || before == '[' || before == 'b' || before == 'u';
}

/* Most words of most texts: short, of letters, and nothing after them that would give a value, a host or a longer token. None
 * of the finders could find anything; they are not asked. */
bool df_scrub_is_dull(struct df_str text, size_t from, size_t to)
{
    char first = text.p[from], next = df_scrub_at(text, to);
    if (to - from >= 14 || !df_scrub_is_alpha(first) || (to - from == 9 && df_scrub_is_digit(text.p[from + 1])))
        return false;
    if (next == ' ') {
        char after = df_scrub_at(text, to + 1);
        return after != '=' && after != ':' && after != ' ' && after != '\'' && after != '"' && after != '-' &&
               first != 'B' && first != 'b' &&
               !(df_scrub_is_digit(text.p[to - 1]) && to - from == 4); /* as an IBAN begins */
    }
    if (next == '\'' || next == '"') { /* a quote that ends a value, not a key */
        char after = df_scrub_at(text, to + 1);
        return after == '\0' || after == ')' || after == '}' || (after == ',' && !may_open_pair(text, from));
    }
    return next == '\0' || next == ',' || next == ';' || next == ')' || next == '(' || next == '}' || next == '|';
}

/* Under these an address of four numbers is a version: "release", "app_version", "osBuild". */
static bool is_version_key(struct df_str key)
{
    static const char *const ends[] = {"version", "release", "build", "dist", "revision"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = strlen(ends[i]);
        if (key.n >= n && df_str_ieq(df_str_from(key, key.n - n), df_str_c(ends[i])))
            return true;
    }
    return false;
}

static enum df_scrub_kind find_personal(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                        size_t floor, struct df_scrub_range *ret)
{
    enum df_scrub_kind kind = df_scrub_find_home(text, from, to, ret);
    if (kind == DF_SCRUB_NONE && !scrub->code)
        kind = df_scrub_find_personal(text, from, to, floor, ret);
    if (kind == DF_SCRUB_IP && is_version_key(scrub->under))
        kind = DF_SCRUB_NONE;
    if (kind == DF_SCRUB_NONE && !scrub->code)
        kind = df_scrub_find_personal_number(text, from, to, ret);
    return df_scrub_keeps(scrub, kind) ? DF_SCRUB_NONE : kind;
}

/* backup-ghp_..., my_sk_live_...: a token that begins within a word. Each look goes to the end of the word, so they are few. */
static enum df_scrub_kind find_within(struct df_str text, size_t from, size_t to, struct df_scrub_range *ret)
{
    size_t looks = 0;
    for (size_t i = from + 1; to - from >= WITHIN_BYTES && i + WITHIN_BYTES / 2 < to && looks < WITHIN_LOOKS; i++) {
        if (text.p[i - 1] != '-' && text.p[i - 1] != '_')
            continue;
        looks++;
        enum df_scrub_kind kind = df_scrub_find_prefixed(text, i, to, ret);
        if (kind != DF_SCRUB_NONE)
            return kind;
    }
    return DF_SCRUB_NONE;
}

enum df_scrub_kind df_scrub_find_at_word(struct df_scrub *scrub, struct df_str text, size_t from, size_t to,
                                         size_t floor, struct df_scrub_range *ret)
{
    enum df_scrub_kind kind = find_by_rule(scrub, text, from, ret);
    if (kind == DF_SCRUB_NONE)
        kind = df_scrub_find_token(text, from, to, ret);
    if (kind == DF_SCRUB_NONE)
        kind = find_within(text, from, to, ret);
    if (kind != DF_SCRUB_NONE)
        return kind;
    if (df_scrub_at(text, to) == ':' && find_url_credentials(text, to, ret))
        return DF_SCRUB_URL_CREDENTIALS;
    kind = df_scrub_find_number(text, from, to, ret);
    if (kind != DF_SCRUB_NONE)
        return kind;
    kind = df_scrub_find_value(scrub, text, from, to, ret);
    if (kind == DF_SCRUB_NONE)
        kind = df_scrub_find_apart(scrub, text, from, to, ret);
    if (kind != DF_SCRUB_NONE && !df_scrub_keeps(scrub, kind))
        return kind;
    return scrub->keep_personal ? DF_SCRUB_NONE : find_personal(scrub, text, from, to, floor, ret);
}
