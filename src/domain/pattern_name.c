#include "domain/pattern_trace.h"

/* One name on its way; `at` is how far it is read. */
struct name {
    struct df_str in;
    size_t at;
    struct df_buf *out;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c)
{
    return is_digit(c) || is_letter(c);
}

static size_t count_digits(struct df_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += is_digit(s.p[i]);
    return n;
}

static bool all_hex(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_hex(s.p[i]))
            return false;
    return true;
}

/* How often letters and digits take turns: "8Yf3kQ2" does so four times, "sha256sum" twice. */
static size_t turns(struct df_str s)
{
    size_t n = 0;
    for (size_t i = 1; i < s.n; i++)
        n += is_digit(s.p[i]) != is_digit(s.p[i - 1]);
    return n;
}

/* A run of letters and digits that nobody wrote: a counter, a hash, an address. */
static bool is_made_up(struct df_str token)
{
    size_t digits = count_digits(token);
    if (digits == 0)
        return false;
    if (digits == token.n || (token.n >= 6 && all_hex(token)))
        return true;
    if (token.n > 2 && token.p[0] == '0' && (token.p[1] == 'x' || token.p[1] == 'X'))
        return true;
    if (token.n == 17 && token.p[0] == 'h' && all_hex(df_str_from(token, 1))) /* Rust */
        return true;
    return token.n >= 7 && turns(token) >= 4;
}

/* "func12" of Go, "$Proxy7", "GeneratedMethodAccessor31", "$$Lambda14": what a compiler numbers. Long numbers go anyway. */
static size_t length_without_counter(struct df_str token)
{
    static const char *const numbered[] = {"func",   "Proxy",   "Accessor",     "Lambda",
                                           "lambda", "closure", "DisplayClass", "anonfun"};
    size_t n = token.n;
    while (n > 0 && is_digit(token.p[n - 1]))
        n--;
    if (n == token.n || n == 0)
        return token.n;
    if (token.n - n >= 3)
        return n;
    for (size_t i = 0; i < sizeof numbered / sizeof *numbered; i++)
        if (df_str_ends(df_str_n(token.p, n), df_str_c(numbered[i])))
            return n;
    return token.n;
}

static void put_mark(struct df_buf *out)
{
    if (out->n == 0 || out->p[out->n - 1] != '#')
        df_buf_put_char(out, '#');
}

static void put_token(struct df_str token, struct df_buf *out)
{
    size_t kept = is_made_up(token) ? 0 : length_without_counter(token);
    df_buf_put(out, token.p, kept);
    if (kept < token.n)
        put_mark(out);
}

/* What is left of a name once its syntax is gone. */
static void put_tokens(struct df_str s, struct df_buf *out)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = 0;
        while (i + n < s.n && is_word(s.p[i + n]))
            n++;
        if (n)
            put_token(df_str_n(s.p + i, n), out);
        else if ((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7F)
            df_buf_put_char(out, s.p[i]);
        i += n ? n : 1;
    }
}

/* Bytes from the opening bracket to the one that closes it, both counted; 0 when none does. */
static size_t bracketed(struct df_str s)
{
    char open = s.p[0], close = open == '(' ? ')' : open == '<' ? '>' : open == '[' ? ']' : '}';
    size_t depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == open)
            depth++;
        else if (s.p[i] == close && (i == 0 || s.p[i - 1] != '-') && --depth == 0)
            return i + 1;
    }
    return 0;
}

static bool follows_operator(const struct name *name)
{
    return df_str_ends(df_str_n(name->in.p, name->at), DF_S("operator"));
}

/* Arguments of templates follow a name or "::"; "<init>", "<lambda>" and C#'s "<Foo>b__0" stand where a name would. */
static bool is_argument_list(const struct name *name, struct df_str rest)
{
    char before = name->at ? name->in.p[name->at - 1] : '\0';
    if (follows_operator(name))
        return false;
    switch (rest.p[0]) {
    case '(':
        return true;
    case '<':
        return is_word(before) || before == '_' || before == ':';
    case '[':
        return is_word(before) || df_str_starts(rest, DF_S("[as ")) || df_str_starts(rest, DF_S("[clone "));
    default:
        return rest.p[0] == '{';
    }
}

static void put_bracketed(struct df_str inner, struct df_buf *out)
{
    if (inner.p[0] == '{')
        df_buf_put_c(out, "{}");
    else if (df_str_is(inner, "(anonymous namespace)"))
        df_buf_put_c(out, "{}");
}

/* The name without parameters, template arguments and what stands in braces. */
static void put_without_arguments(struct name *name)
{
    while (name->at < name->in.n) {
        struct df_str rest = df_str_from(name->in, name->at);
        size_t n = is_argument_list(name, rest) ? bracketed(rest) : 0;
        if (n)
            put_bracketed(df_str_n(rest.p, n), name->out);
        else
            df_buf_put_char(name->out, rest.p[0]);
        name->at += n ? n : 1;
    }
}

/* "n.total" of a bundle, where n is a class by its minified name. */
static struct df_str without_minified_class(struct df_str s)
{
    long dot = df_str_find_char(s, '.');
    return dot > 0 && dot <= 2 && (size_t)dot + 1 < s.n ? df_str_from(s, (size_t)dot + 1) : s;
}

static struct df_str without_prefix(struct df_str s, bool javascript)
{
    static const char *const any[] = {"async ", "new ", "static "};
    static const char *const bundled[] = {"Object.", "Module.", "exports."};
    for (size_t i = 0; i < sizeof any / sizeof *any; i++)
        if (df_str_starts(s, df_str_c(any[i])))
            s = df_str_from(s, strlen(any[i]));
    for (size_t i = 0; javascript && i < sizeof bundled / sizeof *bundled; i++)
        if (df_str_starts(s, df_str_c(bundled[i])))
            s = df_str_from(s, strlen(bundled[i]));
    return javascript ? without_minified_class(s) : s;
}

