#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

/* The first result that is not whole decides: a connection to make again, or a provider that failed. */
static enum df_code worst(enum df_code so_far, struct df_str status)
{
    if (so_far != DF_OK)
        return so_far;
    return df_str_is(status, "failing") ? DF_ERR_PROVIDER : DF_ERR_RECONNECT;
}

static const char *state_words(struct df_str status)
{
    static const char *const words[][2] = {{"connected", "Connected, but not ready"},
                                           {"not_connected", "Not connected"},
                                           {"expired", "Token expired"},
                                           {"reconnect", "Must be connected again"},
                                           {"failing", "Failing"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (df_str_is(status, words[i][0]))
            return words[i][1];
    return "Not ready";
}

static bool print_result(struct df_cli *cli, const struct df_json *result)
{
    struct df_str title = df_provider_title(cli, df_json_get_str(result, "provider"));
    bool valid = df_json_bool(df_json_get(result, "tokenValid"), false);
    bool ready = df_json_bool(df_json_get(result, "ready"), false) && valid;
    if (ready) {
        df_buf_printf(&cli->out, "%s %.*s: Connected\n   OAuth token valid\n   Ready to extract error context\n",
                      df_symbol(cli, DF_SYM_OK), DF_FMT(title));
        return true;
    }
    struct df_str message = df_term_field(cli, result, "message"), next = df_term_field(cli, result, "nextStep");
    df_buf_printf(&cli->out, "%s %.*s: %s\n", df_symbol(cli, DF_SYM_FAILED), DF_FMT(title),
                  state_words(df_json_get_str(result, "status")));
    if (message.n)
        df_buf_printf(&cli->out, "   %.*s\n", DF_FMT(message));
    if (next.n)
        df_buf_printf(&cli->out, "   Next: %.*s\n", DF_FMT(next));
    return false;
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    const char *project;
    DF_TRY(df_cli_project(cli, cli->n_args ? cli->args[0] : cli->values[0], &project, err));
    const struct df_json *answer;
    DF_TRY(df_api_call(cli, "GET", df_api_path(cli, "/integrations/{}/test", project), NULL, &answer, err));
    const struct df_json *results = df_json_get(answer, "results");
    enum df_code code = df_json_count(results) ? DF_OK : DF_ERR_RECONNECT;
    for (struct df_json_iter it = df_json_iter(results); df_json_next(&it);)
        if (!print_result(cli, it.value))
            code = worst(code, df_json_get_str(it.value, "status"));
    if (df_json_count(results) == 0)
        df_buf_printf(&cli->out, "No integration is set up\nUse \"devflow oauth:register\" to register an OAuth app\n");
    if (cli->json) {
        df_buf_cut(&cli->out, 0);
        df_api_print(cli, answer);
    }
    return code;
}

const struct df_command df_cmd_integrations_test = {
    .name = "integrations:test",
    .args = "[PROJECT]",
    .max_args = 1,
    .summary = "Test a project's integrations with a real call",
    .help = "PROJECT left out is found as --project tells. Ends with exit code 5 when a connection is missing "
            "or must be made again, 6 when the provider fails.",
    .example = "devflow integrations:test shop",
    .options = {DF_OPTION_PROJECT},
    .run = run,
};
