/* The part of the store's contract that keys and their rotation need; a piece of store_contract.c, whose names it uses. */
#ifndef DF_TEST_STORE_KEYS_H
#define DF_TEST_STORE_KEYS_H

/* The store looks at no more of a sealed value than its length and bytes 2 to 5, the key's id. */
static void put_sealed(const char *access, const char *refresh)
{
    struct df_connection c = connection;
    bool reconnect;
    OK(app_put, &app, DF_S("x"), &reconnect);
    c.sealed_access_token = df_str_c(access);
    c.sealed_refresh_token = df_str_c(refresh);
    OK(webhook_add, &webhook, 10);
    OK(connection_put, &c, app.client_id); /* its message goes into the outbox */
    OK(flow_create, &flow);
    const struct df_hook_secret hook = {SHOP, DF_S("1"), 1000};
    OK(hook_secret_put, &hook);
}

static void keys_are_noted_once_and_counted(void **state)
{
    (void)state;
    struct df_key_use *keys, key = {DF_S("\0\1'\xFF"), DF_S("check\0"), 1000, 0};
    size_t n;
    OK(key_list, arena, &keys, &n);
    assert_int_equal(n, 0);
    OK(key_add, &key);
    key.first_used_ms = 2000;
    OK(key_add, &key);
    OK(key_list, arena, &keys, &n);
    assert_true(n == 1 && df_str_eq(keys[0].id, key.id) && df_str_eq(keys[0].sealed_check, key.sealed_check));
    assert_int_equal(keys[0].first_used_ms, 1000);
    put_sealed("1aaaa-access", "1bbbb-refresh");
    OK(key_count, arena, &keys, &n);
    assert_int_equal(n, 2);
    assert_str(keys[0].id, "aaaa");
    assert_true(keys[0].values == 1 && keys[1].values == 1);
    OK(key_remove, key.id);
    OK(key_list, arena, &keys, &n);
    assert_int_equal(n, 0);
}

static void sealed_rows_are_replaced_by_compare_and_set(void **state)
{
    (void)state;
    struct df_sealed_row *rows, fresh, at = {.place = DF_SEALED_CONNECTIONS};
    size_t n;
    int stored;
    int64_t total;
    put_sealed("1aaaa-access", "");
    OK(sealed_total, &total);
    assert_int_equal(total, 6);
    OK(sealed_list, &at, 10, arena, &rows, &n);
    assert_int_equal(n, 1);
    assert_str(rows[0].sealed[0], "1aaaa-access");
    assert_true(rows[0].sealed[1].n == 0 && df_str_eq(rows[0].project_id, SHOP));
    fresh = rows[0];
    fresh.sealed[0] = DF_S("1bbbb-access");
    OK(sealed_replace, rows, &fresh, 1, &stored);
    assert_int_equal(stored, 1);
    OK(sealed_replace, rows, &fresh, 1, &stored); /* no longer what was read */
    assert_int_equal(stored, 0);
    struct df_connection c;
    OK(connection_find, SHOP, SENTRY, arena, &c);
    assert_str(c.sealed_access_token, "1bbbb-access");
    assert_int_equal(c.version, 1);
    OK(sealed_list, &rows[0], 10, arena, &rows, &n);
    assert_int_equal(n, 0);
    for (int place = 0; place < DF_SEALED_PLACES; place++) {
        at = (struct df_sealed_row){.place = (enum df_sealed_place)place};
        OK(sealed_list, &at, 10, arena, &rows, &n);
        assert_int_equal(n, 1);
        fresh = rows[0];
        fresh.sealed[0] = DF_S("new");
        OK(sealed_replace, rows, &fresh, 1, &stored);
        assert_int_equal(stored, 1);
    }
}

static void a_rotation_is_written_by_compare_and_set(void **state)
{
    (void)state;
    struct df_rotation r;
    bool stored;
    OK(rotation_get, arena, &r);
    assert_int_equal(r.state, DF_ROTATION_NONE);
    r = (struct df_rotation){.epoch = 1,
                             .state = DF_ROTATION_RUNNING,
                             .owner = DF_S("node"),
                             .to_id = DF_S("\0\1\2\3"),
                             .place = DF_SEALED_FLOWS,
                             .after_project = DF_S("p"),
                             .done = 7,
                             .message = DF_S("m")};
    OK(rotation_set, &r, 0, &stored);
    assert_true(stored);
    OK(rotation_set, &r, 0, &stored);
    assert_false(stored);
    r.done = 8;
    OK(rotation_set, &r, 1, &stored);
    assert_true(stored);
    struct df_rotation got;
    OK(rotation_get, arena, &got);
    assert_true(got.done == 8 && got.epoch == 1 && got.place == DF_SEALED_FLOWS && df_str_eq(got.to_id, r.to_id));
    assert_str(got.after_project, "p");
    assert_str(got.message, "m");
}

#endif
