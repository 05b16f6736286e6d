#include "unit.h"

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/terminal.h"

#include <locale.h>

static struct df_cli make_cli(bool utf8)
{
    static const struct df_command_group groups[] = {{"A", {&df_cmd_project_create, &df_cmd_oauth_register}},
                                                     {"B", {&df_cmd_sentry_context, &df_cmd_completion, &df_cmd_help}}};
    struct df_cli cli = {.arena = df_arena_new(), .utf8 = utf8, .groups = groups, .n_groups = 2};
    df_buf_init(&cli.out, cli.arena, 1 << 20);
    return cli;
}

static void cleans_hostile_text(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    const char *const pairs[][2] = {
        {"plain é 日本", "plain é 日本"},
        {"\033[31mred\033[0m", "red"},
        {"\033]0;title\a after", " after"},
        {"\033]8;;http://x\033\\link\033]8;;\033\\", "link"},
        {"\033]0;never ends\nnext", " next"},
        {"\033Pq#0\033\\x", "x"},
        {"\033c", ""},
        {"\033", ""},
        {"\033[", ""},
        {"\033[1;2", ""},
        {"a\033\nb", "a b"},
        {"\033é", "é"},
        {"a\rb\bc\x7F"
         "d",
         "abcd"},
        {"a\xC2\x9B"
         "31mb",
         "a31mb"},
        {"a\xE2\x80\xAE"
         "b\xE2\x81\xA6",
         "ab"},
        {"a\xFF\xC3", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"a\tb\nc", "a b c"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_str(df_term_clean(df_str_c(pairs[i][0]), false, arena), pairs[i][1]);
    assert_str(df_term_clean(DF_S("a\tb\nc"), true, arena), "a\tb\nc");
    assert_str(df_term_clean(df_str_n("a\0b", 3), false, arena), "ab");
    assert_int_equal(df_term_clean(DF_STR_NONE, false, arena).n, 0);
}

static void cleaning_is_linear(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    size_t n = 4 << 20;
    char *bytes = df_arena_alloc(arena, n);
    for (size_t i = 0; i < n; i++)
        bytes[i] = "\033]\033["[i % 4];
    assert_true(df_term_clean(df_str_n(bytes, n), false, arena).n <= n);
}

static void measures_columns(void **state)
{
    (void)state;
    assert_int_equal(df_term_width(DF_S("abc")), 3);
    assert_int_equal(df_term_width(DF_S("é")), 1);
    assert_int_equal(df_term_width(DF_S("日本")), 4);
    assert_int_equal(df_term_width(DF_S("e\xCC\x81")), 1);
    assert_int_equal(df_term_width(DF_STR_NONE), 0);
}

static void aligns_tables(void **state)
{
    (void)state;
    struct df_cli cli = make_cli(true);
    struct df_table table = {.heads = {"NAME", ">N", "REST", NULL}};
    df_table_row(&cli, &table, (struct df_str[]){DF_S("日本語"), DF_S("7"), DF_S("x")});
    df_table_row(&cli, &table, (struct df_str[]){DF_S("a"), DF_S("12345"), DF_STR_NONE});
    df_table_print(&cli, &table);
    assert_str(df_buf_str(&cli.out), "  NAME        N  REST\n"
                                     "  日本語      7  x\n"
                                     "  a       12345  \n");
    for (int i = 0; i < 1000; i++)
        df_table_row(&cli, &table, (struct df_str[]){DF_S("a"), DF_S("b"), DF_S("c")});
    assert_int_equal(table.n_cells, 3006);
    df_arena_free(cli.arena);
}

static void symbols_follow_the_locale(void **state)
{
    (void)state;
    struct df_cli cli = {.utf8 = true};
    assert_string_equal(df_symbol(&cli, DF_SYM_OK), "✅");
    assert_string_equal(df_style(&cli, DF_STYLE_BOLD), "");
    cli.utf8 = false;
    assert_string_equal(df_symbol(&cli, DF_SYM_FAILED), "[x]");
}

static void tells_ages(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    assert_true(df_str_ends(df_term_age(DF_S("2001-01-01T00:00:00Z"), arena), DF_S(" days ago")));
    assert_true(df_str_starts(df_term_age(DF_S("9001-01-01T00:00:00Z"), arena), DF_S("in ")));
    assert_int_equal(df_term_age(DF_S("soon"), arena).n, 0);
}

static void everything_is_made_from_the_table(void **state)
{
    (void)state;
    const char *const shells[] = {"bash", "zsh", "fish"};
    for (int made = 0; made < 5; made++) {
        struct df_cli cli = make_cli(true);
        if (made < 3)
            assert_int_equal(df_completion_put(&cli, shells[made], NULL), DF_OK);
        else if (made == 3)
            df_manual_put(&cli);
        else
            df_help_put_all(&cli);
        assert_false(cli.out.overflow);
        for (size_t g = 0; g < cli.n_groups; g++)
            for (const struct df_command *const *c = cli.groups[g].commands; *c; c++)
                assert_non_null(strstr(cli.out.p, strchr((*c)->name, ':') ? strchr((*c)->name, ':') + 1 : (*c)->name));
        df_arena_free(cli.arena);
    }
    struct df_cli cli = make_cli(true);
    assert_int_equal(df_completion_put(&cli, "csh", NULL), DF_ERR_INVALID);
    df_arena_free(cli.arena);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleans_hostile_text),
        cmocka_unit_test(cleaning_is_linear),
        cmocka_unit_test(measures_columns),
        cmocka_unit_test(aligns_tables),
        cmocka_unit_test(symbols_follow_the_locale),
        cmocka_unit_test(tells_ages),
        cmocka_unit_test(everything_is_made_from_the_table),
    };
    return cmocka_run_group_tests_name("cli_terminal", tests, NULL, NULL);
}
