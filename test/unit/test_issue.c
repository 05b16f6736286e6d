#include "unit.h"

#include "domain/issue.h"
#include "domain/issue_ref.h"
#include "fixture.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static struct df_str written(const char *json)
{
    struct df_issue issue;
    struct df_buf out;
    struct df_json_writer w;
    assert_true(df_issue_parse(fixture_parse(df_str_c(json), arena), arena, &issue));
    df_buf_init(&out, arena, 10000);
    df_json_writer_init(&w, &out, 0);
    df_issue_put_json(&w, &issue);
    return df_buf_str(&out);
}

static void writes_the_contracts_object(void **state)
{
    (void)state;
    assert_str(
        written(
            "{\"id\":\"1\",\"shortId\":\"PUMP-1\",\"title\":\"KeyError: 'a'\",\"culprit\":\"order\",\"permalink\":null,\"logger\":null,"
            "\"level\":\"error\",\"status\":\"unresolved\",\"substatus\":\"ongoing\",\"platform\":\"python\",\"priority\":\"medium\","
            "\"project\":{\"id\":\"2\",\"name\":\"Pump Station\",\"slug\":\"pump-station\"},\"type\":\"error\","
            "\"metadata\":{\"type\":\"KeyError\",\"value\":\"'a'\"},\"count\":\"150\",\"userCount\":12,\"isUnhandled\":true,"
            "\"firstSeen\":\"2018-11-06T21:19:55Z\",\"lastSeen\":null,\"firstRelease\":{\"version\":\"1.0\"},\"lastRelease\":null,\"stats\":{\"24h\":null,\"14d\":null}}"),
        "{\"id\":\"1\",\"shortId\":\"PUMP-1\",\"title\":\"KeyError: 'a'\",\"type\":\"KeyError\",\"value\":\"'a'\",\"culprit\":\"order\","
        "\"level\":\"error\",\"status\":\"unresolved\",\"substatus\":\"ongoing\",\"priority\":\"medium\",\"platform\":\"python\","
        "\"permalink\":null,\"project\":{\"id\":\"2\",\"slug\":\"pump-station\",\"name\":\"Pump Station\"},\"count\":150,"
        "\"userCount\":12,\"firstSeen\":\"2018-11-06T21:19:55.000Z\",\"lastSeen\":null,\"isUnhandled\":true,\"logger\":null,"
        "\"firstRelease\":\"1.0\",\"lastRelease\":null,\"stats\":{\"24h\":null,\"14d\":null}}");
}

