#include "unit_arena.h"

#include "base/protobuf.h"

static struct df_buf buf(void)
{
    struct df_buf made;
    df_buf_init(&made, arena, 1 << 20);
    return made;
}

static void assert_bytes(struct df_str got, const void *want, size_t n)
{
    assert_int_equal(got.n, n);
    assert_memory_equal(got.p, want, n);
}

/* The examples of the format's own description: 150 in field 1, "testing" in field 2, and the first as a message in field 3. */
static void test_writes_the_examples_of_the_specification(void **state)
{
    (void)state;
    struct df_buf to = buf();
    df_pb_put_int(&to, 1, 150);
    assert_bytes(df_buf_str(&to), "\x08\x96\x01", 3);
    to = buf();
    df_pb_put_bytes(&to, 2, DF_S("testing"));
    assert_bytes(df_buf_str(&to), "\x12\x07testing", 9);
    to = buf();
    size_t opened = df_pb_open(&to, 3);
    df_pb_put_int(&to, 1, 150);
    df_pb_close(&to, opened);
    assert_bytes(df_buf_str(&to), "\x1a\x03\x08\x96\x01", 5);
}

static void test_messages_whose_length_takes_more_bytes(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 127, 128, 16383, 16384, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct df_buf to = buf();
        df_pb_put_int(&to, 9, 7);
        size_t outer = df_pb_open(&to, 1), inner = df_pb_open(&to, 2);
        df_buf_put_repeat(&to, 'x', 0);
        struct df_str text = df_arena_dup(arena, df_str_n(df_arena_alloc(arena, sizes[i] + 1), sizes[i]));
        df_pb_put_bytes(&to, 3, text);
        df_pb_close(&to, inner);
        df_pb_close(&to, outer);
        df_pb_put_int(&to, 10, 8);
        struct df_str message = df_buf_str(&to), in = df_pb_bytes(df_pb_bytes(message, 1), 2);
        assert_false(to.overflow);
        assert_int_equal(df_pb_bytes(in, 3).n, sizes[i]);
        assert_int_equal(df_pb_int(message, 9), 7);
        assert_int_equal(df_pb_int(message, 10), 8);
    }
}

static void test_numbers(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {0, 1, 127, 128, 1u << 31, UINT64_MAX};
    struct df_buf to = buf();
    for (uint32_t i = 0; i < 6; i++)
        df_pb_put_int(&to, i + 1, numbers[i]);
    df_pb_put_double(&to, 7, 2.0);
    df_pb_put_ms(&to, 8, 90061001);
    df_pb_put_ms(&to, 9, 0);
    struct df_str message = df_buf_str(&to);
    for (uint32_t i = 0; i < 6; i++)
        assert_true(df_pb_int(message, i + 1) == numbers[i] && df_pb_has(message, i + 1));
    assert_true(df_pb_int(message, 7) == 0x4000000000000000);
    assert_int_equal(df_pb_ms(message, 8), 90061001);
    assert_true(df_pb_has(message, 9) && df_pb_ms(message, 9) == 0);
    assert_false(df_pb_has(message, 10));
}

static void test_a_time_that_does_not_fit(void **state)
{
    (void)state;
    static const int64_t seconds[] = {INT64_MAX, INT64_MAX / 1000, INT64_MIN, INT64_MIN / 1000};
    for (size_t i = 0; i < 4; i++) {
        struct df_buf to = buf();
        size_t time = df_pb_open(&to, 1);
        df_pb_put_int(&to, 1, (uint64_t)seconds[i]);
        df_pb_put_int(&to, 2, seconds[i] > 0 ? INT32_MAX : (uint32_t)INT32_MIN);
        df_pb_close(&to, time);
        int64_t ms = df_pb_ms(df_buf_str(&to), 1);
        assert_true(seconds[i] > 0 ? ms > INT64_MAX / 1000 * 999 : ms < INT64_MIN / 1000 * 999);
    }
}

/* The last of a number stands; a map's later entry too. */
static void test_repeated_fields_and_maps(void **state)
{
    (void)state;
    struct df_buf to = buf();
    static const char *const pairs[][2] = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
    for (size_t i = 0; i < 3; i++) {
        size_t entry = df_pb_open(&to, 5);
        df_pb_put_bytes(&to, 1, df_str_c(pairs[i][0]));
        df_pb_put_bytes(&to, 2, df_str_c(pairs[i][1]));
        df_pb_close(&to, entry);
    }
    struct df_str message = df_buf_str(&to), value = DF_STR_NONE;
    assert_true(df_pb_map(message, 5, DF_S("a"), &value));
    assert_str(value, "3");
    assert_false(df_pb_map(message, 5, DF_S("c"), &value));
    struct df_pb pb = df_pb_read(message);
    size_t n = 0;
    while (df_pb_next_bytes(&pb, 5, &value))
        n++;
    assert_true(n == 3 && !pb.bad);
}

static void test_what_ends_in_the_middle_is_bad(void **state)
{
    (void)state;
    static const struct {
        const char *p;
        size_t n;
    } wrong[] = {
        {"\x08", 1},
        {"\x08\x80", 2},
        {"\x12\x05test", 6},
        {"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
        {"\x09\x01\x02", 3},
        {"\x0d\x01", 2},
        {"\x00\x01", 2},
        {"\x0b\x0c", 2},
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11},
        {"\x0e\x00", 2},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct df_pb pb = df_pb_read(df_str_n(wrong[i].p, wrong[i].n));
        struct df_pb_field field;
        if (df_pb_next(&pb, &field) || !pb.bad)
            fail_msg("row %zu is taken", i);
        assert_false(df_pb_next(&pb, &field));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_the_examples_of_the_specification),
        cmocka_unit_test(test_messages_whose_length_takes_more_bytes),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_a_time_that_does_not_fit),
        cmocka_unit_test(test_repeated_fields_and_maps),
        cmocka_unit_test(test_what_ends_in_the_middle_is_bad),
    };
    return cmocka_run_group_tests_name("protobuf", tests, setup, teardown);
}
