/* PostgreSQL as a driver of adapter/sql.h: a bounded pool of connections, READ COMMITTED, transactions of one key one after the
 * other by an advisory lock, over all nodes. A write whose outcome is not known is never repeated. */
#ifndef DF_ADAPTER_POSTGRES_DB_H
#define DF_ADAPTER_POSTGRES_DB_H

#include "adapter/sql.h"
#include "port/clock.h"

/* "postgresql://..." with libpq's options. With `migrate`, missing steps of the schema are applied. DF_ERR_CONFIG, or DF_ERR_STORE
 * while the server cannot be reached. */
enum df_code postgres_db_open(const char *url, int pool_size, bool migrate, struct sql_db **ret, struct df_error *err);
/* Whether libpq can read the URL. Any thread, no connection. */
bool postgres_url_valid(const char *url);
/* The database's clock; lives as long as the database is open. */
const struct df_clock *postgres_db_clock(const struct sql_db *db);

#endif
