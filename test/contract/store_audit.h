/* The part of the store's contract that the audit log needs; a piece of store_contract.c, whose names it uses. */
#ifndef DF_TEST_STORE_AUDIT_H
#define DF_TEST_STORE_AUDIT_H

enum { AUDIT_EACH = 20 };

static const struct df_audit_entry audit_entry = {
    .at_ms = 1000,
    .actor = {"key:0a1b2c3d4e5f", 16},
    .action = {"app.register", 12},
    .project_id = {"shop", 4},
    .target = {"SENTRY", 6},
    .result = {"ok", 2},
    .request_id = {"r", 1},
    .count = 3,
};

static void check_audit(size_t rows)
{
    struct df_audit_entry *list;
    struct df_audit_check check = {.seq = 0};
    size_t n;
    OK(audit_list, 0, 10000, arena, &list, &n);
    assert_int_equal(n, rows);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(df_audit_check_row(&check, &list[i], &err), DF_OK);
}

static void keeps_the_audit_log_as_a_chain(void **state)
{
    (void)state;
    struct df_audit_entry two[2] = {audit_entry, audit_entry}, *list;
    size_t n;
    two[1].project_id = DF_STR_NONE;
    OK(audit_append, two, 2);
    reopen();
    OK(audit_append, &audit_entry, 1);
    check_audit(3);
    OK(audit_list, 1, 1, arena, &list, &n);
    assert_true(n == 1 && list[0].seq == 2 && list[0].count == 3 && list[0].at_ms == 1000 && !list[0].project_id.n);
    assert_str(list[0].actor, "key:0a1b2c3d4e5f");
    assert_str(list[0].action, "app.register");
    assert_str(list[0].target, "SENTRY");
    assert_str(list[0].result, "ok");
    assert_str(list[0].request_id, "r");
    OK(project_delete, SHOP);
    check_audit(3);
}

static void *append_some(void *arg)
{
    struct df_store *mine = arg;
    for (int i = 0; i < AUDIT_EACH; i++)
        if (mine->ops->audit_append(mine, &audit_entry, 1, NULL) != DF_OK)
            return mine;
    return NULL;
}

static void the_chain_is_one_whoever_appends(void **state)
{
    (void)state;
    enum { WRITERS = 4 };
    pthread_t threads[WRITERS];
    struct df_store *stores[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        stores[i] = server && i ? opened() : store; /* nodes of their own, where the database is shared */
        pthread_create(&threads[i], NULL, append_some, stores[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    for (int i = 0; i < WRITERS; i++)
        if (stores[i] != store)
            stores[i]->ops->close(stores[i]);
    check_audit(WRITERS * AUDIT_EACH);
}

#endif
