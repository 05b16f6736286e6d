/* Adapter: the store port over one embedded SQLite file, WAL, synchronous=FULL. The file is made with mode 0600 and its
 * folder with 0700; a lock beside it lets one process serve it at a time. */
#ifndef DF_ADAPTER_SQLITE_STORE_H
#define DF_ADAPTER_SQLITE_STORE_H

#include "port/store.h"

/* Opens or makes the file and brings its tables up to date; refuses a database of a newer DevFlow, of another program, or
 * in use by another process. DF_ERR_CONFIG. */
enum df_code df_sqlite_store_open(struct df_str path, struct df_store **ret, struct df_error *err);

#endif
