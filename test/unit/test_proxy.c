#include "unit.h"

#include "base/address.h"
#include "domain/proxy.h"
#include "domain/rate_reset.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static struct df_error err;

static const char *url_of(const char *base, const char *path, const char *query)
{
    struct df_str url;
    if (df_proxy_url(df_str_c(base), df_str_c(path), df_str_c(query), arena, &url, &err) != DF_OK)
        return NULL;
    return df_arena_cstr(arena, url);
}

static void builds_urls(void **state)
{
    (void)state;
    assert_string_equal(url_of("https://sentry.io", "api/0/organizations/", "a=1&b=%zz"),
                        "https://sentry.io/api/0/organizations/?a=1&b=%zz");
    assert_string_equal(url_of("https://x.example/sentry/", "a%2Fb/c%20d", ""), "https://x.example/sentry/a%2Fb/c%20d");
    assert_string_equal(url_of("https://x.example", "", ""), "https://x.example/");
    assert_string_equal(url_of("https://x.example", "@evil.example/a:80", ""), "https://x.example/@evil.example/a:80");
    assert_string_equal(url_of("https://x.example", "a..b/...", ""), "https://x.example/a..b/...");
    assert_string_equal(url_of("https://x.example", "a/100%25", ""), "https://x.example/a/100%25");
}

