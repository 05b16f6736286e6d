/* SQLite as a driver of adapter/sql.h: one connection under one lock, WAL, synchronous=FULL, statements prepared once. The file is
 * made with mode 0600 and its folder with 0700; a lock beside it lets one process serve it at a time. */
#ifndef DF_ADAPTER_SQLITE_DB_H
#define DF_ADAPTER_SQLITE_DB_H

#include "adapter/sql.h"

/* Opens or makes the file, takes its lock, applies what steps of the schema are missing; refuses a database of a newer DevFlow, of
 * another program, or in use by another process. Without `migrate`: only to look, also beside a process that uses it.
 * DF_ERR_CONFIG. */
enum df_code sqlite_db_open(struct df_str path, bool migrate, struct sql_db **ret, struct df_error *err);

#endif
