#include "unit.h"

#include "unit_arena.h"

#include "domain/rules.h"

static struct df_error err;

static enum df_code parse(const char *text, struct df_rules *ret)
{
    const struct df_json *v;
    if (df_json_parse(arena, df_str_c(text), 0, &v, &err) != DF_OK)
        fail_msg("%s: %s", text, err.message);
    return df_rules_parse(v, arena, ret, &err);
}

static struct df_rule rule_of(const char *when)
{
    struct df_rules rules;
    if (parse(df_arena_printf(arena, "{\"rules\":[{\"name\":\"r\",\"when\":%s,\"do\":{\"workflow\":\"w\"}}]}", when).p,
              &rules) != DF_OK)
        fail_msg("%s: %s", when, err.message);
    return rules.items[0];
}

static const struct df_issue_facts of_event = {.issue_id = {"1", 1},
                                               .event_id = {"e", 1},
                                               .level = {"error", 5},
                                               .environment = {"production", 10},
                                               .release = {"shop@2.1", 8},
                                               .users = -1};
static const struct df_issue_facts of_issue = {
    .issue_id = {"1", 1}, .level = {"error", 5}, .substatus = {"regressed", 9}, .users = 10};

static void test_conditions(void **state)
{
    (void)state;
    enum { NO = DF_RULE_NO, YES = DF_RULE_YES, ISSUE = DF_RULE_ASK_ISSUE, SEARCH = DF_RULE_ASK_SEARCH };
    static const struct {
        const char *when;
        int event, issue, searched; /* the verdict on each; the last one: on of_issue once the search has found it */
    } cases[] = {
        {"{}", YES, YES, YES},
        {"{\"level\":[\"error\",\"fatal\"]}", YES, YES, YES},
        {"{\"level\":[\"fatal\"]}", NO, NO, NO},
        {"{\"environment\":[\"production\"]}", YES, SEARCH, YES},
        {"{\"environment\":[\"prod*\"]}", YES, SEARCH, YES},
        {"{\"environment\":[\"staging\",\"*tion\"]}", YES, SEARCH, YES},
        {"{\"environment\":[\"Production\"]}", NO, SEARCH, YES},
        {"{\"release\":[\"shop@2.*\"]}", YES, SEARCH, YES},
        {"{\"release\":[\"shop@*.*.*\"]}", NO, SEARCH, YES},
        {"{\"release\":[\"*@*1\"]}", YES, SEARCH, YES},
        {"{\"is\":[\"new\"]}", ISSUE, NO, NO},
        {"{\"is\":[\"new\",\"regressed\"]}", ISSUE, YES, YES},
        {"{\"usersOver\":9}", ISSUE, YES, YES},
        {"{\"usersOver\":10}", ISSUE, NO, NO},
        {"{\"query\":\"browser.name:Firefox\"}", SEARCH, SEARCH, YES},
        {"{\"query\":\"x\",\"level\":[\"fatal\"]}", NO, NO, NO},
        {"{\"query\":\"x\",\"is\":[\"escalating\"]}", ISSUE, NO, NO},
        {"{\"query\":\"x\",\"environment\":[\"staging\"]}", NO, SEARCH, YES},
        {"{\"environment\":[\"staging\"],\"usersOver\":1}", ISSUE, SEARCH, YES},
        {"{\"level\":[\"error\"],\"environment\":null,\"usersOver\":null}", YES, YES, YES},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct df_rule rule = rule_of(cases[i].when);
        int event = (int)df_rule_judge(&rule, &of_event, false), issue = (int)df_rule_judge(&rule, &of_issue, false),
            searched = (int)df_rule_judge(&rule, &of_issue, true);
        if (event != cases[i].event || issue != cases[i].issue || searched != cases[i].searched)
            fail_msg("%s: %d %d %d", cases[i].when, event, issue, searched);
    }
}

