#include "adapter/sql_store.h"

static void read_outbox(const struct sql_cell *row, void *arg)
{
    struct df_store_counts *counts = arg;
    counts->outbox = row[0].i;
    counts->outbox_due_ms = row[1].i;
}

static void read_ill(const struct sql_cell *row, void *arg)
{
    struct df_store_counts *counts = arg;
    *(row[0].i ? &counts->reconnect : &counts->failing) = row[1].i;
}

/* By indexes alone. */
enum df_code sql_counts(struct df_store *store, struct df_store_counts *ret, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct df_store_counts counts = {.connections = 0};
    DF_TRY(SQL_RUN_PLAIN(db, "SELECT count(*) FROM connections", sql_take_int, &counts.connections, err));
    DF_TRY(SQL_RUN_PLAIN(
        db, "SELECT reconnect, count(*) FROM connections WHERE reconnect = 1 OR failures > 0 GROUP BY reconnect",
        read_ill, &counts, err));
    DF_TRY(SQL_RUN_PLAIN(db, "SELECT count(*), COALESCE(min(due_ms), 0) FROM outbox WHERE due_ms > 0", read_outbox,
                         &counts, err));
    *ret = counts;
    return DF_OK;
}

bool sql_load(struct df_store *store, struct df_store_load *ret)
{
    struct sql_db *db = sql_db_of(store);
    if (!db->driver->load)
        return false;
    db->driver->load(db, ret);
    return true;
}
