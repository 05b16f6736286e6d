#include "unit.h"

#include "sandbox/query.h"
#include "sandbox/store.h"

#include <stdio.h>

static const int64_t now_ms = INT64_C(1764000000000);

static struct sandbox_store store;

static int setup(void **state)
{
    (void)state;
    sandbox_store_init(&store, "shop");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sandbox_store_done(&store);
    return 0;
}

/* Puts one event in the store; its id is made of `n`. */
static bool put(int n, int64_t at_ms, const char *json)
{
    struct df_arena *arena = df_arena_new();
    const struct df_json *in = NULL;
    struct df_sandbox_event event;
    struct df_sandbox_receipt receipt = {at_ms, DF_S("127.0.0.1"), df_arena_printf(arena, "%032x", (unsigned)n), "1",
                                         1};
    struct df_error err;
    if (df_json_parse(arena, df_str_c(json), 0, &in, &err) != DF_OK)
        fail_msg("%s", err.message);
    assert_int_equal(df_sandbox_event_read(in, &receipt, arena, &event, &err), DF_OK);
    bool added = sandbox_store_add(&store, arena, &event);
    if (!added)
        df_arena_free(arena);
    return added;
}

static void groups_by_type_and_frames(void **state)
{
    (void)state;
    put(1, now_ms,
        "{\"exception\":[{\"type\":\"E\",\"value\":\"a\",\"stacktrace\":{\"frames\":[{\"module\":\"m\",\"function\":\"f\",\"in_app\":true},"
        "{\"module\":\"lib\",\"function\":\"x\"}]}}],\"user\":{\"id\":1},\"release\":\"1.0\"}");
    put(2, now_ms + 5,
        "{\"exception\":[{\"type\":\"E\",\"value\":\"b\",\"stacktrace\":{\"frames\":[{\"module\":\"m\",\"function\":\"f\",\"in_app\":true},"
        "{\"module\":\"lib\",\"function\":\"y\"}]}}],\"user\":{\"id\":2},\"release\":\"1.1\"}");
    put(3, now_ms,
        "{\"exception\":[{\"type\":\"F\",\"value\":\"a\",\"stacktrace\":{\"frames\":[{\"module\":\"m\",\"function\":\"f\",\"in_app\":true}]}}]}");
    put(4, now_ms, "{\"exception\":[{\"type\":\"E\",\"value\":\"no frames 12\"}]}");
    put(5, now_ms, "{\"exception\":[{\"type\":\"E\",\"value\":\"no frames 77\"}]}");
    assert_int_equal(store.n_issues, 3);
    const struct sandbox_issue *issue = sandbox_store_find(&store, DF_S("shop-1"));
    assert_non_null(issue);
    assert_int_equal(issue->count, 2);
    assert_int_equal(issue->n_users, 2);
    assert_string_equal(issue->first_release, "1.0");
    assert_string_equal(issue->last_release, "1.1");
    assert_int_equal(issue->last_ms, now_ms + 5);
    assert_string_equal(issue->priority, "high");
}

static void groups_by_fingerprint_and_template(void **state)
{
    (void)state;
    put(1, now_ms, "{\"message\":\"took 12 ms\"}");
    put(2, now_ms, "{\"message\":\"took 345 ms\"}");
    put(3, now_ms, "{\"message\":\"took 12 ms\",\"fingerprint\":[\"{{ default }}\"]}");
    assert_int_equal(store.n_issues, 1);
    put(4, now_ms, "{\"message\":\"took 12 ms\",\"fingerprint\":[\"{{ default }}\",\"x\"]}");
    put(5, now_ms, "{\"message\":\"other\",\"fingerprint\":[\"mine\"]}");
    put(6, now_ms, "{\"message\":\"another\",\"fingerprint\":[\"mine\"]}");
    assert_int_equal(store.n_issues, 3);
    put(7, now_ms, "{\"logentry\":{\"message\":\"user %s\",\"params\":[\"a\"]}}");
    put(8, now_ms, "{\"logentry\":{\"message\":\"user %s\",\"params\":[\"b\"]}}");
    assert_int_equal(store.n_issues, 4);
    assert_str(sandbox_issue_latest(sandbox_store_find_short(&store, DF_S("SHOP-4")))->title, "user b");
}

