/* The part of the store's contract that API keys need; a piece of store_contract.c, whose names it uses. */
#ifndef DF_TEST_STORE_API_KEYS_H
#define DF_TEST_STORE_API_KEYS_H

static const struct df_api_key api_key = {
    .id = {"0a1b2c3d4e5f", 12},
    .hash = {"\0\1'\xFF-0123456789abcdef0123456789abc", 33},
    .name = {"CI", 2},
    .role = DF_ROLE_PROJECT,
    .project_id = {"shop", 4},
    .permissions = DF_MAY_TOKENS,
    .created_ms = 1000,
    .expires_ms = 9000,
};

static struct df_api_key api_key_of(const char *id)
{
    struct df_api_key key;
    OK(apikey_find, df_str_c(id), arena, &key);
    return key;
}

static void keeps_api_keys(void **state)
{
    (void)state;
    struct df_api_key key = api_key, *list;
    size_t n;
    OK(apikey_add, &api_key, 2);
    reopen();
    OK(apikey_find_hash, api_key.hash, arena, &key);
    assert_true(df_str_eq(key.hash, api_key.hash) && df_str_eq(key.id, api_key.id) && key.role == DF_ROLE_PROJECT);
    assert_true(key.permissions == DF_MAY_TOKENS && key.created_ms == 1000 && key.expires_ms == 9000);
    assert_str(key.project_id, "shop");
    assert_str(key.name, "CI");
    REFUSED(DF_ERR_API_KEY, apikey_find, NONE, arena, &key);
    REFUSED(DF_ERR_API_KEY, apikey_find_hash, NONE, arena, &key);
    key = api_key;
    key.project_id = NONE;
    REFUSED(DF_ERR_PROJECT, apikey_add, &key, 2);
    key = (struct df_api_key){.id = DF_S("b"), .hash = DF_S("b"), .role = DF_ROLE_ADMIN, .created_ms = 2000};
    OK(apikey_add, &key, 2);
    key.id = key.hash = DF_S("c");
    REFUSED(DF_ERR_INVALID, apikey_add, &key, 2);
    key.created_ms = 9000; /* the first has ended by then */
    OK(apikey_add, &key, 2);
    OK(apikey_list, arena, &list, &n);
    assert_int_equal(n, 3);
    assert_str(list[0].id, "c");
}

static void revoked_api_keys_stay_revoked(void **state)
{
    (void)state;
    OK(apikey_add, &api_key, 10);
    OK(apikey_revoke, api_key.id, 5000);
    OK(apikey_revoke, api_key.id, 6000);
    assert_int_equal(api_key_of(api_key.id.p).revoked_ms, 5000);
    REFUSED(DF_ERR_API_KEY, apikey_revoke, NONE, 5000);
    struct df_api_key fresh = api_key;
    fresh.id = fresh.hash = DF_S("f");
    fresh.created_ms = 5500;
    REFUSED(DF_ERR_API_KEY, apikey_rotate, api_key.id, 8000, &fresh);
}

static void api_keys_overlap_when_rotated(void **state)
{
    (void)state;
    struct df_api_key fresh = api_key;
    OK(apikey_add, &api_key, 10);
    fresh.id = fresh.hash = DF_S("f");
    fresh.created_ms = 5000;
    fresh.expires_ms = 0;
    OK(apikey_rotate, api_key.id, 6000, &fresh);
    assert_int_equal(api_key_of(api_key.id.p).expires_ms, 6000);
    assert_int_equal(api_key_of("f").expires_ms, 0);
    struct df_api_key third = fresh;
    third.id = third.hash = DF_S("g");
    OK(apikey_rotate, fresh.id, 7000, &third);
    OK(apikey_rotate, api_key.id, 9999, &(struct df_api_key){.id = DF_S("h"), .hash = DF_S("h"), .created_ms = 5500});
    assert_int_equal(api_key_of(api_key.id.p).expires_ms, 6000); /* no later than it would have */
    third.id = third.hash = DF_S("i");
    third.created_ms = 6000; /* the first has ended */
    REFUSED(DF_ERR_API_KEY, apikey_rotate, api_key.id, 9000, &third);
    REFUSED(DF_ERR_API_KEY, apikey_find, DF_S("i"), arena, &third);
}

static void the_last_use_of_an_api_key_never_goes_back(void **state)
{
    (void)state;
    struct df_api_key use = {.id = api_key.id, .last_used_ms = 3000};
    OK(apikey_add, &api_key, 10);
    OK(apikey_used, &use, 1);
    use.last_used_ms = 2000;
    OK(apikey_used, &use, 1);
    assert_int_equal(api_key_of(api_key.id.p).last_used_ms, 3000);
}

static void a_project_takes_its_api_keys_along(void **state)
{
    (void)state;
    struct df_api_key admin = {.id = DF_S("b"), .hash = DF_S("b"), .role = DF_ROLE_ADMIN, .created_ms = 2000};
    OK(apikey_add, &api_key, 10);
    OK(apikey_add, &admin, 10);
    OK(project_delete, SHOP);
    assert_true(api_key_of(api_key.id.p).revoked_ms > 0);
    assert_int_equal(api_key_of("b").revoked_ms, 0);
}

static int64_t key_news;

static void count_key_news(void *arg, struct df_str project_id, struct df_str provider)
{
    (void)arg;
    bool all = !project_id.n && !provider.n; /* a listener that has just begun */
    if (all || (!project_id.n && df_str_is(provider, DF_NEWS_API_KEYS)))
        __atomic_add_fetch(&key_news, 1, __ATOMIC_SEQ_CST);
}

/* Until it has grown past `before`. */
static void await_key_news(int64_t before)
{
    for (int i = 0; i < WAIT_S * 100 && __atomic_load_n(&key_news, __ATOMIC_SEQ_CST) <= before; i++)
        usleep(10 * 1000);
    assert_true(__atomic_load_n(&key_news, __ATOMIC_SEQ_CST) > before);
}

static void changes_of_api_keys_are_told(void **state)
{
    (void)state;
    __atomic_store_n(&key_news, 0, __ATOMIC_SEQ_CST);
    store->ops->listen(store, count_key_news, NULL);
    struct df_store *other = store;
    if (server) { /* what another node does */
        await_key_news(0);
        other = opened();
    }
    int64_t before = __atomic_load_n(&key_news, __ATOMIC_SEQ_CST);
    assert_int_equal(other->ops->apikey_add(other, &api_key, 10, &err), DF_OK);
    await_key_news(before);
    before = __atomic_load_n(&key_news, __ATOMIC_SEQ_CST);
    assert_int_equal(other->ops->apikey_revoke(other, api_key.id, 5000, &err), DF_OK);
    await_key_news(before);
    if (other != store)
        other->ops->close(other);
}

#endif
