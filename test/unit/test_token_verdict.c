#include "unit.h"

#include "domain/rate_reset.h"
#include "domain/token_verdict.h"
#include "service/token_fate.h"

enum { NOW = 1000000 };

static const struct df_oauth_app sound;
static const struct df_token_ask plain, refused = {.refused = true}, forced = {.forced = true};

static struct df_connection valid(void)
{
    return (struct df_connection){.sealed_access_token = DF_S("a"),
                                  .sealed_refresh_token = DF_S("r"),
                                  .obtained_ms = NOW - 1000,
                                  .expires_ms = NOW + 3600 * 1000,
                                  .version = 1};
}

#define VERDICT(c, app, ask) df_token_verdict(&(c), &(app), &(ask), NOW)

static void serves_what_is_valid(void **state)
{
    (void)state;
    struct df_connection c = valid();
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_SERVE);
    c.expires_ms = NOW + 1000;
    c.obtained_ms = NOW - 3600 * 1000;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_SERVE_AND_REFRESH);
    c.failures = 1;
    c.failure_reason = DF_S("it is down");
    c.due_ms = NOW + 500; /* it has just failed: no one sets it off before its time */
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_SERVE);
    c.due_ms = NOW;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_SERVE_AND_REFRESH);
    c.lease_owner = DF_S("another");
    c.lease_until_ms = NOW + 1;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_SERVE);
    c = valid();
    c.unanswered = true; /* perhaps dead: a retry tells */
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_WAIT);
    c.lease_owner = DF_S("another");
    c.lease_until_ms = NOW + 1;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_SERVE);
    c.doubtful = true;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_WAIT);
    c.lease_until_ms = NOW;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_WAIT);
    c.failures = 1;
    c.failure_reason = DF_S("it is down");
    c.due_ms = NOW + 1;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_SERVE);
    c.sealed_refresh_token = DF_STR_NONE;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_SERVE);
    c.expires_ms = 0;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_SERVE);
}

static void waits_for_what_has_expired(void **state)
{
    (void)state;
    struct df_connection c = valid();
    c.expires_ms = NOW;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_WAIT);
    c.failures = 2;
    c.failure_reason = DF_S("it is down");
    c.due_ms = NOW + 1;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_BACKING_OFF);
    assert_int_equal(VERDICT(c, sound, forced), DF_TOKEN_WAIT);
    c.lease_owner = DF_S("another");
    c.lease_until_ms = NOW + 1;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_WAIT);
    c.sealed_refresh_token = DF_STR_NONE;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_RECONNECT);
    c = valid();
    c.reconnect = true;
    assert_int_equal(VERDICT(c, sound, plain), DF_TOKEN_RECONNECT);
}

static void a_refused_token_is_replaced_once(void **state)
{
    (void)state;
    struct df_connection c = valid();
    assert_int_equal(VERDICT(c, sound, refused), DF_TOKEN_WAIT);
    c.refreshed_ms = NOW - 9999;
    assert_int_equal(VERDICT(c, sound, refused), DF_TOKEN_JUST_REFRESHED);
    assert_int_equal(df_token_settled_ms(&c), NOW + 1);
    c.refreshed_ms = NOW - 10000;
    assert_int_equal(VERDICT(c, sound, refused), DF_TOKEN_WAIT);
    c.failures = 1;
    c.failure_reason = DF_S("it is down");
    c.due_ms = NOW + 1;
    assert_int_equal(VERDICT(c, sound, refused), DF_TOKEN_BACKING_OFF);
    c.sealed_refresh_token = DF_STR_NONE;
    assert_int_equal(VERDICT(c, sound, refused), DF_TOKEN_NO_REFRESH);
    assert_int_equal(VERDICT(c, sound, forced), DF_TOKEN_NO_REFRESH);
}

