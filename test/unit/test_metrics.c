#include "unit_arena.h"

#include "base/metrics.h"

#include <math.h>
#include <pthread.h>

enum { THREADS = 4, ROUNDS = 10000 };

static struct df_buf new_page(void)
{
    struct df_buf out;
    df_buf_init(&out, arena, 64 * 1024);
    return out;
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
    struct df_buf out = new_page();
    df_metric_counters(&out);
    struct df_str text = df_buf_str(&out);
    assert_int_equal(times(text, DF_S("# TYPE devflow_refreshes_total counter\n")), 1);
    assert_int_equal(times(text, DF_S("# HELP devflow_refreshes_total ")), 1);
    assert_int_equal(times(text, DF_S("devflow_refreshes_total{outcome=\"")), 6);
    assert_int_equal(times(text, DF_S("devflow_refreshes_total{outcome=\"replaced\"} 3\n")), 1);
    assert_int_equal(times(text, DF_S("\ndevflow_cache_errors_total 0\n")), 1);
}

static void escapes_what_the_format_escapes(void **state)
{
    (void)state;
    struct df_buf out = new_page();
    const struct df_metric_label labels[] = {{"l", DF_S("x\\y\"z\n")}, {"m", DF_S("2")}};
    df_metric_head(&out, "g", "counter", "a \\ b\nc \"d\"");
    df_metric_sample(&out, "g", labels, 2, 1.5);
    df_metric_sample(&out, "g", labels + 1, 1, INFINITY);
    df_metric_gauge(&out, "h", "plain", NAN);
    df_metric_gauge(&out, "i", "large", 9007199254740991.0);
    assert_str(df_buf_str(&out), "# HELP g a \\\\ b\\nc \"d\"\n# TYPE g counter\n"
                                 "g{l=\"x\\\\y\\\"z\\n\",m=\"2\"} 1.5\ng{m=\"2\"} +Inf\n"
                                 "# HELP h plain\n# TYPE h gauge\nh NaN\n"
                                 "# HELP i large\n# TYPE i gauge\ni 9007199254740991\n");
}

static void fills_the_buckets_below_and_above(void **state)
{
    (void)state;
    struct df_histogram h = {.sum_us = 0};
    struct df_buf out = new_page();
    const struct df_metric_label label = {"l", DF_S("v")};
    static const int64_t took_us[] = {0, 100, 101, 60000000, 60000001};
    for (size_t i = 0; i < sizeof took_us / sizeof *took_us; i++)
        df_histogram_add(&h, took_us[i]);
    df_metric_histogram(&out, "t", &label, 1, &h);
    struct df_str text = df_buf_str(&out);
    assert_int_equal(df_histogram_count(&h), 5);
    assert_int_equal(times(text, DF_S("t_bucket{l=\"v\",le=\"")), DF_HISTOGRAM_BUCKETS + 1);
    assert_int_equal(times(text, DF_S("t_bucket{l=\"v\",le=\"0.0001\"} 2\n")), 1);
    assert_int_equal(times(text, DF_S("t_bucket{l=\"v\",le=\"0.0005\"} 3\n")), 1);
    assert_int_equal(times(text, DF_S("t_bucket{l=\"v\",le=\"60\"} 4\n")), 1);
    assert_int_equal(times(text, DF_S("t_bucket{l=\"v\",le=\"+Inf\"} 5\n")), 1);
    assert_int_equal(times(text, DF_S("t_sum{l=\"v\"} 120.00020")), 1);
    assert_int_equal(times(text, DF_S("t_count{l=\"v\"} 5\n")), 1);
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
        cmocka_unit_test(fills_the_buckets_below_and_above),
        cmocka_unit_test(loses_no_count_of_many_threads),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
