#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

enum { OPT_ID, OPT_DESCRIPTION, OPT_REPOSITORY };

/* name, id, description, repository; what the command line leaves out is asked for, for one who types the bare command. */
static enum df_code ask(struct df_cli *cli, struct df_str *fields, struct df_error *err)
{
    static const char *const questions[] = {
        "Name:", "ID (Enter: one is made):", "Description (Enter: none):", "Repository URL (Enter: none):"};
    for (int i = 0; i < 4; i++) {
        while (!fields[i].n) {
            DF_TRY(df_term_ask(cli, questions[i], &fields[i], err));
            if (i > 0)
                break;
        }
    }
    return DF_OK;
}

static void print(struct df_cli *cli, const struct df_json *project)
{
    struct df_str id = df_term_field(cli, project, "id"), name = df_term_field(cli, project, "name");
    df_buf_printf(&cli->out, "%s Project created: %.*s\n", df_symbol(cli, DF_SYM_OK), DF_FMT(name));
    df_buf_printf(&cli->out, "   ID: %.*s\n\n", DF_FMT(id));
    df_buf_printf(&cli->out, "Next: devflow oauth:register --project %.*s --provider sentry ...\n", DF_FMT(id));
    df_buf_put_c(&cli->out, "      (devflow help oauth:register shows a whole line)\n");
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    static const char *const names[] = {"name", "id", "description", "repository"};
    struct df_str fields[] = {df_str_c(cli->n_args ? cli->args[0] : NULL), df_str_c(cli->values[OPT_ID]),
                              df_str_c(cli->values[OPT_DESCRIPTION]), df_str_c(cli->values[OPT_REPOSITORY])};
    if (!fields[0].n && !df_term_can_ask())
        return df_fail(err, DF_ERR_INVALID,
                       "project:create needs NAME where nobody can be asked; see: devflow help project:create");
    if (!fields[0].n)
        DF_TRY(ask(cli, fields, err));
    struct df_api_body body;
    df_api_body_init(cli, &body);
    for (int i = 0; i < 4; i++)
        if (fields[i].n)
            df_json_kstr(&body.w, names[i], fields[i]);
    const struct df_json *project;
    DF_TRY(df_api_call(cli, "POST", DF_S("/projects"), &body, &project, err));
    if (cli->json)
        df_api_print(cli, project);
    else
        print(cli, project);
    return DF_OK;
}

const struct df_command df_cmd_project_create = {
    .name = "project:create",
    .args = "[NAME]",
    .max_args = 1,
    .summary = "Create a project",
    .help = "Without NAME, on a terminal, it asks.",
    .example = "devflow project:create \"Web shop\" --id shop",
    .options = {[OPT_ID] = {"id", "ID", "the project's ID in commands and URLs; one is made when left out"},
                [OPT_DESCRIPTION] = {"description", "TEXT", "what the project is"},
                [OPT_REPOSITORY] = {"repository", "URL", "where its code lives"}},
    .run = run,
};
