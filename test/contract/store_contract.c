/* What port/store.h promises, held to each adapter. */
#include "store_fixture.h"

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
    assert_true(df_str_eq(a.endpoints, app.endpoints));
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
    reopen(); /* who held the lease of a file has stopped; of a shared database, perhaps not */
    assert_int_equal(stored().lease_until_ms, server ? 7000 : 0);
    assert_str(stored().lease_owner, "node");
    mine = stored();
    OK(connection_set_tokens, &mine, &done);
    assert_true(done && !stored().reconnect && !stored().unanswered && stored().lease_owner.n == 0);
    assert_int_equal(stored().failure_reason.n, 0);
}

static void put_due(const char *provider, const char *base_url, int64_t due_ms)
{
    struct df_oauth_app a = app;
    struct df_connection c = connection;
    bool marked;
    a.provider = c.provider = df_str_c(provider);
    a.base_url = c.base_url = df_str_c(base_url);
    c.due_ms = due_ms;
    OK(app_put, &a, DF_S("why"), &marked);
    OK(connection_put, &c, a.client_id);
}

static void finds_what_is_due(void **state)
{
    (void)state;
    struct df_connection *due;
    size_t n;
    OK(connection_list_due, arena, &due, &n);
    assert_int_equal(n, 0);
    put_due("A", "https://one.example", 5000);
    put_due("B", "https://one.example", 4000);
    put_due("C", "https://two.example", 7000);
    put_due("D", "https://three.example", 0);
    OK(connection_list_due, arena, &due, &n);
    assert_int_equal(n, 2);
    assert_str(due[0].base_url, "https://one.example");
    assert_int_equal(due[0].due_ms, 4000);
    assert_str(due[1].base_url, "https://two.example");
    assert_int_equal(due[1].due_ms, 7000);
}

static void claims_what_is_due_once(void **state)
{
    (void)state;
    struct df_connection *due, c;
    bool done;
    size_t n;
    const struct df_str one = DF_S("https://one.example");
    put_due("A", "https://one.example", 5000);
    put_due("B", "https://one.example", 4000);
    put_due("C", "https://two.example", 1000);
    OK(connection_claim_due, one, 3999, 60000, 10, arena, &due, &n);
    assert_int_equal(n, 0);
    OK(connection_claim_due, one, 5000, 60000, 1, arena, &due, &n);
    assert_int_equal(n, 1);
    assert_str(due[0].provider, "B");
    assert_str(due[0].project_id, "shop");
    assert_int_equal(due[0].version, 1);
    OK(connection_claim_due, one, 5000, 60000, 10, arena, &due, &n);
    assert_int_equal(n, 1);
    assert_str(due[0].provider, "A");
    OK(connection_claim_due, one, 5000, 60000, 10, arena, &due, &n);
    assert_int_equal(n, 0);
    OK(connection_find, SHOP, DF_S("A"), arena, &c);
    assert_int_equal(c.due_ms, 60000);
    c.reconnect = true;
    OK(connection_set_refresh, &c, 0, &done);
    OK(connection_claim_due, one, 60000, 90000, 10, arena, &due, &n);
    assert_int_equal(n, 1);
    assert_str(due[0].provider, "B");
}

static void a_late_write_does_not_reach_a_connection_made_anew(void **state)
{
    (void)state;
    bool done;
    connect_shop();
    struct df_connection late = stored(), anew = connection;
    OK(connection_delete, SHOP, SENTRY);
    anew.id = DF_S("c-2");
    anew.version = late.version;
    OK(connection_put, &anew, app.client_id);
    OK(connection_set_tokens, &late, &done);
    assert_false(done);
    OK(connection_set_refresh, &late, late.epoch, &done);
    assert_false(done);
}

