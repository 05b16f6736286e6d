#include "unit.h"

#include "base/time.h"
#include "domain/cron.h"

static struct df_cron parsed(const char *text)
{
    struct df_cron cron;
    struct df_error err;
    if (df_cron_parse(df_str_c(text), &cron, &err) != DF_OK)
        fail_msg("%s: %s", text, err.message);
    return cron;
}

static int64_t at(const char *text)
{
    int64_t ms;
    assert_true(df_time_parse(df_str_c(text), &ms));
    return ms;
}

static void test_the_next_moment(void **state)
{
    (void)state;
    static const struct {
        const char *cron, *after, *next;
    } cases[] = {
        {"* * * * *", "2026-11-28T14:20:31Z", "2026-11-28T14:21:00Z"},
        {"* * * * *", "2026-11-28T14:20:00Z", "2026-11-28T14:21:00Z"},
        {"*/15 * * * *", "2026-11-28T14:20:00Z", "2026-11-28T14:30:00Z"},
        {"5/20 * * * *", "2026-11-28T14:26:00Z", "2026-11-28T14:45:00Z"},
        {"0 0 1 1 *", "2026-11-28T14:20:00Z", "2027-01-01T00:00:00Z"},
        {"30 8-18/2 * * mon-fri", "2026-11-27T18:30:00Z", "2026-11-30T08:30:00Z"}, /* a Friday's evening */
        {"0 3 * * 7", "2026-11-28T14:20:00Z", "2026-11-29T03:00:00Z"},
        {"0 3 * * 0", "2026-11-28T14:20:00Z", "2026-11-29T03:00:00Z"},
        {"0 12 29 2 *", "2026-11-28T14:20:00Z", "2028-02-29T12:00:00Z"},
        {"0 12 29 FEB *", "2096-03-01T00:00:00Z", "2104-02-29T12:00:00Z"}, /* 2100 is none */
        {"59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z"},
        {"0 0 13 * fri", "2026-11-28T00:00:00Z", "2026-12-04T00:00:00Z"}, /* either day */
        {"0 0 13 * fri", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z"},
        {"0 0 */10 * fri", "2026-11-28T00:00:00Z", "2026-12-11T00:00:00Z"}, /* "*" at the front: both */
        {"1,2,40-42 4 * jan,dec *", "2026-12-31T04:42:00Z", "2027-01-01T04:01:00Z"},
        {"  0   0  *   *  * ", "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct df_cron cron = parsed(cases[i].cron);
        int64_t next = df_cron_next(&cron, at(cases[i].after));
        if (next != at(cases[i].next))
            fail_msg("%s after %s: %lld, not %s", cases[i].cron, cases[i].after, (long long)next, cases[i].next);
    }
}

static void test_the_last_moment(void **state)
{
    (void)state;
    struct df_cron cron = parsed("0 3 * * *");
    int64_t from = at("2026-11-20T03:00:00Z");
    assert_int_equal(df_cron_last(&cron, from, at("2026-11-28T14:00:00Z")), at("2026-11-28T03:00:00Z"));
    assert_int_equal(df_cron_last(&cron, from, at("2026-11-28T03:00:00Z")), at("2026-11-28T03:00:00Z"));
    assert_int_equal(df_cron_last(&cron, from, at("2026-11-28T02:59:59Z")), at("2026-11-27T03:00:00Z"));
    assert_int_equal(df_cron_last(&cron, from, from), from);
    assert_int_equal(df_cron_last(&cron, from + 1, from + 60000), 0);
    assert_int_equal(df_cron_last(&cron, from, from - 1), 0);
}

/* A plain walk over the minutes of a week finds the same moments. */
static void test_next_and_last_agree(void **state)
{
    (void)state;
    static const char *const all[] = {"*/7 * * * *", "0 */5 * * sun,wed", "17 3 28 * *", "30 12 * 11 6",
                                      "0 0 29 * mon"};
    int64_t from = at("2026-11-25T00:00:00Z"), until = at("2026-12-02T00:00:00Z");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct df_cron cron = parsed(all[i]);
        int64_t next = df_cron_next(&cron, from), last = 0;
        for (int64_t ms = from + 60000; ms < until; ms += 60000) {
            bool is = next == ms;
            last = is ? ms : last;
            assert_int_equal(df_cron_last(&cron, from + 60000, ms + 59999), last);
            if (is)
                next = df_cron_next(&cron, ms);
            assert_true(next > ms);
        }
    }
}

static void test_what_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",           "* * * *",      "* * * * * *",   "60 * * * *",    "* 24 * * *",  "* * 0 * *",
        "* * 32 * *", "* * * 13 *",   "* * * 0 *",     "* * * * 8",     "*/0 * * * *", "5-1 * * * *",
        "a * * * *",  "1- * * * *",   "-1 * * * *",    ", * * * *",     "1,, * * * *", "* * * foo *",
        "* * 30 2 *", "* * 31 4,6 *", "1-2-3 * * * *", "*/1/2 * * * *", "** * * * *",  "99999999999999999999 * * * *",
    };
    struct df_cron cron;
    struct df_error err;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (df_cron_parse(df_str_c(wrong[i]), &cron, &err) != DF_ERR_INVALID)
            fail_msg("\"%s\" is taken", wrong[i]);
    assert_int_equal(df_cron_parse(DF_S("61 * * * *"), &cron, &err), DF_ERR_INVALID);
    assert_non_null(strstr(err.message, "minute \"61\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_next_moment),
        cmocka_unit_test(test_the_last_moment),
        cmocka_unit_test(test_next_and_last_agree),
        cmocka_unit_test(test_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
