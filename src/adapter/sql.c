#include "adapter/sql.h"

void sql_gather(const struct sql_cell *row, void *arg)
{
    struct sql_rows *rows = arg;
    if (rows->n == rows->cap) {
        size_t cap = rows->cap ? 2 * rows->cap : 8;
        rows->items = df_arena_grow(rows->arena, rows->items, rows->cap * rows->size, cap * rows->size);
        rows->cap = cap;
    }
    void *item = (char *)rows->items + rows->n++ * rows->size;
    memset(item, 0, rows->size);
    rows->read(row, rows->arena, item);
}

void sql_take_int(const struct sql_cell *row, void *arg)
{
    *(int64_t *)arg = row[0].i;
}

struct df_str sql_text(const struct sql_cell *cell, struct df_arena *arena)
{
    return df_arena_dup(arena, cell->s);
}
