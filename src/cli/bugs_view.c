#include "cli/bugs_view.h"

#include "cli/output_file.h"
#include "cli/terminal.h"
#include "domain/urgency.h"

#include <stdlib.h>

enum { SVG_BYTES = 4 << 20 };

static struct df_str name_of(struct df_cli *cli, const struct df_json *issue)
{
    struct df_str name = df_term_field(cli, issue, "shortId");
    return name.n ? name : df_term_field(cli, issue, "id");
}

static struct df_str number(struct df_cli *cli, const struct df_json *issue, const char *key)
{
    return df_arena_printf(cli->arena, "%lld", (long long)df_json_int(df_json_get(issue, key), 0));
}

static struct df_str line_of(struct df_cli *cli, const struct df_json *issue)
{
    struct df_buf line;
    const struct df_json *stats = df_json_get(issue, "stats");
    struct df_points points = df_points_parse(df_json_get(stats, "14d"), 14, cli->arena);
    if (points.n == 0)
        points = df_points_parse(df_json_get(stats, "24h"), 24, cli->arena);
    df_buf_init(&line, cli->arena, 512);
    df_plot_line(&line, &points, cli->utf8);
    return df_buf_str(&line);
}

static struct df_str score_of(struct df_cli *cli, const struct df_json *issue)
{
    return df_arena_printf(cli->arena, "%.1f", df_json_double(df_json_get(issue, "score"), 0));
}

static void put_row(struct df_cli *cli, struct df_table *table, const struct df_json *issue)
{
    df_table_row(cli, table,
                 (struct df_str[]){df_term_field(cli, issue, "priority"), score_of(cli, issue), name_of(cli, issue),
                                   number(cli, issue, "count"), number(cli, issue, "userCount"), line_of(cli, issue),
                                   df_term_field(cli, issue, "title")});
}

static int64_t place_of(const struct df_json *issue)
{
    return df_json_int(df_json_path(issue, "sentry", "place", NULL), 0);
}

/* "12 of 60 an hour"; over the limit it is escalating. */
static struct df_str forecast_of(struct df_cli *cli, const struct df_json *issue)
{
    const struct df_json *forecast = df_json_path(issue, "sentry", "forecast", NULL);
    if (df_json_is_null(forecast))
        return DF_STR_NONE;
    return df_arena_printf(cli->arena, "%.*s of %.*s an hour%s", DF_FMT(number(cli, forecast, "hour")),
                           DF_FMT(number(cli, forecast, "limit")),
                           df_json_bool(df_json_get(forecast, "escalating"), false) ? ", escalating" : "");
}

/* "+2": Sentry puts it two places lower than this list does. */
static void put_compared(struct df_cli *cli, struct df_table *table, const struct df_json *issue, size_t place)
{
    const struct df_json *sentry = df_json_get(issue, "sentry");
    int64_t theirs = place_of(issue), apart = theirs - (int64_t)place;
    df_table_row(cli, table,
                 (struct df_str[]){df_term_field(cli, issue, "priority"), score_of(cli, issue), name_of(cli, issue),
                                   df_term_field(cli, sentry, "priority"),
                                   df_arena_printf(cli->arena, "%lld", (long long)theirs),
                                   apart ? df_arena_printf(cli->arena, "%+lld", (long long)apart) : DF_S("="),
                                   forecast_of(cli, issue), df_term_field(cli, issue, "title")});
}

void df_bugs_put_table(struct df_cli *cli, const struct df_json *list, bool compare)
{
    struct df_table table = {.heads = {"PRIORITY", ">SCORE", "ISSUE", ">EVENTS", ">USERS", "OVER TIME", "TITLE", NULL}};
    struct df_table compared = {
        .heads = {"PRIORITY", ">SCORE", "ISSUE", "SENTRY'S", ">PLACE", ">APART", "FORECAST", "TITLE", NULL}};
    size_t place = 0;
    for (struct df_json_iter it = df_json_iter(df_json_get(list, "issues")); df_json_next(&it);)
        if (compare)
            put_compared(cli, &compared, it.value, ++place);
        else
            put_row(cli, &table, it.value);
    if (table.n_cells || compared.n_cells)
        df_table_print(cli, compare ? &compared : &table);
    else
        df_buf_put_c(&cli->out, "No issues\n");
}

