#include "adapter/sql_admin.h"

static void read_name(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_database_table *)item = (struct df_database_table){.name = sql_text(&row[0], arena)};
}

enum df_code sql_admin_count(struct sql_db *db, struct df_arena *arena, struct df_database_table **ret, size_t *ret_n,
                             struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_name};
    DF_TRY(SQL_RUN_PLAIN(db, db->driver->tables_sql, sql_gather, &rows, err));
    *ret = rows.items;
    *ret_n = rows.n;
    for (size_t i = 0; i < rows.n; i++) {
        struct df_str sql = df_arena_printf(arena, "SELECT count(*) FROM \"%.*s\"", DF_FMT((*ret)[i].name));
        const struct sql_statement count = {.sql = sql.p, .on_row = sql_take_int, .arg = &(*ret)[i].rows, .once = true};
        DF_TRY(sql_run(db, &count, NULL, err));
    }
    return DF_OK;
}
