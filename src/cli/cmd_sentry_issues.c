#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

enum { OPT_PROJECT, OPT_QUERY, OPT_SORT, OPT_LIMIT, OPT_CURSOR };

static struct df_str make_path(struct df_cli *cli, const char *project)
{
    static const struct {
        const char *name;
        int place;
    } params[] = {{"query", OPT_QUERY}, {"sort", OPT_SORT}, {"limit", OPT_LIMIT}, {"cursor", OPT_CURSOR}};
    struct df_buf query;
    df_buf_init(&query, cli->arena, 16 * 1024);
    for (size_t i = 0; i < sizeof params / sizeof *params; i++)
        if (cli->values[params[i].place])
            df_params_put(&query, params[i].name, df_str_c(cli->values[params[i].place]));
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

static void print(struct df_cli *cli, const struct df_json *answer)
{
    struct df_table table = {.heads = {"ISSUE", "LEVEL", ">EVENTS", ">USERS", "LAST SEEN", "TITLE", NULL}};
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "issues")); df_json_next(&it);) {
        struct df_str id = df_term_field(cli, it.value, "shortId");
        df_table_row(
            cli, &table,
            (struct df_str[]){id.n ? id : df_term_field(cli, it.value, "id"), df_term_field(cli, it.value, "level"),
                              df_term_field(cli, it.value, "count"), df_term_field(cli, it.value, "userCount"),
                              df_term_age(df_json_get_str(it.value, "lastSeen"), cli->arena), title_of(cli, it.value)});
    }
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out, "No issues found\n");
    else
        df_table_print(cli, &table);
    struct df_str next = df_term_field(cli, answer, "nextCursor");
    if (next.n)
        df_buf_printf(&cli->out, "\nMore: the same with --cursor %.*s\n", DF_FMT(next));
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    const char *project;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    const struct df_json *answer;
    DF_TRY(df_api_call(cli, "GET", make_path(cli, project), NULL, &answer, err));
    if (cli->json)
        df_api_print(cli, answer);
    else
        print(cli, answer);
    return DF_OK;
}

const struct df_command df_cmd_sentry_issues = {
    .name = "sentry:issues",
    .summary = "List a project's Sentry issues",
    .help = "The query is Sentry's own search language. The next page is the same command with --cursor.",
    .example = "devflow sentry:issues --project shop --query 'is:unresolved level:error' --sort freq",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_QUERY] = {"query", "TEXT", "which issues", 'q'},
                [OPT_SORT] = {"sort", "ORDER", "date, new, freq, user, trends or inbox"},
                [OPT_LIMIT] = {"limit", "N", "how many on a page", 'n'},
                [OPT_CURSOR] = {"cursor", "CURSOR", "the page to show, as the page before named it"}},
    .run = run,
};
