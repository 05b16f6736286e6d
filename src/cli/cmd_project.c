#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

enum { LIST_QUIET };
enum { DELETE_YES };

static enum df_code list(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *projects;
    DF_TRY(df_api_call(cli, "GET", DF_S("/projects"), NULL, &projects, err));
    if (cli->json) {
        df_api_print(cli, projects);
        return DF_OK;
    }
    struct df_table table = {.heads = {"ID", "NAME", "CREATED", "DESCRIPTION", NULL}};
    for (struct df_json_iter it = df_json_iter(projects); df_json_next(&it);) {
        struct df_str id = df_term_field(cli, it.value, "id");
        if (cli->values[LIST_QUIET])
            df_buf_printf(&cli->out, "%.*s\n", DF_FMT(id));
        df_table_row(cli, &table,
                     (struct df_str[]){id, df_term_field(cli, it.value, "name"),
                                       df_str_head(df_term_field(cli, it.value, "createdAt"), 10),
                                       df_term_field(cli, it.value, "description")});
    }
    if (cli->values[LIST_QUIET])
        return DF_OK;
    if (table.n_cells == 0) {
        df_buf_put_c(&cli->out, "No projects found\nUse \"devflow project:create NAME\" to create one\n");
        return DF_OK;
    }
    df_buf_printf(&cli->out, "%s Projects:\n\n", df_symbol(cli, DF_SYM_BOX));
    df_table_print(cli, &table);
    return DF_OK;
}

static enum df_code show(struct df_cli *cli, struct df_error *err)
{
    static const char *const rows[][2] = {{"ID", "id"},
                                          {"Name", "name"},
                                          {"Description", "description"},
                                          {"Repository", "repository"},
                                          {"Created", "createdAt"},
                                          {"Changed", "updatedAt"}};
    const struct df_json *project;
    DF_TRY(df_api_call(cli, "GET", df_api_path(cli, "/projects/{}", cli->args[0]), NULL, &project, err));
    if (cli->json) {
        df_api_print(cli, project);
        return DF_OK;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct df_str value = df_term_field(cli, project, rows[i][1]);
        if (value.n)
            df_buf_printf(&cli->out, "%-13s%.*s\n", rows[i][0], DF_FMT(value));
    }
    return DF_OK;
}

static enum df_code remove_project(struct df_cli *cli, struct df_error *err)
{
    const char *id = cli->args[0];
    const struct df_json *none;
    if (!cli->values[DELETE_YES])
        DF_TRY(df_term_confirm(
            cli, df_arena_printf(cli->arena, "Delete project %s with its OAuth apps and connections? [y/N]", id).p,
            err));
    DF_TRY(df_api_call(cli, "DELETE", df_api_path(cli, "/projects/{}", id), NULL, &none, err));
    if (cli->json) {
        struct df_json_writer w;
        df_json_writer_init(&w, &cli->out, 2);
        df_json_open(&w, '{');
        df_json_kstr(&w, "deleted", df_str_c(id));
        df_json_close(&w, '}');
        df_buf_put_char(&cli->out, '\n');
    } else {
        df_buf_printf(&cli->out, "%s Project deleted: %s\n", df_symbol(cli, DF_SYM_OK), id);
    }
    return DF_OK;
}

const struct df_command df_cmd_project_list = {
    .name = "project:list",
    .summary = "List the projects",
    .example = "devflow project:list",
    .options = {[LIST_QUIET] = {"quiet", NULL, "only the IDs, one a line", 'q'}},
    .run = list,
};

const struct df_command df_cmd_project_show = {
    .name = "project:show",
    .args = "PROJECT",
    .min_args = 1,
    .max_args = 1,
    .summary = "Show a project",
    .example = "devflow project:show shop",
    .run = show,
};

const struct df_command df_cmd_project_delete = {
    .name = "project:delete",
    .args = "PROJECT",
    .min_args = 1,
    .max_args = 1,
    .summary = "Delete a project, its OAuth apps and connections",
    .help = "Asks first. Tokens are wiped; what the provider still holds must be revoked there.",
    .example = "devflow project:delete shop --yes",
    .options = {[DELETE_YES] = {"yes", NULL, "do not ask", 'y'}},
    .run = remove_project,
};