static void refuses_paths_that_escape(void **state)
{
    (void)state;
    const char *bad[] = {"/evil.example/", "a//b",       "..",         "a/../b", "a/.",   "%2e%2e/a", "a/%2E./b",
                         "a/..%2f",        "%252e%252e", "a%2f..%2fb", "a\\b",   "a%5cb", "a%255cb",  "a%00",
                         "a%0d%0aHost: b", "a b",        "a\xC3\xA9",  "a#b",    "%",     "%z1",      "..;/a",
                         "a/..;x=1",       "a%2f%2fb",   "%2fa",       ";a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (url_of("https://x.example", bad[i], ""))
            fail_msg("taken: %s", bad[i]);
    assert_null(url_of("https://x.example", "a", "b c"));
    assert_null(url_of("https://x.example", "a", "b\r\nHost: c"));
}

static void passes_headers(void **state)
{
    (void)state;
    const char *kept[] = {"Accept", "Content-Type", "X-Other", "If-Match", "Range", "User-Agent"};
    const char *dropped[] = {"HOST",
                             "authorization",
                             "x-api-key",
                             "Cookie",
                             "proxy-foo",
                             "X-Forwarded-Host",
                             "TE",
                             "Upgrade",
                             "content-length",
                             "Transfer-Encoding",
                             "X-Devflow-Anything",
                             "Expect",
                             "X-Hop",
                             "Sec-Fetch-Mode"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        assert_true(df_proxy_sends_header(df_str_c(kept[i]), DF_S("close, x-hop")));
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (df_proxy_sends_header(df_str_c(dropped[i]), DF_S("close, x-hop")))
            fail_msg("passed: %s", dropped[i]);
    assert_false(df_proxy_answers_header(DF_S("set-cookie"), DF_STR_NONE));
    assert_false(df_proxy_answers_header(DF_S("X-Hop"), DF_S("X-Hop")));
    assert_true(df_proxy_answers_header(DF_S("Retry-After"), DF_STR_NONE));
    assert_true(df_proxy_answers_header(DF_S("X-Sentry-Rate-Limit-Remaining"), DF_STR_NONE));
}

static void shows_own_locations(void **state)
{
    (void)state;
    struct df_str asked = DF_S("https://x.example/a");
    const char *shown[] = {"/b", "b", "?c", "https://x.example:443/b", "HTTPS://X.example/", "a/b:c"};
    const char *hidden[] = {
        "//evil.example", "http://x.example/", "https://evil.example/", "https://x.example@evil.example/",
        "javascript:x",   "\\\\evil.example",  "https:/evil.example",   "https://x.example.evil.example/"};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        assert_true(df_proxy_shows_location(df_str_c(shown[i]), asked, arena));
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (df_proxy_shows_location(df_str_c(hidden[i]), asked, arena))
            fail_msg("shown: %s", hidden[i]);
}

static int64_t hold(const char *name, const char *value)
{
    const struct df_param h = {df_str_c(name), df_str_c(value)};
    return df_rate_hold_until_ms(&h, 1, "X-Own-Reset", 1700000000000);
}

static void reads_rate_limits(void **state)
{
    (void)state;
    assert_int_equal(hold("retry-after", "30"), 1700000030000);
    assert_int_equal(hold("X-Sentry-Rate-Limit-Reset", "1700000012"), 1700000012000);
    assert_int_equal(hold("X-RateLimit-Requests-Reset", "1700000002500"), 1700000002500);
    assert_int_equal(hold("RateLimit-Reset", "7"), 1700000007000);
    assert_int_equal(hold("X-Own-Reset", "1700000001.25"), 1700000001000);
    assert_int_equal(hold("Retry-After", "999999"), 1700003600000);
    assert_int_equal(hold("Retry-After", "Tue, 14 Nov 2023 22:13:50 GMT"), 1700000030000);
    /* Past, or at once: a second is left to whoever has just been refused. */
    assert_int_equal(hold("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"), 1700000001000);
    assert_int_equal(hold("Retry-After", "0"), 1700000001000);
    assert_int_equal(hold("X-RateLimit-Reset", "1600000000"), 1700000001000);
    assert_int_equal(hold("Retry-After", "soon"), 0);
    assert_int_equal(hold("X-Other", "5"), 0);
}

static bool limits(int status, const char *name, const char *value)
{
    const struct df_param h = {df_str_c(name), df_str_c(value)};
    return df_rate_limits(status, &h, 1, "X-Own-Left");
}

static void knows_answers_that_limit(void **state)
{
    (void)state;
    assert_true(limits(429, "X-Other", "1"));
    assert_true(limits(503, "retry-after", "5"));
    assert_true(limits(403, "Retry-After", "5"));
    assert_true(limits(403, "X-RateLimit-Remaining", "0"));
    assert_true(limits(403, "X-Own-Left", "0"));
    assert_false(limits(403, "X-RateLimit-Remaining", "10"));
    assert_false(limits(503, "X-RateLimit-Remaining", "0"));
    assert_false(limits(200, "X-RateLimit-Remaining", "0"));
    assert_false(limits(401, "Retry-After", "5"));
}

static void knows_public_addresses(void **state)
{
    (void)state;
    const char *public[] = {"8.8.8.8",          "172.32.0.1",      "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8",
                            "64:ff9b::808:808", "2002:808:808::1", "192.0.1.1",   "1.1.1.1"};
    const char *special[] = {"0.0.0.0",
                             "10.1.2.3",
                             "127.0.0.1",
                             "127.255.0.1",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.168.0.1",
                             "100.64.0.1",
                             "224.0.0.1",
                             "255.255.255.255",
                             "198.19.0.1",
                             "::",
                             "::1",
                             "fe80::1",
                             "fc00::1",
                             "fdff::1",
                             "ff02::1",
                             "::ffff:127.0.0.1",
                             "::ffff:a9fe:a9fe",
                             "::127.0.0.1",
                             "64:ff9b::7f00:1",
                             "64:ff9b:1::1",
                             "2002:7f00:1::1",
                             "2001::1",
                             "2001:db8::1",
                             "fec0::1",
                             "::ffff:0:127.0.0.1",
                             "::ffff:0:8.8.8.8",
                             "100::1",
                             "4000::1",
                             "5f00::1",
                             "168.63.129.16",
                             "localhost",
                             "0x7f.1",
                             "2130706433",
                             "0177.0.0.1",
                             ""};
    for (size_t i = 0; i < sizeof public / sizeof *public; i++)
        if (!df_address_text_is_public(public[i]))
            fail_msg("not public: %s", public[i]);
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (df_address_text_is_public(special[i]))
            fail_msg("public: %s", special[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_urls),
        cmocka_unit_test(refuses_paths_that_escape),
        cmocka_unit_test(passes_headers),
        cmocka_unit_test(shows_own_locations),
        cmocka_unit_test(reads_rate_limits),
        cmocka_unit_test(knows_answers_that_limit),
        cmocka_unit_test(knows_public_addresses),
    };
    return cmocka_run_group_tests_name("proxy", tests, setup, teardown);
}
