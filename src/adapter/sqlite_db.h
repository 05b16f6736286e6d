/* SQLite as a driver of adapter/sql.h: one connection under one lock, WAL, synchronous=FULL, statements prepared once. The file is
 * made with mode 0600 and its folder with 0700; a lock beside it lets one process serve it at a time. */
#ifndef DF_ADAPTER_SQLITE_DB_H
#define DF_ADAPTER_SQLITE_DB_H

#include "adapter/sql.h"

/* Opens or makes the file, takes its lock, applies what steps of the schema are missing; refuses a database of a newer DevFlow, of
 * another program, or in use by another process. Without `migrate`: only to look, also beside a process that uses it.
 * DF_ERR_CONFIG. */
enum df_code sqlite_db_open(struct df_str path, bool migrate, struct sql_db **ret, struct df_error *err);

/* For sqlite_backup.c. "DevF": tells our files from another program's. */
enum { SQLITE_DB_APPLICATION_ID = 0x44657646 };
struct sqlite3;
struct sqlite3 *sqlite_db_handle(struct sql_db *db);
enum df_code sqlite_db_error(int rc, struct df_error *err);
/* The number that a statement gives; a result code. */
int sqlite_db_number(struct sqlite3 *handle, const char *sql, int *ret);

/* What the process that holds the file says of itself, beside the file; nothing when it cannot be written. */
void sqlite_db_note(struct df_str path, struct df_str note);
/* Whether another process holds the file now, and its note. */
bool sqlite_db_in_use(struct df_str path, struct df_arena *arena, struct df_str *ret_note);

#endif