static void keeps_the_pace(void **state)
{
    (void)state;
    int64_t at;
    const struct df_str host = DF_S("https://sentry.io");
    OK(pace_take, host, 25, 1000, 9000, &at);
    assert_int_equal(at, 1000);
    OK(pace_take, host, 25, 1000, 9000, &at);
    assert_int_equal(at, 1025);
    OK(pace_take, host, 25, 1010, 1030, &at); /* too far away: not reserved */
    assert_int_equal(at, 1050);
    OK(pace_take, host, 25, 1010, 9000, &at);
    assert_int_equal(at, 1050);
    OK(pace_take, DF_S("https://other"), 25, 1010, 9000, &at);
    assert_int_equal(at, 1010);
    OK(pace_hold, host, 5000);
    OK(pace_hold, host, 3000); /* never shorter */
    OK(pace_take, host, 0, 1100, 9000, &at);
    assert_int_equal(at, 5000);
    OK(pace_take, host, 25, 1100, 4000, &at);
    assert_int_equal(at, 5000);
    OK(pace_take, host, 25, 1100, 9000, &at);
    assert_int_equal(at, 5000);
    OK(pace_take, host, 25, 1100, 9000, &at);
    assert_int_equal(at, 5025);
    OK(pace_take, host, 25, 6000, 9000, &at);
    assert_int_equal(at, 6000);
}

static void *take_slots(void *arg)
{
    int64_t *latest = arg;
    for (int i = 0; i < 25; i++)
        if (store->ops->pace_take(store, DF_S("https://many"), 10, 1000, INT64_MAX, latest, NULL) != DF_OK)
            *latest = INT64_MAX;
    return NULL;
}

static void no_two_share_a_slot(void **state)
{
    (void)state;
    pthread_t threads[TAKERS];
    int64_t latest[TAKERS], last = 0;
    for (int i = 0; i < TAKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_slots, &latest[i]), 0);
    for (int i = 0; i < TAKERS; i++) {
        pthread_join(threads[i], NULL);
        last = latest[i] > last ? latest[i] : last;
    }
    assert_int_equal(last, 1000 + 10 * (25 * TAKERS - 1));
}

