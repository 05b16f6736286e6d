/* What the SQL store (sql_store.h) needs of a database: statements with bound values in, rows out, one transaction at a time for
 * a key. SQLite and PostgreSQL are drivers of it. SQL is written once, for both:
 *
 * - parameters are $1, $2, ..., each appearing for the first time in ascending order (SQLite numbers names as they come);
 * - sums are cast, CAST(sum(x) AS BIGINT): PostgreSQL's are of a wider type;
 * - in ON CONFLICT ... DO UPDATE, the old row's columns are written with their table;
 * - a statement is a literal: drivers keep it prepared under its address.
 *
 * Driver errors are DF_ERR_STORE, with a sentence of ours and no text of the database. Any thread. */
#ifndef DF_ADAPTER_SQL_H
#define DF_ADAPTER_SQL_H

#include "base/arena.h"
#include "base/error.h"
#include "port/clock.h"
#include "port/store.h"

#include <stdint.h>

enum sql_kind { SQL_TEXT, SQL_BLOB, SQL_BLOB_OR_NULL, SQL_INT };
struct sql_value {
    enum sql_kind kind;
    struct df_str s;
    int64_t i;
    bool null; /* whatever its kind */
};
#define SQL_T(str) ((struct sql_value){SQL_TEXT, (str), 0})
#define SQL_B(str) ((struct sql_value){SQL_BLOB, (str), 0})
#define SQL_B_OR_NULL(str) ((struct sql_value){SQL_BLOB_OR_NULL, (str), 0})
#define SQL_I(number) ((struct sql_value){SQL_INT, DF_STR_NONE, (number)})

/* One column of a row: a number in `i`, text or bytes in `s`; both empty for NULL. */
struct sql_cell {
    struct df_str s;
    int64_t i;
    bool null;
};
/* Called for each row, with the caller's arg. The cells are views, valid during the call. */
typedef void sql_on_row(const struct sql_cell *row, void *arg);

struct sql_statement {
    const char *sql;
    const struct sql_value *values;
    size_t n;
    sql_on_row *on_row; /* may be NULL */
    void *arg;
    bool once; /* not a literal: not kept prepared, and its rows are handed on as they come, however many */
};
/* Of values in one statement. */
enum { SQL_VALUES_LIMIT = 512 };

struct sql_tx; /* a transaction under way; the driver's */

struct sql_db {
    const struct sql_driver *driver;
    const struct df_clock *clock; /* the time all who share the database agree on; set by database.h */
};

struct sql_about {
    const char *engine; /* "SQLite", "PostgreSQL" */
    char server[32];    /* its version */
    const char *tls;    /* of the connection: its protocol, "none", or NULL where there is none to protect */
    int schema;         /* the version that is there; 0 for an empty database */
};

struct sql_driver {
    /* One statement as one transaction. *ret_changed (may be NULL): the number of rows inserted, updated or deleted. */
    enum df_code (*run)(struct sql_db *db, const struct sql_statement *statement, int *ret_changed,
                        struct df_error *err);
    /* Transactions begun with the same key run one after the other, over all who share the database. */
    enum df_code (*begin)(struct sql_db *db, struct df_str key, struct sql_tx **ret, struct df_error *err);
    enum df_code (*step)(struct sql_tx *tx, const struct sql_statement *statement, int *ret_changed,
                         struct df_error *err);
    /* Takes another key too, until the end. Who takes several takes them in the same order; the audit log's is the last. */
    enum df_code (*lock)(struct sql_tx *tx, struct df_str key, struct df_error *err);
    /* Commits when `code` is DF_OK, else rolls back; the transaction is over either way. Returns code, or why the commit
     * failed. */
    enum df_code (*end)(struct sql_tx *tx, enum df_code code, struct df_error *err);
    /* Calls changed(arg, project, provider) for changes that others who share the database made to connections and apps; an
     * empty project for "anything may have changed". NULL: nobody shares it. */
    void (*listen)(struct sql_db *db, void (*changed)(void *arg, struct df_str project_id, struct df_str provider),
                   void *arg);
    enum df_code (*about)(struct sql_db *db, struct sql_about *ret, struct df_error *err);
    /* A transaction that sees one state of the whole database, and tells no listener row by row what it changes. DF_ERR_FAILED
     * while a `devflow serve` works on the database. */
    enum df_code (*begin_whole)(struct sql_db *db, struct sql_tx **ret, struct df_error *err);
    /* Statements that give the columns of the table $1, as name and kind (enum sql_kind), and the names of all tables. */
    const char *columns_sql, *tables_sql;
    /* NULL: there is no pool of connections. */
    void (*load)(struct sql_db *db, struct df_store_load *ret);
    void (*close)(struct sql_db *db);
};

/* What all statements pass through: text that no database could keep (a NUL, bytes that are not UTF-8) has U+FFFD in their
 * place, so that both databases hold the same, and what a provider writes cannot make a connection impossible to store. */
enum df_code sql_run(struct sql_db *db, const struct sql_statement *statement, int *ret_changed, struct df_error *err);
enum df_code sql_step(struct sql_db *db, struct sql_tx *tx, const struct sql_statement *statement, int *ret_changed,
                      struct df_error *err);

#define SQL_VALUES(...) \
    (const struct sql_value[]){__VA_ARGS__}, sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)
#define SQL_RUN(db, sql, on_row, arg, ret_changed, err, ...) \
    sql_run((db), &(const struct sql_statement){(sql), SQL_VALUES(__VA_ARGS__), (on_row), (arg)}, (ret_changed), (err))
#define SQL_STEP(db, tx, sql, on_row, arg, ret_changed, err, ...)                                        \
    sql_step((db), (tx), &(const struct sql_statement){(sql), SQL_VALUES(__VA_ARGS__), (on_row), (arg)}, \
             (ret_changed), (err))
/* Without values. */
#define SQL_RUN_PLAIN(db, sql, on_row, arg, err) \
    sql_run((db), &(const struct sql_statement){(sql), NULL, 0, (on_row), (arg)}, NULL, (err))
#define SQL_STEP_PLAIN(db, tx, sql, on_row, arg, err) \
    sql_step((db), (tx), &(const struct sql_statement){(sql), NULL, 0, (on_row), (arg)}, NULL, (err))

/* Rows gathered into an array in the caller's arena: pass sql_gather and a struct sql_rows. `read` fills one zeroed item; its
 * strings are copied with sql_text. */
struct sql_rows {
    struct df_arena *arena;
    size_t size; /* of an item */
    void (*read)(const struct sql_cell *row, struct df_arena *arena, void *item);
    void *items;
    size_t n, cap;
};
sql_on_row sql_gather;
/* For SELECT count(*): arg is an int64_t. */
sql_on_row sql_take_int;
struct df_str sql_text(const struct sql_cell *cell, struct df_arena *arena);
/* For rows of one text: an item is a struct df_str. */
void sql_read_text(const struct sql_cell *row, struct df_arena *arena, void *item);

#endif
