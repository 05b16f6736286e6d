#include "unit.h"

#include "adapter/postgres_clock.h"
#include "base/wait.h"

static void the_answer_is_taken_half_way(void **state)
{
    (void)state;
    const struct pg_clock_look one = {.asked_ms = 100, .answered_ms = 120, .database_ms = 5000110};
    assert_int_equal(pg_clock_offset_ms(&one, 1), 5000000);
}

static void one_slow_answer_does_not_move_the_clock(void **state)
{
    (void)state;
    const struct pg_clock_look looks[] = {
        {100, 102, 9101}, {102, 2102, 9103}, {2102, 2104, 11103}, {2104, 2106, 11105}, {2106, 2108, 11107}};
    assert_int_equal(pg_clock_offset_ms(looks, 5), 9000);
}

static void a_database_behind_this_machine_is_followed_too(void **state)
{
    (void)state;
    const struct pg_clock_look looks[] = {{1000, 1000, 400}, {1010, 1010, 410}, {1020, 1020, 420}};
    assert_int_equal(pg_clock_offset_ms(looks, 3), -600);
}

static void it_goes_on_between_looks(void **state)
{
    (void)state;
    struct pg_clock clock;
    pg_clock_init(&clock);
    atomic_store(&clock.offset_ms, 1000000);
    int64_t before = df_monotonic_ms(), now = df_now_ms(&clock.port), after = df_monotonic_ms();
    assert_true(now - 1000000 >= before && now - 1000000 <= after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_is_taken_half_way),
        cmocka_unit_test(one_slow_answer_does_not_move_the_clock),
        cmocka_unit_test(a_database_behind_this_machine_is_followed_too),
        cmocka_unit_test(it_goes_on_between_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
