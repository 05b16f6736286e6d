#include "adapter/test_outline.h"

#include <ctype.h>

enum { NAME_BYTES = 60, DEPTH = 8, ITEMS = 50, STRING_BYTES = 4000, COMMENT_BYTES = 400 };

/* Words of the four languages that no variable may be called. */
static const char *const reserved[] = {
    "BEGIN",    "END",     "abstract",   "alias",   "and",       "any",          "array",    "as",        "assert",
    "begin",    "boolean", "break",      "byte",    "case",      "catch",        "chan",     "char",      "class",
    "clone",    "const",   "continue",   "declare", "def",       "default",      "defer",    "defined",   "describe",
    "die",      "do",      "double",     "echo",    "else",      "elseif",       "elsif",    "empty",     "end",
    "ensure",   "enum",    "eval",       "exit",    "expect",    "extends",      "fail",     "false",     "final",
    "finally",  "float",   "fn",         "for",     "foreach",   "func",         "function", "global",    "go",
    "goto",     "if",      "implements", "import",  "in",        "include",      "int",      "interface", "isset",
    "it",       "list",    "long",       "loop",    "map",       "match",        "module",   "namespace", "native",
    "new",      "next",    "nil",        "not",     "null",      "or",           "package",  "pairs",     "parent",
    "print",    "private", "protected",  "public",  "raise",     "range",        "readonly", "record",    "redo",
    "require",  "rescue",  "retry",      "return",  "select",    "self",         "short",    "skip",      "static",
    "strictfp", "string",  "struct",     "super",   "switch",    "synchronized", "t",        "testing",   "then",
    "this",     "throw",   "throws",     "trait",   "transient", "true",         "try",      "type",      "undef",
    "unless",   "unset",   "until",      "use",     "var",       "void",         "volatile", "when",      "while",
    "xor",      "yield",
};

static bool is_reserved(struct df_str name)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (df_str_is(name, reserved[i]))
            return true;
    return false;
}

static void put_letter(struct df_buf *to, char c, enum df_outline_style style, bool starts_word)
{
    bool upper = starts_word && (style == DF_OUTLINE_PASCAL || (style == DF_OUTLINE_CAMEL && to->n > 0));
    if (starts_word && style == DF_OUTLINE_SNAKE && to->n > 0)
        df_buf_put_char(to, '_');
    df_buf_put_char(to, (char)(upper ? toupper((unsigned char)c) : starts_word ? tolower((unsigned char)c) : c));
}

struct df_str df_outline_name(struct df_str text, enum df_outline_style style, struct df_arena *arena)
{
    struct df_buf to;
    df_buf_init(&to, arena, NAME_BYTES * 4);
    bool starts_word = true, was_lower = false;
    for (size_t i = 0; i < text.n && to.n < NAME_BYTES; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= 0x80 || !isalnum(c) || (to.n == 0 && isdigit(c))) {
            starts_word = true;
            continue;
        }
        starts_word = starts_word || (isupper(c) && was_lower);
        was_lower = islower(c);
        put_letter(&to, style == DF_OUTLINE_SNAKE ? (char)tolower(c) : (char)c, style, starts_word);
        starts_word = false;
    }
    if (to.n == 0)
        df_buf_put_c(&to, style == DF_OUTLINE_PASCAL ? "Event" : "event");
    return df_buf_str(&to);
}

/* What cannot be seen, or turns the text around it, is written as its number. */
static bool is_plain(unsigned c)
{
    return (c >= 0x20 && c < 0x7f) || (c >= 0xa1 && c < 0x600 && c != 0xad && !(c >= 0x300 && c < 0x370)) ||
           (c >= 0x900 && c < 0x1100) || (c >= 0x3041 && c < 0x3131) || (c >= 0x4e00 && c < 0xa000) ||
           (c >= 0xac00 && c < 0xd7a4);
}

/* The next character of text at *i; U+FFFD for bytes that are none. */
static unsigned next_char(struct df_str text, size_t *i)
{
    size_t n = df_utf8_len(text.p + *i, text.n - *i);
    unsigned c = n ? df_utf8_decode(text.p + *i, n) : 0xfffd;
    *i += n ? n : 1;
    return c;
}