/* GCC's and LLVM's copies of one function, C++'s "const" behind the parameters. */
static struct df_str without_suffix(struct df_str s)
{
    static const char *const copies[] = {".isra.", ".constprop.", ".part.", ".cold", ".llvm.", ".lto_priv."};
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        long at = df_str_find(s, df_str_c(copies[i]));
        if (at > 0)
            s.n = (size_t)at;
    }
    if (df_str_ends(s, DF_S(" const")))
        s.n -= 6;
    /* blocks of Objective-C: "__33-[Foo bar]_block_invoke_2" */
    long block = df_str_find(s, DF_S("_block_invoke"));
    if (block > 0)
        s.n = (size_t)block;
    return df_str_trim(s);
}

static bool says_nothing(struct df_str function, bool javascript)
{
    static const char *const none[] = {"?", "<anonymous>", "anonymous", "<unknown>", "<redacted>", "??", "unknown"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (df_str_is(function, none[i]))
            return true;
    return df_str_starts(function, DF_S("0x")) || (javascript && function.n <= 2);
}

struct df_str df_pattern_function(struct df_str function, bool javascript, struct df_arena *arena)
{
    struct df_buf bare, out;
    struct df_str s = without_prefix(df_str_trim(df_str_head(function, DF_PATTERN_NAME_BYTES)), javascript);
    if (says_nothing(s, javascript))
        return DF_STR_NONE;
    df_buf_init(&bare, arena, 2 * DF_PATTERN_NAME_BYTES);
    df_buf_init(&out, arena, 2 * DF_PATTERN_NAME_BYTES);
    put_without_arguments(&(struct name){s, 0, &bare});
    struct df_str left = without_suffix(df_buf_str(&bare));
    put_tokens(left.n ? left : s, &out);
    return df_str_is(df_buf_str(&out), "#") ? DF_STR_NONE : df_buf_str(&out);
}

/* The path behind the last of these folders, which stand before a package's own name. */
static struct df_str behind_packages(struct df_str path)
{
    static const char *const folders[] = {"node_modules/", "site-packages/", "dist-packages/", "gems/", "vendor/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        for (long at; (at = df_str_find(path, df_str_c(folders[i]))) >= 0;)
            path = df_str_from(path, (size_t)at + strlen(folders[i]));
    return path;
}

static struct df_str last_parts(struct df_str path, size_t parts)
{
    for (size_t i = path.n; i > 0; i--)
        if (path.p[i - 1] == '/' && --parts == 0)
            return df_str_from(path, i);
    return path;
}

/* "https://cdn.example/a/b.js?v=1" is "a/b.js", "webpack://shop/./src/a.js" is "src/a.js". */
static struct df_str without_origin(struct df_str path)
{
    long scheme = df_str_find(path, DF_S("://")), query = df_str_find_char(path, '?');
    if (query > 0)
        path.n = (size_t)query;
    if (df_str_starts(path, DF_S("file://")))
        return df_str_from(path, 7);
    if (scheme < 0 || (size_t)scheme + 3 > path.n)
        return path;
    struct df_str rest = df_str_from(path, (size_t)scheme + 3);
    long slash = df_str_find_char(rest, '/');
    return slash >= 0 ? df_str_from(rest, (size_t)slash + 1) : rest;
}

static struct df_str slashes(struct df_str path, struct df_arena *arena)
{
    if (df_str_find_char(path, '\\') < 0)
        return path;
    char *copy = df_arena_cstr(arena, path);
    for (size_t i = 0; i < path.n; i++)
        if (copy[i] == '\\')
            copy[i] = '/';
    return df_str_n(copy, path.n);
}

/* Machines and builds keep sources in folders of their own: of an absolute path the last two parts count. */
static struct df_str file_place(struct df_str path, struct df_arena *arena)
{
    path = slashes(df_str_n(path.p, path.n < 4 * DF_PATTERN_NAME_BYTES ? path.n : 4 * DF_PATTERN_NAME_BYTES), arena);
    struct df_str inner = behind_packages(without_origin(path));
    bool absolute = inner.n && (inner.p[0] == '/' || (inner.n > 2 && inner.p[1] == ':'));
    if (absolute)
        inner = last_parts(inner, 2);
    while (df_str_starts(inner, DF_S("./")) || df_str_starts(inner, DF_S("../")) || df_str_starts(inner, DF_S("/")))
        inner = df_str_from(inner, (size_t)df_str_find_char(inner, '/') + 1);
    return inner;
}

/* A function that names its own class or namespace; its file only says how the build was laid out. */
static bool is_qualified(struct df_str function)
{
    return df_str_find(function, DF_S("::")) > 0 || df_str_starts(function, DF_S("-[")) ||
           df_str_starts(function, DF_S("+["));
}

struct df_str df_pattern_place(const struct df_frame *frame, struct df_arena *arena)
{
    struct df_buf out;
    struct df_str path = frame->filename.n ? frame->filename : frame->abs_path;
    struct df_str place = frame->module;
    if (!place.n && is_qualified(frame->function))
        return DF_STR_NONE;
    if (!place.n)
        place = path.n ? file_place(path, arena) : last_parts(slashes(frame->package, arena), 1);
    df_buf_init(&out, arena, 2 * DF_PATTERN_NAME_BYTES);
    put_tokens(df_str_head(place, DF_PATTERN_NAME_BYTES), &out);
    return df_buf_str(&out);
}
