/* SQLite as a driver of adapter/sql.h: one connection under one lock, WAL, synchronous=FULL, statements prepared once. */
#ifndef DF_ADAPTER_SQLITE_DB_H
#define DF_ADAPTER_SQLITE_DB_H

#include "adapter/sql.h"

/* Opens or makes the file, takes its lock, applies what steps of the schema are missing. DF_ERR_CONFIG. */
enum df_code sqlite_db_open(struct df_str path, struct sql_db **ret, struct df_error *err);

#endif
