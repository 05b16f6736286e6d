#include "domain/markdown.h"

#include <stdint.h>

/* cmark takes no code span delimiter over 80 and counts no fence past 255; longer runs are written shortened. */
enum { RUN_LIMIT = 60 };

enum mode { SPAN, CODE };

/* What needs a look: controls, '`', '|', DEL and everything that is not ASCII. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '`' && c != '|';
}

struct range {
    unsigned first, last;
};

/* Characters that show nothing or reorder what is shown (Unicode: Default_Ignorable_Code_Point, Bidi_Control, C1, line and
 * paragraph separators, noncharacters at U+FFFE). The two common variation selectors, FE0E and FE0F, stay: emoji need them. */
static const struct range unseen[] = {
    {0x80, 0x9F},     {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},
    {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},
    {0x3164, 0x3164}, {0xFE00, 0xFE0D},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
    {0xFFFE, 0xFFFF}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

static bool is_unseen(unsigned cp)
{
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen && cp >= unseen[i].first; i++)
        if (cp <= unseen[i].last)
            return true;
    return false;
}

/* A sequence that is not ASCII; returns the bytes it took. */
static size_t put_wide(struct df_buf *out, struct df_str rest)
{
    size_t len = df_utf8_len(rest.p, rest.n);
    if (len == 0) {
        df_buf_put_c(out, "\xEF\xBF\xBD");
        return 1;
    }
    unsigned cp = df_utf8_decode(rest.p, len);
    if (is_unseen(cp))
        df_buf_printf(out, "<U+%04X>", cp);
    else
        df_buf_put(out, rest.p, len);
    return len;
}

static size_t put_backticks(struct df_buf *out, struct df_str rest)
{
    size_t n = df_str_run(rest, '`');
    if (n <= RUN_LIMIT) {
        df_buf_put(out, rest.p, n);
    } else {
        df_buf_put_repeat(out, '`', RUN_LIMIT);
        df_buf_printf(out, "<%zu more backticks>", n - RUN_LIMIT);
    }
    return n;
}

static void put_line_end(struct df_buf *out, enum mode mode, unsigned indent)
{
    if (mode == SPAN) {
        df_buf_put_c(out, "\u23CE");
        return;
    }
    df_buf_put_char(out, '\n');
    df_buf_put_repeat(out, ' ', indent);
}

/* One thing that is not plain, at the head of rest; returns the bytes it took. */
static size_t put_special(struct df_buf *out, struct df_str rest, enum mode mode, unsigned indent)
{
    unsigned char c = (unsigned char)rest.p[0];
    if (c >= 0x80)
        return put_wide(out, rest);
    if (c == '`')
        return put_backticks(out, rest);
    if (c == '\r' && rest.n > 1 && rest.p[1] == '\n')
        return 1;
    if (c == '\n')
        put_line_end(out, mode, indent);
    else if (c == '\t')
        df_buf_put_c(out, mode == SPAN ? " " : "\t");
    else if (c == '|')
        df_buf_put_c(out, mode == SPAN ? "\u00A6" : "|");
    else
        df_buf_put_utf8(out, c == 0x7F ? 0x2421 : 0x2400u + c); /* the control pictures */
    return 1;
}

static void put_text(struct df_buf *out, struct df_str text, enum mode mode, unsigned indent)
{
    for (size_t i = 0; i < text.n;) {
        size_t from = i;
        while (i < text.n && is_plain((unsigned char)text.p[i]))
            i++;
        df_buf_put(out, text.p + from, i - from);
        if (i < text.n)
            i += put_special(out, df_str_from(text, i), mode, indent);
    }
}

/* The shortest delimiter that is not among the text's own runs. */
static size_t span_delimiter(struct df_str text)
{
    uint64_t used = 0;
    for (size_t i = 0; i < text.n; i++) {
        size_t n = df_str_run(df_str_from(text, i), '`');
        if (n == 0)
            continue;
        used |= 1ull << (n < RUN_LIMIT ? n : RUN_LIMIT);
        i += n;
    }
    size_t n = 1;
    while (used >> n & 1)
        n++;
    return n;
}

/* CommonMark takes one space off both ends, and a backtick must not touch the delimiter. */
static bool needs_padding(struct df_str text)
{
    char first = text.p[0], last = text.p[text.n - 1];
    return first == '`' || last == '`' || ((first == ' ' || first == '\t') && (last == ' ' || last == '\t'));
}

void df_md_put_span(struct df_buf *out, struct df_str text, size_t max_bytes)
{
    struct df_str shown = df_str_head(text, max_bytes);
    if (shown.n == 0)
        shown = text.n ? DF_S("\u2026") : DF_S("\"\"");
    size_t delimiter = span_delimiter(shown);
    const char *pad = needs_padding(shown) ? " " : "";
    df_buf_put_repeat(out, '`', delimiter);
    df_buf_put_c(out, pad);
    put_text(out, shown, SPAN, 0);
    df_buf_put_c(out, pad);
    df_buf_put_repeat(out, '`', delimiter);
    if (text.n > max_bytes)
        df_buf_printf(out, " (cut, %zu bytes more)", text.n - df_str_head(text, max_bytes).n);
}

void df_md_put_code(struct df_buf *out, struct df_str text, size_t max_bytes, unsigned indent)
{
    struct df_str shown = df_str_head(text, max_bytes);
    put_text(out, shown, CODE, indent);
    if (shown.n < text.n)
        df_buf_printf(out, "\u2026 (cut, %zu bytes more)", text.n - shown.n);
}

static size_t longest_run(struct df_str text)
{
    size_t longest = 0;
    for (size_t i = 0; i < text.n;) {
        const char *at = memchr(text.p + i, '`', text.n - i);
        if (!at)
            break;
        size_t n = df_str_run(df_str_from(text, (size_t)(at - text.p)), '`');
        longest = n > longest ? n : longest;
        i = (size_t)(at - text.p) + n;
    }
    return longest;
}

size_t df_md_fence_length(struct df_str content)
{
    size_t run = longest_run(content);
    return run < 3 ? 3 : run + 1;
}

void df_md_put_block(struct df_buf *out, struct df_str language, struct df_str text, size_t max_bytes)
{
    struct df_buf code;
    df_buf_init(&code, out->arena, max_bytes * 4);
    df_md_put_code(&code, text, max_bytes, 0);
    size_t fence = df_md_fence_length(df_buf_str(&code));
    df_buf_put_repeat(out, '`', fence);
    df_buf_printf(out, "%.*s\n%.*s\n", DF_FMT(language), DF_FMT(df_buf_str(&code)));
    df_buf_put_repeat(out, '`', fence);
}
