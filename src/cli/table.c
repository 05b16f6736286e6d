#include "cli/terminal.h"

#include <assert.h>

static size_t n_columns(const struct df_table *table)
{
    size_t n = 0;
    while (table->heads[n])
        n++;
    return n;
}

void df_table_row(struct df_cli *cli, struct df_table *table, const struct df_str *cells)
{
    size_t n = n_columns(table), old = table->cap;
    if (table->n_cells + n > table->cap) {
        table->cap = old ? 2 * old : 16 * n;
        table->cells = df_arena_grow(cli->arena, table->cells, old * sizeof *cells, table->cap * sizeof *cells);
    }
    memcpy(table->cells + table->n_cells, cells, n * sizeof *cells);
    table->n_cells += n;
}

static void measure(const struct df_table *table, size_t n, size_t *widths)
{
    assert(n > 0);
    for (size_t i = 0; i < n; i++)
        widths[i] = df_term_width(df_str_c(table->heads[i])) - (table->heads[i][0] == '>');
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t width = df_term_width(table->cells[i]);
        if (width > widths[i % n])
            widths[i % n] = width;
    }
}

/* What fits into the columns, with a mark where something was left out. */
static struct df_str cut(const struct df_cli *cli, struct df_str text, size_t columns)
{
    if (df_term_width(text) <= columns)
        return text;
    const char *mark = cli->utf8 ? "…" : "~";
    size_t n = 0, width = 0;
    while (n < text.n) {
        size_t len = df_utf8_len(text.p + n, text.n - n);
        len = len ? len : 1;
        width += df_term_width(df_str_n(text.p + n, len));
        if (width >= columns)
            break;
        n += len;
    }
    return df_arena_printf(cli->arena, "%.*s%s", (int)n, text.p, mark);
}

static void put_line(struct df_cli *cli, const struct df_table *table, const struct df_str *cells, size_t n,
                     const size_t *widths, size_t last_columns)
{
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n;
        struct df_str cell = last && last_columns ? cut(cli, cells[i], last_columns) : cells[i];
        size_t width = df_term_width(cell), pad = widths[i] > width ? widths[i] - width : 0;
        bool right = table->heads[i][0] == '>';
        df_buf_put_repeat(&cli->out, ' ', 2 + (right ? pad : 0));
        df_buf_put_str(&cli->out, cell);
        df_buf_put_repeat(&cli->out, ' ', right || last ? 0 : pad);
    }
}

void df_table_print(struct df_cli *cli, const struct df_table *table)
{
    size_t n = n_columns(table), widths[DF_TABLE_COLUMNS] = {0}, before = 2;
    struct df_str heads[DF_TABLE_COLUMNS];
    measure(table, n, widths);
    for (size_t i = 0; i < n; i++) {
        heads[i] = df_str_c(table->heads[i] + (table->heads[i][0] == '>'));
        before += i + 1 < n ? widths[i] + 2 : 0;
    }
    size_t columns = df_term_columns();
    size_t last = columns > before + 10 ? columns - before : 0;
    df_buf_put_c(&cli->out, df_style(cli, DF_STYLE_BOLD));
    put_line(cli, table, heads, n, widths, last);
    df_buf_put_c(&cli->out, df_style(cli, DF_STYLE_PLAIN));
    df_buf_put_char(&cli->out, '\n');
    for (size_t i = 0; i < table->n_cells; i += n) {
        put_line(cli, table, table->cells + i, n, widths, last);
        df_buf_put_char(&cli->out, '\n');
    }
}
