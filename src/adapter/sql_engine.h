/* The embedded workflow engine: port/engine.h over the tables of the store (docs/decisions/009-workflows.md). Many processes may share it where
 * they share the database. */
#ifndef DF_ADAPTER_SQL_ENGINE_H
#define DF_ADAPTER_SQL_ENGINE_H

#include "adapter/sql.h"
#include "port/engine.h"

struct df_sql_engine_options {
    bool shared;          /* other processes write the same tables: they are looked at now and then */
    int64_t lease_ms;     /* a worker that does not write for so long has died; 0: 10 s */
    int64_t retention_ms; /* ended runs are kept so long; 0: for ever */
    size_t runs;          /* in memory at once; 0: 256 */
    int deaths;           /* of workers in a row, at work on a run, after which it is parked; 0: 30 */
};
/* Over an opened store (database.h), which outlives it. */
struct df_engine *df_sql_engine_new(struct df_store *store, const struct df_sql_engine_options *options);

/* Where this process has the database for itself: whoever owned runs has died. */
enum df_code sql_engine_free_runs(struct sql_db *db, struct df_error *err);

#endif
