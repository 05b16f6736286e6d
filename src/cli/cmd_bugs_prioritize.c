#include "cli/commands.h"
#include "cli/input.h"
#include "cli/terminal.h"
#include "domain/urgency.h"

#include <errno.h>
#include <stdlib.h>

enum { OPT_INPUT, OPT_EXPLAIN };
enum { FILE_BYTES = 32 << 20 };

struct row {
    const struct df_issue *issue;
    struct df_prioritized p;
    struct df_str reasons[DF_URGENCY_REASONS];
    size_t n_reasons;
};

struct work {
    struct df_cli *cli;
    struct df_issue *issues;
    struct row *rows;
    size_t n;
    struct df_urgency_project project;
};

static enum df_code read_file(struct df_cli *cli, const char *file, const struct df_json **ret, struct df_error *err)
{
    struct df_str text;
    bool standard = strcmp(file, "-") == 0;
    FILE *in = standard ? stdin : fopen(file, "rbe");
    if (!in)
        return df_fail(err, DF_ERR_FAILED, "%s cannot be read: %s", file, strerror(errno));
    enum df_code code = df_cli_read_all(cli, in, file, FILE_BYTES, &text, err);
    if (!standard)
        fclose(in);
    DF_TRY(code);
    DF_TRY(df_json_parse(cli->arena, text, 0, ret, err));
    return df_json_is_array(*ret) ? DF_OK
                                  : df_fail(err, DF_ERR_INVALID, "%s is not a list of issues, as Sentry's API gives it",
                                            standard ? "standard input" : file);
}

/* Highest first; among equals the one that was listed first. */
static int by_score(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->p.score != y->p.score)
        return x->p.score > y->p.score ? -1 : 1;
    return (x->issue > y->issue) - (x->issue < y->issue);
}

static void judge(struct work *w, const struct df_json *list)
{
    struct df_arena *arena = w->cli->arena;
    w->issues = DF_NEW_ARRAY(arena, struct df_issue, df_json_count(list) + 1);
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
        w->n += df_issue_parse(it.value, arena, &w->issues[w->n]);
    w->rows = DF_NEW_ARRAY(arena, struct row, w->n + 1);
    w->project = df_urgency_project_of(w->issues, w->n);
    for (size_t i = 0; i < w->n; i++) {
        struct row *row = &w->rows[i];
        row->issue = &w->issues[i];
        df_prioritize(row->issue, &w->project, DF_URGENCY_NONE, &row->p);
        row->n_reasons = df_urgency_reasons(row->issue, &w->project, &row->p, arena, row->reasons);
    }
    if (w->n)
        qsort(w->rows, w->n, sizeof *w->rows, by_score);
}

static double rounded(double n)
{
    return (double)(int64_t)(n * 100 + 0.5) / 100;
}

static void put_json(struct work *w)
{
    struct df_json_writer json;
    df_json_writer_init(&json, &w->cli->out, 2);
    df_json_open(&json, '{');
    df_json_kopen(&json, "issues", '[');
    for (size_t i = 0; i < w->n; i++) {
        const struct row *row = &w->rows[i];
        df_json_open(&json, '{');
        df_json_kstr(&json, "id", row->issue->id);
        df_json_kstr_or_null(&json, "shortId", row->issue->short_id);
        df_json_key(&json, DF_S("score"));
        df_json_put_double(&json, rounded(row->p.score));
        df_json_kstr(&json, "priority", df_str_c(df_urgency_name(row->p.priority)));
        df_json_kopen(&json, "reasons", '[');
        for (size_t k = 0; k < row->n_reasons; k++)
            df_json_put_str(&json, row->reasons[k]);
        df_json_close(&json, ']');
        df_json_kopen(&json, "shares", '{');
        for (size_t k = 0; k < DF_URGENCY_PARTS; k++) {
            df_json_key(&json, df_str_c(df_urgency_part_name((enum df_urgency_part)k)));
            df_json_put_double(&json, rounded(row->p.shares[k]));
        }
        df_json_close(&json, '}');
        df_json_close(&json, '}');
    }
    df_json_close(&json, ']');
    df_json_close(&json, '}');
    df_buf_put_char(&w->cli->out, '\n');
}

static struct df_str clean(struct work *w, struct df_str text)
{
    return df_term_clean(text, false, w->cli->arena);
}

