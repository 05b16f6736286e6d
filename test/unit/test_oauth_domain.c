#include "unit.h"

#include "domain/link_header.h"
#include "domain/oauth.h"
#include "domain/scopes.h"
#include "domain/sentry_host.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static void tells_how_a_connection_stands(void **state)
{
    (void)state;
    struct df_connection c = {.sealed_refresh_token = DF_S("r"), .obtained_ms = 0, .expires_ms = 3600000};
    assert_int_equal(df_connection_status(&c, 0), DF_CONNECTED);
    assert_int_equal(df_connection_status(&c, 3600000), DF_CONNECTED); /* refreshed when next asked for */
    c.failure_reason = DF_S("503");
    assert_int_equal(df_connection_status(&c, 3599999), DF_CONNECTED);
    assert_int_equal(df_connection_status(&c, 3600000), DF_EXPIRED);
    c.sealed_refresh_token = DF_STR_NONE;
    assert_int_equal(df_connection_status(&c, 3600000), DF_RECONNECT);
    c = (struct df_connection){.reconnect = true};
    assert_int_equal(df_connection_status(&c, 0), DF_RECONNECT);
    c.reconnect = false; /* a token that never expires */
    assert_int_equal(df_connection_status(&c, INT64_MAX), DF_CONNECTED);
}

static void refreshes_five_minutes_before_or_at_half_of_a_short_life(void **state)
{
    (void)state;
    struct df_connection c = {.obtained_ms = 1000, .expires_ms = 1000 + 3600000};
    assert_int_equal(df_connection_refresh_at_ms(&c), 1000 + 3600000 - 300000);
    c.expires_ms = 1000 + 60000;
    assert_int_equal(df_connection_refresh_at_ms(&c), 1000 + 30000);
    c.expires_ms = 0;
    assert_int_equal(df_connection_refresh_at_ms(&c), INT64_MAX);
}

static void spreads_the_background_refresh(void **state)
{
    (void)state;
    const int64_t day = 24 * 3600 * 1000;
    struct df_connection c = {.sealed_refresh_token = DF_S("r"), .obtained_ms = 1000, .expires_ms = 1000 + 30 * day};
    assert_int_equal(df_connection_due_ms(&c, 0, 0), 1000 + 20 * day);
    assert_true(df_connection_due_ms(&c, 0, 999) < 1000 + 20 * day &&
                df_connection_due_ms(&c, 0, 999) > 1000 + 18 * day);
    c.expires_ms = 1000 + 3600000;
    assert_int_equal(df_connection_due_ms(&c, 0, 1000), df_connection_refresh_at_ms(&c));
    assert_true(df_connection_due_ms(&c, 0, 999) > 1000 + 3600000 / 2);
    c.sealed_refresh_token = DF_STR_NONE;
    assert_int_equal(df_connection_due_ms(&c, 0, 0), 0);
    c = (struct df_connection){.sealed_refresh_token = DF_S("r")};
    assert_int_equal(df_connection_due_ms(&c, 0, 0), 0);
    for (int64_t failures = 0, before = 0; failures < 80; failures++) {
        int64_t pause = df_refresh_pause_ms(failures, 500);
        assert_true(pause >= before && pause >= 3750 && df_refresh_pause_ms(failures, 999) <= 4500000);
        before = pause;
    }
}