static void put_escaped(struct df_buf *to, const struct df_outline_form *form, unsigned c)
{
    if (form->wide_escape)
        df_buf_printf(to, "\\u{%x}", c);
    else if (c < 0x10000)
        df_buf_printf(to, "\\u%04x", c);
    else if (form->pairs)
        df_buf_printf(to, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
    else
        df_buf_printf(to, "\\U%08x", c);
}

void df_outline_put_string(struct df_buf *to, const struct df_outline_form *form, struct df_str s)
{
    df_buf_put_char(to, '"');
    for (size_t i = 0; i < s.n && i < STRING_BYTES;) {
        unsigned c = next_char(s, &i);
        if (c == '"' || c == '\\' || (form->interpolates && c == (unsigned char)form->interpolates))
            df_buf_printf(to, "\\%c", (int)c);
        else if (c == '\n' || c == '\t' || c == '\r')
            df_buf_put_c(to, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
        else if (c >= 0x20 && c < 0x7f)
            df_buf_put_char(to, (char)c);
        else
            put_escaped(to, form, c);
    }
    df_buf_put_char(to, '"');
}

/* A backslash is doubled, for Java reads \u000a everywhere; "?>" is parted, for it ends PHP. */
void df_outline_put_comment(struct df_buf *to, const struct df_outline_form *form, const char *indent,
                            struct df_str text)
{
    struct df_str prefix = df_str_trim(df_str_c(form->comment));
    df_buf_printf(to, "%s%.*s", indent, DF_FMT(prefix));
    if (text.n)
        df_buf_put_char(to, ' ');
    unsigned last = 0;
    for (size_t i = 0; i < text.n && i < COMMENT_BYTES;) {
        unsigned c = next_char(text, &i);
        if (c == '\n' || c == '\r' || c == '\t')
            c = ' ';
        if (c == '\\')
            df_buf_put_c(to, "\\\\");
        else if (!is_plain(c))
            df_buf_printf(to, "<U+%04X>", c);
        else if (c == '>' && last == '?')
            df_buf_put_c(to, " >");
        else
            df_buf_put_utf8(to, c);
        last = c;
    }
    df_buf_put_char(to, '\n');
}

static void put_number(struct df_buf *to, const struct df_outline_form *form, const struct df_json *v,
                       struct df_arena *arena)
{
    struct df_str text = df_json_text(v, arena);
    bool whole = df_str_find_char(text, '.') < 0 && df_str_find_char(text, 'e') < 0 && df_str_find_char(text, 'E') < 0;
    if (whole && text.n > 18) {
        df_outline_put_string(to, form, text);
        return;
    }
    df_buf_put_str(to, text);
    if (whole)
        df_buf_put_c(to, form->long_suffix);
}

static void put_nested(struct df_buf *to, const struct df_outline_form *form, const struct df_json *v, unsigned depth,
                       struct df_arena *arena);

static void put_container(struct df_buf *to, const struct df_outline_form *form, const struct df_json *v,
                          unsigned depth, struct df_arena *arena)
{
    const char *const *around = df_json_is_object(v) ? form->map : form->list;
    size_t n = 0;
    df_buf_put_c(to, around[0]);
    for (struct df_json_iter it = df_json_iter(v); depth < DEPTH && n < ITEMS && df_json_next(&it); n++) {
        if (n)
            df_buf_put_c(to, ", ");
        if (df_json_is_object(v)) {
            df_outline_put_string(to, form, it.key);
            df_buf_put_c(to, form->pair);
        }
        put_nested(to, form, it.value, depth + 1, arena);
    }
    df_buf_put_c(to, around[1]);
}

static void put_nested(struct df_buf *to, const struct df_outline_form *form, const struct df_json *v, unsigned depth,
                       struct df_arena *arena)
{
    if (df_json_is_object(v) || df_json_is_array(v))
        put_container(to, form, v, depth, arena);
    else if (df_json_is_number(v))
        put_number(to, form, v, arena);
    else if (df_json_is_bool(v))
        df_buf_put_c(to, df_json_bool(v, false) ? "true" : "false");
    else if (df_json_is_string(v))
        df_outline_put_string(to, form, df_json_str(v));
    else
        df_buf_put_c(to, form->null);
}

void df_outline_put_value(struct df_buf *to, const struct df_outline_form *form, const struct df_json *v,
                          struct df_arena *arena)
{
    put_nested(to, form, v, 0, arena);
}

static void put_variable(struct df_buf *to, const struct df_outline_form *form, struct df_str name,
                         const struct df_json *value, size_t number, struct df_arena *arena)
{
    struct df_str safe = df_outline_name(name, DF_OUTLINE_SNAKE, arena);
    if (is_reserved(safe))
        safe = df_arena_printf(arena, "%.*s_", DF_FMT(safe));
    if (number) /* two names may come to the same word */
        safe = df_arena_printf(arena, "%.*s__%zu", DF_FMT(safe), number);
    df_buf_printf(to, "%s%s%.*s%s", form->indent, form->declare[0], DF_FMT(safe), form->declare[1]);
    df_outline_put_value(to, form, value, arena);
    df_buf_printf(to, "%s\n", form->declare[2]);
    if (form->use[0])
        df_buf_printf(to, "%s%s%.*s%s\n", form->indent, form->use[0], DF_FMT(safe), form->use[1]);
}

static size_t said_before(const struct df_json *values, size_t at, struct df_str name, struct df_arena *arena)
{
    struct df_str safe = df_outline_name(name, DF_OUTLINE_SNAKE, arena);
    size_t i = 0, n = 0;
    for (struct df_json_iter it = df_json_iter(values); df_json_next(&it) && i < at; i++)
        if (df_str_eq(df_outline_name(it.key, DF_OUTLINE_SNAKE, arena), safe))
            n++;
    return n ? n + 1 : 0;
}

void df_outline_put_call(struct df_buf *to, const struct df_outline_form *form, const struct df_outline *o,
                         struct df_arena *arena)
{
    size_t n = 0;
    for (struct df_json_iter it = df_json_iter(o->values); n < ITEMS && df_json_next(&it); n++)
        put_variable(to, form, it.key, it.value, said_before(o->values, n, it.key, arena), arena);
    struct df_str module = o->module.n ? df_arena_printf(arena, "%.*s.", DF_FMT(o->module)) : DF_STR_NONE;
    df_outline_put_comment(to, form, form->indent,
                           df_arena_printf(arena, "The call that failed: %.*s%.*s, line %lld of %.*s", DF_FMT(module),
                                           DF_FMT(o->function), (long long)o->line, DF_FMT(o->file)));
}