static void notes_an_app_s_fault_until_it_is_registered_anew(void **state)
{
    (void)state;
    struct df_oauth_app *same, found,
        as = {.fault = DF_S("bad secret"), .fault_ms = 10, .fault_retry_ms = 90, .fault_times = 1};
    bool news, done;
    size_t n;
    connect_shop();
    struct df_connection c = stored();
    c.failure_code = DF_S("invalid_client_credentials");
    c.failures = 3;
    c.due_ms = 99999;
    OK(connection_set_refresh, &c, 0, &done);
    assert_true(done);
    assert_str(stored().failure_code, "invalid_client_credentials");
    OK(app_list_client, &app, arena, &same, &n);
    assert_int_equal(n, 1);
    OK(app_set_fault, same, n, &as, &news);
    assert_true(news);
    OK(app_set_fault, same, n, &as, &news);
    assert_false(news);
    OK(app_find, SHOP, SENTRY, arena, &found);
    assert_str(found.fault, "bad secret");
    assert_int_equal(found.fault_retry_ms, 90);
    assert_int_equal(found.fault_times, 1);
    found = app;
    found.updated_ms = 777;
    found.sealed_client_secret = DF_S("another secret");
    OK(app_put, &found, DF_S("why"), &done);
    assert_int_equal(stored().due_ms, 777);
    assert_int_equal(stored().failures, 1); /* the next failure is not the first of a row */
    OK(app_set_fault, same, n, &as, &news); /* of the secret before */
    assert_false(news);
    OK(app_find, SHOP, SENTRY, arena, &found);
    assert_int_equal(found.fault.n, 0);
    found.client_id = DF_S("another");
    OK(app_list_client, &found, arena, &same, &n);
    assert_int_equal(n, 0);
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

/* A device flow: no state, and of those who would ask the provider at one moment, one does. */
static void a_device_flow_is_asked_for_by_one(void **state)
{
    (void)state;
    struct df_oauth_flow f = flow, second = flow;
    bool set;
    connect_shop();
    f.state_hash = second.state_hash = DF_STR_NONE;
    second.id = DF_S("flow-2");
    f.interval_s = 5;
    f.next_poll_ms = 6000;
    OK(flow_create, &f);
    OK(flow_create, &second);
    OK(flow_pace, &f, 5, 60000, &set);
    assert_true(set);
    OK(flow_pace, &f, 5, 70000, &set);
    assert_false(set);
    OK(flow_find, f.id, arena, &f);
    assert_int_equal(f.next_poll_ms, 60000);
    OK(flow_pace, &f, 10, 20000, &set);
    assert_true(set);
    OK(flow_find, f.id, arena, &f);
    assert_int_equal(f.interval_s, 10);
    f.status = DF_FLOW_COMPLETED;
    OK(flow_end, &f);
    OK(flow_pace, &f, 10, 30000, &set);
    assert_false(set);
    OK(flow_find, second.id, arena, &f);
    assert_int_equal(f.next_poll_ms + f.interval_s, 0);
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

static void keeps_what_no_database_likes(void **state)
{
    (void)state;
    struct df_project p = {.id = DF_S("odd"),
                           .name = DF_S("a\0b\xFF"
                                        "c"),
                           .created_ms = INT64_MAX,
                           .updated_ms = INT64_MIN};
    size_t n = 300 * 1000;
    char *large = df_arena_alloc(arena, n);
    memset(large, 'x', n);
    p.description = df_str_n(large, n);
    p.repository = DF_S("\xF0\x9F\x98\x80 \xE2\x80\xAE '\"\\ %s $1");
    OK(project_create, &p);
    struct df_project found;
    OK(project_find, p.id, arena, &found);
    assert_str(found.name, "a\xEF\xBF\xBD"
                           "b\xEF\xBF\xBD"
                           "c");
    assert_true(df_str_eq(found.description, p.description));
    assert_true(df_str_eq(found.repository, p.repository));
    assert_true(found.created_ms == INT64_MAX && found.updated_ms == INT64_MIN);
    REFUSED(DF_ERR_PROJECT, project_find, DF_S("shop\0"), arena, &found);
}

static void a_database_is_sorted_by_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "B", "\xC3\xA9", "_"};
    struct df_project *list;
    size_t n;
    for (size_t i = 0; i < 4; i++)
        OK(project_create, (&(struct df_project){.id = df_str_c(names[i]), .name = DF_S("n"), .created_ms = 1}));
    OK(project_list, arena, &list, &n);
    assert_str(list[1].id, "B");
    assert_str(list[2].id, "_");
    assert_str(list[3].id, "a");
    assert_str(list[4].id, "\xC3\xA9");
}

struct race {
    struct df_store *store;
    int wins, rounds;
};