static void tolerates_nulls_and_wrong_types(void **state)
{
    (void)state;
    struct df_issue issue = {.count = 9};
    static const char *const refused[] = {"{}", "[]", "7", "null", "{\"id\":null}", "{\"id\":\"\"}", "{\"id\":[]}"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(df_issue_parse(fixture_parse(df_str_c(refused[i]), arena), arena, &issue));
    assert_int_equal(issue.count, 9);
    assert_true(df_issue_parse(
        fixture_parse(DF_S("{\"id\":7,\"shortId\":null,\"title\":[],\"metadata\":\"x\",\"count\":{},\"project\":5,"
                           "\"userCount\":\"12\",\"firstSeen\":5,\"isUnhandled\":\"yes\",\"firstRelease\":\"2.0\"}"),
                      arena),
        arena, &issue));
    assert_str(issue.id, "7");
    assert_str(issue.first_release, "2.0");
    assert_int_equal(issue.user_count, 12);
    assert_int_equal(issue.count, 0);
    assert_false(issue.is_unhandled);
    assert_true(df_issue_parse(
        fixture_parse(DF_S("{\"id\":\"1\",\"metadata\":{\"title\":\"only here\"},\"type\":\"default\"}"), arena), arena,
        &issue));
    assert_str(issue.title, "only here");
    assert_str(issue.type, "default");
}

struct ref_case {
    const char *text;
    enum df_issue_ref_kind kind;
    const char *id, *organization, *origin, *event;
};

static const struct ref_case refs[] = {
    {"4711", DF_ISSUE_REF_NUMERIC, "4711", "", "", ""},
    {"  4711\n", DF_ISSUE_REF_NUMERIC, "4711", "", "", ""},
    {"SHOP-1A", DF_ISSUE_REF_SHORT_ID, "SHOP-1A", "", "", ""},
    {"shop-front-1a", DF_ISSUE_REF_SHORT_ID, "SHOP-FRONT-1A", "", "", ""},
    {"9A28857D5484455CB204CDD6320A68FD", DF_ISSUE_REF_EVENT_ID, "9a28857d5484455cb204cdd6320a68fd", "", "", ""},
    {"9a28857d-5484-455c-b204-cdd6320a68fd", DF_ISSUE_REF_EVENT_ID, "9a28857d5484455cb204cdd6320a68fd", "", "", ""},
    {"https://sentry.io/organizations/acme/issues/123/", DF_ISSUE_REF_NUMERIC, "123", "acme", "https://sentry.io", ""},
    {"https://acme.sentry.io/issues/123/?project=1&referrer=slack", DF_ISSUE_REF_NUMERIC, "123", "acme",
     "https://acme.sentry.io", ""},
    {"https://acme.sentry.io/issues/123?project=1#breadcrumbs", DF_ISSUE_REF_NUMERIC, "123", "acme",
     "https://acme.sentry.io", ""},
    {"https://ACME.sentry.io/issues/shop-1a/", DF_ISSUE_REF_SHORT_ID, "SHOP-1A", "acme", "https://acme.sentry.io", ""},
    {"https://acme.sentry.io/issues/123/events/9A28857D5484455CB204CDD6320A68FD/", DF_ISSUE_REF_NUMERIC, "123", "acme",
     "https://acme.sentry.io", "9a28857d5484455cb204cdd6320a68fd"},
    {"https://acme.sentry.io/issues/123/events/latest/", DF_ISSUE_REF_NUMERIC, "123", "acme", "https://acme.sentry.io",
     "latest"},
    {"https://us.sentry.io/organizations/acme/issues/5/", DF_ISSUE_REF_NUMERIC, "5", "acme", "https://us.sentry.io",
     ""},
    {"https://de.sentry.io/issues/5/", DF_ISSUE_REF_NUMERIC, "5", "", "https://de.sentry.io", ""},
    {"https://us.sentry.io/api/0/organizations/acme/issues/5/", DF_ISSUE_REF_NUMERIC, "5", "acme",
     "https://us.sentry.io", ""},
    {"https://sentry.io/acme/shop/issues/5/", DF_ISSUE_REF_NUMERIC, "5", "acme", "https://sentry.io", ""},
    {"http://localhost:9000/organizations/sentry/issues/7/", DF_ISSUE_REF_NUMERIC, "7", "sentry",
     "http://localhost:9000", ""},
    {"https://tools.example.com:8443/base/sentry/organizations/acme/issues/SHOP-2/", DF_ISSUE_REF_SHORT_ID, "SHOP-2",
     "acme", "https://tools.example.com:8443", ""},
    {"https://sentry.io/organizations/acme/projects/shop/events/9A28857D5484455CB204CDD6320A68FD/?x=1",
     DF_ISSUE_REF_EVENT_ID, "9a28857d5484455cb204cdd6320a68fd", "acme", "https://sentry.io", ""},
    {"https://de.sentry.io/api/0/projects/acme/shop/events/9a28857d5484455cb204cdd6320a68fd/", DF_ISSUE_REF_EVENT_ID,
     "9a28857d5484455cb204cdd6320a68fd", "acme", "https://de.sentry.io", ""},
    {"https://acme.sentry.io/discover/shop:9a28857d5484455cb204cdd6320a68fd/?project=1", DF_ISSUE_REF_EVENT_ID,
     "9a28857d5484455cb204cdd6320a68fd", "acme", "https://acme.sentry.io", ""},
    {"https://acme.sentry.io/issues/feedback/?feedbackSlug=shop%3A4711", DF_ISSUE_REF_NUMERIC, "4711", "acme",
     "https://acme.sentry.io", ""},
    {"https://acme.sentry.io/organizations/acme/issues/SHOP-1A/events/oldest/?project=1#exception",
     DF_ISSUE_REF_SHORT_ID, "SHOP-1A", "acme", "https://acme.sentry.io", "oldest"},
    {"https://sentry.example.com/acme/shop/group/5/", DF_ISSUE_REF_NUMERIC, "5", "acme", "https://sentry.example.com",
     ""},
    {"https://glitchtip.example.com/acme/issues/5", DF_ISSUE_REF_NUMERIC, "5", "acme", "https://glitchtip.example.com",
     ""},
    {"sentry.io/organizations/acme/issues/123/", DF_ISSUE_REF_NUMERIC, "123", "acme", "https://sentry.io", ""},
    {"https://sentry.io/api/0/organizations/acme/shortids/SHOP-1A/", DF_ISSUE_REF_SHORT_ID, "SHOP-1A", "acme",
     "https://sentry.io", ""},
    {"<https://acme.sentry.io/issues/4711/>", DF_ISSUE_REF_NUMERIC, "4711", "acme", "https://acme.sentry.io", ""},
    {"https://acme.sentry.io/issues/4711).", DF_ISSUE_REF_NUMERIC, "4711", "acme", "https://acme.sentry.io", ""},
    {"\"SHOP-1A\"", DF_ISSUE_REF_SHORT_ID, "SHOP-1A", "", "", ""},
    {"{9a28857d-5484-455c-b204-cdd6320a68fd}", DF_ISSUE_REF_EVENT_ID, "9a28857d5484455cb204cdd6320a68fd", "", "", ""},
    {"00004711", DF_ISSUE_REF_NUMERIC, "4711", "", "", ""},
    {"https://sentry.io/organizations/issues/issues/9/", DF_ISSUE_REF_NUMERIC, "9", "issues", "https://sentry.io", ""},
};

static void names_an_issue_in_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) {
        struct df_issue_ref ref;
        struct df_error err = {0};
        if (df_issue_ref_parse(df_str_c(refs[i].text), arena, &ref, &err) != DF_OK)
            fail_msg("%s: %s", refs[i].text, err.message);
        assert_int_equal(ref.kind, refs[i].kind);
        assert_str(ref.id, refs[i].id);
        assert_str(ref.organization, refs[i].organization);
        assert_str(ref.host_origin, refs[i].origin);
        assert_str(ref.event_id, refs[i].event);
    }
}