static void test_what_a_rule_hears(void **state)
{
    (void)state;
    struct df_rule all = rule_of("{}"), errors = rule_of("{\"on\":[\"error\"]}"),
                   issues = rule_of("{\"on\":[\"issue\"]}");
    assert_true(df_rule_hears(&all, DF_S("event_alert"), DF_S("triggered")) &&
                df_rule_hears(&all, DF_S("issue"), DF_S("unresolved")));
    assert_false(df_rule_hears(&all, DF_S("issue"), DF_S("resolved")) ||
                 df_rule_hears(&all, DF_S("error"), DF_S("created")));
    assert_true(df_rule_hears(&errors, DF_S("error"), DF_S("created")));
    assert_false(df_rule_hears(&errors, DF_S("issue"), DF_S("created")));
    assert_true(df_rule_hears(&issues, DF_S("issue"), DF_S("created")));
    assert_false(df_rule_hears(&issues, DF_S("issue"), DF_S("assigned")) ||
                 df_rule_hears(&issues, DF_S("event_alert"), DF_S("triggered")));
}

static void test_the_search(void **state)
{
    (void)state;
    struct df_rule rule = rule_of(
        "{\"environment\":[\"production\",\"a b\"],\"release\":[\"x\\\"y\"],\"query\":\"is:unresolved\"}");
    assert_str(df_rule_search(&rule, arena), "environment:[\"production\",\"a b\"] release:\"x*y\" is:unresolved");
    rule = rule_of("{\"level\":[\"error\"]}");
    assert_int_equal(df_rule_search(&rule, arena).n, 0);
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    const char *text =
        "{\"rules\":[{\"name\":\"critical\",\"when\":{\"on\":[\"issue\"],\"level\":[\"fatal\"],\"is\":[\"new\"],\"usersOver\":0,"
        "\"query\":\"a\"},\"do\":{\"workflow\":\"sentry-context\",\"input\":{\"a\":1}}},{\"name\":\"b\",\"when\":{},"
        "\"do\":{\"workflow\":\"w\"}}]}";
    struct df_rules rules;
    struct df_buf buf;
    struct df_json_writer w;
    assert_int_equal(parse(text, &rules), DF_OK);
    df_buf_init(&buf, arena, 4096);
    df_json_writer_init(&w, &buf, 0);
    df_rules_put_json(&w, &rules, arena);
    assert_str(df_buf_str(&buf), text);
}

static void test_faults_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"[]", "one field, rules"},
        {"{\"rules\":{}}", "one field, rules"},
        {"{\"rules\":[],\"x\":1}", "one field, rules"},
        {"{\"rules\":[{\"do\":{\"workflow\":\"w\"}}]}", "rule 1: it needs a name"},
        {"{\"rules\":[{\"name\":\"a\"}]}", "rule 1: it needs do"},
        {"{\"rules\":[{\"name\":\"a\",\"do\":{\"workflow\":\"W w\"}}]}", "do.workflow"},
        {"{\"rules\":[{\"name\":\"a\",\"do\":{\"workflow\":\"w\",\"input\":[1]}}]}", "do.input"},
        {"{\"rules\":[{\"name\":\"a\",\"do\":{\"workflow\":\"w\",\"then\":1}}]}", "unknown field then"},
        {"{\"rules\":[{\"name\":\"a\",\"if\":{},\"do\":{\"workflow\":\"w\"}}]}", "unknown field if"},
        {"{\"rules\":[{\"name\":\"a\",\"when\":{\"level\":[\"bad\"]},\"do\":{\"workflow\":\"w\"}}]}",
         "level holds \"bad\""},
        {"{\"rules\":[{\"name\":\"a\",\"when\":{\"is\":[\"old\"]},\"do\":{\"workflow\":\"w\"}}]}", "is holds \"old\""},
        {"{\"rules\":[{\"name\":\"a\",\"when\":{\"users\":1},\"do\":{\"workflow\":\"w\"}}]}", "users"},
        {"{\"rules\":[{\"name\":\"a\",\"when\":{\"usersOver\":-2},\"do\":{\"workflow\":\"w\"}}]}", "usersOver"},
        {"{\"rules\":[{\"name\":\"a\",\"when\":[],\"do\":{\"workflow\":\"w\"}}]}", "rule 1"},
        {"{\"rules\":[{\"name\":\"a\",\"do\":{\"workflow\":\"w\"}},{\"name\":\"a\",\"do\":{\"workflow\":\"w\"}}]}",
         "two rules"},
    };
    struct df_rules rules;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        err.message[0] = 0;
        if (parse(cases[i].text, &rules) != DF_ERR_INVALID || !strstr(err.message, cases[i].says))
            fail_msg("%s: %s", cases[i].text, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions),       cmocka_unit_test(test_what_a_rule_hears),
        cmocka_unit_test(test_the_search),       cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_faults_are_named),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
