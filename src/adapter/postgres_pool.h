/* Connections to PostgreSQL, at most so many, opened when first needed and kept. Waiting for one is bounded; those that broke
 * are thrown away; while the server cannot be reached, callers get its error at once between tries that come ever slower. */
#ifndef DF_ADAPTER_POSTGRES_POOL_H
#define DF_ADAPTER_POSTGRES_POOL_H

#include "adapter/postgres_conn.h"
#include "port/store.h"

struct pg_pool;

/* The URL is copied, and wiped at the end. */
struct pg_pool *pg_pool_new(const char *url, int limit);
/* After all were given back. */
void pg_pool_free(struct pg_pool *pool);
/* One that is usable now. DF_ERR_BUSY when all are at work for too long. */
enum df_code pg_pool_take(struct pg_pool *pool, struct pg_conn **ret, struct df_error *err);
/* Back, in whatever state. */
void pg_pool_give(struct pg_pool *pool, struct pg_conn *c);
struct df_store_load pg_pool_load(struct pg_pool *pool);
const char *pg_pool_url(const struct pg_pool *pool);

#endif
