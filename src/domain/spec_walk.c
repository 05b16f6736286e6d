#include "domain/spec_parts.h"

enum { CODE_INDENT = 4, NO_PARAGRAPH = -1 };

bool spec_next_line(struct df_str text, struct spec_line *line)
{
    static const struct df_str mark = {"\xEF\xBB\xBF", 3};
    if (line->next >= text.n)
        return false;
    line->from = line->next;
    if (line->number == 0 && df_str_starts(text, mark))
        line->from = mark.n;
    line->number++;
    size_t i = line->from;
    while (i < text.n && text.p[i] != '\n' && text.p[i] != '\r')
        i++;
    line->to = i;
    if (i + 1 < text.n && text.p[i] == '\r' && text.p[i + 1] == '\n')
        i++;
    line->next = i < text.n ? i + 1 : i;
    return true;
}

struct df_str spec_line_text(struct df_str text, const struct spec_line *line)
{
    return df_str_n(text.p + line->from, line->to - line->from);
}

static bool is_blank(struct df_str s)
{
    return df_str_trim(s).n == 0;
}

/* Columns of white space before the text; a tab goes to the next multiple of four. */
static size_t indent_of(struct df_str s, size_t *ret_bytes)
{
    size_t column = 0, i = 0;
    for (; i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'); i++)
        column = s.p[i] == '\t' ? (column / 4 + 1) * 4 : column + 1;
    *ret_bytes = i;
    return column;
}

/* "> " before the text, any number of times. */
static struct df_str unquoted(struct df_str s, bool *ret_quoted)
{
    *ret_quoted = false;
    for (;;) {
        size_t bytes, columns = indent_of(s, &bytes);
        if (columns >= CODE_INDENT || bytes == s.n || s.p[bytes] != '>')
            return s;
        *ret_quoted = true;
        s = df_str_from(s, bytes + 1);
        if (s.n && s.p[0] == ' ')
            s = df_str_from(s, 1);
    }
}

/* Bytes of a list item's marker with the space after it, 0 for none: "- ", "12. ". */
static size_t marker_of(struct df_str s)
{
    size_t digits = 0, n;
    while (digits < s.n && digits < 9 && s.p[digits] >= '0' && s.p[digits] <= '9')
        digits++;
    if (digits ? digits < s.n && (s.p[digits] == '.' || s.p[digits] == ')') : s.n && strchr("-+*", s.p[0]) && s.p[0])
        n = digits + 1;
    else
        return 0;
    if (n == s.n)
        return n;
    return s.p[n] == ' ' || s.p[n] == '\t' ? n + 1 : 0;
}

static bool opens_fence(struct df_str s, char *ret_char, size_t *ret_length)
{
    char c = s.n ? s.p[0] : 0;
    size_t n = df_str_run(s, c);
    if ((c != '`' && c != '~') || n < 3 || (c == '`' && df_str_find_char(df_str_from(s, n), '`') >= 0))
        return false;
    *ret_char = c;
    *ret_length = n;
    return true;
}

static bool closes_fence(const struct spec_walk *w, struct df_str s)
{
    size_t n = df_str_run(s, w->fence);
    return n >= w->fence_length && is_blank(df_str_from(s, n));
}

/* HTML blocks that may hold blank lines, by what ends them (CommonMark 4.6, kinds 1 to 5); types 6 and 7 end at one. */
static const char *html_end_of(struct df_str s)
{
    static const char *const pairs[][2] = {
        {"<!--", "-->"},          {"<?", "?>"},           {"<![CDATA[", "]]>"},        {"<pre", "</pre>"},
        {"<script", "</script>"}, {"<style", "</style>"}, {"<textarea", "</textarea>"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (df_str_istarts(s, df_str_c(pairs[i][0])))
            return pairs[i][1];
    return NULL;
}

static bool has_end(struct df_str s, const char *end)
{
    struct df_str wanted = df_str_c(end);
    for (size_t i = 0; i + wanted.n <= s.n; i++)
        if (df_str_ieq(df_str_n(s.p + i, wanted.n), wanted))
            return true;
    return false;
}

static unsigned atx_level(struct df_str s)
{
    size_t n = df_str_run(s, '#');
    return n >= 1 && n <= 6 && (n == s.n || s.p[n] == ' ' || s.p[n] == '\t') ? (unsigned)n : 0;
}

/* "===" or "---" under a paragraph. */
static unsigned underline_level(struct df_str s)
{
    struct df_str rest = df_str_trim(s);
    if (rest.n == 0 || df_str_run(rest, rest.p[0]) != rest.n)
        return 0;
    return rest.p[0] == '=' ? 1 : rest.p[0] == '-' ? 2 : 0;
}

/* YAML's stands between ---, TOML's between +++. */
static bool ends_front_matter(struct df_str s, char mark)
{
    struct df_str bare = df_str_trim(s);
    return bare.p == s.p && (mark == '+' ? df_str_is(bare, "+++") : df_str_is(bare, "---") || df_str_is(bare, "..."));
}

/* Whether the line is of the front matter, the lines around it included. */
static bool walk_front_matter(struct spec_walk *w, const struct spec_line *line, struct df_str s)
{
    if (line->number == 1)
        w->front_matter = w->front_mark != 0;
    bool within = w->front_matter;
    if (within && line->number > 1 && ends_front_matter(s, w->front_mark))
        w->front_matter = false;
    return within;
}

void spec_walk_begin(struct spec_walk *w, struct df_str text)
{
    struct spec_line line = {0};
    *w = (struct spec_walk){.text = text, .paragraph = (size_t)NO_PARAGRAPH};
    if (!spec_next_line(text, &line))
        return;
    const char mark = df_str_starts(spec_line_text(text, &line), DF_S("+")) ? '+' : '-';
    struct df_str first = df_str_trim(spec_line_text(text, &line));
    if (first.p != text.p + line.from || !df_str_is(first, mark == '+' ? "+++" : "---"))
        return;
    struct spec_marker marker; /* what is in a block ends nothing outside */
    while (!w->front_mark && spec_next_line(text, &line) && !spec_marker_read(spec_line_text(text, &line), &marker))
        if (ends_front_matter(spec_line_text(text, &line), mark))
            w->front_mark = mark;
}

bool spec_walk_is_open(const struct spec_walk *w)
{
    return (w->fence && !w->fence_quoted && w->fence_indent == 0) || w->html_end;
}

/* Whether the line is a fence's: content, or what closes it. */
static bool walk_fence(struct spec_walk *w, struct df_str s, bool quoted)
{
    size_t bytes, columns = indent_of(s, &bytes);
    if (!w->fence)
        return false;
    if ((w->fence_quoted && !quoted) || (columns < w->fence_indent && !is_blank(s))) {
        w->fence = 0; /* the quote or the list item that it was in is over */
        return false;
    }
    if (columns < w->fence_indent + CODE_INDENT && closes_fence(w, df_str_from(s, bytes)))
        w->fence = 0;
    return true;
}

static bool walk_html(struct spec_walk *w, struct df_str s)
{
    if (!w->html_end)
        return false;
    if (has_end(s, w->html_end))
        w->html_end = NULL;
    return true;
}

static void walk_heading(struct spec_walk *w, const struct spec_line *line, struct df_str s)
{
    w->heading = atx_level(s);
    w->heading_from = line->from;
    if (w->heading || w->paragraph == (size_t)NO_PARAGRAPH)
        return;
    w->heading = underline_level(s);
    w->heading_from = w->paragraph;
}

/* What begins on a line outside of everything, after the markers of list items. */
static void walk_open(struct spec_walk *w, const struct spec_line *line, struct df_str s, bool quoted)
{
    size_t bytes, columns = indent_of(s, &bytes), item = 0;
    bool code = columns >= (columns >= w->list_indent ? w->list_indent : 0) + CODE_INDENT;
    struct df_str rest = df_str_from(s, bytes);
    if (!code)
        for (size_t n; (n = marker_of(rest)) > 0 && (item = columns += n); rest = df_str_from(rest, n))
            ;
    if (item)
        w->list_indent = item;
    else if (columns < w->list_indent && (columns == 0 || w->paragraph == (size_t)NO_PARAGRAPH))
        w->list_indent = 0;
    if (!code && opens_fence(rest, &w->fence, &w->fence_length)) {
        w->fence_indent = columns >= w->list_indent ? w->list_indent : 0;
        w->fence_quoted = quoted;
        w->in_fence = w->opaque = true;
    } else if (!code && !quoted && !item && columns < CODE_INDENT) {
        walk_heading(w, line, rest);
        const char *end = html_end_of(rest);
        bool open = end && !has_end(df_str_from(rest, 2), end);
        w->html_end = open ? end : NULL;
        w->opaque = open;
    }
    bool paragraph = !quoted && !w->list_indent && !w->heading && !w->opaque && !df_str_starts(rest, DF_S("|"));
    if (!paragraph || (code && w->paragraph == (size_t)NO_PARAGRAPH))
        w->paragraph = (size_t)NO_PARAGRAPH;
    else if (w->paragraph == (size_t)NO_PARAGRAPH)
        w->paragraph = line->from;
}

void spec_walk_line(struct spec_walk *w, const struct spec_line *line)
{
    bool quoted;
    struct df_str whole = spec_line_text(w->text, line), s = unquoted(whole, &quoted);
    w->heading = 0;
    w->in_fence = w->opaque = false;
    if (walk_front_matter(w, line, whole)) {
        w->opaque = true;
    } else if (walk_fence(w, s, quoted)) {
        w->in_fence = w->opaque = true;
    } else if (walk_html(w, whole)) {
        w->opaque = true;
    } else if (is_blank(s)) {
        w->paragraph = (size_t)NO_PARAGRAPH;
        return;
    } else {
        walk_open(w, line, s, quoted);
        return;
    }
    w->paragraph = (size_t)NO_PARAGRAPH;
}
