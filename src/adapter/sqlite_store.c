#include "adapter/sqlite_store.h"
#include "adapter/sql_store.h"
#include "adapter/sqlite_db.h"

enum df_code df_sqlite_store_open(struct df_str path, struct df_store **ret, struct df_error *err)
{
    struct sql_db *db;
    DF_TRY(sqlite_db_open(path, &db, err));
    /* This process holds the file's lock: whoever held a lease has stopped. */
    enum df_code code = SQL_RUN_PLAIN(db, "UPDATE connections SET lease_until_ms = 0 WHERE lease_until_ms > 0", NULL,
                                      NULL, err);
    if (code != DF_OK) {
        db->driver->close(db);
        return code;
    }
    *ret = df_sql_store_new(db);
    return DF_OK;
}
