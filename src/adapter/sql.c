#include "adapter/sql.h"
#include "base/buf.h"

#include <assert.h>

static bool clean(struct df_str text)
{
    for (size_t i = 0; i < text.n;) {
        size_t n = text.p[i] ? df_utf8_len(text.p + i, text.n - i) : 0;
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

static struct df_str cleaned(struct df_str text, struct df_arena *arena)
{
    struct df_buf out;
    df_buf_init(&out, arena, 3 * text.n + 1);
    for (size_t i = 0; i < text.n;) {
        size_t n = text.p[i] ? df_utf8_len(text.p + i, text.n - i) : 0;
        df_buf_put(&out, n ? text.p + i : "\xEF\xBF\xBD", n ? n : 3);
        i += n ? n : 1;
    }
    return df_buf_str(&out);
}

static bool all_clean(const struct sql_statement *statement)
{
    for (size_t i = 0; i < statement->n; i++)
        if (statement->values[i].kind == SQL_TEXT && !clean(statement->values[i].s))
            return false;
    return true;
}

static struct sql_statement with_clean_text(const struct sql_statement *statement, struct df_arena *arena)
{
    struct sql_statement copy = *statement;
    struct sql_value *values = DF_NEW_ARRAY(arena, struct sql_value, statement->n);
    memcpy(values, statement->values, statement->n * sizeof *values);
    for (size_t i = 0; i < copy.n; i++)
        if (values[i].kind == SQL_TEXT)
            values[i].s = cleaned(values[i].s, arena);
    copy.values = values;
    return copy;
}

enum df_code sql_run(struct sql_db *db, const struct sql_statement *statement, int *ret_changed, struct df_error *err)
{
    assert(statement->n <= SQL_VALUES_LIMIT);
    if (all_clean(statement))
        return db->driver->run(db, statement, ret_changed, err);
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct sql_statement copy = with_clean_text(statement, scratch);
    return db->driver->run(db, &copy, ret_changed, err);
}

enum df_code sql_step(struct sql_db *db, struct sql_tx *tx, const struct sql_statement *statement, int *ret_changed,
                      struct df_error *err)
{
    assert(statement->n <= SQL_VALUES_LIMIT);
    if (all_clean(statement))
        return db->driver->step(tx, statement, ret_changed, err);
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct sql_statement copy = with_clean_text(statement, scratch);
    return db->driver->step(tx, &copy, ret_changed, err);
}

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

void sql_read_text(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_str *)item = sql_text(&row[0], arena);
}
