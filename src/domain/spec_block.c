#include "domain/spec_parts.h"

#include "base/crypto.h"

#define MARK "devflow:sentry:"

enum { HEADING_MOST = 6 };

bool df_spec_id_valid(struct df_str id)
{
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_'))
            return false;
    }
    return id.n > 0 && id.n <= DF_SPEC_ID_BYTES;
}

static struct df_str next_word(struct df_str *rest)
{
    struct df_str word = DF_STR_NONE;
    *rest = df_str_trim(*rest);
    if (rest->n)
        df_str_split(rest, ' ', &word);
    return word;
}

static struct df_str value_of(struct df_str word, struct df_str name)
{
    return df_str_starts(word, name) ? df_str_from(word, name.n) : DF_STR_NONE;
}

/* Spaces around and within are forgiven; whatever else stands there makes it none of ours. */
bool spec_marker_read(struct df_str line, struct spec_marker *ret)
{
    static const struct df_str open = {"<!--", 4}, close = {"-->", 3}, mark = {MARK, sizeof MARK - 1};
    struct df_str s = df_str_trim(line), what;
    struct spec_marker m = {.indented = s.p != line.p};
    if (!df_str_starts(s, open) || !df_str_ends(s, close) || s.n < open.n + close.n)
        return false;
    s = df_str_n(s.p + open.n, s.n - open.n - close.n);
    if (df_str_find(s, close) >= 0)
        return false;
    struct df_str name = next_word(&s);
    if (!df_str_starts(name, mark))
        return false;
    what = df_str_from(name, mark.n);
    df_str_split(&what, ':', &m.id);
    m.start = df_str_is(what, "start");
    if (!df_spec_id_valid(m.id) || (!m.start && !df_str_is(what, "end")))
        return false;
    for (struct df_str word; (word = next_word(&s)).n > 0;) {
        struct df_str version = value_of(word, DF_S("v=")), hash = value_of(word, DF_S("sha256="));
        m.version = version.n ? version : m.version;
        m.hash = hash.n ? hash : m.hash;
    }
    *ret = m;
    return true;
}

/* With LF for every line end: what git or an editor does to those is no edit. */
static struct df_str with_lf(struct df_str text, struct df_arena *arena)
{
    struct df_buf out;
    df_buf_init(&out, arena, text.n + 1);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
            continue;
        df_buf_put_char(&out, text.p[i] == '\r' ? '\n' : text.p[i]);
    }
    return df_buf_str(&out);
}

struct df_str spec_hash(struct df_str id, struct df_str body, struct df_arena *arena)
{
    unsigned char hash[DF_SHA256_BYTES];
    struct df_buf text;
    df_buf_init(&text, arena, body.n + id.n + 16);
    df_buf_printf(&text, "v1\n%.*s\n", DF_FMT(id));
    df_buf_put_str(&text, with_lf(body, arena));
    df_sha256(df_buf_str(&text), hash);
    return df_hex(hash, sizeof hash, arena);
}

bool df_spec_same(struct df_str text, const struct df_spec_block *block, struct df_str other, struct df_arena *arena)
{
    return df_str_eq(with_lf(df_str_n(text.p + block->from, block->to - block->from), arena), other);
}

/* "<!--", "-->" and "--!>" are pulled apart: nothing in the body begins or ends a comment, in a fence or out of it. */
static void put_apart(struct df_buf *out, struct df_str line)
{
    for (size_t i = 0; i < line.n; i++) {
        struct df_str rest = df_str_from(line, i);
        df_buf_put_char(out, line.p[i]);
        if (df_str_starts(rest, DF_S("!--")) && i > 0 && line.p[i - 1] == '<')
            df_buf_put_char(out, ' ');
        else if (df_str_starts(rest, DF_S("->")) && i > 0 && line.p[i - 1] == '-')
            df_buf_put_char(out, ' ');
        else if (df_str_starts(rest, DF_S("!>")) && i > 1 && line.p[i - 1] == '-' && line.p[i - 2] == '-')
            df_buf_put_char(out, ' ');
    }
}

static struct df_str without_trailing_space(struct df_str line)
{
    while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
        line.n--;
    return line;
}

/* The fences in it are ours (domain/markdown.h): backticks at the start of a line, closed by as many. */
static struct df_str laid_out(struct df_str body, unsigned level, struct df_arena *arena)
{
    struct df_buf out;
    size_t fence = 0, blank = 0;
    df_buf_init(&out, arena, body.n * 2 + 64);
    for (struct df_str rest = body, line; df_str_split(&rest, '\n', &line);) {
        size_t ticks = df_str_run(line, '`'), hashes = fence ? 0 : df_str_run(line, '#');
        if (fence ? ticks >= fence && ticks == line.n : ticks >= 3)
            fence = fence ? 0 : ticks;
        line = without_trailing_space(line);
        if (line.n == 0) { /* none at either end */
            blank++;
            continue;
        }
        df_buf_put_repeat(&out, '\n', out.n ? blank : 0);
        blank = 0;
        if (hashes && hashes + level - 1 <= HEADING_MOST)
            df_buf_put_repeat(&out, '#', level - 1);
        put_apart(&out, line);
        df_buf_put_char(&out, '\n');
    }
    return df_buf_str(&out);
}

struct df_str df_spec_plain(struct df_str body, unsigned level, struct df_arena *arena)
{
    return laid_out(with_lf(body, arena), level, arena);
}

struct df_str df_spec_block(struct df_str issue_id, struct df_str body, unsigned level, struct df_arena *arena)
{
    struct df_str text = df_spec_plain(body, level, arena), hash = spec_hash(issue_id, text, arena);
    struct df_buf out;
    df_buf_init(&out, arena, text.n + 4 * DF_SPEC_ID_BYTES + 256);
    df_buf_printf(&out, "<!-- " MARK "%.*s:start v=1 sha256=%.*s -->\n", DF_FMT(issue_id), DF_FMT(hash));
    df_buf_put_str(&out, text);
    df_buf_printf(&out, "<!-- " MARK "%.*s:end -->", DF_FMT(issue_id));
    return df_buf_str(&out);
}
