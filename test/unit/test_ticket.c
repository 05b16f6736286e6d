#include "unit.h"

#include "domain/ticket.h"
#include "unit_arena.h"

static struct df_issue issue_of(const char *level, int64_t users, const char *substatus, bool unhandled)
{
    return (struct df_issue){.id = DF_S("7"),
                             .short_id = DF_S("SHOP-1A"),
                             .title = DF_S("TypeError: x\nis undefined"),
                             .level = df_str_c(level),
                             .status = DF_S("unresolved"),
                             .substatus = df_str_c(substatus),
                             .count = 1204,
                             .user_count = users,
                             .is_unhandled = unhandled};
}

/* A tracker counts the other way round, and has one for none. */
static void test_priority_follows_the_judgement(void **state)
{
    (void)state;
    for (int u = DF_URGENCY_LOW; u < DF_URGENCY_URGENT; u++)
        assert_true(df_ticket_priority((enum df_urgency)(u + 1)) < df_ticket_priority((enum df_urgency)u));
    for (int u = DF_URGENCY_LOW; u <= DF_URGENCY_URGENT; u++)
        assert_string_equal(df_priority_name(df_ticket_priority((enum df_urgency)u)),
                            df_urgency_name((enum df_urgency)u));
    assert_int_equal(df_ticket_priority(DF_URGENCY_NONE), DF_PRIORITY_NONE);
}

static void test_texts(void **state)
{
    (void)state;
    struct df_issue issue = issue_of("error", 1, "regressed", false);
    issue.last_seen_ms = INT64_C(1764000000000);
    assert_true(df_str_is(df_ticket_title(&issue, arena), "SHOP-1A TypeError: x is undefined"));
    struct df_issue odd = issue;
    odd.title = DF_S("a\u202eb\u200b\tc\x7f \u00e9\ufe0f");
    assert_true(df_str_is(df_ticket_title(&odd, arena), "SHOP-1A a<U+202E>b<U+200B> c  \u00e9\ufe0f"));
    assert_true(df_str_is(df_ticket_subtitle(&issue, arena), "1,204 events, 1 user, last seen 2025-11-24"));
    assert_true(df_ticket_news(DF_S("ongoing"), &issue, arena).n > 0);
    assert_int_equal(df_ticket_news(DF_S("regressed"), &issue, arena).n, 0);
}

static void test_comment_ids_are_steady_uuids(void **state)
{
    (void)state;
    struct df_ticket ticket = {.id = DF_S("0f8fad5b-d9cb-469f-a165-70867728950e")};
    struct df_str first = df_ticket_comment_id(&ticket, arena);
    assert_int_equal(first.n, 36);
    assert_int_equal(first.p[14], '4');
    assert_true(df_str_eq(first, df_ticket_comment_id(&ticket, arena)));
    ticket.comments = 1;
    assert_false(df_str_eq(first, df_ticket_comment_id(&ticket, arena)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_priority_follows_the_judgement),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_comment_ids_are_steady_uuids),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
