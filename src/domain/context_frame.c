#include "domain/context_parts.h"

/* Frames in the notation their language's own traces have, so that readers and tools know them. */

static void put(struct df_context_view *v, const char *text)
{
    df_buf_put_c(v->out, text);
}

static void put_code(struct df_context_view *v, struct df_str text)
{
    df_context_code(v, DF_STR_NONE, text, DF_CONTEXT_LINE, 0);
}

static struct df_str file_of(const struct df_frame *f)
{
    return f->filename.n ? f->filename : f->abs_path;
}

static struct df_str function_of(const struct df_frame *f)
{
    if (f->function.n)
        return f->function;
    return f->instruction_addr.n ? f->instruction_addr : DF_S("?");
}

static void put_file_and_line(struct df_context_view *v, const struct df_frame *f)
{
    put_code(v, file_of(f).n ? file_of(f) : DF_S("?"));
    if (f->lineno > 0)
        df_buf_printf(v->out, ":%lld", (long long)f->lineno);
}

static void put_place(struct df_context_view *v, const struct df_frame *f)
{
    put_file_and_line(v, f);
    if (f->lineno > 0 && f->colno > 0)
        df_buf_printf(v->out, ":%lld", (long long)f->colno);
}

/* Module and function, unless the function's name says the module already. */
static void put_qualified(struct df_context_view *v, const struct df_frame *f)
{
    if (f->module.n && !df_str_starts(function_of(f), f->module)) {
        put_code(v, f->module);
        put(v, ".");
    }
    put_code(v, function_of(f));
}

static void put_python(struct df_context_view *v, const struct df_frame *f)
{
    put(v, "File \"");
    put_code(v, file_of(f).n ? file_of(f) : DF_S("?"));
    put(v, "\"");
    if (f->lineno > 0)
        df_buf_printf(v->out, ", line %lld", (long long)f->lineno);
    put(v, ", in ");
    put_code(v, function_of(f));
}

static void put_java(struct df_context_view *v, const struct df_frame *f)
{
    put(v, "at ");
    put_qualified(v, f);
    put(v, "(");
    put_file_and_line(v, f);
    put(v, ")");
}

static void put_javascript(struct df_context_view *v, const struct df_frame *f)
{
    put(v, "at ");
    if (f->function.n == 0) {
        put_place(v, f);
        return;
    }
    put_code(v, f->function);
    put(v, " (");
    put_place(v, f);
    put(v, ")");
}

static void put_csharp(struct df_context_view *v, const struct df_frame *f)
{
    put(v, "at ");
    put_qualified(v, f);
    if (file_of(f).n == 0)
        return;
    put(v, " in ");
    put_code(v, file_of(f));
    if (f->lineno > 0)
        df_buf_printf(v->out, ":line %lld", (long long)f->lineno);
}

static void put_ruby(struct df_context_view *v, const struct df_frame *f)
{
    put_file_and_line(v, f);
    put(v, ":in '");
    put_qualified(v, f);
    put(v, "'");
}

static void put_php(struct df_context_view *v, const struct df_frame *f)
{
    put_code(v, file_of(f).n ? file_of(f) : DF_S("[internal function]"));
    if (f->lineno > 0)
        df_buf_printf(v->out, "(%lld)", (long long)f->lineno);
    put(v, ": ");
    put_code(v, function_of(f));
    put(v, "()");
}

static void put_go(struct df_context_view *v, const struct df_frame *f)
{
    put_qualified(v, f);
    put(v, "(...)\n        ");
    put_file_and_line(v, f);
}

static void put_elixir(struct df_context_view *v, const struct df_frame *f)
{
    put_file_and_line(v, f);
    put(v, ": ");
    put_qualified(v, f);
}

static void put_rust(struct df_context_view *v, const struct df_frame *f)
{
    put_qualified(v, f);
    put(v, "\n        at ");
    put_place(v, f);
}

static void put_dart(struct df_context_view *v, const struct df_frame *f)
{
    put_code(v, function_of(f));
    put(v, " (");
    put_place(v, f);
    put(v, ")");
}

static void put_perl(struct df_context_view *v, const struct df_frame *f)
{
    put_qualified(v, f);
    put(v, " called at ");
    put_code(v, file_of(f).n ? file_of(f) : DF_S("?"));
    if (f->lineno > 0)
        df_buf_printf(v->out, " line %lld", (long long)f->lineno);
}

static void put_qualified_first(struct df_context_view *v, const struct df_frame *f)
{
    put_qualified(v, f);
    if (file_of(f).n == 0 && f->lineno <= 0)
        return;
    put(v, " (");
    put_place(v, f);
    put(v, ")");
}

static struct df_str last_part(struct df_str path)
{
    size_t from = path.n;
    while (from > 0 && path.p[from - 1] != '/' && path.p[from - 1] != '\\')
        from--;
    return df_str_from(path, from);
}

static void put_native(struct df_context_view *v, const struct df_frame *f)
{
    if (f->package.n) {
        put_code(v, last_part(f->package));
        put(v, " ");
    }
    put_code(v, function_of(f));
    if (file_of(f).n == 0)
        return;
    put(v, " (");
    put_place(v, f);
    put(v, ")");
}

struct notation {
    const char *platform;
    void (*put)(struct df_context_view *v, const struct df_frame *f);
    bool numbered; /* "#0 " before it */
};

static const struct notation notations[] = {
    {"python", put_python, false},
    {"java", put_java, false},
    {"android", put_java, false},
    {"kotlin", put_java, false},
    {"javascript", put_javascript, false},
    {"node", put_javascript, false},
    {"react-native", put_javascript, false},
    {"csharp", put_csharp, false},
    {"dotnet", put_csharp, false},
    {"unity", put_csharp, false},
    {"go", put_go, false},
    {"ruby", put_ruby, false},
    {"php", put_php, true},
    {"elixir", put_elixir, false},
    {"rust", put_rust, false},
    {"dart", put_dart, true},
    {"flutter", put_dart, true},
    {"perl", put_perl, false},
    {"native", put_native, true},
    {"cocoa", put_native, true},
    {"c", put_native, true},
    {"objc", put_native, true},
    {"apple", put_native, true},
};

/* "python", also as a project has it: "python-django". */
static bool is_platform(struct df_str platform, struct df_str name)
{
    return df_str_starts(platform, name) && (platform.n == name.n || platform.p[name.n] == '-');
}

static const struct notation *find_notation(struct df_str platform)
{
    for (size_t i = 0; i < sizeof notations / sizeof *notations; i++)
        if (is_platform(platform, df_str_c(notations[i].platform)))
            return &notations[i];
    return NULL;
}

/* A frame may be of another language than its event: native code under JavaScript. Names of code hold versions that look like
 * addresses ("actionpack (6.1.3.1) lib/a.rb"), and no one's. */
void df_context_frame(struct df_context_view *v, const struct df_frame *frame, size_t number)
{
    static const struct notation plain = {"", put_qualified_first, false};
    const struct notation *notation = find_notation(frame->platform.n ? frame->platform : v->platform);
    if (!notation)
        notation = &plain;
    v->scrub.code = true;
    if (notation->numbered)
        df_buf_printf(v->out, "#%zu ", number);
    notation->put(v, frame);
    v->scrub.code = false;
}
