#include "adapter/sql_admin.h"
#include "adapter/sql_schema.h"
#include "base/crypto.h"

#include <endian.h>

enum { TABLES_LIMIT = 64, COLUMNS_LIMIT = 64, BATCH_BYTES = 1024 * 1024, PROGRESS_ROWS = 10000 };

struct column {
    struct df_str name;
    enum sql_kind kind;
};

/* A sum over the rows of a hash of each: the same for the same rows in any order. */
struct sum {
    int64_t rows;
    uint64_t words[2];
};

struct table {
    struct df_str name;
    struct column *columns;
    size_t n_columns;
    struct sum read, written;
};

struct copying {
    struct sql_db *from, *to;
    struct sql_tx *from_tx, *to_tx;
    const struct df_database_copy *copy;
    struct df_arena *arena;
    struct table tables[TABLES_LIMIT];
    size_t n_tables;
};

static void read_column(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct column *)item = (struct column){sql_text(&row[0], arena), (enum sql_kind)row[1].i};
}

static enum df_code columns_of(struct sql_db *db, struct sql_tx *tx, struct df_str table, struct df_arena *arena,
                               struct sql_rows *ret, struct df_error *err)
{
    *ret = (struct sql_rows){.arena = arena, .size = sizeof(struct column), .read = read_column};
    return SQL_STEP(db, tx, db->driver->columns_sql, sql_gather, ret, NULL, err, SQL_T(table));
}

static enum df_code look_at(struct copying *c, struct table *t, struct df_error *err)
{
    struct sql_rows here, there;
    DF_TRY(columns_of(c->from, c->from_tx, t->name, c->arena, &here, err));
    DF_TRY(columns_of(c->to, c->to_tx, t->name, c->arena, &there, err));
    bool same = here.n == there.n && here.n > 0 && here.n <= COLUMNS_LIMIT;
    for (size_t i = 0; same && i < here.n; i++) {
        const struct column *a = &((struct column *)here.items)[i], *b = &((struct column *)there.items)[i];
        same = df_str_eq(a->name, b->name) && a->kind == b->kind;
    }
    t->columns = here.items;
    t->n_columns = here.n;
    return same ? DF_OK
                : df_fail(err, DF_ERR_FAILED,
                          "the table %.*s is not the same in both databases: run devflow db:migrate", DF_FMT(t->name));
}

/* In the order of the schema, so that what others refer to comes first. */
static enum df_code list_tables(struct copying *c, struct df_error *err)
{
    struct sql_rows names = {.arena = c->arena, .size = sizeof(struct df_str), .read = sql_read_text};
    DF_TRY(SQL_STEP_PLAIN(c->from, c->from_tx, c->from->driver->tables_sql, sql_gather, &names, err));
    for (int at = 0; at < TABLES_LIMIT; at++)
        for (size_t i = 0; i < names.n; i++)
            if (sql_schema_place(((struct df_str *)names.items)[i]) == at)
                c->tables[c->n_tables++] = (struct table){.name = ((struct df_str *)names.items)[i]};
    if (c->n_tables != names.n)
        return df_fail(err, DF_ERR_FAILED, "the database has a table that this devflow does not know");
    for (size_t i = 0; i < c->n_tables; i++)
        DF_TRY(look_at(c, &c->tables[i], err));
    return DF_OK;
}

static struct df_str select_text(const struct copying *c, const struct table *t)
{
    struct df_buf sql;
    df_buf_init(&sql, c->arena, 64 * 1024);
    df_buf_put_c(&sql, "SELECT ");
    for (size_t i = 0; i < t->n_columns; i++)
        df_buf_printf(&sql, "%s\"%.*s\"", i ? ", " : "", DF_FMT(t->columns[i].name));
    df_buf_printf(&sql, " FROM \"%.*s\"", DF_FMT(t->name));
    return df_buf_str(&sql);
}