static void an_app_s_fault_stops_refreshes_not_valid_tokens(void **state)
{
    (void)state;
    struct df_oauth_app app = {.fault = DF_S("bad secret"), .fault_retry_ms = NOW + 1};
    struct df_connection c = valid();
    c.unanswered = true;
    assert_int_equal(VERDICT(c, app, plain), DF_TOKEN_SERVE);
    assert_int_equal(VERDICT(c, app, refused), DF_TOKEN_APP_FAULT);
    assert_int_equal(VERDICT(c, app, forced), DF_TOKEN_APP_FAULT);
    app.fault_retry_ms = NOW;
    assert_int_equal(VERDICT(c, app, forced), DF_TOKEN_WAIT);
    assert_int_equal(VERDICT(c, app, plain), DF_TOKEN_WAIT);
}

static int64_t reset_at(const char *value)
{
    return df_rate_reset_ms(df_str_c(value), 1764000000000);
}

static void reads_when_a_limit_ends(void **state)
{
    (void)state;
    const int64_t now = 1764000000000, hour = 3600 * 1000;
    assert_int_equal(reset_at("30"), now + 30000);
    assert_int_equal(reset_at(" 30 "), now + 30000);
    assert_int_equal(reset_at("1764000060"), now + 60000);
    assert_int_equal(reset_at("1764000060.5"), now + 60000);
    assert_int_equal(reset_at("1764000060000"), now + 60000);
    assert_int_equal(reset_at("Mon, 24 Nov 2025 16:01:00 GMT"), now + 60000);
    assert_int_equal(reset_at("0"), now + 1000);
    assert_int_equal(reset_at("1763000000"), now + 1000);
    assert_int_equal(reset_at("Mon, 24 Nov 2025 15:00:00 GMT"), now + 1000);
    assert_int_equal(reset_at("86400"), now + hour);
    assert_int_equal(reset_at("99999999999"), now + hour);
    assert_int_equal(reset_at("18446744073709551615"), now + hour);
    const char *const none[] = {"", "soon", "-5", "1e9", "99999999999999999999", "Mon, 24 Nov 2025", "0x10", "Mon, 99"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(reset_at(none[i]), 0);
}

static enum df_refresh_outcome fate_of(enum df_code code, int status, int64_t elapsed_ms, enum df_code *ret_code)
{
    struct df_error err;
    struct df_token_fate fate = {.status = status, .sent = true, .elapsed_ms = elapsed_ms};
    const struct df_http_answer answer = {.status = status};
    (void)df_fail(&err, code, "m");
    *ret_code = df_token_fate_judge(&fate, "P", code, status ? &answer : NULL, NULL, NOW, &err);
    assert_int_equal(err.code, *ret_code);
    return fate.outcome;
}

static void concludes_from_an_answer_what_it_may(void **state)
{
    (void)state;
    static const struct {
        enum df_code code;
        int status, elapsed_ms;
        enum df_refresh_outcome outcome;
        enum df_code after;
    } cases[] = {
        {DF_ERR_RECONNECT, 400, 100, DF_REFRESH_REFUSED, DF_ERR_RECONNECT},
        {DF_ERR_RECONNECT, 400, 20000, DF_REFRESH_REFUSED, DF_ERR_RECONNECT},
        {DF_ERR_RECONNECT, 401, 9999, DF_REFRESH_REFUSED, DF_ERR_RECONNECT},
        {DF_ERR_RECONNECT, 401, 10000, DF_REFRESH_NO_ANSWER, DF_ERR_PROVIDER},
        {DF_ERR_CLIENT_CREDENTIALS, 401, 100, DF_REFRESH_NOT_DONE, DF_ERR_CLIENT_CREDENTIALS},
        {DF_ERR_CLIENT_CREDENTIALS, 401, 15000, DF_REFRESH_NO_ANSWER, DF_ERR_PROVIDER},
        {DF_ERR_CLIENT_CREDENTIALS, 200, 100, DF_REFRESH_NOT_DONE, DF_ERR_CLIENT_CREDENTIALS},
        {DF_ERR_PROVIDER, 401, 100, DF_REFRESH_NOT_DONE, DF_ERR_PROVIDER},
        {DF_ERR_PROVIDER, 401, 15000, DF_REFRESH_NO_ANSWER, DF_ERR_PROVIDER},
        {DF_ERR_RATE_LIMITED, 429, 100, DF_REFRESH_NOT_DONE, DF_ERR_RATE_LIMITED},
        {DF_ERR_PROVIDER, 503, 100, DF_REFRESH_NOT_DONE, DF_ERR_PROVIDER},
        {DF_ERR_PROVIDER, 503, 12000, DF_REFRESH_NO_ANSWER, DF_ERR_PROVIDER},
        {DF_ERR_PROVIDER, 500, 100, DF_REFRESH_NO_ANSWER, DF_ERR_PROVIDER},
        {DF_ERR_PROVIDER, 502, 100, DF_REFRESH_NO_ANSWER, DF_ERR_PROVIDER},
        {DF_ERR_PROVIDER, 504, 100, DF_REFRESH_NO_ANSWER, DF_ERR_PROVIDER},
        {DF_ERR_PROVIDER, 200, 100, DF_REFRESH_NO_ANSWER, DF_ERR_PROVIDER},
        {DF_ERR_PROVIDER_TIMEOUT, 0, 300000, DF_REFRESH_NO_ANSWER, DF_ERR_PROVIDER_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum df_code after;
        enum df_refresh_outcome outcome = fate_of(cases[i].code, cases[i].status, cases[i].elapsed_ms, &after);
        if (outcome != cases[i].outcome || after != cases[i].after)
            fail_msg("case %zu: outcome %d, code %s", i, outcome, df_code_name(after));
    }
    struct df_token_fate unsent = {.elapsed_ms = 5};
    struct df_error err = {0};
    df_token_fate_judge(&unsent, "P", DF_ERR_PROVIDER, NULL, NULL, NOW, &err);
    assert_int_equal(unsent.outcome, DF_REFRESH_NOT_DONE);
}

static void honours_what_a_limit_says(void **state)
{
    (void)state;
    struct df_param reset = {DF_S("x-sentry-rate-limit-reset"), DF_S("1030")};
    const struct df_http_answer answer = {.status = 429, .headers = &reset, .n_headers = 1};
    struct df_token_fate fate = {.status = 429, .sent = true};
    struct df_error err = {0};
    df_token_fate_judge(&fate, "P", DF_ERR_RATE_LIMITED, &answer, NULL, NOW, &err);
    assert_true(fate.held);
    assert_int_equal(fate.retry_ms, NOW + 1030 * 1000);
    assert_int_equal(err.retry_after_s, 1030);
    reset = (struct df_param){DF_S("X-Own-Reset"), DF_S("7")};
    df_token_fate_judge(&fate, "P", DF_ERR_RATE_LIMITED, &answer, "X-Own-Reset", NOW, &err);
    assert_int_equal(fate.retry_ms, NOW + 7000);
    df_token_fate_judge(&fate, "P", DF_ERR_RATE_LIMITED, &answer, NULL, NOW, &err);
    assert_true(fate.retry_ms > NOW);
}

static void spaces_requests_under_the_limit(void **state)
{
    (void)state;
    assert_int_equal(df_pace_spacing_ms(50), 25);
    assert_int_equal(df_pace_spacing_ms(0.5), 2500);
    assert_int_equal(df_pace_spacing_ms(3), 417);
    assert_int_equal(df_pace_spacing_ms(100000), 1);
    assert_int_equal(df_pace_spacing_ms(0), 0);
    assert_int_equal(df_pace_spacing_ms(-1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_what_is_valid),
        cmocka_unit_test(waits_for_what_has_expired),
        cmocka_unit_test(a_refused_token_is_replaced_once),
        cmocka_unit_test(an_app_s_fault_stops_refreshes_not_valid_tokens),
        cmocka_unit_test(reads_when_a_limit_ends),
        cmocka_unit_test(concludes_from_an_answer_what_it_may),
        cmocka_unit_test(honours_what_a_limit_says),
        cmocka_unit_test(spaces_requests_under_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
