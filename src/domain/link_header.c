#include "domain/link_header.h"
#include "base/url.h"

enum { URL_PARAMS = 64 };

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '*';
}

static bool is_gap(char c)
{
    return strchr(" \t;,'\"{}[]()", c) != NULL;
}

static struct df_str take_while(struct df_str *rest, bool (*is)(char c))
{
    size_t n = 0;
    while (n < rest->n && is(rest->p[n]))
        n++;
    struct df_str taken = df_str_n(rest->p, n);
    *rest = df_str_from(*rest, n);
    return taken;
}

static bool is_token(char c)
{
    return !is_gap(c);
}

/* "text", 'text' or a bare token. */
static struct df_str take_value(struct df_str *rest)
{
    *rest = df_str_trim(*rest);
    char quote = rest->n ? rest->p[0] : '\0';
    if (quote != '"' && quote != '\'')
        return take_while(rest, is_token);
    struct df_str value = df_str_from(*rest, 1);
    long end = df_str_find_char(value, quote);
    if (end < 0) { /* cut off: it tells nothing */
        *rest = DF_STR_NONE;
        return DF_STR_NONE;
    }
    *rest = df_str_from(value, (size_t)end + 1);
    return df_str_n(value.p, (size_t)end);
}

struct link {
    struct df_str url, rel, results, cursor;
};

static void read_parameters(struct df_str rest, struct link *link)
{
    while (rest.n) {
        take_while(&rest, is_gap);
        struct df_str name = take_while(&rest, is_name), after = df_str_trim(rest);
        if (name.n == 0 || after.n == 0 || after.p[0] != '=') {
            rest = name.n ? rest : df_str_from(rest, 1);
            continue;
        }
        rest = df_str_from(after, 1);
        struct df_str value = take_value(&rest);
        if (df_str_ieq(name, DF_S("rel")))
            link->rel = value;
        else if (df_str_ieq(name, DF_S("results")))
            link->results = value;
        else if (df_str_ieq(name, DF_S("cursor")))
            link->cursor = value;
    }
}

/* This link's parameters end where the next link's URL begins; cursors hold neither '<' nor '>'. */
static bool next_link(struct df_str *header, struct link *ret)
{
    long open = df_str_find_char(*header, '<');
    struct df_str url = open < 0 ? DF_STR_NONE : df_str_from(*header, (size_t)open + 1);
    long close = df_str_find_char(url, '>');
    if (open < 0 || close < 0)
        return false;
    struct df_str rest = df_str_from(url, (size_t)close + 1);
    long next = df_str_find_char(rest, '<');
    *ret = (struct link){.url = df_str_n(url.p, (size_t)close)};
    read_parameters(next < 0 ? rest : df_str_n(rest.p, (size_t)next), ret);
    *header = next < 0 ? DF_STR_NONE : df_str_from(rest, (size_t)next);
    return true;
}

static struct df_str cursor_of_url(struct df_str url, struct df_arena *arena)
{
    struct df_param *params;
    size_t n;
    long mark = df_str_find_char(url, '?');
    if (mark < 0 || !df_params_parse(df_str_from(url, (size_t)mark + 1), URL_PARAMS, arena, &params, &n))
        return DF_STR_NONE;
    const struct df_param *cursor = df_params_find(params, n, "cursor");
    return cursor ? cursor->value : DF_STR_NONE;
}

/* RFC 8288 section 3.3: several relations, separated by spaces. */
static bool has_rel(struct df_str rels, const char *rel)
{
    struct df_str one;
    while (df_str_split(&rels, ' ', &one))
        if (df_str_ieq(one, df_str_c(rel)))
            return true;
    return false;
}

struct df_str df_link_cursor(struct df_str header, const char *rel, struct df_arena *arena)
{
    struct link link;
    while (next_link(&header, &link)) {
        if (!has_rel(link.rel, rel))
            continue;
        /* A server that does not say whether there is more means yes by naming the page. */
        if (link.results.n && !df_str_ieq(link.results, DF_S("true")))
            return DF_STR_NONE;
        return link.cursor.n ? link.cursor : cursor_of_url(link.url, arena);
    }
    return DF_STR_NONE;
}
