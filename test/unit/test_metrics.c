#include "unit_arena.h"

#include "base/metrics.h"

#include <math.h>
#include <pthread.h>

enum { THREADS = 4, ROUNDS = 10000 };

static struct df_str page(const struct df_metric_gauge *gauges, size_t n)
{
    struct df_buf out;
    df_buf_init(&out, arena, 64 * 1024);
    df_metrics_write(gauges, n, &out);
    assert_false(out.overflow);
    return df_buf_str(&out);
}

static size_t times(struct df_str text, struct df_str needle)
{
    size_t n = 0;
    for (long at; (at = df_str_find(text, needle)) >= 0; n++)
        text = df_str_from(text, (size_t)at + needle.n);
    return n;
}

static void says_each_family_once_and_each_counter(void **state)
{
    (void)state;
    uint64_t before = df_metric_get(DF_METRIC_REFRESH_REPLACED);
    df_metric_add(DF_METRIC_REFRESH_REPLACED, 3);
    assert_int_equal(df_metric_get(DF_METRIC_REFRESH_REPLACED), before + 3);
    struct df_str text = page(NULL, 0);
    assert_int_equal(times(text, DF_S("# TYPE devflow_refreshes_total counter\n")), 1);
    assert_int_equal(times(text, DF_S("# HELP devflow_refreshes_total ")), 1);
    assert_int_equal(times(text, DF_S("devflow_refreshes_total{outcome=\"")), 6);
    assert_int_equal(times(text, DF_S("devflow_refreshes_total{outcome=\"replaced\"} 3\n")), 1);
    assert_int_equal(times(text, DF_S("\ndevflow_cache_errors_total 0\n")), 1);
}

static void escapes_what_the_format_escapes(void **state)
{
    (void)state;
    const struct df_metric_gauge gauges[] = {
        {"g", "a \\ b\nc \"d\"", "l", DF_S("x\\y\"z\n"), 1.5},
        {"g", "not said twice", "l", DF_S("2"), INFINITY},
        {"h", "plain", NULL, DF_STR_NONE, NAN},
        {"i", "large", NULL, DF_STR_NONE, 9007199254740991.0},
    };
    struct df_str text = page(gauges, sizeof gauges / sizeof *gauges);
    long at = df_str_find(text, DF_S("# HELP g "));
    assert_true(at > 0);
    assert_str(df_str_from(text, (size_t)at), "# HELP g a \\\\ b\\nc \"d\"\n# TYPE g gauge\n"
                                              "g{l=\"x\\\\y\\\"z\\n\"} 1.5\ng{l=\"2\"} +Inf\n"
                                              "# HELP h plain\n# TYPE h gauge\nh NaN\n"
                                              "# HELP i large\n# TYPE i gauge\ni 9007199254740991\n");
}

static void *count(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        df_metric_add(DF_METRIC_CACHE_ERROR, 1);
    return arg;
}

static void loses_no_count_of_many_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    uint64_t before = df_metric_get(DF_METRIC_CACHE_ERROR);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(df_metric_get(DF_METRIC_CACHE_ERROR), before + (uint64_t)THREADS * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_each_family_once_and_each_counter),
        cmocka_unit_test(escapes_what_the_format_escapes),
        cmocka_unit_test(loses_no_count_of_many_threads),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
