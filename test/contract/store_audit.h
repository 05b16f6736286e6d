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

/* The last row's fields, and how many rows there are. */
static size_t last_audit(struct df_audit_entry *ret)
{
    struct df_audit_entry *list;
    size_t n;
    OK(audit_list, 0, 10000, arena, &list, &n);
    if (n)
        *ret = list[n - 1];
    return n;
}

static void a_change_and_its_row_are_written_together(void **state)
{
    (void)state;
    static const struct df_audit_entry note = {
        .actor = {"local", 5}, .action = {"project.create", 14}, .result = {"ok", 2}, .request_id = {"r-1", 3}};
    struct df_store *noting = store->ops->noting(store, &note, arena);
    struct df_project another = shop;
    struct df_audit_entry row;
    assert_int_equal(noting->ops->project_create(noting, &shop, &err), DF_ERR_EXISTS); /* nothing changed */
    assert_int_equal(noting->ops->app_put(noting, &app, DF_S("why"), &(bool){false}, &err), DF_OK); /* another noun */
    assert_int_equal(last_audit(&row), 0);
    another.id = DF_S("another");
    assert_int_equal(noting->ops->project_create(noting, &another, &err), DF_OK);
    assert_int_equal(last_audit(&row), 1);
    assert_str(row.actor, "local");
    assert_str(row.action, "project.create");
    assert_str(row.project_id, "another");
    assert_str(row.request_id, "r-1");
    assert_true(row.count == 1 && row.at_ms > 1000 && !row.target.n);
    check_audit(1);
    OK(project_delete, another.id); /* the store itself notes nothing */
    check_audit(1);
}

static void every_change_can_be_noted(void **state)
{
    (void)state;
    struct df_audit_entry note = {.actor = DF_S("local"), .result = DF_S("ok")}, row;
    struct df_store *noting = store->ops->noting(store, &note, arena);
    const struct df_webhook hook = {.id = DF_S("wh_1"), .project_id = SHOP, .url = DF_S("https://x")};
    struct df_api_key key = {.id = DF_S("k1"), .hash = DF_S("h1"), .created_ms = 1}, fresh = key;
    const struct df_rotation rotation = {.epoch = 1};
    const struct df_ticket_settings wanted = df_ticket_settings_default(SHOP);
    bool is;
    size_t rows = 0;
    fresh.id = DF_S("k2");
    fresh.hash = DF_S("h2");
#define NOTED(word, target_is, op, ...)                                      \
    do {                                                                     \
        note.action = DF_S(word);                                            \
        assert_int_equal(noting->ops->op(noting, __VA_ARGS__, &err), DF_OK); \
        assert_int_equal(last_audit(&row), ++rows);                          \
        assert_str(row.action, word);                                        \
        assert_str(row.target, target_is);                                   \
    } while (0)
    NOTED("project.update", "", project_update, &shop);
    NOTED("app.register", "SENTRY", app_put, &app, DF_S("why"), &is);
    NOTED("connection.connect", "SENTRY", connection_put, &connection, app.client_id);
    NOTED("webhook.add", "wh_1", webhook_add, &hook, 10);
    NOTED("webhook.rotate", "wh_1", webhook_set, &hook);
    NOTED("webhook.remove", "wh_1", webhook_delete, SHOP, hook.id);
    NOTED("connection.disconnect", "SENTRY", connection_delete, SHOP, SENTRY);
    NOTED("app.delete", "SENTRY", app_delete, SHOP, SENTRY);
    NOTED("priorities.settings", "weights", priority_weights_put, SHOP, &df_urgency_usual, 1);
    NOTED("ticket.settings", "linear", ticket_settings_put, &wanted);
    NOTED("apikey.create", "k1", apikey_add, &key, 10);
    NOTED("apikey.rotate", "k1 to k2", apikey_rotate, key.id, 2, &fresh);
    NOTED("apikey.revoke", "k2", apikey_revoke, fresh.id, 3);
    NOTED("encryption_key.rotate", "", rotation_set, &rotation, 0, &is);
    assert_int_equal(noting->ops->rotation_set(noting, &rotation, 7, &is, &err), DF_OK); /* another was first */
    assert_false(is);
    assert_int_equal(last_audit(&row), rows);
    NOTED("project.delete", "", project_delete, SHOP);
#undef NOTED
    check_audit(rows);
}

/* The log as verify reads it: begun where the row of the last pruning says. */
static void check_pruned(int64_t first_seq, size_t rows)
{
    struct df_audit_entry *list;
    struct df_audit_check check = {.seq = 0};
    size_t n;
    OK(audit_list, 0, 10000, arena, &list, &n);
    assert_int_equal(n, rows);
    assert_int_equal(list[0].seq, first_seq);
    for (size_t i = 0; i < n; i++)
        df_audit_pruned(&list[i], first_seq, &check);
    assert_true(check.pruned);
    for (size_t i = 0; i < n; i++)
        if (df_audit_check_row(&check, &list[i], &err) != DF_OK)
            fail_msg("%s", err.message);
}

static void the_log_is_pruned_from_the_front(void **state)
{
    (void)state;
    struct df_audit_entry old[10], row;
    static const struct df_audit_entry note = {.actor = {"cli", 3}};
    int64_t removed;
    for (int i = 0; i < 10; i++) {
        old[i] = audit_entry;
        old[i].at_ms = i == 6 ? 500 : 1000 * (i + 1); /* a count is older than the rows around it */
    }
    OK(audit_append, old, 10);
    OK(audit_prune, &note, 1000, INT64_MAX, 100, &removed);
    assert_int_equal(removed, 0);
    check_audit(10);
    OK(audit_prune, &note, 5000, INT64_MAX, 3, &removed);
    assert_int_equal(removed, 3);
    assert_int_equal(last_audit(&row), 8);
    assert_true(row.seq == 11 && row.count == 3);
    assert_str(row.action, DF_AUDIT_PRUNE);
    check_pruned(4, 8);
    OK(audit_prune, &note, 9000, 7, 100, &removed);
    assert_int_equal(removed, 4); /* 4 to 7 */
    check_pruned(8, 5);
    OK(audit_prune, &note, INT64_MAX, 12, 100, &removed); /* the rows of earlier prunings too */
    assert_int_equal(removed, 5);
    check_pruned(13, 1);
    OK(audit_append, &audit_entry, 1);
    check_pruned(13, 2);
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