static void makes_ids_of_names(void **state)
{
    (void)state;
    assert_str(df_project_id_from_name(DF_S("  My Shop!! (EU) "), arena), "my-shop-eu");
    assert_int_equal(df_project_id_from_name(DF_S("\xC3\xA9"), arena).n, 0);
    char name[100];
    memset(name, 'a', sizeof name);
    assert_true(df_project_id_valid(df_project_id_from_name(df_str_n(name, sizeof name), arena)));
    const char *bad[] = {"", "-a", ".a", "A", "a/b", "a b", "../x", "\xC3\xA9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(df_project_id_valid(df_str_c(bad[i])));
    assert_true(df_project_id_valid(DF_S("a.b_c-1")));
    assert_false(df_project_id_valid(df_str_n(name, 64)));
}

static const char *const known[] = {"org:read", "event:read", NULL};
static const char *const minimal[] = {"org:read", NULL};
static const char *const minimal_use[] = {"nothing works", NULL};
static const struct df_scope_hint hints[] = {{"issue:read", "event:read"}, {NULL, NULL}};
static const struct df_scope_rules rules = {known, minimal, minimal_use, known, hints};

static void checks_scopes(void **state)
{
    (void)state;
    struct df_error err;
    struct df_str items[] = {DF_S("event:read"), DF_S(" org:read "), DF_S("event:read"), DF_S("")}, *out;
    assert_str(df_scopes_join(items, 4, arena), "event:read org:read");
    assert_int_equal(df_scopes_split(DF_S("a,b  c"), arena, &out), 3);
    assert_str(out[2], "c");
    assert_str(df_scopes_ordered_like(DF_S("event:read new:one org:read"), DF_S("org:read x event:read"), arena),
               "org:read event:read new:one");
    assert_int_equal(df_scopes_check(&rules, "Sentry", DF_S("org:read event:read"), &err), DF_OK);
    assert_int_equal(df_scopes_check(&rules, "Sentry", DF_S("issue:read no:pe"), &err), DF_ERR_SCOPE);
    assert_string_equal(err.message, "Sentry has no scope issue:read: use event:read; Sentry has no scope no:pe");
    assert_int_equal(df_scopes_check(&rules, "Sentry", DF_S("a\nb\"c"), &err), DF_ERR_SCOPE);
    assert_int_equal(df_scopes_warnings(&rules, DF_S("event:read"), arena, &out), 1);
    assert_str(out[0], "without the scope org:read nothing works");
    assert_int_equal(df_scopes_warnings(&rules, DF_S("org:read"), arena, &out), 0);
}

static void finds_the_cursor_of_a_page(void **state)
{
    (void)state;
    struct df_str link = DF_S(
        "<https://x/?&cursor=0:0:1>; rel=\"previous\"; results=\"false\"; cursor=\"0:0:1\", "
        "<https://evil/?a=<b>&cursor=0:100:0>; rel=\"next\"; results=\"true\"; cursor=\"0:100:0\"");
    assert_str(df_link_cursor(link, "next", arena), "0:100:0");
    assert_int_equal(df_link_cursor(link, "previous", arena).n, 0);
    assert_int_equal(df_link_cursor(link, "last", arena).n, 0);
    const char *odd[] = {"",
                         ">",
                         "<x>",
                         "<x>; rel=\"next\"",
                         "<x>; rel=\"next; results=\"true\"",
                         "{'<x>; rel=next'}",
                         "<x>; rel=\"next\"; results=\"true\"",
                         "<x?cursor=a>; rel=\"next\"; results=\"false\"",
                         "<x?cursor=%zz>; rel=\"next\"",
                         "<x>; norel=\"next\"; cursor=\"a\"",
                         "<x>; rel=\"nextpage\"; cursor=\"a\""};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (df_link_cursor(df_str_c(odd[i]), "next", arena).n)
            fail_msg("%s", odd[i]);
}

/* What servers of Sentry's API were seen to send, and what RFC 8288 allows. */
static void reads_odd_links(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "{'<https://x/?&cursor=>; rel=\"previous\"; results=\"false\"; cursor=\"', '<https://x/?cursor=0:9:0>; rel=\"next\"; "
        "results=\"true\"; cursor=\"0:9:0\"'}",
        "<https://x/>; rel=\"previous\"; results=\"false\", <https://x/?a=1&cursor=0%3A9%3A0>; rel=\"next\"; results=\"true\"",
        "<https://x/?cursor=0:9:0>; rel=next",
        "<https://x/?cursor=0:9:0>;REL='next';RESULTS='true';CURSOR='0:9:0'",
        "<https://x/>;cursor=0:9:0;rel=\"last next\"",
        "<https://x/a,b?cursor=1>; rel=\"previous\",<https://x/>; results=\"True\" ; cursor = \"0:9:0\" ; rel = \"next\"",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct df_str cursor = df_link_cursor(df_str_c(forms[i]), "next", arena);
        if (!df_str_is(cursor, "0:9:0"))
            fail_msg("%s: %.*s", forms[i], DF_FMT(cursor));
    }
}

static void asks_its_own_hosts_alone(void **state)
{
    (void)state;
    static const struct {
        const char *url, *base, *regions;
        bool own;
    } cases[] = {
        {"https://us.sentry.io", "https://sentry.io", "", true},
        {"https://acme.sentry.io/issues/1/", "https://sentry.io", "", true},
        {"https://sentry.io", "https://us.sentry.io", "", true},
        {"http://us.sentry.io", "https://sentry.io", "", false},
        {"https://us.sentry.io:8443", "https://sentry.io", "", false},
        {"https://evilsentry.io", "https://sentry.io", "", false},
        {"https://us.sentry.io.evil.example", "https://sentry.io", "", false},
        {"https://a@us.sentry.io", "https://sentry.io", "", false},
        {"https://sentry.io", "https://tools.example.com", "", false},
        {"https://tools.example.com/x", "https://tools.example.com:443/sentry", "", true},
        {"https://TOOLS.example.com", "https://tools.example.com", "", true},
        {"https://us.tools.example.com", "https://tools.example.com", "", false},
        {"https://us.tools.example.com", "https://tools.example.com", "https://de.x, https://us.tools.example.com/",
         true},
        {"http://10.0.0.1:9001", "http://10.0.0.1:9000", "", false},
        {"//10.0.0.1", "http://10.0.0.1", "", false},
        {"", "http://10.0.0.1", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (df_sentry_host_is_own(df_str_c(cases[i].url), df_str_c(cases[i].base), df_str_c(cases[i].regions), arena) !=
            cases[i].own)
            fail_msg("%s for %s", cases[i].url, cases[i].base);
    struct df_str base = DF_S("https://tools.example.com/sentry/"), none = DF_STR_NONE;
    assert_str(df_sentry_host_of(DF_S("https://tools.example.com"), base, none, arena),
               "https://tools.example.com/sentry");
    assert_str(df_sentry_host_of(DF_S("https://elsewhere.example"), base, none, arena),
               "https://tools.example.com/sentry");
    assert_str(df_sentry_host_of(none, base, none, arena), "https://tools.example.com/sentry");
    assert_str(df_sentry_host_of(DF_S("https://de.sentry.io/"), DF_S("https://sentry.io"), none, arena),
               "https://de.sentry.io");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_how_a_connection_stands),
        cmocka_unit_test(refreshes_five_minutes_before_or_at_half_of_a_short_life),
        cmocka_unit_test(spreads_the_background_refresh),
        cmocka_unit_test(makes_ids_of_names),
        cmocka_unit_test(checks_scopes),
        cmocka_unit_test(finds_the_cursor_of_a_page),
        cmocka_unit_test(reads_odd_links),
        cmocka_unit_test(asks_its_own_hosts_alone),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
