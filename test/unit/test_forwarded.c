#include "unit.h"

#include "domain/forwarded.h"

#include <arpa/inet.h>
#include <stdio.h>

static struct df_str text_of(const uint8_t address[16], char to[INET6_ADDRSTRLEN])
{
    bool four = df_address_bytes_are_ipv4(address);
    inet_ntop(four ? AF_INET : AF_INET6, address + (four ? 12 : 0), to, INET6_ADDRSTRLEN);
    return df_str_c(to);
}

static const struct row {
    const char *trusted, *peer, *first, *second; /* values of the header */
    const char *client;
    bool rfc7239;
} rows[] = {
    {"", "10.0.0.1", "192.0.2.1", NULL, "10.0.0.1", false},
    {"10.0.0.0/8", "192.0.2.9", "192.0.2.1", NULL, "192.0.2.9", false},
    {"10.0.0.0/8", "10.0.0.1", "192.0.2.1", NULL, "192.0.2.1", false},
    {"10.0.0.0/8", "10.0.0.1", "203.0.113.9, 192.0.2.1", NULL, "192.0.2.1", false},
    {"10.0.0.0/8", "10.0.0.1", "203.0.113.9, 192.0.2.1, 10.2.3.4", NULL, "192.0.2.1", false},
    {"10.0.0.0/8", "10.0.0.1", "203.0.113.9", "192.0.2.1 , 10.2.3.4", "192.0.2.1", false},
    {"10.0.0.0/8", "10.0.0.1", "203.0.113.9", "10.2.3.4", "203.0.113.9", false},
    {"10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", NULL, "10.0.0.3", false},
    {"10.0.0.0/8", "10.0.0.1", "203.0.113.9, unknown", NULL, "10.0.0.1", false},
    {"10.0.0.0/8", "10.0.0.1", "203.0.113.9,", NULL, "10.0.0.1", false},
    {"10.0.0.0/8", "10.0.0.1", "203.0.113.9, 1.2.3", NULL, "10.0.0.1", false},
    {"10.0.0.0/8", "10.0.0.1", "192.0.2.1:4711", NULL, "192.0.2.1", false},
    {"10.0.0.0/8, fd00::/8", "fd00::1", "[2001:db8::7]:80", NULL, "2001:db8::7", false},
    {"::1", "::1", "2001:db8::7", NULL, "2001:db8::7", false},
    {"10.0.0.1", "10.0.0.1", "::ffff:192.0.2.1", NULL, "192.0.2.1", false},
    {"10.0.0.1", "10.0.0.1", "for=192.0.2.1;proto=https;by=10.0.0.1", NULL, "192.0.2.1", true},
    {"10.0.0.1", "10.0.0.1", "for=203.0.113.9, For=\"[2001:db8::7]:4711\"", NULL, "2001:db8::7", true},
    {"10.0.0.1", "10.0.0.1", "for=203.0.113.9, for=_hidden", NULL, "10.0.0.1", true},
    {"10.0.0.1", "10.0.0.1", "for=203.0.113.9, proto=https", NULL, "10.0.0.1", true},
};

static void test_clients(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct df_trusted_proxies proxies = {.rfc7239 = rows[i].rfc7239};
        uint8_t peer[16], client[16];
        char text[INET6_ADDRSTRLEN];
        const struct df_str values[] = {df_str_c(rows[i].first), df_str_c(rows[i].second)};
        assert_true(df_trusted_proxies_parse(df_str_c(rows[i].trusted), &proxies));
        assert_true(df_address_parse(df_str_c(rows[i].peer), peer));
        df_forwarded_client(&proxies, peer, values, rows[i].second ? 2 : 1, client);
        if (!df_str_is(text_of(client, text), rows[i].client))
            fail_msg("row %zu: %s, not %s", i, text, rows[i].client);
    }
}

static void test_lists(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "x", "10.0.0.0/33",   "10.0.0.1/8", "fd00::/129", "10.0.0.0/",        "10.0.0.0/-1",
        ",", "10.0.0.1,,::1", "[::1]",      "localhost",  "::ffff:10.0.0.0/8"};
    struct df_trusted_proxies proxies;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (df_trusted_proxies_parse(df_str_c(wrong[i]), &proxies))
            fail_msg("%s is taken", wrong[i]);
    uint8_t address[16];
    assert_true(df_trusted_proxies_parse(DF_S("0.0.0.0/0"), &proxies));
    assert_true(df_address_parse(DF_S("192.0.2.1"), address) && df_is_trusted_proxy(&proxies, address));
    assert_true(df_address_parse(DF_S("2001:db8::1"), address) && !df_is_trusted_proxy(&proxies, address));
}

static void test_networks_of_callers(void **state)
{
    (void)state;
    struct sockaddr_in6 six = {.sin6_family = AF_INET6}, other = {.sin6_family = AF_INET6};
    struct sockaddr_in four = {.sin_family = AF_INET};
    uint8_t a[16], b[16];
    inet_pton(AF_INET6, "2001:db8:1:2:3::4", &six.sin6_addr);
    inet_pton(AF_INET6, "2001:db8:1:2::9", &other.sin6_addr);
    assert_true(df_address_network((struct sockaddr *)&six, a) && df_address_network((struct sockaddr *)&other, b));
    assert_memory_equal(a, b, 16);
    inet_pton(AF_INET6, "2001:db8:1:3::9", &other.sin6_addr);
    assert_true(df_address_network((struct sockaddr *)&other, b));
    assert_memory_not_equal(a, b, 16);
    inet_pton(AF_INET6, "::ffff:127.0.0.9", &six.sin6_addr);
    inet_pton(AF_INET, "127.0.0.9", &four.sin_addr);
    assert_true(df_address_network((struct sockaddr *)&six, a) && df_address_network((struct sockaddr *)&four, b));
    assert_memory_equal(a, b, 16);
    assert_true(df_address_is_loopback((struct sockaddr *)&six) && df_address_is_loopback((struct sockaddr *)&four));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clients),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_networks_of_callers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
