#include "adapter/test_lab.h"
#include "adapter/test_outline.h"

/* JUnit 5. A map has no literal: a method of the test's own makes one. */
enum { BODY_BYTES = 4 << 20 };

static const struct df_outline_form form = {
    .comment = "// ",
    .indent = "        ",
    .null = "null",
    .list = {"Arrays.asList(", ")"},
    .map = {"pairs(", ")"},
    .pair = ", ",
    .declare = {"Object ", " = ", ";"},
    .pairs = true,
    .long_suffix = "L",
};

static const char pairs[] = "    private static Map<Object, Object> pairs(Object... keysAndValues) {\n"
                            "        Map<Object, Object> map = new LinkedHashMap<>();\n"
                            "        for (int i = 0; i < keysAndValues.length; i += 2)\n"
                            "            map.put(keysAndValues[i], keysAndValues[i + 1]);\n"
                            "        return map;\n"
                            "    }\n";

static enum df_code outline(const struct df_test_job *job, struct df_arena *arena, struct df_str *ret,
                            struct df_error *err)
{
    struct df_outline o;
    struct df_buf text, body;
    DF_TRY(df_outline_begin(job, arena, &o, &text, err));
    df_buf_init(&body, arena, BODY_BYTES);
    struct df_str stem = df_outline_stem(&o, DF_OUTLINE_PASCAL, arena);
    df_outline_put_call(&body, &form, &o, arena);
    bool maps = df_str_find(df_buf_str(&body), DF_S("pairs(")) >= 0;
    df_buf_put_c(&text, "import static org.junit.jupiter.api.Assertions.fail;\n\n");
    df_buf_put_c(&text, "import java.util.Arrays;\nimport java.util.LinkedHashMap;\nimport java.util.Map;\n");
    df_buf_put_c(&text, "import org.junit.jupiter.api.Disabled;\nimport org.junit.jupiter.api.Test;\n\n");
    df_outline_put_conditions(&text, &form, &o, arena);
    df_buf_printf(&text, "class %.*sTest {\n    @Test\n    @Disabled(", DF_FMT(stem));
    df_outline_put_reason(&text, &form, &o, arena);
    df_buf_printf(&text, ")\n    void %.*s() {\n", DF_FMT(df_outline_test_name(&o, DF_OUTLINE_CAMEL, arena)));
    df_buf_put_str(&text, df_buf_str(&body));
    df_buf_printf(&text, "        fail(\"Not verified: write the call here\");\n    }\n%s%s}\n", maps ? "\n" : "",
                  maps ? pairs : "");
    text.overflow = text.overflow || body.overflow;
    return df_outline_answer(&o, df_arena_printf(arena, "%.*sTest.java", DF_FMT(stem)), &text, arena, ret, err);
}

const struct df_test_language df_test_language_java = {.name = "java", .outline = outline};