static void keeps_the_newest_and_counts_all(void **state)
{
    (void)state;
    for (int i = 1; i <= SANDBOX_EVENTS_PER_ISSUE + 20; i++)
        assert_true(put(i, now_ms + i, "{\"message\":\"again\"}"));
    const struct sandbox_issue *issue = sandbox_store_find_short(&store, DF_S("SHOP-1"));
    assert_int_equal(issue->n_events, SANDBOX_EVENTS_PER_ISSUE);
    assert_int_equal(issue->count, SANDBOX_EVENTS_PER_ISSUE + 20);
    assert_int_equal(issue->events[0]->data.created_ms, now_ms + 21);
    assert_int_equal(issue->first_ms, now_ms + 1);
    assert_false(put(SANDBOX_EVENTS_PER_ISSUE, now_ms, "{\"message\":\"again\"}")); /* an id that is there */
}

static void drops_the_quietest_issue(void **state)
{
    (void)state;
    char json[80];
    for (int i = 0; i <= SANDBOX_ISSUES_MAX; i++) {
        snprintf(json, sizeof json, "{\"message\":\"m\",\"fingerprint\":[\"%d\"]}", i);
        put(i + 1, now_ms + i, json);
    }
    assert_int_equal(store.n_issues, SANDBOX_ISSUES_MAX);
    assert_null(sandbox_store_find_short(&store, DF_S("SHOP-1")));
    assert_non_null(sandbox_store_find_short(&store, DF_S("SHOP-2")));
}

static void counts_by_the_hour(void **state)
{
    (void)state;
    const int64_t hour = INT64_C(3600000);
    put(1, now_ms, "{\"message\":\"m\"}");
    put(2, now_ms - 2 * hour, "{\"message\":\"m\"}");
    put(3, now_ms, "{\"message\":\"m\"}");
    put(4, now_ms + 3 * hour, "{\"message\":\"m\"}");
    const struct sandbox_issue *issue = sandbox_store_find_short(&store, DF_S("SHOP-1"));
    assert_int_equal(sandbox_issue_in_hour(issue, now_ms / hour), 2);
    assert_int_equal(sandbox_issue_in_hour(issue, now_ms / hour - 2), 1);
    assert_int_equal(sandbox_issue_in_hour(issue, now_ms / hour + 1), 0);
    assert_int_equal(sandbox_issue_since(issue, now_ms + 3 * hour, 24), 4);
    put(5, now_ms + 960 * hour, "{\"message\":\"m\"}");
    assert_int_equal(sandbox_issue_since(issue, now_ms + 960 * hour, SANDBOX_HOURS), 1);
    put(6, now_ms, "{\"message\":\"m\"}"); /* older than what is kept by the hour */
    assert_int_equal(issue->count, 6);
}

static void resolved_issues_come_back_as_regressed(void **state)
{
    (void)state;
    put(1, now_ms, "{\"message\":\"m\"}");
    struct sandbox_issue *issue = sandbox_store_find_short(&store, DF_S("SHOP-1"));
    issue->status = SANDBOX_RESOLVED;
    put(2, now_ms, "{\"message\":\"m\"}");
    assert_int_equal(issue->status, SANDBOX_UNRESOLVED);
    assert_string_equal(issue->substatus, "regressed");
}

static void names_issues_in_base_32(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    assert_str(sandbox_base32(1, arena), "1");
    assert_str(sandbox_base32(10, arena), "A");
    assert_str(sandbox_base32(18, arena), "J"); /* no I */
    assert_str(sandbox_base32(42, arena), "1A");
    assert_str(sandbox_base32(1024, arena), "100");
}