static void says_what_it_expected(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "  ",
        "shop",
        "SHOP_1",
        "<>",
        "\"\"",
        "::://).",
        "-1",
        "1.5",
        "SHOP-1A/x",
        "javascript:alert(1)",
        "ftp://sentry.io/issues/1/",
        "https://",
        "https://sentry.io/",
        "https://sentry.io/issues/",
        "https://sentry.io/organizations/acme/projects/",
        "https://user:pw@sentry.io/issues/1/",
        "https://sentry.io/issues/../x",
        "999999999999999999999999",
        "https://sentry.io/organizations/acme/issues/new issue/",
    };
    struct df_issue_ref ref = {.id = DF_S("untouched")};
    struct df_error err;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (df_issue_ref_parse(df_str_c(refused[i]), arena, &ref, &err) != DF_ERR_INVALID)
            fail_msg("%s was taken for %.*s", refused[i], DF_FMT(ref.id));
        assert_true(strstr(err.message, "SHOP-1A") || strstr(err.message, "password"));
    }
    assert_int_equal(df_issue_ref_parse(DF_S("https://sentry.io/share/issue/123def456abc/"), arena, &ref, &err),
                     DF_ERR_INVALID);
    assert_non_null(strstr(err.message, "share link"));
    assert_str(ref.id, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_contracts_object),
        cmocka_unit_test(tolerates_nulls_and_wrong_types),
        cmocka_unit_test(names_an_issue_in_every_form),
        cmocka_unit_test(says_what_it_expected),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
