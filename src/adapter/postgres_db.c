#include "adapter/postgres_db.h"
#include "adapter/database.h"
#include "adapter/postgres_clock.h"
#include "adapter/postgres_listen.h"
#include "adapter/postgres_pool.h"
#include "adapter/postgres_schema.h"
#include "base/fatal.h"

#include <stdio.h>
#include <stdlib.h>

enum { TRIES = 5 };

struct postgres_db {
    struct sql_db base;
    struct pg_pool *pool;
    struct pg_clock clock;
    struct pg_listener *listener;
};

struct postgres_tx {
    struct postgres_db *db;
    struct pg_conn *c;
    int key;
    bool whole, changed;
};

static bool may_repeat(const struct sql_statement *statement, enum pg_fate fate)
{
    if (fate == PG_LOST)
        return !statement->once && strncmp(statement->sql, "SELECT", 6) == 0;
    return fate == PG_NOT_SENT || fate == PG_CONFLICT;
}

static enum df_code db_run(struct sql_db *base, const struct sql_statement *statement, int *ret_changed,
                           struct df_error *err)
{
    struct postgres_db *db = (struct postgres_db *)base;
    for (int try = 1;; try++) {
        struct pg_conn *c;
        enum pg_fate fate;
        DF_TRY(pg_pool_take(db->pool, &c, err));
        enum df_code code = pg_conn_run(c, statement, ret_changed, &fate, err);
        pg_pool_give(db->pool, c);
        if (code == DF_OK || !may_repeat(statement, fate) || try >= (fate == PG_CONFLICT ? TRIES : 2))
            return code;
    }
}

static int hash(struct df_str key)
{
    uint32_t h = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < key.n; i++)
        h = (h ^ (unsigned char)key.p[i]) * 16777619U;
    return (int)(h % (INT32_MAX - PG_LOCK_KEYS)) + PG_LOCK_KEYS;
}

static enum df_code begin_on(const struct postgres_tx *tx, enum pg_fate *ret_fate, struct df_error *err)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_catalog.pg_advisory_xact_lock(%d, %d)",
             PG_LOCK_SPACE, tx->key);
    return pg_conn_ask(tx->c, sql, NULL, ret_fate, err);
}

/* Nothing is done yet: a broken connection is replaced, once. */
static enum df_code db_begin(struct sql_db *base, struct df_str key, struct sql_tx **ret, struct df_error *err)
{
    struct postgres_db *db = (struct postgres_db *)base;
    struct postgres_tx *tx = calloc(1, sizeof *tx);
    if (!tx)
        df_out_of_memory();
    *tx = (struct postgres_tx){.db = db, .key = hash(key)};
    enum df_code code = DF_ERR_STORE;
    for (int try = 1; try <= 2; try++) {
        enum pg_fate fate;
        code = pg_pool_take(db->pool, &tx->c, err);
        if (code != DF_OK)
            break;
        code = begin_on(tx, &fate, err);
        if (code == DF_OK) {
            *ret = (struct sql_tx *)tx;
            return DF_OK;
        }
        if (fate == PG_REFUSED || fate == PG_CONFLICT)
            pg_conn_ask(tx->c, "ROLLBACK", NULL, &(enum pg_fate){PG_DONE}, NULL);
        pg_pool_give(db->pool, tx->c);
        if (fate == PG_REFUSED || fate == PG_LATE)
            break;
    }
    free(tx);
    return code;
}

static enum df_code db_step(struct sql_tx *base, const struct sql_statement *statement, int *ret_changed,
                            struct df_error *err)
{
    struct postgres_tx *tx = (struct postgres_tx *)base;
    for (int try = 1;; try++) {
        enum pg_fate fate;
        enum df_code code = pg_conn_run(tx->c, statement, ret_changed, &fate, err);
        if (code == DF_OK)
            tx->changed = true;
        if (fate != PG_CONFLICT || tx->changed || tx->whole || try >= TRIES)
            return code;
        DF_TRY(pg_conn_ask(tx->c, "ROLLBACK", NULL, &fate, err));
        DF_TRY(begin_on(tx, &fate, err));
    }
}

static enum df_code db_lock(struct sql_tx *base, struct df_str key, struct df_error *err)
{
    const struct postgres_tx *tx = (const struct postgres_tx *)base;
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT pg_catalog.pg_advisory_xact_lock(%d, %d)", PG_LOCK_SPACE, hash(key));
    return pg_conn_ask(tx->c, sql, NULL, &(enum pg_fate){PG_DONE}, err);
}

static enum df_code commit(const struct postgres_tx *tx, struct df_error *err)
{
    enum pg_fate fate;
    if (PQtransactionStatus(pg_conn_handle(tx->c)) != PQTRANS_INTRANS)
        return df_fail(err, DF_ERR_STORE, "the database ended the transaction: nothing was changed");
    enum df_code code = pg_conn_ask(tx->c, "COMMIT", NULL, &fate, err);
    if (code != DF_OK && (fate == PG_LOST || fate == PG_LATE))
        return df_fail(err, DF_ERR_STORE,
                       "the connection to the database was lost while it stored: whether it did is not known");
    return code;
}

