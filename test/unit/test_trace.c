#include "unit.h"

#include "base/trace.h"

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static struct df_str parent_of(struct df_str header)
{
    return df_trace_read(DF_STR_NONE, header, DF_STR_NONE).parent;
}

static void takes_what_is_sound(void **state)
{
    (void)state;
    const struct df_trace trace = df_trace_read(DF_S("r-1"), DF_S(PARENT), DF_S("vendor=1,other=a b"));
    assert_str(trace.request_id, "r-1");
    assert_str(trace.parent, PARENT);
    assert_str(trace.state, "vendor=1,other=a b");
    assert_str(df_trace_id(&trace), "0af7651916cd43dd8448eb211c80319c");
}

static void leaves_out_what_is_not(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(parent_of(df_str_c(bad[i])).n, 0);
    assert_str(parent_of(DF_S("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")),
               "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
}

static void keeps_a_state_only_with_its_parent(void **state)
{
    (void)state;
    char long_state[DF_TRACE_STATE_BYTES + 1];
    memset(long_state, 'x', sizeof long_state);
    long_state[1] = '=';
    assert_int_equal(df_trace_read(DF_STR_NONE, DF_S("nothing"), DF_S("a=1")).state.n, 0);
    assert_int_equal(df_trace_read(DF_STR_NONE, DF_S(PARENT), DF_S("a=1\r\nX: y")).state.n, 0);
    assert_int_equal(df_trace_read(DF_STR_NONE, DF_S(PARENT), DF_S("nothing")).state.n, 0);
    assert_int_equal(df_trace_read(DF_STR_NONE, DF_S(PARENT), df_str_n(long_state, sizeof long_state)).state.n, 0);
    assert_int_equal(df_trace_read(DF_STR_NONE, DF_S(PARENT), df_str_n(long_state, sizeof long_state - 1)).state.n,
                     DF_TRACE_STATE_BYTES);
}

static void is_of_the_thread_and_can_be_taken_away(void **state)
{
    (void)state;
    const struct df_trace trace = df_trace_read(DF_S("r-2"), DF_STR_NONE, DF_STR_NONE);
    df_trace_set(&trace);
    assert_str(df_trace_now().request_id, "r-2");
    df_trace_set(NULL);
    assert_int_equal(df_trace_now().request_id.n, 0);
    assert_int_equal(df_trace_id(&trace).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_sound),
        cmocka_unit_test(leaves_out_what_is_not),
        cmocka_unit_test(keeps_a_state_only_with_its_parent),
        cmocka_unit_test(is_of_the_thread_and_can_be_taken_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
