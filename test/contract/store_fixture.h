/* What the tests of the store stand on: a store of their own for each, over SQLite or PostgreSQL, and one of each thing to put in
 * it. For one program to include, once. */
#ifndef DF_TEST_STORE_FIXTURE_H
#define DF_TEST_STORE_FIXTURE_H

#include "unit.h"

#include "adapter/database.h"
#include "base/crypto.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TAKERS = 8, POOL = 4, WAIT_S = 20 };

static struct df_arena *arena;
static struct df_store *store;
static const struct df_clock *the_clock;
static struct df_error err;
static char folder[64], url[512];
static const char *server; /* PostgreSQL's URL; NULL while SQLite is held to the contract */

#define OP(name, ...) store->ops->name(store, __VA_ARGS__)
#define OK(name, ...)                               \
    do {                                            \
        if (OP(name, __VA_ARGS__, &err) != DF_OK)   \
            fail_msg("%s: %s", #name, err.message); \
    } while (0)
#define REFUSED(code, name, ...) assert_int_equal(OP(name, __VA_ARGS__, &err), code)

static struct df_store *opened(void)
{
    struct df_store *another;
    if (df_database_open(df_str_c(url), POOL, &another, &the_clock, &err) != DF_OK)
        fail_msg("%s", err.message);
    return another;
}

static void reopen(void)
{
    if (store)
        store->ops->close(store);
    store = opened();
}

/* What the tests do to PostgreSQL behind the store's back; the first field of the answer. */
static struct df_str behind(const char *sql)
{
    PGconn *c = PQconnectdb(server);
    PGresult *result = PQexec(c, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(c));
    struct df_str first = PQntuples(result) ? df_arena_dup(arena, df_str_c(PQgetvalue(result, 0, 0))) : DF_STR_NONE;
    PQclear(result);
    PQfinish(c);
    return first;
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
    .endpoints = {"{\"token\":\"t\"}", 13},
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
static const struct df_webhook webhook = {
    .id = {"wh_1", 4},
    .project_id = {"shop", 4},
    .url = {"https://example.com/", 20},
    .sealed_secret = {"\0s", 2},
    .created_ms = 1000,
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

/* Each test has a file, or a schema, of its own. */
static int setup(void **state)
{
    static int number;
    (void)state;
    arena = df_arena_new();
    snprintf(folder, sizeof folder, "/tmp/devflow-contract-XXXXXX");
    if (!server && !mkdtemp(folder))
        return -1;
    if (server) {
        behind(df_arena_printf(arena, "CREATE SCHEMA contract_%d", ++number).p);
        snprintf(url, sizeof url, "%s?options=-csearch_path%%3Dcontract_%d", server, number);
    } else {
        snprintf(url, sizeof url, "sqlite:%s/sub/store.db", folder);
    }
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
    for (size_t i = 0; !server && i < sizeof parts / sizeof *parts; i++)
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

#endif
