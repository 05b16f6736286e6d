#include "unit.h"

#include "domain/pattern_report.h"

#define DAY_MS INT64_C(86400000)

static void trends_are_more_than_chance(void **state)
{
    (void)state;
    const int64_t now = 100 * DAY_MS, old = 10 * DAY_MS;
    assert_int_equal(df_trend_of(-1, 5, old, now), DF_TREND_UNKNOWN);
    assert_int_equal(df_trend_of(0, 0, old, now), DF_TREND_QUIET);
    assert_int_equal(df_trend_of(3, 0, now - 2 * DAY_MS, now), DF_TREND_NEW);
    assert_int_equal(df_trend_of(3, 1, old, now), DF_TREND_STEADY); /* three times as many, but of so few */
    assert_int_equal(df_trend_of(300, 100, old, now), DF_TREND_RISING);
    assert_int_equal(df_trend_of(100, 300, old, now), DF_TREND_FALLING);
    assert_int_equal(df_trend_of(10400, 10000, old, now), DF_TREND_STEADY); /* more than chance, but little */
}

static const bool in_group[] = {true, true, false, false};

static size_t standing(struct df_tag_count *counts, size_t n, struct df_tag_standing *ret)
{
    df_tags_prepare(counts, n);
    return df_tags_standing(counts, n, in_group, ret);
}

static void finds_what_all_of_a_group_have(void **state)
{
    (void)state;
    struct df_tag_standing found[DF_REPORT_TAGS];
    struct df_tag_count counts[] = {
        {.issue = 0, .key = DF_S("tenant"), .value = DF_S("acme"), .n = 90},
        {.issue = 0, .key = DF_S("tenant"), .value = DF_S("other"), .n = 10},
        {.issue = 0, .key = DF_S("browser"), .value = DF_S("Firefox"), .n = 100}, /* of all */
        {.issue = 0, .key = DF_S("region"), .value = DF_S("eu"), .n = 100},       /* only of the loud one */
        {.issue = 0, .key = DF_S("user"), .value = DF_S("id:7"), .n = 100},
        {.issue = 1, .key = DF_S("tenant"), .value = DF_S("acme"), .n = 5},
        {.issue = 1, .key = DF_S("browser"), .value = DF_S("Firefox"), .n = 5},
        {.issue = 1, .key = DF_S("region"), .value = DF_S("us"), .n = 5},
        {.issue = 1, .key = DF_S("user"), .value = DF_S("id:7"), .n = 5},
        {.issue = 2, .key = DF_S("tenant"), .value = DF_S("acme"), .n = 5},
        {.issue = 2, .key = DF_S("tenant"), .value = DF_S("globex"), .n = 45},
        {.issue = 2, .key = DF_S("browser"), .value = DF_S("Firefox"), .n = 50},
        {.issue = 3, .key = DF_S("region"), .value = DF_S("us"), .n = 50},
        {.issue = 3, .key = DF_S("user"), .value = DF_S("id:8"), .n = 50},
    };
    assert_int_equal(standing(counts, sizeof counts / sizeof *counts, found), 1);
    assert_str(found[0].key, "tenant");
    assert_str(found[0].value, "acme");
    assert_true(found[0].share > 0.9 && found[0].rest > 0.09 && found[0].rest < 0.11);
    /* by hand: p = 100/155, 95/105 against 5/50 */
    assert_true(found[0].z > 9.78 && found[0].z < 9.80);
}

static void says_nothing_of_too_few_or_without_a_rest(void **state)
{
    (void)state;
    struct df_tag_standing found[DF_REPORT_TAGS];
    struct df_tag_count few[] = {
        {.issue = 0, .key = DF_S("tenant"), .value = DF_S("acme"), .n = 1},
        {.issue = 1, .key = DF_S("tenant"), .value = DF_S("acme"), .n = 1},
        {.issue = 2, .key = DF_S("tenant"), .value = DF_S("globex"), .n = 1},
    };
    assert_int_equal(standing(few, 3, found), 0);
    few[0].n = few[1].n = 1000;
    assert_int_equal(standing(few, 2, found), 0);
    assert_int_equal(standing(few, 3, found), 1);
    assert_int_equal(df_tags_standing(NULL, 0, in_group, found), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trends_are_more_than_chance),
        cmocka_unit_test(finds_what_all_of_a_group_have),
        cmocka_unit_test(says_nothing_of_too_few_or_without_a_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
