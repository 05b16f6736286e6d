/* The schema in PostgreSQL: its steps applied under a lock by whichever node starts first, each in one transaction with its row in
 * schema_version; and what only PostgreSQL has, the triggers that tell of changes. */
#ifndef DF_ADAPTER_POSTGRES_SCHEMA_H
#define DF_ADAPTER_POSTGRES_SCHEMA_H

#include "adapter/postgres_conn.h"

#define PG_CHANNEL "devflow_changed"

/* 0 for an empty database. */
enum df_code pg_schema_version(struct pg_conn *c, int *ret, struct df_error *err);
/* DF_ERR_CONFIG when a newer devflow was here, or the user may not make tables. */
enum df_code pg_schema_migrate(struct pg_conn *c, struct df_error *err);

#endif
