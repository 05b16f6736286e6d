#include "unit.h"

#include "cli/options.h"

enum { ONE, SWITCH, SECRET };
static const struct df_command command = {
    .name = "thing:do",
    .args = "A [B]",
    .min_args = 1,
    .max_args = 2,
    .options = {[ONE] = {"one", "X", "one", 'o'},
                [SWITCH] = {"switch", NULL, "a switch", 's'},
                [SECRET] = {"secret", "S", "hidden", .secret = true}},
};
static const struct df_command other = {.name = "thing:undo"};
static const struct df_command_group groups[] = {{"Things", {&command, &other}}};

struct fixture {
    struct df_cli cli;
    struct df_error err;
    char words[10][32];
    bool help;
};

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){.cli = {.arena = df_arena_new(), .command = &command, .groups = groups, .n_groups = 1}};
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    df_arena_free(((struct fixture *)*state)->cli.arena);
    return 0;
}

static enum df_code parse(struct fixture *f, const char *const *words)
{
    char *copies[10];
    size_t n = 0;
    for (; words[n]; n++) {
        snprintf(f->words[n], sizeof f->words[n], "%s", words[n]);
        copies[n] = f->words[n];
    }
    memset(f->cli.values, 0, sizeof f->cli.values);
    f->cli.n_args = 0;
    f->cli.json = false;
    return df_options_parse(&f->cli, copies, n, &f->help, &f->err);
}
#define PARSE(f, ...) parse((f), (const char *const[]){__VA_ARGS__, NULL})

static void takes_values_in_every_form(void **state)
{
    struct fixture *f = *state;
    const char *const forms[][3] = {{"--one", "v", NULL}, {"--one=v", NULL}, {"-o", "v", NULL}, {"-ov", NULL}};
    for (size_t i = 0; i < 4; i++) {
        const char *const before[] = {"a", forms[i][0], forms[i][1], NULL};
        assert_int_equal(parse(f, before), DF_OK);
        assert_string_equal(f->cli.values[ONE], "v");
        assert_int_equal(f->cli.n_args, 1);
    }
    assert_int_equal(PARSE(f, "--one=a=b", "x"), DF_OK);
    assert_string_equal(f->cli.values[ONE], "a=b");
    assert_int_equal(PARSE(f, "-o", "-", "x"), DF_OK);
    assert_string_equal(f->cli.values[ONE], "-");
}

static void options_stand_anywhere_until_ended(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(PARSE(f, "a", "--switch", "b", "--json"), DF_OK);
    assert_string_equal(f->cli.values[SWITCH], "");
    assert_true(f->cli.json);
    assert_string_equal(f->cli.args[1], "b");
    assert_int_equal(PARSE(f, "--", "--switch", "--"), DF_OK);
    assert_null(f->cli.values[SWITCH]);
    assert_string_equal(f->cli.args[0], "--switch");
    assert_string_equal(f->cli.args[1], "--");
    assert_int_equal(PARSE(f, "-"), DF_OK);
    assert_string_equal(f->cli.args[0], "-");
}

static void refuses_what_it_does_not_take(void **state)
{
    struct fixture *f = *state;
    const char *const bad[][4] = {{"a", "--two"},
                                  {"a", "-x"},
                                  {"a", "--one"},
                                  {"a", "--one="},
                                  {"a", "--one", "--json"},
                                  {"a", "-o"},
                                  {"a", "-s", "-s"},
                                  {"a", "-o1", "--one=2"},
                                  {"a", "--switch=1"},
                                  {"a", "-sx"},
                                  {"a", "b", "c"},
                                  {NULL},
                                  {""},
                                  {"a", "--json=1"},
                                  {"a", "--help=1"},
                                  {"a", "--=1"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse(f, bad[i]) != DF_ERR_INVALID)
            fail_msg("taken: case %zu", i);
}

static void help_needs_no_arguments(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(PARSE(f, "--help"), DF_OK);
    assert_true(f->help);
    assert_int_equal(PARSE(f, "-h"), DF_OK);
    assert_true(f->help);
}

static void takes_secrets_out_of_the_arguments(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(PARSE(f, "a", "--secret", "hush"), DF_OK);
    assert_string_equal(f->cli.values[SECRET], "hush");
    assert_string_equal(f->words[2], "");
    assert_int_equal(PARSE(f, "--secret=hush", "a"), DF_OK);
    assert_string_equal(f->cli.values[SECRET], "hush");
    assert_string_equal(f->words[0], "--secret=");
}

static void suggests_what_is_near(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(df_edit_distance("", ""), 0);
    assert_int_equal(df_edit_distance("abc", ""), 3);
    assert_int_equal(df_edit_distance("connect", "conect"), 1);
    assert_int_equal(df_edit_distance("connect", "connetc"), 1);
    assert_int_equal(df_edit_distance("kitten", "sitting"), 3);
    char longer[300];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(df_edit_distance(longer, "x"), 62);
    assert_int_equal(df_command_unknown(&f->cli, "thing:od", &f->err), DF_ERR_INVALID);
    assert_non_null(strstr(f->err.message, "did you mean thing:do?"));
    df_command_unknown(&f->cli, "thing", &f->err);
    assert_non_null(strstr(f->err.message, "thing:do, thing:undo"));
    df_command_unknown(&f->cli, longer, &f->err);
    assert_non_null(strstr(f->err.message, "devflow help"));
    assert_int_equal(PARSE(f, "a", "--swicth"), DF_ERR_INVALID);
    assert_non_null(strstr(f->err.message, "did you mean --switch?"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_values_in_every_form, setup, teardown),
        cmocka_unit_test_setup_teardown(options_stand_anywhere_until_ended, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_it_does_not_take, setup, teardown),
        cmocka_unit_test_setup_teardown(help_needs_no_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_secrets_out_of_the_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(suggests_what_is_near, setup, teardown),
    };
    return cmocka_run_group_tests_name("cli_options", tests, NULL, NULL);
}
