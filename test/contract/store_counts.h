/* The part of the store's contract that the end of a process and its metrics need; a piece of store_contract.c, whose names it
 * uses. */
#ifndef DF_TEST_STORE_COUNTS_H
#define DF_TEST_STORE_COUNTS_H

static int64_t due_of(const char *provider)
{
    struct df_connection c;
    OK(connection_find, SHOP, df_str_c(provider), arena, &c);
    return c.due_ms;
}

static void gives_back_what_nobody_began(void **state)
{
    (void)state;
    struct df_connection *due, c;
    bool done;
    size_t n;
    const struct df_str one = DF_S("https://one.example");
    put_due("A", "https://one.example", 5000);
    put_due("B", "https://one.example", 4000);
    put_due("C", "https://two.example", 60000);
    OK(connection_claim_due, one, 5000, 60000, 10, arena, &due, &n);
    assert_int_equal(n, 2);
    OK(connection_find, SHOP, DF_S("A"), arena, &c);
    c.due_ms = 70000; /* its lease */
    OK(connection_set_refresh, &c, 0, &done);
    OK(connection_unclaim, one, 60000, 6000);
    assert_int_equal(due_of("A"), 70000);
    assert_int_equal(due_of("B"), 6000);
    assert_int_equal(due_of("C"), 60000);
}

static void counts_what_there_is(void **state)
{
    (void)state;
    struct df_store_counts counts;
    struct df_connection c;
    bool done;
    OK(counts, &counts);
    assert_int_equal(counts.connections + counts.reconnect + counts.failing + counts.outbox + counts.outbox_due_ms, 0);
    put_due("A", "https://one.example", 5000);
    put_due("B", "https://one.example", 5000);
    put_due("C", "https://one.example", 5000);
    OK(webhook_add, &webhook, 10);
    OK(connection_find, SHOP, DF_S("A"), arena, &c);
    c.failures = 1;
    c.updated_ms = 2000;
    OK(connection_set_refresh, &c, 0, &done);
    OK(connection_find, SHOP, DF_S("B"), arena, &c);
    c.failures = 3;
    c.reconnect = true;
    c.updated_ms = 3000;
    OK(connection_set_refresh, &c, 0, &done);
    OK(counts, &counts);
    assert_int_equal(counts.connections, 3);
    assert_int_equal(counts.failing, 1);
    assert_int_equal(counts.reconnect, 1);
    assert_int_equal(counts.outbox, 2);
    assert_int_equal(counts.outbox_due_ms, 2000);
}

#endif
