#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "domain/plot.h"

#include <unistd.h>

enum { OPT_PROJECT, OPT_QUERY, OPT_SORT, OPT_LIMIT, OPT_CURSOR, OPT_ALL };
enum { PATIENCE_S = 10 * 60, PAGES_LIMIT = 10000 };

static struct df_str make_path(struct df_cli *cli, const char *project, const char *limit, struct df_str cursor)
{
    struct df_buf query;
    df_buf_init(&query, cli->arena, 16 * 1024);
    if (cli->values[OPT_QUERY])
        df_params_put(&query, "query", df_str_c(cli->values[OPT_QUERY]));
    if (cli->values[OPT_SORT])
        df_params_put(&query, "sort", df_str_c(cli->values[OPT_SORT]));
    if (limit)
        df_params_put(&query, "limit", df_str_c(limit));
    if (cursor.n)
        df_params_put(&query, "cursor", cursor);
    return df_arena_printf(cli->arena, "%s%s%s", df_api_path(cli, "/integrations/{}/sentry/issues", project).p,
                           query.n ? "?" : "", query.n ? query.p : "");
}

static struct df_str title_of(struct df_cli *cli, const struct df_json *issue)
{
    struct df_str title = df_term_field(cli, issue, "title"), culprit = df_term_field(cli, issue, "culprit");
    if (!culprit.n)
        return title;
    return df_arena_printf(cli->arena, "%.*s (%.*s)", DF_FMT(title), DF_FMT(culprit));
}

/* What has been fetched: pages, each an answer of the API. */
struct fetch {
    struct df_cli *cli;
    const char *project;
    const struct df_json **pages;
    size_t n_pages, n_issues;
    struct df_str cursor; /* of the next page */
    int waited_s;
    bool told; /* something stands on the line of progress */
};

static void progress(struct fetch *f, const char *text)
{
    bool line = isatty(STDERR_FILENO);
    fprintf(stderr, "%s%s%s", line ? "\r\033[K" : "", text, line ? "" : "\n");
    f->told = line;
}

static void progress_end(struct fetch *f)
{
    if (f->told)
        fputs("\r\033[K", stderr);
    f->told = false;
}

/* A rate limit is waited for; true when it is worth asking again. */
static bool wait_for_limit(struct fetch *f, const struct df_error *why)
{
    char text[96];
    int wait_s = why->retry_after_s > 0 ? why->retry_after_s : 1;
    if (why->code != DF_ERR_RATE_LIMITED || f->waited_s + wait_s > PATIENCE_S)
        return false;
    snprintf(text, sizeof text, "%zu issues; Sentry limits the rate, going on in %d s", f->n_issues, wait_s);
    progress(f, text);
    sleep((unsigned)wait_s);
    f->waited_s += wait_s;
    return true;
}

static enum df_code fetch_page(struct fetch *f, struct df_error *err)
{
    const struct df_json *page;
    struct df_error why;
    enum df_code code;
    do
        code = df_api_call(f->cli, "GET", make_path(f->cli, f->project, "100", f->cursor), NULL, &page, &why);
    while (code != DF_OK && wait_for_limit(f, &why));
    if (code != DF_OK) {
        *err = why;
        return code;
    }
    struct df_str next = df_json_get_str(page, "nextCursor");
    f->pages[f->n_pages++] = page;
    f->n_issues += df_json_count(df_json_get(page, "issues"));
    if (next.n && df_str_eq(next, f->cursor))
        return df_fail(err, DF_ERR_PROVIDER, "Sentry names the same page again and again");
    f->cursor = next;
    return DF_OK;
}

/* To the last page, or to the first that fails: *why says what is missing then. */
static enum df_code fetch_all(struct fetch *f, struct df_error *why)
{
    enum df_code code = DF_OK;
    do {
        char text[64];
        code = fetch_page(f, why);
        snprintf(text, sizeof text, "%zu issues so far", f->n_issues);
        if (code == DF_OK && f->cursor.n)
            progress(f, text);
    } while (code == DF_OK && f->cursor.n && f->n_pages < PAGES_LIMIT);
    progress_end(f);
    return code;
}

/* Events an hour; empty where Sentry gave none. */
static struct df_str plot_of(struct df_cli *cli, const struct df_json *issue)
{
    struct df_points points = df_points_parse(df_json_path(issue, "stats", "24h", NULL), 24, cli->arena);
    struct df_buf line;
    df_buf_init(&line, cli->arena, 256);
    df_plot_line(&line, &points, cli->utf8);
    return df_buf_str(&line);
}

