#include "unit.h"

#include "commonmark.h"
#include "domain/markdown.h"
#include "payloads.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static struct df_str span(struct df_str text, size_t max_bytes)
{
    struct df_buf out;
    df_buf_init(&out, arena, 1 << 20);
    df_md_put_span(&out, text, max_bytes);
    return df_buf_str(&out);
}

static struct df_str fence(struct df_str text)
{
    struct df_buf inside, out;
    df_buf_init(&inside, arena, 1 << 20);
    df_buf_init(&out, arena, 1 << 20);
    df_md_put_code(&inside, text, 1 << 19, 0);
    df_buf_put_repeat(&out, '`', df_md_fence_length(df_buf_str(&inside)));
    df_buf_printf(&out, "text\n%s\n", inside.p ? inside.p : "");
    df_buf_put_repeat(&out, '`', df_md_fence_length(df_buf_str(&inside)));
    df_buf_put_char(&out, '\n');
    return df_buf_str(&out);
}

static void spans_are_readable(void **state)
{
    (void)state;
    assert_str(span(DF_S("KeyError: 'a'"), 100), "`KeyError: 'a'`");
    assert_str(span(DF_S(""), 100), "`\"\"`");
    assert_str(span(DF_S("a`b"), 100), "``a`b``");
    assert_str(span(DF_S("`a``"), 100), "``` `a`` ```");
    assert_str(span(DF_S(" a "), 100), "`  a  `");
    assert_str(span(DF_S("a\r\nb\nc\td|e"), 100), "`a\u23CEb\u23CEc d\u00A6e`");
    assert_str(span(DF_S("\x1b[31m\x7f"), 100), "`\u241B[31m\u2421`");
    assert_str(span(DF_S("a\u202Eb\u200Bc\uFEFF"), 100), "`a<U+202E>b<U+200B>c<U+FEFF>`");
    assert_str(span(DF_S("\u00E9\u6771\U0001F680\uFE0F"), 100), "`\u00E9\u6771\U0001F680\uFE0F`");
    assert_str(span(DF_S("\xff\xc0"
                         "a"),
                    100),
               "`\uFFFD\uFFFDa`");
    assert_str(span(DF_S("abc\u00E9"), 4), "`abc` (cut, 2 bytes more)");
}

static void fences_outgrow_what_they_hold(void **state)
{
    (void)state;
    assert_str(fence(DF_S("a\n  b")), "```text\na\n  b\n```\n");
    assert_str(fence(DF_S("```\nx")), "````text\n```\nx\n````\n");
    assert_str(fence(DF_S("a\r\nb\rc|")), "```text\na\nb\u240Dc|\n```\n");
    char run[400];
    memset(run, '`', sizeof run);
    struct df_str long_run = fence(df_str_n(run, sizeof run));
    assert_true(df_str_find(long_run, DF_S("<340 more backticks>")) > 0);
    assert_true(df_str_ends(long_run, DF_S("```\n")));
}

static void commonmark_sees_code_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        struct df_str text = df_str_c(payloads[i]);
        struct df_str in_text = df_arena_printf(arena, "- **Label:** %.*s and more\n", DF_FMT(span(text, 500)));
        unsigned expected = strstr(payloads[i], "PWN") != NULL;
        if (commonmark_check(in_text, "PWN", NULL) != expected ||
            commonmark_check(fence(text), "PWN", NULL) != expected)
            fail_msg("lost: %s", payloads[i]);
    }
}

/* Every mix of backtick runs up to seven long, and one past cmark's limit on delimiters. */
static void commonmark_takes_every_run_of_backticks(void **state)
{
    (void)state;
    for (unsigned mix = 1; mix < 128; mix++) {
        struct df_buf text;
        df_buf_init(&text, arena, 10000);
        for (unsigned run = 1; run <= 7; run++)
            if (mix >> (run - 1) & 1) {
                df_buf_put_repeat(&text, '`', run);
                df_buf_put_c(&text, "PWN");
            }
        df_buf_put_repeat(&text, '`', mix % 2 ? 90 : mix % 5);
        assert_int_equal(commonmark_check(span(df_buf_str(&text), 500), "PWN", NULL), 1);
        assert_int_equal(commonmark_check(fence(df_buf_str(&text)), "PWN", NULL), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_readable),
        cmocka_unit_test(fences_outgrow_what_they_hold),
        cmocka_unit_test(commonmark_sees_code_only),
        cmocka_unit_test(commonmark_takes_every_run_of_backticks),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
