#include "unit.h"

#include "domain/token_bucket.h"
#include "service/limiter.h"

#include <stdatomic.h>
#include <unistd.h>

static const int64_t S = 1000000, START = 5000000;

static void test_parsing(void **state)
{
    (void)state;
    struct df_rate rate;
    assert_true(df_rate_parse(DF_S("60/minute"), &rate) && rate.quota == 60 && rate.window_s == 60);
    assert_true(df_rate_parse(DF_S("1/second"), &rate) && rate.quota == 1 && rate.window_s == 1);
    assert_true(df_rate_parse(DF_S("1000000/day"), &rate) && rate.window_s == 86400);
    assert_true(df_rate_parse(DF_S("off"), &rate) && rate.quota == 0);
    static const char *const wrong[] = {"",          "60",         "/minute",      "0/minute",
                                        "-1/minute", "60/minutes", "1000001/hour", "x/hour"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(df_rate_parse(df_str_c(wrong[i]), &rate));
}

static void test_a_bucket_gives_its_quota_and_then_its_rate(void **state)
{
    (void)state;
    const struct df_rate rates[] = {{1, 1}, {3, 1}, {7, 60}, {60, 60}, {1000000, 1}, {999999, 86400}};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        const struct df_rate *rate = &rates[r];
        int64_t full = 0, now = START;
        assert_int_equal(df_bucket_left(full, rate, now), rate->quota);
        for (uint32_t i = 0; i < rate->quota; i++)
            if (!df_bucket_take(&full, rate, 1, now))
                fail_msg("rate %zu refuses the %u th", r, i);
        assert_int_equal(df_bucket_left(full, rate, now), 0);
        assert_false(df_bucket_take(&full, rate, 1, now));
        int64_t wait = df_bucket_wait_us(full, rate, 1, now);
        assert_true(wait > 0 && wait <= rate->window_s * S / rate->quota + 1);
        assert_false(df_bucket_take(&full, rate, 1, now + wait - 1));
        assert_true(df_bucket_take(&full, rate, 1, now + wait));
        assert_false(df_bucket_take(&full, rate, 1, now + wait));
        assert_true(df_bucket_take(&full, rate, rate->quota, now + 2 * rate->window_s * S + 2 * rate->quota));
    }
}

static void test_all_or_none(void **state)
{
    (void)state;
    const struct df_rate rate = {10, 10};
    int64_t full = 0;
    assert_false(df_bucket_take(&full, &rate, 11, START));
    assert_true(df_bucket_take(&full, &rate, 7, START));
    assert_false(df_bucket_take(&full, &rate, 4, START));
    assert_int_equal(df_bucket_left(full, &rate, START), 3);
    assert_int_equal(df_bucket_wait_us(full, &rate, 4, START), S);
    assert_int_equal(df_bucket_left(full, &rate, START + 1500000), 4);
}

static struct df_limits limits_of(uint32_t quota, uint32_t window_s)
{
    struct df_limits limits = {0};
    limits.rate[DF_LIMIT_API][DF_LIMIT_ADDRESS] = (struct df_rate){quota, window_s};
    return limits;
}

static unsigned taken(struct df_limiter *l, struct df_str who, unsigned tries)
{
    unsigned n = 0;
    for (unsigned i = 0; i < tries; i++) {
        struct df_limit_verdict v;
        df_limiter_take(l, DF_LIMIT_API, DF_LIMIT_ADDRESS, who, &v);
        n += v.allowed;
        assert_true(v.allowed || v.wait_s >= 1);
    }
    return n;
}

static void test_callers_do_not_share(void **state)
{
    (void)state;
    const struct df_limits limits = limits_of(5, 3600);
    struct df_limiter *l = df_limiter_new(&limits, NULL, NULL, NULL);
    assert_int_equal(taken(l, DF_S("one"), 20), 5);
    assert_int_equal(taken(l, DF_S("two"), 20), 5);
    assert_int_equal(taken(l, DF_S("one"), 20), 0);
    assert_false(df_limiter_shares(l));
    assert_int_equal(df_limiter_check(l, NULL), DF_OK);
    df_limiter_free(l);
}

/* Who is forgotten is forgotten in favour of those who have used more. */
static void test_memory_is_bounded(void **state)
{
    (void)state;
    const struct df_limits limits = limits_of(5, 3600);
    struct df_limiter *l = df_limiter_new(&limits, NULL, NULL, NULL);
    assert_int_equal(taken(l, DF_S("one"), 20), 5);
    for (unsigned i = 0; i < 1000000; i++)
        taken(l, df_str_n((char *)&i, sizeof i), 1);
    assert_int_equal(taken(l, DF_S("one"), 20), 0);
    df_limiter_free(l);
}

/* A shared bucket in memory, that may be told to fail. */
struct shared {
    struct df_quota port;
    struct df_rate rate;
    int64_t full_us;
    atomic_int asked, fails;
};

static enum df_code shared_take(struct df_quota *quota, const struct df_quota_ask *asks, size_t n,
                                struct df_quota_answer *ret, struct df_error *err)
{
    struct shared *s = (struct shared *)quota;
    s->asked++;
    if (s->fails)
        return df_fail(err, DF_ERR_FAILED, "gone");
    for (size_t i = 0; i < n; i++) {
        uint32_t given = 0, spent = asks[i].spent;
        while (spent && df_bucket_take(&s->full_us, &asks[i].rate, 1, START))
            spent--;
        while (given < asks[i].wanted && df_bucket_take(&s->full_us, &asks[i].rate, 1, START))
            given++;
        ret[i] = (struct df_quota_answer){given, s->full_us - START};
    }
    return DF_OK;
}

static void shared_free(struct df_quota *quota)
{
    (void)quota;
}

static const struct df_quota_ops shared_ops = {.take = shared_take, .free = shared_free};

static void settle(struct shared *s)
{
    for (int last = -1; last != s->asked; usleep(20000))
        last = s->asked;
}

static void test_portions(void **state)
{
    (void)state;
    const struct df_limits limits = limits_of(1000, 3600);
    struct shared s = {.port.ops = &shared_ops};
    struct df_limiter *a = df_limiter_new(&limits, &s.port, NULL, NULL);
    unsigned n = 0;
    for (int i = 0; i < 2000; i++) {
        n += taken(a, DF_S("one"), 1);
        if (i % 10 == 0)
            usleep(1000);
    }
    settle(&s);
    assert_true(n >= 500 && n <= 1050); /* what was on credit is charged, so at most a portion more */
    assert_true(s.asked < 200);
    df_limiter_free(a);
}

static void test_alone_when_the_shared_bucket_is_gone(void **state)
{
    (void)state;
    const struct df_limits limits = limits_of(100, 3600);
    struct shared s = {.port.ops = &shared_ops, .fails = 1};
    struct df_limiter *l = df_limiter_new(&limits, &s.port, NULL, NULL);
    struct df_error err;
    while (df_limiter_check(l, &err) == DF_OK)
        usleep(1000);
    assert_string_equal(err.message, "gone");
    assert_int_equal(taken(l, DF_S("one"), 500), 100);
    s.fails = 0;
    while (df_limiter_check(l, &err) != DF_OK)
        usleep(1000);
    assert_true(taken(l, DF_S("one"), 1) == 1);
    df_limiter_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parsing),
        cmocka_unit_test(test_a_bucket_gives_its_quota_and_then_its_rate),
        cmocka_unit_test(test_all_or_none),
        cmocka_unit_test(test_callers_do_not_share),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_portions),
        cmocka_unit_test(test_alone_when_the_shared_bucket_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