static enum df_code db_end(struct sql_tx *base, enum df_code code, struct df_error *err)
{
    struct postgres_tx *tx = (struct postgres_tx *)base;
    enum pg_fate fate;
    if (code == DF_OK)
        code = commit(tx, err);
    if (PQtransactionStatus(pg_conn_handle(tx->c)) != PQTRANS_IDLE && PQstatus(pg_conn_handle(tx->c)) == CONNECTION_OK)
        pg_conn_ask(tx->c, "ROLLBACK", NULL, &fate, NULL);
    if (tx->whole)
        pg_conn_patient(tx->c, false, NULL);
    pg_pool_give(tx->db->pool, tx->c);
    free(tx);
    return code;
}

static enum df_code begin_alone(struct pg_conn *c, struct df_error *err)
{
    char sql[256];
    enum pg_fate fate;
    PGresult *result;
    DF_TRY(pg_conn_patient(c, true, err));
    snprintf(sql, sizeof sql,
             "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL devflow.quiet = 'on';"
             " SELECT pg_catalog.pg_try_advisory_xact_lock(%d, %d)",
             PG_LOCK_SPACE, PG_LOCK_SERVING);
    DF_TRY(pg_conn_ask(c, sql, &result, &fate, err));
    bool alone = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
    PQclear(result);
    return alone
               ? DF_OK
               : df_fail(
                     err, DF_ERR_FAILED,
                     "a devflow serve, or another copy, is at work on the PostgreSQL database: stop every one of them first");
}

static enum df_code db_begin_whole(struct sql_db *base, struct sql_tx **ret, struct df_error *err)
{
    struct postgres_db *db = (struct postgres_db *)base;
    struct postgres_tx *tx = calloc(1, sizeof *tx);
    if (!tx)
        df_out_of_memory();
    *tx = (struct postgres_tx){.db = db, .whole = true};
    enum df_code code = pg_pool_take(db->pool, &tx->c, err);
    if (code != DF_OK) {
        free(tx);
        return code;
    }
    code = begin_alone(tx->c, err);
    if (code != DF_OK)
        return db_end((struct sql_tx *)tx, code, err);
    *ret = (struct sql_tx *)tx;
    return DF_OK;
}

static void db_listen(struct sql_db *base, void (*changed)(void *arg, struct df_str project_id, struct df_str provider),
                      void *arg)
{
    struct postgres_db *db = (struct postgres_db *)base;
    db->listener = pg_listener_start(pg_pool_url(db->pool), &db->clock, changed, arg);
}

static enum df_code db_about(struct sql_db *base, struct sql_about *ret, struct df_error *err)
{
    struct postgres_db *db = (struct postgres_db *)base;
    struct pg_conn *c;
    DF_TRY(pg_pool_take(db->pool, &c, err));
    int version = PQserverVersion(pg_conn_handle(c));
    *ret = (struct sql_about){.engine = "PostgreSQL",
                              .tls = PQsslInUse(pg_conn_handle(c)) ? PQsslAttribute(pg_conn_handle(c), "protocol")
                                                                   : "none"};
    snprintf(ret->server, sizeof ret->server, "%d.%d", version / 10000, version % 10000);
    enum df_code code = pg_schema_version(c, &ret->schema, err);
    pg_pool_give(db->pool, c);
    return code;
}

static void db_close(struct sql_db *base)
{
    struct postgres_db *db = (struct postgres_db *)base;
    if (db->listener)
        pg_listener_stop(db->listener);
    pg_pool_free(db->pool);
    free(db);
}

static void db_load(struct sql_db *base, struct df_store_load *ret)
{
    *ret = pg_pool_load(((struct postgres_db *)base)->pool);
}

static const struct sql_driver driver = {
    .run = db_run,
    .begin = db_begin,
    .step = db_step,
    .lock = db_lock,
    .end = db_end,
    .listen = db_listen,
    .about = db_about,
    .begin_whole = db_begin_whole,
    .columns_sql = "SELECT a.attname, CASE t.typname WHEN 'int8' THEN 3 WHEN 'bytea' THEN 1 ELSE 0 END"
                   " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
                   " WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname",
    .tables_sql =
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'schema_version'"
        " ORDER BY tablename",
    .load = db_load,
    .close = db_close,
};

static enum df_code prepare_database(struct postgres_db *db, bool migrate, struct df_error *err)
{
    struct pg_conn *c;
    DF_TRY(pg_pool_take(db->pool, &c, err));
    enum df_code code = migrate ? pg_schema_migrate(c, err) : DF_OK;
    if (code == DF_OK)
        code = pg_clock_set(&db->clock, c, err);
    pg_pool_give(db->pool, c);
    return code;
}

enum df_code postgres_db_open(const char *url, int pool_size, bool migrate, struct sql_db **ret, struct df_error *err)
{
    struct postgres_db *db = calloc(1, sizeof *db);
    if (!db)
        df_out_of_memory();
    db->base.driver = &driver;
    db->pool = pg_pool_new(url, pool_size);
    pg_clock_init(&db->clock);
    enum df_code code = prepare_database(db, migrate, err);
    if (code == DF_OK)
        *ret = &db->base;
    else
        db_close(&db->base);
    return code;
}

bool postgres_url_valid(const char *url)
{
    PQconninfoOption *all = PQconninfoParse(url, NULL);
    PQconninfoFree(all);
    return all != NULL;
}

const struct df_clock *postgres_db_clock(const struct sql_db *db)
{
    return &((const struct postgres_db *)db)->clock.port;
}

int df_database_pq_version(void)
{
    return PQlibVersion();
}
