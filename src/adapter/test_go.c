#include "adapter/test_lab.h"
#include "adapter/test_outline.h"

static const struct df_outline_form form = {
    .comment = "// ",
    .indent = "\t",
    .null = "nil",
    .list = {"[]any{", "}"},
    .map = {"map[string]any{", "}"},
    .pair = ": ",
    .declare = {"var ", " any = ", ""},
    .use = {"_ = ", ""},
    .long_suffix = "",
};

/* The package's name is the last part of its path; what comes of a program is "main". */
static struct df_str package_of(const struct df_outline *o, struct df_arena *arena)
{
    struct df_str rest = o->module, part = DF_STR_NONE, next;
    while (df_str_split(&rest, '/', &next))
        part = next;
    return part.n ? df_outline_name(part, DF_OUTLINE_SNAKE, arena) : DF_S("main");
}

static enum df_code outline(const struct df_test_job *job, struct df_arena *arena, struct df_str *ret,
                            struct df_error *err)
{
    struct df_outline o;
    struct df_buf text;
    DF_TRY(df_outline_begin(job, arena, &o, &text, err));
    struct df_str stem = df_outline_stem(&o, DF_OUTLINE_SNAKE, arena);
    df_buf_printf(&text, "package %.*s_test\n\nimport \"testing\"\n\n", DF_FMT(package_of(&o, arena)));
    df_outline_put_conditions(&text, &form, &o, arena);
    df_buf_printf(&text, "func Test%.*s(t *testing.T) {\n\tt.Skip(",
                  DF_FMT(df_outline_test_name(&o, DF_OUTLINE_PASCAL, arena)));
    df_outline_put_reason(&text, &form, &o, arena);
    df_buf_put_c(&text, ")\n");
    df_outline_put_call(&text, &form, &o, arena);
    df_buf_put_c(&text, "\tt.Fatal(\"Not verified: write the call here\")\n}\n");
    return df_outline_answer(&o, df_arena_printf(arena, "%.*s_test.go", DF_FMT(stem)), &text, arena, ret, err);
}

const struct df_test_language df_test_language_go = {.name = "go", .outline = outline};
