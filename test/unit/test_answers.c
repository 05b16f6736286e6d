/* What answers of a provider mean: token answers and Sentry's errors. */
#include "unit.h"

#include "domain/sentry_error.h"
#include "provider/catalogue.h"
#include "service/token_endpoint.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static struct df_error err;

static enum df_code token(int status, const char *body, struct df_token_answer *ret)
{
    return df_token_answer_read(&df_provider_sentry, status, df_str_c(body), 1000, arena, ret, &err);
}

static void reads_tokens(void **state)
{
    (void)state;
    struct df_token_answer a;
    assert_int_equal(
        token(200,
              "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":10,\"token_type\":\"bearer\","
              "\"scope\":\"b a\",\"user\":{\"email\":\"e@x\"}}",
              &a),
        DF_OK);
    assert_str(df_secret_reveal(a.access_token), "a");
    assert_str(df_secret_reveal(a.refresh_token), "r");
    assert_str(a.scopes, "b a");
    assert_str(a.user_email, "e@x");
    assert_int_equal(a.expires_ms, 11000);
    assert_int_equal(
        token(200, "{\"access_token\":\"a\",\"refresh_token\":null,\"expires_at\":\"1970-01-01T00:01:00Z\"}", &a),
        DF_OK);
    assert_int_equal(a.expires_ms, 60000);
    assert_true(df_secret_is_empty(a.refresh_token));
    assert_int_equal(token(200, "{\"access_token\":\"a\",\"expires_in\":99999999999999}", &a), DF_OK);
    assert_true(a.expires_ms < 400000000000000);
    assert_int_equal(token(200, "{\"access_token\":\"a\"}", &a), DF_OK);
    assert_int_equal(a.expires_ms, 0);
}

static void sorts_refusals_by_what_they_mean(void **state)
{
    (void)state;
    struct df_token_answer a;
    static const struct {
        int status;
        const char *body;
        enum df_code code;
    } cases[] = {
        {400, "{\"error\":\"invalid_grant\"}", DF_ERR_RECONNECT},
        {200, "{\"error\":\"invalid_grant\"}", DF_ERR_RECONNECT},
        {401, "{\"error\":\"invalid_client\"}", DF_ERR_CLIENT_CREDENTIALS},
        {401, "{\"detail\":\"late\"}", DF_ERR_PROVIDER},
        {500, "{\"error\":\"invalid_grant\"}", DF_ERR_PROVIDER},
        {429, "\"slow down\"", DF_ERR_RATE_LIMITED},
        {429, "{\"ok\":false,\"error\":\"ratelimited\"}", DF_ERR_RATE_LIMITED},
        {429, "{\"error\":\"slow_down\"}", DF_ERR_PROVIDER}, /* the device flow's own */
        {400, "{\"error\":\"temporarily_unavailable\"}", DF_ERR_PROVIDER},
        {503, "<html>", DF_ERR_PROVIDER},
        {200, "<html>", DF_ERR_PROVIDER},
        {200, "{\"access_token\":\"a\"", DF_ERR_PROVIDER},
        {200, "{\"access_token\":7}", DF_ERR_PROVIDER},
        {200, "{\"access_token\":\"a b\"}", DF_ERR_PROVIDER},
        {200, "{\"access_token\":\"a\\r\\nX: y\"}", DF_ERR_PROVIDER},
        {200, "{\"access_token\":\"a\",\"token_type\":\"mac\"}", DF_ERR_PROVIDER},
        {400, "{\"error\":\"<script>hunter2</script>\"}", DF_ERR_PROVIDER},
        {302, "", DF_ERR_PROVIDER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum df_code code = token(cases[i].status, cases[i].body, &a);
        if (code != cases[i].code)
            fail_msg("%d %s: %s", cases[i].status, cases[i].body, df_code_name(code));
        assert_null(strstr(err.message, "hunter2"));
    }
}

static enum df_code sentry(int status, const char *body, const char *reset)
{
    const struct df_sentry_fault fault = {status, df_str_c(body), df_str_c(reset), DF_STR_NONE, "this issue"};
    return df_sentry_error(&fault, 1000000, arena, &err);
}

static void reads_sentrys_errors_of_every_form(void **state)
{
    (void)state;
    assert_int_equal(sentry(401, "{\"detail\":\"Invalid token\"}", ""), DF_ERR_RECONNECT);
    assert_non_null(strstr(err.message, "Invalid token"));
    assert_int_equal(sentry(401, "{\"detail\":{\"code\":\"sso-required\",\"message\":\"Must login via SSO\"}}", ""),
                     DF_ERR_PROVIDER_FORBIDDEN);
    assert_non_null(strstr(err.message, "SSO"));
    assert_int_equal(sentry(403, "{\"detail\":[\"No\",\"no\"]}", ""), DF_ERR_PROVIDER_FORBIDDEN);
    assert_int_equal(sentry(404, "<html>nothing</html>", ""), DF_ERR_PROVIDER_NOT_FOUND);
    assert_null(strstr(err.message, "html"));
    assert_int_equal(sentry(429, "\"You are attempting to use this endpoint too frequently.\"", "1030"),
                     DF_ERR_RATE_LIMITED);
    assert_int_equal(err.retry_after_s, 30);
    assert_int_equal(sentry(429, "", "999999999999999999999"), DF_ERR_RATE_LIMITED);
    assert_int_equal(err.retry_after_s, 1);
    assert_int_equal(sentry(400, "{\"detail\":\"Invalid cursor\"}", ""), DF_ERR_INVALID);
    assert_int_equal(sentry(400, "{\"statsPeriod\":[\"Not a period.\"]}", ""), DF_ERR_INVALID);
    assert_non_null(strstr(err.message, "statsPeriod: Not a period."));
    assert_int_equal(sentry(400, "{\"statsPeriod\":{\"a\":1}}", ""), DF_ERR_INVALID);
    assert_int_equal(sentry(502, "bad gateway", ""), DF_ERR_PROVIDER);
    assert_int_equal(sentry(301, "", ""), DF_ERR_PROVIDER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tokens),
        cmocka_unit_test(sorts_refusals_by_what_they_mean),
        cmocka_unit_test(reads_sentrys_errors_of_every_form),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