static struct df_str insert_text(const struct copying *c, const struct table *t, size_t rows)
{
    struct df_buf sql;
    df_buf_init(&sql, c->arena, 64 * 1024);
    df_buf_printf(&sql, "INSERT INTO \"%.*s\" (", DF_FMT(t->name));
    for (size_t i = 0; i < t->n_columns; i++)
        df_buf_printf(&sql, "%s\"%.*s\"", i ? ", " : "", DF_FMT(t->columns[i].name));
    df_buf_put_c(&sql, ") VALUES ");
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < t->n_columns; i++)
            df_buf_printf(&sql, "%s$%zu%s",
                          i     ? ","
                          : row ? ",("
                                : "(",
                          row * t->n_columns + i + 1, i + 1 == t->n_columns ? ")" : "");
    return df_buf_str(&sql);
}

static void add(struct sum *sum, const struct sql_cell *row, size_t n, struct df_arena *scratch)
{
    unsigned char hash[DF_SHA256_BYTES];
    struct df_buf bytes;
    df_buf_init(&bytes, scratch, SIZE_MAX / 2);
    for (size_t i = 0; i < n; i++) {
        uint64_t head[3] = {htobe64((uint64_t)row[i].null), htobe64((uint64_t)row[i].i), htobe64(row[i].s.n)};
        df_buf_put(&bytes, head, sizeof head);
        df_buf_put_str(&bytes, row[i].s);
    }
    df_sha256(df_buf_str(&bytes), hash);
    for (size_t i = 0; i < 2; i++) {
        uint64_t word;
        memcpy(&word, hash + i * sizeof word, sizeof word);
        sum->words[i] += be64toh(word);
    }
    sum->rows++;
}

/* Rows on their way: gathered into one INSERT of many. */
struct batch {
    struct copying *c;
    struct table *t;
    struct df_arena *rows; /* freed when they are written */
    struct df_str full_sql;
    struct sql_value values[SQL_VALUES_LIMIT];
    size_t n, per_insert, bytes;
    enum df_code code;
    struct df_error err;
};

static void write_batch(struct batch *b)
{
    size_t rows = b->n / b->t->n_columns;
    if (rows == 0 || b->code != DF_OK)
        return;
    struct df_str sql = rows == b->per_insert ? b->full_sql : insert_text(b->c, b->t, rows);
    const struct sql_statement insert = {.sql = sql.p, .values = b->values, .n = b->n, .once = true};
    b->code = sql_step(b->c->to, b->c->to_tx, &insert, NULL, &b->err);
    df_arena_free(b->rows);
    b->rows = df_arena_new();
    b->n = b->bytes = 0;
}

static void take_row(const struct sql_cell *row, void *arg)
{
    struct batch *b = arg;
    if (b->code != DF_OK)
        return;
    for (size_t i = 0; i < b->t->n_columns; i++) {
        b->values[b->n++] = (struct sql_value){b->t->columns[i].kind, df_arena_dup(b->rows, row[i].s), row[i].i,
                                               row[i].null};
        b->bytes += row[i].s.n;
    }
    add(&b->t->read, row, b->t->n_columns, b->rows);
    if (b->n / b->t->n_columns == b->per_insert || b->bytes > BATCH_BYTES)
        write_batch(b);
    if (b->t->read.rows % PROGRESS_ROWS == 0 && b->c->copy->progress)
        b->c->copy->progress(b->c->copy->arg, b->t->name, b->t->read.rows);
}

static enum df_code copy_table(struct copying *c, struct table *t, struct df_error *err)
{
    struct batch b = {.c = c, .t = t, .rows = df_arena_new(), .per_insert = SQL_VALUES_LIMIT / t->n_columns};
    b.full_sql = insert_text(c, t, b.per_insert);
    const struct sql_statement all = {.sql = select_text(c, t).p, .on_row = take_row, .arg = &b, .once = true};
    enum df_code code = sql_step(c->from, c->from_tx, &all, NULL, err);
    if (code == DF_OK) {
        write_batch(&b);
        code = b.code;
        if (code != DF_OK && err)
            *err = b.err;
    }
    df_arena_free(b.rows);
    if (c->copy->progress)
        c->copy->progress(c->copy->arg, t->name, t->read.rows);
    return code;
}

struct checking {
    struct table *t;
    struct df_arena *scratch;
};

