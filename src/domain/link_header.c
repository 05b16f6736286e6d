#include "domain/link_header.h"

/* The value of name="..." in one link's parameters. */
static struct df_str parameter(struct df_str link, struct df_str name)
{
    for (struct df_str rest = link; rest.n;) {
        long at = df_str_find(rest, name);
        if (at < 0)
            return DF_STR_NONE;
        struct df_str value = df_str_from(rest, (size_t)at + name.n);
        if (df_str_starts(value, DF_S("=\""))) {
            value = df_str_from(value, 2);
            long end = df_str_find_char(value, '"');
            return end < 0 ? DF_STR_NONE : df_str_n(value.p, (size_t)end);
        }
        rest = value;
    }
    return DF_STR_NONE;
}

struct df_str df_link_cursor(struct df_str header, const char *rel)
{
    while (header.n) {
        long close = df_str_find_char(header, '>');
        if (close < 0)
            return DF_STR_NONE;
        header = df_str_from(header, (size_t)close + 1);
        /* This link's parameters end where the next link's URL begins; cursors hold neither '<' nor '>'. */
        long open = df_str_find_char(header, '<');
        struct df_str link = open < 0 ? header : df_str_n(header.p, (size_t)open);
        if (df_str_is(parameter(link, DF_S("rel")), rel))
            return df_str_is(parameter(link, DF_S("results")), "true") ? parameter(link, DF_S("cursor")) : DF_STR_NONE;
    }
    return DF_STR_NONE;
}
