#include "domain/context_parts.h"

/* Frames in the notation their language's own traces have, so that readers and tools know them. */

static void put(struct df_context_view *v, const char *text)
{
    df_buf_put_c(&v->block, text);
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

static void put_place(struct df_context_view *v, const struct df_frame *f)
{
    put_code(v, file_of(f).n ? file_of(f) : DF_S("?"));
    if (f->lineno > 0)
        df_buf_printf(&v->block, ":%lld", (long long)f->lineno);
    if (f->lineno > 0 && f->colno > 0)
        df_buf_printf(&v->block, ":%lld", (long long)f->colno);
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
        df_buf_printf(&v->block, ", line %lld", (long long)f->lineno);
    put(v, ", in ");
    put_code(v, function_of(f));
}

static void put_java(struct df_context_view *v, const struct df_frame *f)
{
    put(v, "at ");
    put_qualified(v, f);
    put(v, "(");
    put_place(v, f);
    put(v, ")");
}

static void put_javascript(struct df_context_view *v, const struct df_frame *f)
{
    put(v, "at ");
    put_code(v, function_of(f));
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
        df_buf_printf(&v->block, ":line %lld", (long long)f->lineno);
}

static void put_file_first(struct df_context_view *v, const struct df_frame *f)
{
    put_place(v, f);
    put(v, " in ");
    put_code(v, function_of(f));
}

static void put_qualified_first(struct df_context_view *v, const struct df_frame *f)
{
    put_qualified(v, f);
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
};

static const struct notation notations[] = {
    {"python", put_python},   {"java", put_java},      {"javascript", put_javascript},
    {"node", put_javascript}, {"csharp", put_csharp},  {"go", put_qualified_first},
    {"ruby", put_file_first}, {"php", put_file_first}, {"elixir", put_qualified_first},
    {"native", put_native},   {"cocoa", put_native},   {"c", put_native},
    {"objc", put_native},
};

/* "python", also as a project has it: "python-django". */
static bool is_platform(struct df_str platform, struct df_str name)
{
    return df_str_starts(platform, name) && (platform.n == name.n || platform.p[name.n] == '-');
}

/* Names of code hold versions that look like addresses ("actionpack (6.1.3.1) lib/a.rb"), and no one's. */
void df_context_frame(struct df_context_view *v, const struct df_frame *frame)
{
    bool keep = v->scrub.keep_personal;
    size_t i = 0, n = sizeof notations / sizeof *notations;
    while (i < n && !is_platform(v->platform, df_str_c(notations[i].platform)))
        i++;
    v->scrub.keep_personal = true;
    (i < n ? notations[i].put : put_qualified_first)(v, frame);
    v->scrub.keep_personal = keep;
}
