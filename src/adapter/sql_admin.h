/* What is done to a whole database, over any driver of adapter/sql.h. The tables are those the database has, so that none can be
 * forgotten; which may be filled before which follows from the schema's steps. One thread. */
#ifndef DF_ADAPTER_SQL_ADMIN_H
#define DF_ADAPTER_SQL_ADMIN_H

#include "adapter/database.h"
#include "adapter/sql.h"

enum df_code sql_admin_count(struct sql_db *db, struct df_arena *arena, struct df_database_table **ret, size_t *ret_n,
                             struct df_error *err);
enum df_code sql_admin_copy(struct sql_db *from, struct sql_db *to, const struct df_database_copy *copy,
                            struct df_arena *arena, struct df_database_copied *ret, struct df_error *err);

#endif
