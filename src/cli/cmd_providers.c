#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

static struct df_str joined(struct df_cli *cli, const struct df_json *list)
{
    struct df_buf out;
    df_buf_init(&out, cli->arena, 4096);
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);) {
        df_buf_put_c(&out, out.n ? ", " : "");
        df_buf_put_str(&out, df_term_clean(df_json_str(it.value), false, cli->arena));
    }
    return df_buf_str(&out);
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    DF_TRY(df_api_call(cli, "GET", DF_S("/providers"), NULL, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    struct df_table table = {.heads = {"PROVIDER", "NAME", "FLOWS", "REVOKES", "BASE URL", NULL}};
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "providers")); df_json_next(&it);) {
        struct df_str base = df_term_field(cli, it.value, "baseUrl");
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_field(cli, it.value, "slug"), df_term_field(cli, it.value, "title"),
                                       joined(cli, df_json_get(it.value, "flows")),
                                       df_json_bool(df_json_get(it.value, "revokes"), false) ? DF_S("yes") : DF_S("no"),
                                       base.n ? base : DF_S("(yours: --base-url)")});
    }
    df_table_print(cli, &table);
    return DF_OK;
}

const struct df_command df_cmd_providers_list = {
    .name = "providers:list",
    .summary = "List the providers",
    .help = "Those built in, and those of the file OAUTH_PROVIDERS_FILE.",
    .example = "devflow providers:list",
    .run = run,
};
