#include "unit.h"

#include "base/time.h"
#include "base/url.h"

static void takes_urls_apart(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_url u;
    assert_true(df_url_parse(DF_S("http://LOCALHOST:3001/api/v1/auth/sentry/callback?a=b#c"), arena, &u));
    assert_str(u.host, "localhost");
    assert_str(u.port, "3001");
    assert_str(u.path, "/api/v1/auth/sentry/callback");
    assert_str(u.query, "a=b");
    assert_str(df_url_origin(&u, arena), "http://localhost:3001");
    assert_true(df_url_parse(DF_S("https://sentry.io:443/"), arena, &u));
    assert_str(df_url_origin(&u, arena), "https://sentry.io");
    const char *bad[] = {"",
                         "sentry.io",
                         "ftp://x/",
                         "http://",
                         "http:// x/",
                         "http://x/\n",
                         "javascript:alert(1)",
                         "http://a\\b/",
                         "http:///x",
                         "http://21307064%33/",
                         "http://a%2eb/",
                         "http://u:p%40@a%62/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (df_url_parse(df_str_c(bad[i]), arena, &u))
            fail_msg("taken: %s", bad[i]);
}

static void knows_loopback(void **state)
{
    (void)state;
    const char *yes[] = {"localhost", "127.0.0.1", "127.9.8.7", "[::1]", "::1"};
    const char *no[] = {
        "",         "127.0.0.1.evil.example", "localhost.evil.example", "127.1", "128.0.0.1", "0.0.0.0", "127.0.0.256",
        "sentry.io"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(df_host_is_loopback(df_str_c(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(df_host_is_loopback(df_str_c(no[i])));
}

static void decodes_forms(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_param *p;
    size_t n;
    struct df_str out;
    assert_true(df_params_parse(DF_S("a=1+2&b=%C3%A9&c&&d="), 8, arena, &p, &n));
    assert_int_equal(n, 4);
    assert_str(df_params_find(p, n, "a")->value, "1 2");
    assert_str(df_params_find(p, n, "b")->value, "é");
    assert_null(df_params_find(p, n, "e"));
    assert_false(df_params_parse(DF_S("a&b&c"), 2, arena, &p, &n));
    const char *bad[] = {"%", "%4", "%zz", "%00", "a%"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(df_url_decode(df_str_c(bad[i]), true, arena, &out));
    assert_true(df_url_decode(DF_S("%41"), true, arena, &out));
    assert_str(out, "A");
    assert_str(df_url_encode(DF_S("a b/é~"), arena), "a%20b%2F%C3%A9~");
}

static void reads_and_writes_times(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    int64_t ms;
    assert_true(df_time_parse(DF_S("2025-01-15T12:00:00Z"), &ms));
    assert_str(df_time_format(ms, arena), "2025-01-15T12:00:00Z");
    assert_true(df_time_parse(DF_S("2024-11-27T23:20:21.054320+02:00"), &ms));
    assert_str(df_time_format_ms(ms, arena), "2024-11-27T21:20:21.054Z");
    assert_str(df_time_format_ms(-1, arena), "1969-12-31T23:59:59.999Z");
    const char *bad[] = {
        "", "2025", "2025-13-01T00:00:00Z", "2025-01-15T12:00:00Zx", "2025-01-15T25:00:00Z", "2025-01-15T12:00:00+1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(df_time_parse(df_str_c(bad[i]), &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_urls_apart),
        cmocka_unit_test(knows_loopback),
        cmocka_unit_test(decodes_forms),
        cmocka_unit_test(reads_and_writes_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
