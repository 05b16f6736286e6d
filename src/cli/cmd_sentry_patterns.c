#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/terminal.h"

#include <unistd.h>

enum { OPT_PROJECT, OPT_QUERY, OPT_LIMIT, OPT_OUTPUT };

static struct df_str make_path(struct df_cli *cli, const char *project)
{
    struct df_buf query;
    df_buf_init(&query, cli->arena, 16 * 1024);
    df_params_put(&query, "format", df_str_c(cli->json ? "json" : "markdown"));
    if (cli->values[OPT_QUERY])
        df_params_put(&query, "query", df_str_c(cli->values[OPT_QUERY]));
    if (cli->values[OPT_LIMIT])
        df_params_put(&query, "limit", df_str_c(cli->values[OPT_LIMIT]));
    return df_arena_printf(cli->arena, "%s?%s", df_api_path(cli, "/integrations/{}/sentry/patterns", project).p,
                           query.p);
}

static enum df_code fetch(struct df_cli *cli, const char *project, struct df_str *ret, struct df_error *err)
{
    const struct df_json *patterns;
    if (!cli->json)
        return df_api_text(cli, "GET", make_path(cli, project), NULL, ret, err);
    DF_TRY(df_api_call(cli, "GET", make_path(cli, project), NULL, &patterns, err));
    df_api_print(cli, patterns);
    *ret = df_buf_str(&cli->out);
    df_buf_init(&cli->out, cli->arena, cli->out.limit_bytes);
    return DF_OK;
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    const char *project, *file = cli->values[OPT_OUTPUT];
    struct df_str text;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    if (isatty(STDERR_FILENO))
        fputs("Asking Sentry for the issues, an event and the tags of each...\n", stderr);
    DF_TRY(fetch(cli, project, &text, err));
    if (file && strcmp(file, "-") != 0) {
        DF_TRY(df_output_file_write(cli->arena, file, text, err));
        fprintf(stderr, "Patterns written to %s (%zu bytes)\n", file, text.n);
        return DF_OK;
    }
    df_buf_put_str(&cli->out, isatty(STDOUT_FILENO) ? df_term_clean(text, true, cli->arena) : text);
    return DF_OK;
}

const struct df_command df_cmd_sentry_patterns = {
    .name = "sentry:patterns",
    .summary = "Group a project's Sentry issues that have one cause",
    .help =
        "Compares one event of each issue by its stack, exception type and message, and says of each group why, what it "
        "shares, since when, the trend and where to look. Markdown; with --json JSON.",
    .example = "devflow sentry:patterns --project shop --query 'is:unresolved'",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_QUERY] = {"query", "TEXT", "which issues, in Sentry's search language", 'q'},
                [OPT_LIMIT] = {"limit", "N", "how many issues, at most 100 (100)", 'n'},
                [OPT_OUTPUT] = {"output", "FILE", "write to FILE, whole or not at all, instead of standard output",
                                'o'}},
    .run = run,
};
