#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/terminal.h"

#include <unistd.h>

enum { OPT_PROJECT, OPT_OUTPUT };

static enum df_code fetch(struct df_cli *cli, const char *project, struct df_str *ret, struct df_error *err)
{
    struct df_str path = df_api_path(cli, "/integrations/{}/sentry/issues/{}/context", project, cli->args[0]);
    if (!cli->json)
        return df_api_text(cli, df_arena_printf(cli->arena, "%s?format=markdown", path.p), ret, err);
    const struct df_json *context;
    DF_TRY(df_api_call(cli, "GET", df_arena_printf(cli->arena, "%s?format=json", path.p), NULL, &context, err));
    df_api_print(cli, context);
    *ret = df_buf_str(&cli->out);
    df_buf_init(&cli->out, cli->arena, cli->out.limit_bytes);
    return DF_OK;
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    const char *project, *file = cli->values[OPT_OUTPUT];
    struct df_str text;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    DF_TRY(fetch(cli, project, &text, err));
    if (file && strcmp(file, "-") != 0) {
        DF_TRY(df_output_file_write(cli->arena, file, text, err));
        fprintf(stderr, "Context written to %s (%zu bytes)\n", file, text.n);
        return DF_OK;
    }
    /* a file or a pipe gets the bytes as they are, a terminal nothing that it would obey */
    df_buf_put_str(&cli->out, isatty(STDOUT_FILENO) ? df_term_clean(text, true, cli->arena) : text);
    return DF_OK;
}

const struct df_command df_cmd_sentry_context = {
    .name = "sentry:context",
    .args = "ISSUE",
    .min_args = 1,
    .max_args = 1,
    .summary = "Extract the context of a Sentry issue",
    .help =
        "ISSUE is a numeric ID, a short ID such as SHOP-1A, or the URL of an issue in Sentry. The context is Markdown: "
        "the exception chain with its stack traces, breadcrumbs, request, user and tags. With --json it is JSON.",
    .example = "devflow sentry:context SHOP-1A --project shop -o context.md",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_OUTPUT] = {"output", "FILE", "write to FILE, whole or not at all, instead of standard output",
                                'o'}},
    .run = run,
};
