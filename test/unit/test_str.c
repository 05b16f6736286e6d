#include "base/str.h"
#include "unit.h"

/* As the header says it, a byte at a time. */
static size_t slow_run(struct df_str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= ' ' && s.p[n] < 0x7F && s.p[n] != '"' && s.p[n] != '\\')
        n++;
    return n;
}

/* Every byte at every place of a text whose other bytes lie beside the limits. */
static void test_plain_run_ends_at_the_first_byte_to_escape(void **state)
{
    (void)state;
    static const char around[] = {' ', '!', '#', '[', ']', '~', 'a'};
    for (size_t n = 1; n <= 24; n++)
        for (size_t at = 0; at < n; at++)
            for (int c = 0; c < 256; c++) {
                char text[24];
                for (size_t i = 0; i < n; i++)
                    text[i] = around[(i + n) % sizeof around];
                text[at] = (char)c;
                assert_int_equal(df_str_plain_run(df_str_n(text, n)), slow_run(df_str_n(text, n)));
            }
    assert_int_equal(df_str_plain_run(DF_STR_NONE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_run_ends_at_the_first_byte_to_escape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
