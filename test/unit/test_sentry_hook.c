#include "unit.h"

#include "unit_arena.h"

#include "domain/sentry_hook.h"

static struct df_sentry_hook read_hook(const char *resource, const char *body)
{
    const struct df_json *v;
    struct df_sentry_hook hook;
    struct df_error err;
    if (df_json_parse(arena, df_str_c(body), 0, &v, &err) != DF_OK ||
        !df_sentry_hook_read(df_str_c(resource), v, arena, &hook))
        fail_msg("%s", body);
    return hook;
}

/* As docs.sentry.io has it: snake_case, tags in pairs, the issue by id or URL alone. */
static void test_an_alert_is_read(void **state)
{
    (void)state;
    struct df_sentry_hook hook = read_hook(
        "event_alert",
        "{\"action\":\"triggered\",\"data\":{\"event\":{\"event_id\":\"e4874d664c3540c1a32eab185f12c5ab\","
        "\"issue_id\":\"1117540176\",\"level\":\"error\",\"release\":null,\"tags\":[[\"environment\",\"production\"],"
        "[\"sentry:release\",\"shop@2.1\"],[null,null],[\"level\",\"error\"]]},\"triggered_rule\":\"Important\","
        "\"issue_alert\":{\"title\":\"Very important\"}}}");
    assert_str(hook.resource, "event_alert");
    assert_str(hook.action, "triggered");
    assert_str(hook.rule, "Very important");
    assert_str(hook.facts.issue_id, "1117540176");
    assert_str(hook.facts.event_id, "e4874d664c3540c1a32eab185f12c5ab");
    assert_str(hook.facts.level, "error");
    assert_str(hook.facts.environment, "production");
    assert_str(hook.facts.release, "shop@2.1");
    assert_int_equal(hook.facts.users, -1);
    hook = read_hook("event_alert", "{\"action\":\"triggered\",\"data\":{\"event\":{\"issue_url\":"
                                    "\"https://sentry.io/api/0/issues/1117540176/\",\"environment\":\"staging\"},"
                                    "\"triggered_rule\":\"Important\"}}");
    assert_str(hook.facts.issue_id, "1117540176");
    assert_str(hook.facts.environment, "staging");
    assert_str(hook.rule, "Important");
}

static void test_an_issue_is_read(void **state)
{
    (void)state;
    struct df_sentry_hook hook = read_hook(
        "issue", "{\"action\":\"created\",\"data\":{\"issue\":{\"id\":1170820242,\"shortId\":\"FRONT-END-9\","
                 "\"level\":\"fatal\",\"substatus\":\"new\",\"project\":{\"slug\":\"front-end\"},\"userCount\":7,"
                 "\"permalink\":null}}}");
    assert_str(hook.facts.issue_id, "1170820242");
    assert_str(hook.facts.short_id, "FRONT-END-9");
    assert_str(hook.facts.level, "fatal");
    assert_str(hook.facts.substatus, "new");
    assert_str(hook.facts.project_slug, "front-end");
    assert_int_equal(hook.facts.users, 7);
}

static void test_what_is_odd_is_not_known(void **state)
{
    (void)state;
    struct df_sentry_hook hook = read_hook(
        "seer",
        "{\"action\":{\"a\":1},\"data\":{\"issue\":{\"id\":\"../../x\",\"level\":[],\"userCount\":-5,\"project\":3}}}");
    assert_str(hook.resource, "seer");
    assert_int_equal(hook.action.n + hook.facts.issue_id.n + hook.facts.level.n + hook.facts.project_slug.n, 0);
    assert_int_equal(hook.facts.users, -1);
    hook = read_hook("comment", "{\"action\":\"created\",\"data\":{\"issue_id\":42,\"comment\":\"hello\"}}");
    assert_str(hook.facts.issue_id, "42");
    hook = read_hook("metric_alert", "{\"action\":\"critical\"}");
    assert_int_equal(hook.facts.issue_id.n, 0);
    const struct df_json *v;
    struct df_error err;
    assert_int_equal(df_json_parse(arena, DF_S("[1]"), 0, &v, &err), DF_OK);
    assert_false(df_sentry_hook_read(DF_S("issue"), v, arena, &hook));
}

static void test_what_is_an_alert(void **state)
{
    (void)state;
    assert_true(df_sentry_hook_is_alert(DF_S("event_alert"), DF_S("triggered")));
    assert_true(df_sentry_hook_is_alert(DF_S("issue"), DF_S("created")));
    assert_true(df_sentry_hook_is_alert(DF_S("issue"), DF_S("unresolved")));
    assert_false(df_sentry_hook_is_alert(DF_S("issue"), DF_S("resolved")));
    assert_false(df_sentry_hook_is_alert(DF_S("error"), DF_S("created")));
    assert_false(df_sentry_hook_is_alert(DF_S("metric_alert"), DF_S("critical")));
    assert_false(df_sentry_hook_is_alert(DF_S("comment"), DF_S("created")));
}

/* The value is from `printf body | openssl dgst -sha256 -hmac secret`. */
static void test_signatures(void **state)
{
    (void)state;
    struct df_str secret = DF_S("secret"), body = DF_S("body");
    struct df_str right = DF_S("dc46983557fea127b43af721467eb9b3fde2338fe3e14f51952aa8478c13d355");
    assert_true(df_sentry_hook_signed(right, secret, body));
    assert_false(df_sentry_hook_signed(right, secret, DF_S("Body")));
    assert_false(df_sentry_hook_signed(right, DF_S("Secret"), body));
    assert_false(df_sentry_hook_signed(df_str_head(right, 63), secret, body));
    assert_false(df_sentry_hook_signed(DF_STR_NONE, secret, body));
}

static void test_facts_are_read_back(void **state)
{
    (void)state;
    struct df_str rule;
    const struct df_issue_facts facts = {
        DF_S("1"), DF_S("SHOP-1"), DF_S("e"), DF_S("error"), DF_S("pro\"d"), DF_S("r@1"), DF_S("new"), DF_S("shop"), 3};
    struct df_issue_facts back = df_issue_facts_read(df_issue_facts_text(&facts, DF_S("rule"), arena), arena, &rule);
    assert_str(back.issue_id, "1");
    assert_str(back.short_id, "SHOP-1");
    assert_str(back.environment, "pro\"d");
    assert_str(back.release, "r@1");
    assert_str(back.substatus, "new");
    assert_int_equal(back.users, 3);
    assert_str(rule, "rule");
    assert_int_equal(df_issue_facts_read(DF_S("{"), arena, &rule).users, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_alert_is_read),
        cmocka_unit_test(test_an_issue_is_read),
        cmocka_unit_test(test_what_is_odd_is_not_known),
        cmocka_unit_test(test_what_is_an_alert),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_facts_are_read_back),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
