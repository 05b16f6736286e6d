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
    OK(inbox_end, mine, 4999); /* another's claim */
    assert_int_equal(inbox(1).attempts, 0);
    OK(inbox_end, mine, 5000);
    assert_str(inbox(1).outcome, "w-1");
    OK(inbox_next, &next);
    assert_int_equal(next, 0);
    OK(inbox_retry, SHOP, m.id, 8000);
    REFUSED(DF_ERR_WEBHOOK, inbox_retry, NONE, m.id, 8000);
    OK(inbox_next, &next);
    assert_int_equal(next, 8000);
    OK(inbox_end, mine, 8000);
    OK(inbox_forget, 7000);
    inbox(1);
    OK(inbox_forget, 7001);
    inbox(0);
    OK(inbox_put, &m, &is_new);
    OK(project_delete, SHOP);
    inbox(0);
}

#endif