void df_bugs_put_json(struct df_cli *cli, const struct df_json *list, bool compare)
{
    static const char *const keys[] = {"id", "shortId", "score", "priority", "reasons", "shares"};
    struct df_json_writer w;
    df_json_writer_init(&w, &cli->out, 2);
    df_json_open(&w, '{');
    df_json_kopen(&w, "issues", '[');
    for (struct df_json_iter it = df_json_iter(df_json_get(list, "issues")); df_json_next(&it);) {
        df_json_open(&w, '{');
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            df_json_kvalue(&w, keys[i], df_json_get(it.value, keys[i]));
        if (compare)
            df_json_kvalue(&w, "sentry", df_json_get(it.value, "sentry"));
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    df_buf_put_char(&cli->out, '\n');
}

static const struct df_json *find(const struct df_json *list, const char *name, size_t *ret_place)
{
    *ret_place = 0;
    for (struct df_json_iter it = df_json_iter(df_json_get(list, "issues")); df_json_next(&it);) {
        ++*ret_place;
        if (df_str_is(df_json_get_str(it.value, "id"), name) ||
            df_str_ieq(df_json_get_str(it.value, "shortId"), df_str_c(name)))
            return it.value;
    }
    return NULL;
}

enum df_code df_bugs_explain(struct df_cli *cli, const struct df_json *list, const char *name, struct df_error *err)
{
    size_t place;
    const struct df_json *issue = find(list, name, &place);
    if (!issue)
        return df_fail(err, DF_ERR_INVALID, "no issue %s is in the list", name);
    df_buf_printf(&cli->out, "%.*s: %.*s, %.*s points, place %zu of %zu (%lld in Sentry's order \"recommended\")\n",
                  DF_FMT(name_of(cli, issue)), DF_FMT(df_term_field(cli, issue, "priority")),
                  DF_FMT(score_of(cli, issue)), place, df_json_count(df_json_get(list, "issues")),
                  (long long)place_of(issue));
    for (struct df_json_iter it = df_json_iter(df_json_get(issue, "reasons")); df_json_next(&it);)
        df_buf_printf(&cli->out, "- %.*s\n", DF_FMT(df_term_clean(df_json_str(it.value), false, cli->arena)));
    struct df_str forecast = forecast_of(cli, issue);
    if (forecast.n)
        df_buf_printf(&cli->out, "  Sentry's forecast: %.*s\n", DF_FMT(forecast));
    for (struct df_json_iter it = df_json_iter(df_json_get(issue, "shares")); df_json_next(&it);)
        df_buf_printf(&cli->out, "%8.1f %.*s\n", df_json_double(it.value, 0),
                      DF_FMT(df_term_clean(it.key, false, cli->arena)));
    return DF_OK;
}

/* The most urgent is kind 0. */
static unsigned kind_of(const char *const kinds[DF_PLOT_KINDS], struct df_str priority)
{
    unsigned kind = 0;
    while (kind < DF_PLOT_KINDS - 1 && !df_str_is(priority, kinds[kind]))
        kind++;
    return kind;
}

enum df_code df_bugs_plot(struct df_cli *cli, const struct df_json *list, const char *file, struct df_error *err)
{
    static const char *const kinds[DF_PLOT_KINDS] = {"urgent", "high", "medium", "low"};
    const struct df_json *issues = df_json_get(list, "issues");
    struct df_plot_dot *dots = DF_NEW_ARRAY(cli->arena, struct df_plot_dot, df_json_count(issues) + 1);
    struct df_buf svg;
    size_t n = 0;
    for (struct df_json_iter it = df_json_iter(issues); df_json_next(&it);)
        dots[n++] = (struct df_plot_dot){.events = df_json_int(df_json_get(it.value, "count"), 0),
                                         .users = df_json_int(df_json_get(it.value, "userCount"), 0),
                                         .name = name_of(cli, it.value),
                                         .title = df_term_field(cli, it.value, "title"),
                                         .kind = kind_of(kinds, df_json_get_str(it.value, "priority"))};
    df_buf_init(&svg, cli->arena, SVG_BYTES);
    df_plot_scatter(&svg, DF_S("Sentry issues by frequency and users"), dots, n, kinds);
    if (svg.overflow)
        return df_fail(err, DF_ERR_FAILED, "the picture is too large");
    return df_output_file_write(cli->arena, file, df_buf_str(&svg), err);
}
