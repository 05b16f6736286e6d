#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

enum { OPT_PROJECT, OPT_WEIGHTS, OPT_RESET };

/* "users=40,trend=5"; the API knows which names and numbers there are. */
static enum df_code put_weights(struct df_cli *cli, struct df_api_body *body, struct df_error *err)
{
    struct df_str rest = df_str_c(cli->values[OPT_WEIGHTS]), one;
    df_json_kopen(&body->w, "weights", '{');
    while (df_str_split(&rest, ',', &one)) {
        struct df_str value = one, name;
        unsigned long long number;
        if (!df_str_split(&value, '=', &name) || !df_str_to_u64(df_str_trim(value), &number) || number > INT32_MAX)
            return df_fail(err, DF_ERR_INVALID, "--weights takes names and whole numbers: users=40,trend=5");
        df_json_key(&body->w, df_str_trim(name));
        df_json_put_int(&body->w, (int64_t)number);
    }
    df_json_close(&body->w, '}');
    return DF_OK;
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    struct df_api_body body;
    const struct df_json *answer;
    bool change = cli->values[OPT_WEIGHTS] || cli->values[OPT_RESET];
    df_api_body_init(cli, &body);
    if (cli->values[OPT_RESET])
        df_json_kbool(&body.w, "reset", true);
    if (cli->values[OPT_WEIGHTS])
        DF_TRY(put_weights(cli, &body, err));
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], change ? "PUT" : "GET",
                               "/projects/{}/priorities/settings", change ? &body : NULL, &answer, err));
    if (cli->json)
        return DF_OK;
    struct df_table table = {.heads = {"PART", ">WEIGHT", NULL}};
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "weights")); df_json_next(&it);)
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_clean(it.key, false, cli->arena), df_json_text(it.value, cli->arena)});
    df_table_print(cli, &table);
    return DF_OK;
}

const struct df_command df_cmd_bugs_settings = {
    .name = "bugs:settings",
    .summary = "Show or change how much each part of an issue's urgency counts",
    .help = "Only the proportions of the weights matter. Without a change it shows what holds in the project.",
    .example = "devflow bugs:settings --project shop --weights users=40,trend=20",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_WEIGHTS] = {"weights", "LIST", "NAME=NUMBER, separated by commas; numbers from 0 to 100"},
                [OPT_RESET] = {"reset", NULL, "what is not named goes back to what is usual"}},
    .run = run,
};
