/* The part of the store's contract that the inbox needs; a piece of store_contract.c, whose names it uses. */
#ifndef DF_TEST_STORE_INBOX_H
#define DF_TEST_STORE_INBOX_H

static struct df_inbox_message in_1(void)
{
    return (struct df_inbox_message){.id = DF_S("in_1"),
                                     .project_id = SHOP,
                                     .resource = DF_S("issue"),
                                     .action = DF_S("created"),
                                     .issue = DF_S("42"),
                                     .facts = DF_S("{}"),
                                     .received_ms = 1000,
                                     .due_ms = 1000};
}

static struct df_inbox_message inbox(size_t n)
{
    struct df_inbox_message *list;
    size_t there;
    OK(inbox_list, SHOP, 100, arena, &list, &there);
    assert_int_equal(there, n);
    return n ? list[0] : (struct df_inbox_message){.attempts = -1};
}

static void keeps_the_secret_of_an_integration(void **state)
{
    (void)state;
    struct df_hook_secret s = {SHOP, DF_S("\1sealed\0\xFF"), 1000}, found;
    s.project_id = NONE;
    REFUSED(DF_ERR_PROJECT, hook_secret_put, &s);
    s.project_id = SHOP;
    REFUSED(DF_ERR_WEBHOOK, hook_secret_find, SHOP, arena, &found);
    OK(hook_secret_put, &s);
    s.sealed_secret = DF_S("\1sealed\0again");
    s.updated_ms = 2000;
    OK(hook_secret_put, &s);
    OK(hook_secret_find, SHOP, arena, &found);
    assert_true(df_str_eq(found.sealed_secret, s.sealed_secret) && found.updated_ms == 2000);
    OK(hook_secret_delete, SHOP);
    REFUSED(DF_ERR_WEBHOOK, hook_secret_delete, SHOP);
    OK(hook_secret_put, &s);
    OK(project_delete, SHOP);
    REFUSED(DF_ERR_WEBHOOK, hook_secret_find, SHOP, arena, &found);
}

static void the_inbox_keeps_a_message_once(void **state)
{
    (void)state;
    struct df_inbox_message m = in_1(), *mine, *theirs;
    bool is_new = true;
    size_t n, none;
    int64_t next;
    m.project_id = NONE;
    OK(inbox_put, &m, &is_new);
    assert_false(is_new); /* no such project */
    m.project_id = SHOP;
    OK(inbox_put, &m, &is_new);
    assert_true(is_new);
    m.action = DF_S("other");
    OK(inbox_put, &m, &is_new);
    assert_false(is_new);
    assert_str(inbox(1).action, "created");
    OK(inbox_next, &next);
    assert_int_equal(next, 1000);
    OK(inbox_claim, 1000, 5000, 10, arena, &mine, &n);
    OK(inbox_claim, 1000, 5000, 10, arena, &theirs, &none);
    assert_true(n == 1 && none == 0);
    assert_str(mine[0].facts, "{}");
    mine[0].attempts = 1;
    mine[0].due_ms = 0;
    mine[0].status = DF_INBOX_STARTED;
    mine[0].outcome = DF_S("w-1");
    mine[0].ended_ms = 7000;
    OK(inbox_end, mine, 1, 4999); /* another's claim */
    assert_int_equal(inbox(1).attempts, 0);
    OK(inbox_end, mine, 1, 5000);
    assert_str(inbox(1).outcome, "w-1");
    OK(inbox_next, &next);
    assert_int_equal(next, 0);
    OK(inbox_retry, SHOP, m.id, 8000);
    REFUSED(DF_ERR_WEBHOOK, inbox_retry, NONE, m.id, 8000);
    OK(inbox_next, &next);
    assert_int_equal(next, 8000);
    OK(inbox_end, mine, 1, 8000);
    OK(inbox_forget, 7000);
    inbox(1);
    OK(inbox_forget, 7001);
    inbox(0);
    OK(inbox_put, &m, &is_new);
    OK(project_delete, SHOP);
    inbox(0);
}

