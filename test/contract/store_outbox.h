/* The part of the store's contract that webhooks and their outbox need; a piece of store_contract.c, whose names it uses. */
#ifndef DF_TEST_STORE_OUTBOX_H
#define DF_TEST_STORE_OUTBOX_H

/* The types in the outbox of wh_1, in the order they were written; what they hold is looked at by the caller. */
static struct df_delivery *outbox(size_t n)
{
    struct df_delivery *list;
    size_t there;
    OK(outbox_list, webhook.id, 100, arena, &list, &there);
    assert_int_equal(there, n);
    return list;
}

static void each_change_of_a_connection_leaves_its_message(void **state)
{
    (void)state;
    bool is_stored, reconnect;
    OK(webhook_add, &webhook, 10);
    connect_shop();
    struct df_connection c = stored();
    assert_str(outbox(1)[0].type, DF_EVENT_CONNECTED);
    assert_str(outbox(1)[0].connection_id, "c-1");
    assert_true(df_str_eq(outbox(1)[0].sealed_secret, webhook.sealed_secret));
    c.epoch = 1;
    c.lease_owner = DF_S("node");
    c.updated_ms = 2000;
    OK(connection_set_refresh, &c, 0, &is_stored); /* a lease is no news */
    outbox(1);
    c.lease_owner = DF_STR_NONE;
    c.failures = 1;
    c.failure_reason = DF_S("down");
    OK(connection_set_refresh, &c, 1, &is_stored);
    assert_str(outbox(2)[0].type, DF_EVENT_FAILING);
    assert_str(outbox(2)[0].reason, "down");
    c.failures = 2;
    OK(connection_set_refresh, &c, 1, &is_stored); /* nor is the second failure of a row */
    outbox(2);
    c.updated_ms = 3000;
    OK(connection_set_tokens, &c, &is_stored);
    assert_str(outbox(3)[0].type, DF_EVENT_REFRESHED);
    OK(connection_set_tokens, &c, &is_stored); /* too late: nothing was changed */
    assert_false(is_stored);
    outbox(3);
    struct df_oauth_app another = app;
    another.client_id = DF_S("another");
    another.updated_ms = 4000;
    OK(app_put, &another, DF_S("why"), &reconnect);
    assert_str(outbox(4)[0].type, DF_EVENT_RECONNECT);
    OK(connection_delete, SHOP, SENTRY);
    assert_str(outbox(5)[0].type, DF_EVENT_DISCONNECTED);
}

static void messages_outlive_what_they_tell_of(void **state)
{
    (void)state;
    struct df_webhook narrow = webhook, found;
    narrow.id = DF_S("wh_2");
    narrow.events = DF_S(DF_EVENT_FAILING " " DF_EVENT_RECONNECT);
    OK(webhook_add, &webhook, 2);
    OK(webhook_add, &narrow, 2);
    REFUSED(DF_ERR_INVALID, webhook_add, &narrow, 2);
    connect_shop();
    OK(project_delete, SHOP);
    REFUSED(DF_ERR_WEBHOOK, webhook_find, SHOP, webhook.id, arena, &found);
    struct df_delivery *list = outbox(2);
    assert_str(list[0].type, DF_EVENT_DISCONNECTED);
    assert_str(list[0].url, "https://example.com/");
    size_t n;
    OK(outbox_list, narrow.id, 100, arena, &list, &n);
    assert_int_equal(n, 0);
}

static void a_claimed_message_is_one_senders(void **state)
{
    (void)state;
    struct df_delivery *mine, *theirs;
    size_t n, none;
    int64_t next;
    OK(webhook_add, &webhook, 10);
    connect_shop();
    OK(outbox_next, &next);
    assert_int_equal(next, 1000);
    OK(outbox_claim, 999, 5000, 10, arena, &mine, &n);
    assert_int_equal(n, 0);
    OK(outbox_claim, 1000, 5000, 10, arena, &mine, &n);
    OK(outbox_claim, 1000, 5000, 10, arena, &theirs, &none);
    assert_true(n == 1 && none == 0);
    mine[0].attempts = 1;
    mine[0].due_ms = 9000;
    mine[0].error = DF_S("500");
    OK(outbox_end, &mine[0], 4999); /* another's claim */
    assert_int_equal(outbox(1)[0].attempts, 0);
    OK(outbox_end, &mine[0], 5000);
    assert_int_equal(outbox(1)[0].due_ms, 9000);
    OK(outbox_retry, webhook.id, mine[0].id, 6000);
    OK(outbox_next, &next);
    assert_int_equal(next, 6000);
    mine[0].due_ms = 0;
    mine[0].status = DF_DELIVERY_DONE;
    mine[0].ended_ms = 7000;
    OK(outbox_end, &mine[0], 6000);
    OK(outbox_next, &next);
    assert_int_equal(next, 0);
    OK(outbox_forget, 7000);
    outbox(1);
    OK(outbox_forget, 7001);
    outbox(0);
    REFUSED(DF_ERR_WEBHOOK, outbox_retry, webhook.id, mine[0].id, 6000);
}

#endif