/* Each sets the tokens of the version it read, until it has won. */
static void *set_tokens(void *arg)
{
    struct race *race = arg;
    struct df_arena *own DF_ARENA_AUTO = df_arena_new();
    for (bool done = false; !done;) {
        struct df_connection c;
        struct df_error why;
        if (race->store->ops->connection_find(race->store, SHOP, SENTRY, own, &c, &why) != DF_OK ||
            race->store->ops->connection_set_tokens(race->store, &c, &done, &why) != DF_OK)
            return NULL;
        __atomic_add_fetch(&race->wins, done, __ATOMIC_SEQ_CST);
        __atomic_add_fetch(&race->rounds, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void in_parallel(void *(*run)(void *arg), void *arg)
{
    pthread_t threads[TAKERS];
    for (int i = 0; i < TAKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, arg), 0);
    for (int i = 0; i < TAKERS; i++)
        pthread_join(threads[i], NULL);
}

static void every_compare_and_set_counts_once(void **state)
{
    (void)state;
    struct race race = {.store = store};
    connect_shop();
    in_parallel(set_tokens, &race);
    assert_int_equal(race.wins, TAKERS);
    assert_int_equal(stored().version, 1 + TAKERS);
}

/* An app with another client ID, or a connection of the client ID it just saw: whichever comes first, none is left of a client
 * that is not the app's, unmarked. */
static void *register_and_connect(void *arg)
{
    static const char *const ids[] = {"one", "two", "three"};
    struct race *race = arg;
    for (int i = 0; i < 30; i++) {
        struct df_error why = {0};
        struct df_oauth_app mine = app;
        bool marked;
        mine.client_id = df_str_c(ids[i % 3]);
        struct df_connection c = connection;
        c.user_id = mine.client_id;
        enum df_code put = race->store->ops->app_put(race->store, &mine, DF_S("why"), &marked, &why);
        enum df_code then = put == DF_OK ? race->store->ops->connection_put(race->store, &c, mine.client_id, &why)
                                         : put;
        if (then != DF_OK && then != DF_ERR_APP)
            __atomic_add_fetch(&race->wins, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void changes_of_one_project_come_one_after_the_other(void **state)
{
    (void)state;
    struct race race = {.store = store};
    struct df_oauth_app a;
    in_parallel(register_and_connect, &race);
    assert_int_equal(race.wins, 0);
    OK(app_find, SHOP, SENTRY, arena, &a);
    assert_true(stored().reconnect || df_str_eq(stored().user_id, a.client_id));
}

/* All that can happen to one project at once: each ends well or says what is not there. */
static void *come_and_go(void *arg)
{
    struct race *race = arg;
    const struct df_store_ops *ops = race->store->ops;
    for (int i = 0; i < 60; i++) {
        struct df_error why = {0};
        struct df_oauth_flow f = flow;
        char id[32];
        bool marked;
        enum df_code code = DF_OK;
        snprintf(id, sizeof id, "f-%d-%d", __atomic_add_fetch(&race->rounds, 1, __ATOMIC_SEQ_CST), i);
        f.id = f.state_hash = df_str_c(id);
        switch (df_random_u32() % 6) {
        case 0:
            code = ops->project_delete(race->store, SHOP, &why);
            break;
        case 1:
            code = ops->app_delete(race->store, SHOP, SENTRY, &why);
            break;
        case 2:
            code = ops->connection_put(race->store, &connection, app.client_id, &why);
            break;
        case 3:
            code = ops->flow_create(race->store, &f, &why);
            break;
        case 4:
            code = ops->app_put(race->store, &app, DF_S("why"), &marked, &why);
            break;
        default:
            code = ops->project_create(race->store, &shop, &why);
        }
        if (code == DF_ERR_STORE || code == DF_ERR_BUSY) {
            fprintf(stderr, "%s\n", why.message);
            __atomic_add_fetch(&race->wins, 1, __ATOMIC_SEQ_CST);
        }
    }
    return NULL;
}

static void whatever_comes_and_goes_nothing_fails(void **state)
{
    (void)state;
    struct race race = {.store = store};
    in_parallel(come_and_go, &race);
    assert_int_equal(race.wins, 0);
}

struct news {
    pthread_mutex_t lock;
    pthread_cond_t came;
    char project[64], provider[64];
    int all;
};

static void take_news(void *arg, struct df_str project_id, struct df_str provider)
{
    if (!project_id.n && df_str_is(provider, DF_NEWS_API_KEYS)) /* store_api_keys.h has them */
        return;
    struct news *news = arg;
    pthread_mutex_lock(&news->lock);
    news->all += project_id.n == 0;
    snprintf(news->project, sizeof news->project, "%.*s", DF_FMT(project_id));
    snprintf(news->provider, sizeof news->provider, "%.*s", DF_FMT(provider));
    pthread_cond_broadcast(&news->came);
    pthread_mutex_unlock(&news->lock);
}

/* Waits for news that satisfies `is`; forgets it then. */
static void await_news(struct news *news, bool (*is)(const struct news *news))
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&news->lock);
    while (!is(news))
        if (pthread_cond_timedwait(&news->came, &news->lock, &until) != 0)
            fail_msg("no news came");
    news->all = 0;
    news->project[0] = news->provider[0] = '\0';
    pthread_mutex_unlock(&news->lock);
}

static bool of_the_shop(const struct news *news)
{
    return strcmp(news->project, "shop") == 0 && (!news->provider[0] || strcmp(news->provider, "SENTRY") == 0);
}

static bool of_anything(const struct news *news)
{
    return news->all > 0;
}

static void changes_are_told(void **state)
{
    (void)state;
    static struct news news = {.lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER};
    bool done;
    /* Of a shared database the listener and the one who changes are two. */
    struct df_store *listener = server ? opened() : store;
    listener->ops->listen(listener, take_news, &news);
    if (server)
        await_news(&news, of_anything);
    connect_shop();
    await_news(&news, of_the_shop);
    struct df_connection c = stored();
    OK(connection_set_tokens, &c, &done);
    await_news(&news, of_the_shop);
    OK(project_delete, SHOP);
    await_news(&news, of_the_shop);
    if (server)
        listener->ops->close(listener);
}

static void the_clock_is_the_databases(void **state)
{
    (void)state;
    unsigned long long theirs;
    assert_true(df_str_to_u64(behind("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8"), &theirs));
    assert_in_range(df_now_ms(the_clock) - (int64_t)theirs + 1000, 0, 3000);
}

static void a_broken_connection_is_replaced(void **state)
{
    (void)state;
    struct df_project p;
    /* Static, for the store that tells it is closed after this. */
    static struct news news = {.lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER};
    OP(listen, take_news, &news);
    await_news(&news, of_anything);
    connect_shop();
    for (int i = 0; i < 10; i++) {
        behind(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = 'devflow'");
        OK(project_find, SHOP, arena, &p); /* at once: what was broken is seen before anything is sent */
        OK(project_update, &p);
    }
    await_news(&news, of_anything); /* whatever was missed meanwhile */
}

static void *rename_shop(void *arg)
{
    struct race *race = arg;
    struct df_error why = {0};
    enum df_code code = race->store->ops->project_update(race->store, &shop, &why);
    __atomic_add_fetch(&race->wins, code == DF_ERR_BUSY && why.retry_after_s > 0, __ATOMIC_SEQ_CST);
    return NULL;
}

/* A row that someone holds: those who have a connection wait for the row, the others for a connection, and none for ever. */
static void every_wait_ends(void **state)
{
    (void)state;
    struct race race = {.store = store};
    PGconn *c = PQconnectdb(url);
    PQclear(PQexec(c, "BEGIN; SELECT * FROM projects FOR UPDATE"));
    in_parallel(rename_shop, &race);
    PQfinish(c);
    assert_int_equal(race.wins, TAKERS);
    assert_int_equal(store->ops->project_update(store, &shop, &err), DF_OK);
}

static void *open_and_close(void *arg)
{
    struct df_store *mine;
    const struct df_clock *clock;
    struct df_error why;
    if (df_database_open(df_str_c(url), 1, &mine, &clock, &why) != DF_OK) {
        fprintf(stderr, "%s\n", why.message);
        return NULL;
    }
    mine->ops->close(mine);
    __atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void two_who_start_at_once_make_one_schema(void **state)
{
    (void)state;
    behind(df_arena_printf(arena, "CREATE SCHEMA race_%d", (int)getpid()).p);
    snprintf(url, sizeof url, "%s?options=-csearch_path%%3Drace_%d", server, (int)getpid());
    int good = 0;
    in_parallel(open_and_close, &good);
    assert_int_equal(good, TAKERS);
    struct df_database_status status;
    assert_int_equal(df_database_status(df_str_c(url), arena, &status, &err), DF_OK);
    assert_int_equal(status.schema, status.known);
}

#include "store_api_keys.h"
#include "store_audit.h"
#include "store_counts.h"
#include "store_inbox.h"
#include "store_keys.h"
#include "store_outbox.h"
#include "store_spec_notes.h"
#include "store_tickets.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* clang-format off */
#define CONTRACT \
    TEST(keeps_projects), \
    TEST(keeps_bytes_as_they_are), \
    TEST(marks_a_connection_when_its_app_is_another_one), \
    TEST(a_connection_never_outlives_its_app), \
    TEST(tokens_are_set_by_compare_and_set), \
    TEST(finds_what_is_due), \
    TEST(claims_what_is_due_once), \
    TEST(gives_back_what_nobody_began), \
    TEST(counts_what_there_is), \
    TEST(a_late_write_does_not_reach_a_connection_made_anew), \
    TEST(keeps_the_pace), \
    TEST(no_two_share_a_slot), \
    TEST(notes_an_app_s_fault_until_it_is_registered_anew), \
    TEST(flows_live_once), \
    TEST(old_flows_are_forgotten), \
    TEST(of_many_takers_one_wins), \
    TEST(a_device_flow_is_asked_for_by_one), \
    TEST(deleting_a_project_takes_all_of_it), \
    TEST(keeps_what_no_database_likes), \
    TEST(a_database_is_sorted_by_bytes), \
    TEST(every_compare_and_set_counts_once), \
    TEST(changes_of_one_project_come_one_after_the_other), \
    TEST(whatever_comes_and_goes_nothing_fails), \
    TEST(changes_are_told), \
    TEST(each_change_of_a_connection_leaves_its_message), \
    TEST(messages_outlive_what_they_tell_of), \
    TEST(keys_are_noted_once_and_counted), \
    TEST(sealed_rows_are_replaced_by_compare_and_set), \
    TEST(a_rotation_is_written_by_compare_and_set), \
    TEST(a_claimed_message_is_one_senders), \
    TEST(keeps_the_secret_of_an_integration), \
    TEST(the_inbox_keeps_a_message_once), TEST(a_deleted_project_leaves_a_farewell), \
    TEST(rules_are_one_text), \
    TEST(a_schedule_fires_a_slot_once), \
    TEST(spec_notes_have_one_id), TEST(a_test_that_fails_as_the_event_did_stays), \
    TEST(a_ticket_s_row_is_one_and_its_lease_one_holders), \
    TEST(automatic_tickets_of_a_day_are_counted), \
    TEST(what_a_project_wants_of_tickets_is_kept), \
    TEST(priorities_are_marked_and_weighed_by_project), \
    TEST(keeps_api_keys), \
    TEST(revoked_api_keys_stay_revoked), \
    TEST(api_keys_overlap_when_rotated), \
    TEST(the_last_use_of_an_api_key_never_goes_back), \
    TEST(a_project_takes_its_api_keys_along), \
    TEST(changes_of_api_keys_are_told), \
    TEST(keeps_the_audit_log_as_a_chain), \
    TEST(a_change_and_its_row_are_written_together), \
    TEST(every_change_can_be_noted), \
    TEST(the_log_is_pruned_from_the_front), \
    TEST(the_chain_is_one_whoever_appends),
/* clang-format on */

int main(void)
{
    const struct CMUnitTest contract[] = {CONTRACT};
    const struct CMUnitTest shared[] = {CONTRACT TEST(the_clock_is_the_databases),
                                        TEST(a_broken_connection_is_replaced), TEST(every_wait_ends),
                                        TEST(two_who_start_at_once_make_one_schema)};
    int failed = cmocka_run_group_tests_name("sqlite", contract, NULL, NULL);
    server = getenv("DEVFLOW_TEST_POSTGRES_URL");
    if (!server) {
        fprintf(stderr, "DEVFLOW_TEST_POSTGRES_URL names no PostgreSQL: run test/whole/servers.py, or ./dev test\n");
        return 1;
    }
    return failed + cmocka_run_group_tests_name("postgres", shared, NULL, NULL);
}