static void add_row(struct df_cli *cli, struct df_table *table, const struct df_json *issue, bool plots)
{
    struct df_str id = df_term_field(cli, issue, "shortId");
    const struct df_str first[] = {id.n ? id : df_term_field(cli, issue, "id"), df_term_field(cli, issue, "level"),
                                   df_term_field(cli, issue, "count"), df_term_field(cli, issue, "userCount")};
    struct df_str age = df_term_age(df_json_get_str(issue, "lastSeen"), cli->arena), title = title_of(cli, issue);
    if (plots)
        df_table_row(cli, table,
                     (struct df_str[]){first[0], first[1], first[2], first[3], plot_of(cli, issue), age, title});
    else
        df_table_row(cli, table, (struct df_str[]){first[0], first[1], first[2], first[3], age, title});
}

static void add_rows(struct df_cli *cli, struct df_table *table, const struct df_json *answer, bool plots)
{
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "issues")); df_json_next(&it);)
        add_row(cli, table, it.value, plots);
}

static bool any_plot(const struct df_json *const *pages, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (struct df_json_iter it = df_json_iter(df_json_get(pages[i], "issues")); df_json_next(&it);)
            if (df_json_count(df_json_path(it.value, "stats", "24h", NULL)) > 0)
                return true;
    return false;
}

static void print(struct df_cli *cli, const struct df_json *const *pages, size_t n)
{
    static const struct df_table with = {
        .heads = {"ISSUE", "LEVEL", ">EVENTS", ">USERS", "24 HOURS", "LAST SEEN", "TITLE", NULL}};
    static const struct df_table without = {
        .heads = {"ISSUE", "LEVEL", ">EVENTS", ">USERS", "LAST SEEN", "TITLE", NULL}};
    bool plots = any_plot(pages, n);
    struct df_table table = plots ? with : without;
    for (size_t i = 0; i < n; i++)
        add_rows(cli, &table, pages[i], plots);
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out, "No issues found\n");
    else
        df_table_print(cli, &table);
}

static void print_whole_json(struct df_cli *cli, const struct fetch *f, bool complete, const char *missing)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &cli->out, 2);
    df_json_open(&w, '{');
    df_json_kopen(&w, "issues", '[');
    for (size_t i = 0; i < f->n_pages; i++)
        for (struct df_json_iter it = df_json_iter(df_json_get(f->pages[i], "issues")); df_json_next(&it);)
            df_json_put_value(&w, it.value);
    df_json_close(&w, ']');
    df_json_kstr_or_null(&w, "nextCursor", f->cursor);
    df_json_kbool(&w, "complete", complete);
    df_json_kstr_or_null(&w, "missing", df_str_c(missing));
    df_json_close(&w, '}');
    df_buf_put_char(&cli->out, '\n');
}

/* What there is, whatever became of the rest. */
static enum df_code run_all(struct df_cli *cli, const char *project, struct df_error *err)
{
    struct fetch f = {.cli = cli,
                      .project = project,
                      .pages = DF_NEW_ARRAY(cli->arena, const struct df_json *, PAGES_LIMIT),
                      .cursor = df_str_c(cli->values[OPT_CURSOR])};
    struct df_error why = {0};
    enum df_code code = fetch_all(&f, &why);
    if (f.n_pages == 0) {
        *err = why;
        return code;
    }
    if (cli->json)
        print_whole_json(cli, &f, code == DF_OK && f.cursor.n == 0, why.message);
    else
        print(cli, f.pages, f.n_pages);
    if (code == DF_OK)
        return DF_OK;
    return df_fail(err, code, "these are the first %zu issues, there are more: %s%s%.*s", f.n_issues, why.message,
                   f.cursor.n ? ". Go on with --all --cursor " : "", DF_FMT(f.cursor));
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    const char *project;
    const struct df_json *answer;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    if (cli->values[OPT_ALL])
        return run_all(cli, project, err);
    DF_TRY(df_api_call(cli, "GET", make_path(cli, project, cli->values[OPT_LIMIT], df_str_c(cli->values[OPT_CURSOR])),
                       NULL, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    print(cli, &answer, 1);
    struct df_str next = df_term_field(cli, answer, "nextCursor");
    if (next.n)
        df_buf_printf(&cli->out, "\nMore: the same with --cursor %.*s\n", DF_FMT(next));
    return DF_OK;
}

const struct df_command df_cmd_sentry_issues = {
    .name = "sentry:issues",
    .summary = "List a project's Sentry issues",
    .help =
        "The query is Sentry's own search language. The next page is the same command with --cursor; --all fetches page "
        "after page, says on standard error how far it is, waits where Sentry limits the rate, and prints what it has when "
        "the rest cannot be had.",
    .example = "devflow sentry:issues --project shop --query 'is:unresolved level:error' --sort freq",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_QUERY] = {"query", "TEXT", "which issues", 'q'},
                [OPT_SORT] = {"sort", "ORDER", "date, new, freq, user, trends or inbox"},
                [OPT_LIMIT] = {"limit", "N", "how many on a page", 'n'},
                [OPT_CURSOR] = {"cursor", "CURSOR", "the page to show, as the page before named it"},
                [OPT_ALL] = {"all", NULL, "every page there is"}},
    .run = run,
};