static void check_row(const struct sql_cell *row, void *arg)
{
    struct checking *k = arg;
    add(&k->t->written, row, k->t->n_columns, k->scratch);
    if (df_arena_used(k->scratch) > BATCH_BYTES) {
        df_arena_free(k->scratch);
        k->scratch = df_arena_new();
    }
}

static enum df_code check_table(struct copying *c, struct table *t, struct df_error *err)
{
    struct checking k = {t, df_arena_new()};
    const struct sql_statement all = {.sql = select_text(c, t).p, .on_row = check_row, .arg = &k, .once = true};
    enum df_code code = sql_step(c->to, c->to_tx, &all, NULL, err);
    df_arena_free(k.scratch);
    if (code == DF_OK && memcmp(&t->read, &t->written, sizeof t->read) != 0)
        return df_fail(err, DF_ERR_FAILED, "the rows of %.*s do not read back as they were: nothing was changed",
                       DF_FMT(t->name));
    return code;
}

/* From the last table to the first. */
static enum df_code make_room(struct copying *c, struct df_error *err)
{
    for (size_t i = c->n_tables; i-- > 0;) {
        int64_t rows = 0;
        struct df_str name = c->tables[i].name;
        struct df_str sql = df_arena_printf(
            c->arena, c->copy->replace ? "DELETE FROM \"%.*s\"" : "SELECT count(*) FROM \"%.*s\"", DF_FMT(name));
        const struct sql_statement empty = {
            .sql = sql.p, .on_row = c->copy->replace ? NULL : sql_take_int, .arg = &rows, .once = true};
        DF_TRY(sql_step(c->to, c->to_tx, &empty, NULL, err));
        if (rows)
            return df_fail(err, DF_ERR_FAILED,
                           "the target is not empty: %.*s has rows; --force replaces all that is there", DF_FMT(name));
    }
    return DF_OK;
}

static void read_key_id(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_str *)item = df_hex(row[0].s.p, row[0].s.n, arena);
}

static enum df_code finish(struct copying *c, struct df_database_copied *ret, struct df_error *err)
{
    struct sql_rows ids = {.arena = c->arena, .size = sizeof(struct df_str), .read = read_key_id};
    DF_TRY(SQL_STEP_PLAIN(c->to, c->to_tx,
                          "SELECT DISTINCT substr(client_secret, 2, 4) FROM oauth_apps WHERE length(client_secret) > 0"
                          " UNION SELECT DISTINCT substr(access_token, 2, 4) FROM connections LIMIT 16",
                          sql_gather, &ids, err));
    *ret = (struct df_database_copied){.tables = DF_NEW_ARRAY(c->arena, struct df_database_table, c->n_tables),
                                       .n_tables = c->n_tables,
                                       .key_ids = ids.items,
                                       .n_key_ids = ids.n};
    for (size_t i = 0; i < c->n_tables; i++)
        ret->tables[i] = (struct df_database_table){c->tables[i].name, c->tables[i].read.rows};
    return DF_OK;
}

static enum df_code copy_steps(struct copying *c, struct df_database_copied *ret, struct df_error *err)
{
    DF_TRY(list_tables(c, err));
    DF_TRY(make_room(c, err));
    for (size_t i = 0; i < c->n_tables; i++)
        DF_TRY(copy_table(c, &c->tables[i], err));
    for (size_t i = 0; i < c->n_tables; i++)
        DF_TRY(check_table(c, &c->tables[i], err));
    return finish(c, ret, err);
}

enum df_code sql_admin_copy(struct sql_db *from, struct sql_db *to, const struct df_database_copy *copy,
                            struct df_arena *arena, struct df_database_copied *ret, struct df_error *err)
{
    struct copying c = {.from = from, .to = to, .copy = copy, .arena = arena};
    DF_TRY(from->driver->begin_whole(from, &c.from_tx, err));
    enum df_code code = to->driver->begin_whole(to, &c.to_tx, err);
    if (code == DF_OK)
        code = to->driver->end(c.to_tx, copy_steps(&c, ret, err), err);
    /* Nothing was changed here: how it ends does not matter. */
    from->driver->end(c.from_tx, DF_ERR_FAILED, NULL);
    return code;
}
