#include "cli/api.h"
#include "cli/terminal.h"

#include <stdlib.h>

enum { LISTED_PROJECTS = 10 };

static enum df_code list_them(struct df_cli *cli, const struct df_json *projects, struct df_error *err)
{
    struct df_buf list;
    df_buf_init(&list, cli->arena, 800);
    size_t n = 0, count = df_json_count(projects);
    for (struct df_json_iter it = df_json_iter(projects); n < LISTED_PROJECTS && df_json_next(&it); n++) {
        struct df_str id = df_term_field(cli, it.value, "id"), name = df_term_field(cli, it.value, "name");
        df_buf_put_c(&list, n ? ", " : "");
        df_buf_put_str(&list, df_str_head(id, 64));
        if (name.n && !df_str_eq(id, name))
            df_buf_printf(&list, " (%.*s)", DF_FMT(df_str_head(name, 40)));
    }
    if (count > n)
        df_buf_printf(&list, " and %zu more (devflow project:list)", count - n);
    return df_fail(err, DF_ERR_INVALID, "there are several projects; name one, or set DEVFLOW_PROJECT: %s", list.p);
}

enum df_code df_cli_project(struct df_cli *cli, const char *given, const char **ret, struct df_error *err)
{
    const char *from_env = getenv("DEVFLOW_PROJECT");
    const char *id = given ? given : from_env && *from_env ? from_env : NULL;
    if (id) {
        *ret = id;
        return DF_OK;
    }
    const struct df_json *projects;
    DF_TRY(df_api_call(cli, "GET", DF_S("/projects"), NULL, &projects, err));
    if (df_json_count(projects) == 0)
        return df_fail(err, DF_ERR_PROJECT, "there is no project yet; create one with: devflow project:create NAME");
    if (df_json_count(projects) > 1)
        return list_them(cli, projects, err);
    *ret = df_arena_cstr(cli->arena, df_json_get_str(df_json_at(projects, 0), "id"));
    return DF_OK;
}

enum df_code df_cli_project_call(struct df_cli *cli, const char *given, const char *method, const char *pattern,
                                 struct df_api_body *body, const struct df_json **ret, struct df_error *err)
{
    const char *project = NULL;
    DF_TRY(df_cli_project(cli, given, &project, err));
    struct df_str path = df_api_path(cli, pattern, project, cli->n_args > 0 ? cli->args[0] : "",
                                     cli->n_args > 1 ? cli->args[1] : "");
    DF_TRY(df_api_call(cli, method, path, body, ret, err));
    if (cli->json && *ret)
        df_api_print(cli, *ret);
    return DF_OK;
}
