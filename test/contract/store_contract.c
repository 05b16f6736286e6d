/* What port/store.h promises, held to each adapter. */
#include "unit.h"

#include "adapter/sqlite_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TAKERS = 8 };

static struct df_arena *arena;
static struct df_store *store;
static struct df_error err;
static char folder[64];

#define OP(name, ...) store->ops->name(store, __VA_ARGS__)
#define OK(name, ...)                               \
    do {                                            \
        if (OP(name, __VA_ARGS__, &err) != DF_OK)   \
            fail_msg("%s: %s", #name, err.message); \
    } while (0)
#define REFUSED(code, name, ...) assert_int_equal(OP(name, __VA_ARGS__, &err), code)

static void reopen(void)
{
    if (store)
        store->ops->close(store);
    struct df_str path = df_arena_printf(arena, "%s/sub/store.db", folder);
    if (df_sqlite_store_open(path, &store, &err) != DF_OK)
        fail_msg("%s", err.message);
}

static const struct df_project shop = {
    .id = {"shop", 4}, .name = {"Sh\xC3\xB6p '; --", 11}, .created_ms = 1000, .updated_ms = 1000};
static const struct df_oauth_app app = {
    .project_id = {"shop", 4},
    .provider = {"SENTRY", 6},
    .id = {"app-1", 5},
    .client_id = {"client", 6},
    .sealed_client_secret = {"\0\1\xFF", 3},
    .redirect_uri = {"http://localhost/cb", 19},
    .scopes = {"a b", 3},
    .flow_type = {"authorization_code", 18},
    .base_url = {"https://sentry.io", 17},
    .created_ms = 1000,
    .updated_ms = 1000,
};
static const struct df_connection connection = {
    .id = {"c-1", 3},
    .project_id = {"shop", 4},
    .provider = {"SENTRY", 6},
    .base_url = {"https://sentry.io", 17},
    .sealed_access_token = {"access\0x", 8},
    .token_type = {"Bearer", 6},
    .scopes = {"a", 1},
    .obtained_ms = 1000,
    .expires_ms = 2000,
    .user_id = {"org", 3},
    .organizations = {"[]", 2},
    .version = 1,
    .created_ms = 1000,
    .updated_ms = 1000,
};
static const struct df_oauth_flow flow = {
    .id = {"flow-1", 6},
    .project_id = {"shop", 4},
    .provider = {"SENTRY", 6},
    .state_hash = {"0123456789abcdef0123456789abcdef", 32},
    .sealed_verifier = {"v", 1},
    .sealed_url = {"u", 1},
    .status = DF_FLOW_PENDING,
    .created_ms = 1000,
    .expires_ms = 5000,
};

static const struct df_str SHOP = {"shop", 4}, SENTRY = {"SENTRY", 6}, NONE = {"none", 4};

static int setup(void **state)
{
    (void)state;
    arena = df_arena_new();
    snprintf(folder, sizeof folder, "/tmp/devflow-contract-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    reopen();
    OK(project_create, &shop);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store->ops->close(store);
    store = NULL;
    static const char *const parts[] = {"/sub/store.db", "/sub/store.db-wal", "/sub/store.db-shm",
                                        "/sub/store.db.lock"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        unlink(df_arena_printf(arena, "%s%s", folder, parts[i]).p);
    rmdir(df_arena_printf(arena, "%s/sub", folder).p);
    rmdir(folder);
    df_arena_free(arena);
    return 0;
}

static void connect_shop(void)
{
    bool reconnect;
    OK(app_put, &app, DF_S("why"), &reconnect);
    OK(connection_put, &connection, app.client_id);
}

static struct df_connection stored(void)
{
    struct df_connection c;
    OK(connection_find, SHOP, SENTRY, arena, &c);
    return c;
}

static void keeps_projects(void **state)
{
    (void)state;
    struct df_project p, *list, second = {.id = DF_S("a"), .name = DF_S("a"), .created_ms = 2000, .updated_ms = 2000};
    size_t n;
    REFUSED(DF_ERR_EXISTS, project_create, &shop);
    OK(project_create, &second);
    OK(project_list, arena, &list, &n);
    assert_int_equal(n, 2);
    assert_str(list[0].id, "a"); /* newest first */
    p = shop;
    p.name = DF_S("x");
    p.updated_ms = 3000;
    OK(project_update, &p);
    reopen();
    OK(project_find, SHOP, arena, &p);
    assert_str(p.name, "x");
    assert_int_equal(p.created_ms, 1000);
    p.id = NONE;
    REFUSED(DF_ERR_PROJECT, project_update, &p);
    REFUSED(DF_ERR_PROJECT, project_find, NONE, arena, &p);
    REFUSED(DF_ERR_PROJECT, project_delete, NONE);
    assert_null(strstr(err.message, "SELECT"));
    assert_int_equal(store->ops->ping(store, &err), DF_OK);
}

static void keeps_bytes_as_they_are(void **state)
{
    (void)state;
    struct df_project p;
    struct df_oauth_app a;
    connect_shop();
    reopen();
    OK(project_find, SHOP, arena, &p);
    assert_true(df_str_eq(p.name, shop.name));
    OK(app_find, SHOP, SENTRY, arena, &a);
    assert_true(df_str_eq(a.sealed_client_secret, app.sealed_client_secret));
    assert_str(a.scopes, "a b");
    struct df_connection c = stored();
    assert_true(df_str_eq(c.sealed_access_token, connection.sealed_access_token));
    assert_int_equal(c.sealed_refresh_token.n, 0);
}

static void marks_a_connection_when_its_app_is_another_one(void **state)
{
    (void)state;
    bool reconnect = true;
    struct df_oauth_app changed = app, *list;
    size_t n;
    connect_shop();
    changed.id = DF_S("app-2");
    changed.sealed_client_secret = DF_S("new");
    changed.created_ms = changed.updated_ms = 9000;
    OK(app_put, &changed, DF_S("why"), &reconnect);
    assert_false(reconnect || stored().reconnect);
    OK(app_list, SHOP, arena, &list, &n);
    assert_int_equal(n, 1);
    assert_str(list[0].id, "app-1");
    assert_int_equal(list[0].created_ms, 1000);
    changed.client_id = DF_S("other");
    OK(app_put, &changed, DF_S("why"), &reconnect);
    assert_true(reconnect && stored().reconnect);
    assert_str(stored().failure_reason, "why");
    assert_int_equal(stored().version, 2); /* a refresh under way comes too late */
    changed.project_id = NONE;
    REFUSED(DF_ERR_PROJECT, app_put, &changed, DF_S("why"), &reconnect);
    REFUSED(DF_ERR_APP, app_find, NONE, SENTRY, arena, &changed);
    REFUSED(DF_ERR_APP, app_delete, SHOP, NONE);
}

static void a_connection_never_outlives_its_app(void **state)
{
    (void)state;
    REFUSED(DF_ERR_APP, connection_put, &connection, app.client_id);
    connect_shop();
    REFUSED(DF_ERR_APP, connection_put, &connection, DF_S("another client"));
    struct df_connection again = connection, *list;
    size_t n;
    again.id = DF_S("c-2");
    again.user_id = DF_S("org-2");
    OK(connection_put, &again, app.client_id);
    assert_str(stored().user_id, "org-2");
    assert_str(stored().id, "c-1");
    assert_int_equal(stored().version, 2);
    OK(connection_list, SHOP, arena, &list, &n);
    assert_int_equal(n, 1);
    OK(app_delete, SHOP, SENTRY);
    REFUSED(DF_ERR_CONNECTION, connection_find, SHOP, SENTRY, arena, &again);
    REFUSED(DF_ERR_CONNECTION, connection_delete, SHOP, SENTRY);
}

static void tokens_are_set_by_compare_and_set(void **state)
{
    (void)state;
    bool done;
    connect_shop();
    struct df_connection mine = stored(), theirs = stored();
    mine.sealed_access_token = DF_S("mine");
    mine.failure_reason = DF_STR_NONE;
    OK(connection_set_tokens, &mine, &done);
    assert_true(done);
    theirs.sealed_access_token = DF_S("theirs");
    OK(connection_set_tokens, &theirs, &done);
    assert_false(done);
    assert_str(stored().sealed_access_token, "mine");
    assert_int_equal(stored().version, 2);
    theirs.reconnect = true;
    theirs.failure_reason = DF_S("late");
    OK(connection_set_refresh, &theirs, 0, &done);
    assert_false(done || stored().reconnect);
    theirs.version = 2;
    OK(connection_set_refresh, &theirs, 1, &done);
    assert_false(done);
    theirs.epoch = 1;
    theirs.lease_owner = DF_S("node");
    theirs.lease_until_ms = 7000;
    theirs.unanswered = true;
    OK(connection_set_refresh, &theirs, 0, &done);
    assert_true(done && stored().reconnect && stored().unanswered);
    assert_int_equal(stored().epoch, 1);
    assert_int_equal(stored().lease_until_ms, 7000);
    assert_str(stored().lease_owner, "node");
    assert_int_equal(stored().version, 2);
    assert_str(stored().sealed_access_token, "mine");
    reopen(); /* who held the lease has stopped */
    assert_int_equal(stored().lease_until_ms, 0);
    assert_str(stored().lease_owner, "node");
    mine = stored();
    OK(connection_set_tokens, &mine, &done);
    assert_true(done && !stored().reconnect && !stored().unanswered && stored().lease_owner.n == 0);
    assert_int_equal(stored().failure_reason.n, 0);
}

static void finds_what_is_due(void **state)
{
    (void)state;
    struct df_connection *due, c = connection;
    struct df_oauth_app other = app;
    int64_t next;
    bool done;
    size_t n;
    c.due_ms = 5000;
    OK(app_put, &app, DF_S("why"), &done);
    OK(connection_put, &c, app.client_id);
    other.provider = c.provider = DF_S("OTHER");
    c.due_ms = 4000;
    OK(app_put, &other, DF_S("why"), &done);
    OK(connection_put, &c, app.client_id);
    OK(connection_list_due, 3999, 10, arena, &due, &n, &next);
    assert_int_equal(n, 0);
    assert_int_equal(next, 4000);
    OK(connection_list_due, 5000, 10, arena, &due, &n, &next);
    assert_int_equal(n, 2);
    assert_str(due[0].provider, "OTHER");
    assert_int_equal(next, 0);
    OK(connection_list_due, 5000, 1, arena, &due, &n, &next);
    assert_int_equal(n, 1);
    assert_int_equal(next, 5000);
    c.reconnect = true;
    c.version = 1;
    OK(connection_set_refresh, &c, 0, &done);
    assert_true(done);
    OK(connection_list_due, 9000, 10, arena, &due, &n, &next);
    assert_int_equal(n, 1);
    assert_str(due[0].provider, "SENTRY");
}

static void flows_live_once(void **state)
{
    (void)state;
    struct df_oauth_flow f;
    REFUSED(DF_ERR_APP, flow_create, &flow);
    connect_shop();
    OK(flow_create, &flow);
    REFUSED(DF_ERR_STATE, flow_take, flow.state_hash, DF_S("browser"), 2000);
    REFUSED(DF_ERR_STATE, flow_take, flow.state_hash, DF_STR_NONE, 5000); /* expired */
    REFUSED(DF_ERR_FLOW, flow_bind, flow.id, DF_S("browser"), 5000);
    OK(flow_bind, flow.id, DF_S("browser"), 2000);
    REFUSED(DF_ERR_STATE, flow_take, flow.state_hash, DF_STR_NONE, 2000);
    OK(flow_find_state, flow.state_hash, arena, &f);
    assert_str(f.browser_hash, "browser");
    OK(flow_take, flow.state_hash, DF_S("browser"), 2000);
    REFUSED(DF_ERR_STATE, flow_take, flow.state_hash, DF_S("browser"), 2000);
    REFUSED(DF_ERR_FLOW, flow_find_state, flow.state_hash, arena, &f);
    OK(flow_find, flow.id, arena, &f);
    assert_int_equal(f.status, DF_FLOW_EXCHANGING);
    f.status = DF_FLOW_FAILED;
    f.code = DF_S("code");
    f.message = DF_S("message");
    OK(flow_end, &f);
    OK(flow_find, flow.id, arena, &f);
    assert_str(f.message, "message");
    assert_int_equal(f.sealed_verifier.n + f.sealed_url.n + f.state_hash.n, 0);
    f.id = NONE;
    REFUSED(DF_ERR_FLOW, flow_end, &f);
    REFUSED(DF_ERR_FLOW, flow_find, NONE, arena, &f);
}

static void old_flows_are_forgotten(void **state)
{
    (void)state;
    struct df_oauth_flow later = flow;
    connect_shop();
    OK(flow_create, &flow);
    later.id = DF_S("flow-2");
    later.state_hash = DF_S("another state");
    later.created_ms = flow.expires_ms + 24 * 3600 * 1000 + 1;
    later.expires_ms = later.created_ms + 1000;
    OK(flow_create, &later);
    REFUSED(DF_ERR_FLOW, flow_find, flow.id, arena, &later);
}

static void *take(void *wins)
{
    if (store->ops->flow_take(store, flow.state_hash, DF_STR_NONE, 2000, NULL) == DF_OK)
        __atomic_add_fetch((int *)wins, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void of_many_takers_one_wins(void **state)
{
    (void)state;
    pthread_t threads[TAKERS];
    int wins = 0;
    connect_shop();
    OK(flow_create, &flow);
    for (int i = 0; i < TAKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take, &wins), 0);
    for (int i = 0; i < TAKERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(wins, 1);
}

static void deleting_a_project_takes_all_of_it(void **state)
{
    (void)state;
    struct df_oauth_app a;
    struct df_connection c;
    struct df_oauth_flow f;
    connect_shop();
    OK(flow_create, &flow);
    OK(project_delete, SHOP);
    REFUSED(DF_ERR_APP, app_find, SHOP, SENTRY, arena, &a);
    REFUSED(DF_ERR_CONNECTION, connection_find, SHOP, SENTRY, arena, &c);
    REFUSED(DF_ERR_FLOW, flow_find, flow.id, arena, &f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keeps_projects),
        TEST(keeps_bytes_as_they_are),
        TEST(marks_a_connection_when_its_app_is_another_one),
        TEST(a_connection_never_outlives_its_app),
        TEST(tokens_are_set_by_compare_and_set),
        TEST(finds_what_is_due),
        TEST(flows_live_once),
        TEST(old_flows_are_forgotten),
        TEST(of_many_takers_one_wins),
        TEST(deleting_a_project_takes_all_of_it),
    };
    return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