static bool found(const char *text)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct sandbox_query query;
    struct df_str fault;
    if (!sandbox_query_parse(df_str_c(text), arena, &query, &fault))
        fail_msg("%s: %.*s", text, DF_FMT(fault));
    return sandbox_query_matches(&query, store.issues[0], DF_S("shop"));
}

static void searches(void **state)
{
    (void)state;
    put(1, now_ms,
        "{\"exception\":[{\"type\":\"KeyError\",\"value\":\"'sku A'\"}],\"release\":\"shop@1.2\",\"environment\":\"prod\","
        "\"level\":\"fatal\",\"tags\":{\"shard\":\"eu 1\"}}");
    static const char *const hits[] = {"",
                                       "is:unresolved",
                                       "level:fatal",
                                       "keyerror",
                                       "\"'sku a'\"",
                                       "release:shop@*",
                                       "shard:\"eu 1\"",
                                       "environment:prod is:unresolved KEYERR",
                                       "!level:error",
                                       "issue:shop-1",
                                       "project:shop",
                                       "has:shard",
                                       "!has:dist",
                                       "!is:resolved",
                                       "release:*1.2",
                                       "is:new"};
    static const char *const misses[] = {"is:resolved",   "level:error", "nothing",      "release:shop", "!keyerror",
                                         "project:other", "has:dist",    "issue:SHOP-2", "shard:eu"};
    for (size_t i = 0; i < sizeof hits / sizeof *hits; i++)
        if (!found(hits[i]))
            fail_msg("not found: %s", hits[i]);
    for (size_t i = 0; i < sizeof misses / sizeof *misses; i++)
        if (found(misses[i]))
            fail_msg("found: %s", misses[i]);
}

static void refuses_what_cannot_be_searched(void **state)
{
    (void)state;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct sandbox_query query;
    struct df_str fault;
    int64_t ms;
    assert_false(sandbox_query_parse(DF_S("is:blue"), arena, &query, &fault));
    assert_false(sandbox_query_parse(DF_S("level:"), arena, &query, &fault));
    assert_true(sandbox_query_parse(DF_S("\"\" \" ! * : :x"), arena, &query, &fault));
    assert_true(sandbox_period_parse(DF_S("14d"), &ms));
    assert_int_equal(ms, INT64_C(14) * 24 * 3600000);
    assert_false(sandbox_period_parse(DF_S("d"), &ms));
    assert_false(sandbox_period_parse(DF_S("14y"), &ms));
    assert_false(sandbox_period_parse(DF_S("-1d"), &ms));
}

static void takes_no_note_twice_within_the_hour(void **state)
{
    (void)state;
    put(1, now_ms, "{\"message\":\"m\"}");
    struct sandbox_issue *issue = store.issues[0];
    assert_non_null(sandbox_issue_note(&store, issue, DF_S("hello"), now_ms));
    assert_null(sandbox_issue_note(&store, issue, DF_S("hello"), now_ms + 1000));
    assert_non_null(sandbox_issue_note(&store, issue, DF_S("hello"), now_ms + INT64_C(3600000)));
    for (int i = 0; i < SANDBOX_NOTES_PER_ISSUE; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        assert_non_null(sandbox_issue_note(&store, issue, df_str_c(text), now_ms));
    }
    assert_int_equal(issue->n_notes, SANDBOX_NOTES_PER_ISSUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(groups_by_type_and_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(groups_by_fingerprint_and_template, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_the_newest_and_counts_all, setup, teardown),
        cmocka_unit_test_setup_teardown(drops_the_quietest_issue, setup, teardown),
        cmocka_unit_test_setup_teardown(counts_by_the_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(resolved_issues_come_back_as_regressed, setup, teardown),
        cmocka_unit_test_setup_teardown(names_issues_in_base_32, setup, teardown),
        cmocka_unit_test_setup_teardown(searches, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_cannot_be_searched, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_no_note_twice_within_the_hour, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
