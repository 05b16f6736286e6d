#include "adapter/test_lab.h"
#include "adapter/test_outline.h"

/* PHPUnit: incomplete is neither passed nor failed. */
static const struct df_outline_form form = {
    .comment = "// ",
    .indent = "        ",
    .null = "null",
    .list = {"[", "]"},
    .map = {"[", "]"},
    .pair = " => ",
    .declare = {"$", " = ", ";"},
    .interpolates = '$',
    .wide_escape = true,
    .long_suffix = "",
};

static enum df_code outline(const struct df_test_job *job, struct df_arena *arena, struct df_str *ret,
                            struct df_error *err)
{
    struct df_outline o;
    struct df_buf text;
    DF_TRY(df_outline_begin(job, arena, &o, &text, err));
    struct df_str stem = df_outline_stem(&o, DF_OUTLINE_PASCAL, arena);
    df_buf_put_c(&text, "<?php\n\ndeclare(strict_types=1);\n\nuse PHPUnit\\Framework\\TestCase;\n\n");
    df_outline_put_conditions(&text, &form, &o, arena);
    df_buf_printf(&text, "final class %.*sTest extends TestCase\n{\n    public function test%.*s(): void\n    {\n",
                  DF_FMT(stem), DF_FMT(df_outline_test_name(&o, DF_OUTLINE_PASCAL, arena)));
    df_outline_put_call(&text, &form, &o, arena);
    df_buf_put_c(&text, "        $this->markTestIncomplete(");
    df_outline_put_reason(&text, &form, &o, arena);
    df_buf_put_c(&text, ");\n    }\n}\n");
    return df_outline_answer(&o, df_arena_printf(arena, "%.*sTest.php", DF_FMT(stem)), &text, arena, ret, err);
}

const struct df_test_language df_test_language_php = {.name = "php", .outline = outline};
