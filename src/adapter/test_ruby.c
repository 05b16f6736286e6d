#include "adapter/test_lab.h"
#include "adapter/test_outline.h"

#include <unistd.h>

/* RSpec where the checkout has a folder or settings for it, else Minitest. The first line of code stands above the comments: magic
 * comments count only before it. */
static const struct df_outline_form form = {
    .comment = "# ",
    .indent = "    ",
    .null = "nil",
    .list = {"[", "]"},
    .map = {"{", "}"},
    .pair = " => ",
    .declare = {"", " = ", ""},
    .interpolates = '#',
    .wide_escape = true,
    .long_suffix = "",
};

static bool has(const struct df_test_job *job, const char *name, struct df_arena *arena)
{
    return access(df_arena_printf(arena, "%s/%s", job->source, name).p, F_OK) == 0;
}

static void put_head(struct df_buf *text, const struct df_outline *o, bool spec, struct df_str stem,
                     struct df_arena *arena)
{
    df_buf_printf(text, "require \"%s\"\n\n", spec ? "rspec" : "minitest/autorun");
    df_outline_put_conditions(text, &form, o, arena);
    if (spec) {
        df_buf_put_c(text, "RSpec.describe ");
        df_outline_put_string(text, &form, o->function);
        df_buf_put_c(text, " do\n  it ");
        df_outline_put_string(text, &form, df_arena_printf(arena, "no longer raises %.*s", DF_FMT(o->type)));
        df_buf_put_c(text, ", skip: ");
        df_outline_put_reason(text, &form, o, arena);
        df_buf_put_c(text, " do\n");
        return;
    }
    df_buf_printf(text, "class %.*sTest < Minitest::Test\n  def test_%.*s\n    skip ", DF_FMT(stem),
                  DF_FMT(df_outline_test_name(o, DF_OUTLINE_SNAKE, arena)));
    df_outline_put_reason(text, &form, o, arena);
    df_buf_put_char(text, '\n');
}

static enum df_code outline(const struct df_test_job *job, struct df_arena *arena, struct df_str *ret,
                            struct df_error *err)
{
    struct df_outline o;
    struct df_buf text;
    DF_TRY(df_outline_begin(job, arena, &o, &text, err));
    bool spec = has(job, "spec", arena) || has(job, ".rspec", arena);
    put_head(&text, &o, spec, df_outline_stem(&o, DF_OUTLINE_PASCAL, arena), arena);
    df_outline_put_call(&text, &form, &o, arena);
    df_buf_printf(&text, "    %s \"Not verified: write the call here\"\n  end\nend\n", spec ? "raise" : "flunk");
    struct df_str file = df_arena_printf(arena, "%.*s_%s.rb", DF_FMT(df_outline_stem(&o, DF_OUTLINE_SNAKE, arena)),
                                         spec ? "spec" : "test");
    return df_outline_answer(&o, file, &text, arena, ret, err);
}

const struct df_test_language df_test_language_ruby = {.name = "ruby", .outline = outline};