static void rules_are_one_text(void **state)
{
    (void)state;
    struct df_str body;
    OK(rules_get, SHOP, arena, &body);
    assert_int_equal(body.n, 0);
    REFUSED(DF_ERR_PROJECT, rules_put, NONE, DF_S("{}"), 1000);
    OK(rules_put, SHOP, DF_S("{}"), 1000);
    OK(rules_put, SHOP, DF_S("{\"rules\":[]}"), 2000);
    OK(rules_get, SHOP, arena, &body);
    assert_str(body, "{\"rules\":[]}");
}

static void a_schedule_fires_a_slot_once(void **state)
{
    (void)state;
    struct df_schedule *list, s = {.project_id = SHOP,
                                   .name = DF_S("nightly"),
                                   .cron = DF_S("0 3 * * *"),
                                   .jitter_s = 60,
                                   .workflow = DF_S("w"),
                                   .input = DF_S("{}"),
                                   .slot_ms = 5000,
                                   .due_ms = 6000,
                                   .since_ms = 1000,
                                   .created_ms = 1000};
    struct df_inbox_message m = in_1();
    size_t n;
    int64_t next;
    bool fired;
    OK(schedule_next, &next);
    assert_int_equal(next, 0);
    OK(schedule_put, &s, 1);
    OK(schedule_put, &s, 1);
    s.name = DF_S("other");
    REFUSED(DF_ERR_INVALID, schedule_put, &s, 1);
    s.project_id = NONE;
    REFUSED(DF_ERR_PROJECT, schedule_put, &s, 1);
    OK(schedule_due, 5999, 10, arena, &list, &n);
    assert_int_equal(n, 0);
    OK(schedule_due, 6000, 10, arena, &list, &n);
    assert_int_equal(n, 1);
    assert_str(list[0].cron, "0 3 * * *");
    s = list[0];
    s.slot_ms = 15000;
    s.due_ms = 16000;
    s.since_ms = 5000;
    OK(schedule_fire, &s, 5000, &m, &fired);
    assert_true(fired);
    m.id = DF_S("in_2");
    OK(schedule_fire, &s, 5000, &m, &fired); /* another node was first */
    assert_false(fired);
    assert_str(inbox(1).id, "in_1");
    OK(schedule_next, &next);
    assert_int_equal(next, 16000);
    OK(schedule_list, SHOP, arena, &list, &n);
    assert_true(n == 1 && list[0].since_ms == 5000 && list[0].jitter_s == 60);
    OK(schedule_delete, SHOP, s.name);
    REFUSED(DF_ERR_SCHEDULE, schedule_delete, SHOP, s.name);
}

static void a_deleted_project_leaves_a_farewell(void **state)
{
    (void)state;
    struct df_farewell f;
    int64_t due_ms;
    bool there;
    OK(farewell_next, &due_ms);
    assert_int_equal(due_ms, 0);
    OK(project_delete, SHOP);
    OK(farewell_next, &due_ms);
    assert_true(due_ms > 0);
    OK(farewell_claim, due_ms - 1, due_ms + 10, arena, &f, &there);
    assert_false(there);
    OK(farewell_claim, due_ms, due_ms + 10, arena, &f, &there);
    assert_true(there && df_str_eq(f.project_id, SHOP) && f.deleted_ms == due_ms && f.attempts == 0);
    OK(farewell_claim, due_ms, due_ms + 10, arena, &f, &there);
    assert_false(there);
    f.due_ms = due_ms + 5;
    f.attempts = 3;
    OK(farewell_end, &f, due_ms + 9); /* somebody else's claim */
    OK(farewell_end, &f, due_ms + 10);
    reopen();
    OK(farewell_claim, due_ms + 5, due_ms + 20, arena, &f, &there);
    assert_true(there && f.attempts == 3);
    f.due_ms = 0;
    OK(farewell_end, &f, due_ms + 20);
    OK(farewell_next, &due_ms);
    assert_int_equal(due_ms, 0);
}

#endif