static struct df_str name_of(struct work *w, const struct df_issue *issue)
{
    return clean(w, issue->short_id.n ? issue->short_id : issue->id);
}

static struct df_str plot_of(struct work *w, const struct df_issue *issue)
{
    struct df_buf line;
    df_buf_init(&line, w->cli->arena, 512);
    df_plot_line(&line, issue->hours.n ? &issue->hours : &issue->days, w->cli->utf8);
    return df_buf_str(&line);
}

static void put_table(struct work *w)
{
    struct df_table table = {.heads = {"PRIORITY", ">SCORE", "ISSUE", ">EVENTS", ">USERS", "OVER TIME", "TITLE", NULL}};
    struct df_arena *arena = w->cli->arena;
    for (size_t i = 0; i < w->n; i++) {
        const struct df_issue *issue = w->rows[i].issue;
        df_table_row(w->cli, &table,
                     (struct df_str[]){df_str_c(df_urgency_name(w->rows[i].p.priority)),
                                       df_arena_printf(arena, "%.1f", w->rows[i].p.score), name_of(w, issue),
                                       df_arena_printf(arena, "%lld", (long long)issue->count),
                                       df_arena_printf(arena, "%lld", (long long)issue->user_count), plot_of(w, issue),
                                       clean(w, issue->title)});
    }
    if (w->n)
        df_table_print(w->cli, &table);
    else
        df_buf_put_c(&w->cli->out, "No issues\n");
}

/* By how many Sentry's own order would put above it. */
static size_t place_in_recommended(const struct work *w, const struct row *row)
{
    double own = df_urgency_recommended(row->issue, w->project.now_ms);
    size_t above = 0;
    for (size_t i = 0; i < w->n; i++)
        above += df_urgency_recommended(w->rows[i].issue, w->project.now_ms) > own;
    return above + 1;
}

static enum df_code explain(struct work *w, const char *name, struct df_error *err)
{
    struct df_buf *out = &w->cli->out;
    size_t i = 0;
    while (i < w->n && !df_str_is(w->rows[i].issue->id, name) &&
           !df_str_ieq(w->rows[i].issue->short_id, df_str_c(name)))
        i++;
    if (i == w->n)
        return df_fail(err, DF_ERR_INVALID, "no issue %s is in the list", name);
    const struct row *row = &w->rows[i];
    df_buf_printf(out, "%.*s: %s, %.1f points, place %zu of %zu (%zu in Sentry's order \"recommended\")\n",
                  DF_FMT(name_of(w, row->issue)), df_urgency_name(row->p.priority), row->p.score, i + 1, w->n,
                  place_in_recommended(w, row));
    for (size_t k = 0; k < row->n_reasons; k++)
        df_buf_printf(out, "- %.*s\n", DF_FMT(clean(w, row->reasons[k])));
    for (size_t k = 0; k < DF_URGENCY_PARTS; k++)
        df_buf_printf(out, "%8.1f %s\n", row->p.shares[k], df_urgency_part_name((enum df_urgency_part)k));
    return DF_OK;
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    struct work w = {.cli = cli};
    const struct df_json *list;
    if (!cli->values[OPT_INPUT])
        return df_fail(err, DF_ERR_INVALID, "--input FILE is missing: a list of issues as Sentry's API gives it");
    DF_TRY(read_file(cli, cli->values[OPT_INPUT], &list, err));
    judge(&w, list);
    if (cli->values[OPT_EXPLAIN])
        return explain(&w, cli->values[OPT_EXPLAIN], err);
    if (cli->json)
        put_json(&w);
    else
        put_table(&w);
    return DF_OK;
}

const struct df_command df_cmd_bugs_prioritize = {
    .name = "bugs:prioritize",
    .summary = "Say which of Sentry's issues are most urgent, and why",
    .help =
        "Reads a list of issues as Sentry's API gives it (issues/?groupStatsPeriod=14d) and scores each by users, "
        "frequency, trend, recency, level, whether anything handles it, and regression, beside the others of the list. "
        "The scores hold as of the latest event in it.",
    .example = "devflow bugs:prioritize --input issues.json --explain SHOP-1A",
    .options = {[OPT_INPUT] = {"input", "FILE", "the list of issues; - is standard input", 'i'},
                [OPT_EXPLAIN] = {"explain", "ISSUE", "only this one: its reasons and each part's points"}},
    .run = run,
};
