#include "unit.h"

#include "domain/stand_in.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static struct df_str scrubbed(struct df_stand_ins *s, const char *key, const char *text)
{
    struct df_scrub scrub = {.arena = arena, .stand_ins = s};
    return df_scrub_under(&scrub, df_str_c(key), df_str_c(text));
}

static void values_become_harmless_ones_of_their_kind(void **state)
{
    static const struct {
        const char *key, *value, *expected;
    } rows[] = {
        {"note", "'ann.b@corp.io'", "'aaa.a@example.com'"},
        {"note", "'ann.b@down.example'", "'aaa.a@down.example'"},
        {"first_name", "'Zo\u00e9 O\\'Neil'", "'Aa\u00e9 A\\'Aaaa'"},
        {"password", "'hunter2'", "'placeholder1'"},
        {"password", "b'hunter2'", "b'placeholder1'"},
        {"phone", "+33 6 12 34 56 78", "+11 1 11 11 11 11"},
        {"note", "from 203.0.113.77 on", "from 192.0.2.1 on"},
        {"card", "'4012888888881881'", "'4111111111111111'"},
        {"size", "'12'", "'12'"},
        {"password", "[Filtered]", "[Filtered]"},
        {"password", "None", "None"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct df_stand_ins s = {.arena = arena};
        assert_str(scrubbed(&s, rows[i].key, rows[i].value), rows[i].expected);
    }
}

static void equal_values_are_equal_and_others_are_not(void **state)
{
    (void)state;
    struct df_stand_ins s = {.arena = arena};
    struct df_str first = scrubbed(&s, "email", "'ann@corp.io'"), other = scrubbed(&s, "email", "'bob@corp.io'");
    assert_false(df_str_eq(first, other));
    assert_true(df_str_eq(first, scrubbed(&s, "email", "'ann@corp.io'")));
    assert_str(df_stand_in_known(&s, DF_S("no ann@corp.io, no joann@corp.io")), "no aaa@example.com, no joann@corp.io");
}

static void what_was_personal_under_its_key_is_so_in_a_message(void **state)
{
    (void)state;
    struct df_stand_ins s = {.arena = arena};
    scrubbed(&s, "last_name", "'Lovelace'");
    assert_str(scrubbed(&s, "message", "no such person: 'Lovelace'"), "no such person: 'Aaaaaaaa'");
    assert_str(scrubbed(&s, "message", "Lovelaces"), "Lovelaces");
}

/* More values than there is room for, and cut characters. */
static void it_takes_anything(void **state)
{
    (void)state;
    struct df_stand_ins s = {.arena = arena};
    for (int i = 0; i < DF_STAND_INS * 2; i++)
        scrubbed(&s, "email", df_arena_printf(arena, "u%d@corp.io", i).p);
    assert_int_equal(s.n, DF_STAND_INS);
    static const char *const odd[] = {"\xc3", "\\", "\\x", "'", "b'", "\\u12", "\xf0\x9f"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        assert_non_null(scrubbed(&s, "first_name", odd[i]).p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_become_harmless_ones_of_their_kind),
        cmocka_unit_test(equal_values_are_equal_and_others_are_not),
        cmocka_unit_test(what_was_personal_under_its_key_is_so_in_a_message),
        cmocka_unit_test(it_takes_anything),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
