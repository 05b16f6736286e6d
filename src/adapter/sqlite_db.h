/* A thin layer over sqlite3 for this adapter's files: bound statements in, rows out, error codes turned into our sentences.
 * One connection under one lock; statements are prepared once. */
#ifndef DF_ADAPTER_SQLITE_DB_H
#define DF_ADAPTER_SQLITE_DB_H

#include "base/arena.h"
#include "base/error.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>

enum { SQLITE_STATEMENTS = 48 };

struct sqlite_db {
    sqlite3 *handle;
    pthread_mutex_t lock;
    int lock_fd;
    struct {
        const char *sql; /* a literal: compared by address */
        sqlite3_stmt *stmt;
    } prepared[SQLITE_STATEMENTS];
    size_t n_prepared;
};

struct sqlite_value {
    enum { SQL_TEXT, SQL_BLOB, SQL_BLOB_OR_NULL, SQL_INT } kind;
    struct df_str s;
    int64_t i;
};
#define SQL_T(str) ((struct sqlite_value){SQL_TEXT, (str), 0})
#define SQL_B(str) ((struct sqlite_value){SQL_BLOB, (str), 0})
#define SQL_B_OR_NULL(str) ((struct sqlite_value){SQL_BLOB_OR_NULL, (str), 0})
#define SQL_I(number) ((struct sqlite_value){SQL_INT, DF_STR_NONE, (number)})

/* Called for each row, with the caller's arg. */
typedef void sqlite_row(sqlite3_stmt *row, void *arg);

enum df_code sqlite_db_open(struct df_str path, struct sqlite_db *ret, struct df_error *err);
void sqlite_db_close(struct sqlite_db *db);

/* One statement as one transaction; takes the lock. *ret_changed (may be NULL) is the number of rows changed. */
enum df_code sqlite_db_run(struct sqlite_db *db, const char *sql, const struct sqlite_value *values, size_t n,
                           sqlite_row *on_row, void *arg, int *ret_changed, struct df_error *err);
/* The same for a caller that holds the lock, inside sqlite_db_begin and sqlite_db_end. */
enum df_code sqlite_db_step(struct sqlite_db *db, const char *sql, const struct sqlite_value *values, size_t n,
                            sqlite_row *on_row, void *arg, int *ret_changed, struct df_error *err);
/* Takes the lock and begins; when it fails the lock is not held. */
enum df_code sqlite_db_begin(struct sqlite_db *db, struct df_error *err);
/* Commits when `code` is DF_OK, else rolls back; gives the lock back; returns code, or why the commit failed. */
enum df_code sqlite_db_end(struct sqlite_db *db, enum df_code code, struct df_error *err);

#define SQL_RUN(db, sql, on_row, arg, ret_changed, err, ...)                                                         \
    sqlite_db_run((db), (sql), (const struct sqlite_value[]){__VA_ARGS__},                                           \
                  sizeof((const struct sqlite_value[]){__VA_ARGS__}) / sizeof(struct sqlite_value), (on_row), (arg), \
                  (ret_changed), (err))
#define SQL_STEP(db, sql, on_row, arg, ret_changed, err, ...)                                                         \
    sqlite_db_step((db), (sql), (const struct sqlite_value[]){__VA_ARGS__},                                           \
                   sizeof((const struct sqlite_value[]){__VA_ARGS__}) / sizeof(struct sqlite_value), (on_row), (arg), \
                   (ret_changed), (err))

/* A column's copy in the arena. */
struct df_str sqlite_column_str(sqlite3_stmt *row, int column, struct df_arena *arena);

#endif
