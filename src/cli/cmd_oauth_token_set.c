#include "cli/api.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/terminal.h"

#include <stdlib.h>

enum { OPT_PROJECT, OPT_TYPE, OPT_BASE_URL, OPT_ORG, OPT_EXPIRES };

/* Never an argument, which others see: the variable, a question, standard input. */
static enum df_code find_token(struct df_cli *cli, struct df_secret *ret, struct df_error *err)
{
    const char *from_env = getenv("DEVFLOW_TOKEN");
    if (from_env && *from_env) {
        *ret = df_secret_of(df_str_trim(df_str_c(from_env)));
        return DF_OK;
    }
    if (df_term_can_ask())
        return df_term_ask_secret(cli, "Token (not shown):", ret, err);
    return df_cli_secret_stdin(cli, "token", ret, err);
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    static const struct {
        int option;
        const char *key;
    } members[] = {
        {OPT_TYPE, "tokenType"}, {OPT_BASE_URL, "baseUrl"}, {OPT_ORG, "organization"}, {OPT_EXPIRES, "expiresAt"}};
    struct df_secret token;
    struct df_api_body body;
    const struct df_json *answer;
    const char *project, *provider = df_provider_path(cli, cli->args[0]);
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    DF_TRY(find_token(cli, &token, err));
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "projectId", df_str_c(project));
    df_json_kstr(&body.w, "token", df_secret_reveal(token));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (cli->values[members[i].option])
            df_json_kstr(&body.w, members[i].key, df_str_c(cli->values[members[i].option]));
    DF_TRY(df_api_call(cli, "POST", df_api_path(cli, "/auth/{}/static", provider), &body, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    df_buf_printf(&cli->out, "%s %.*s: the token is stored; it speaks for %.*s\n\nNext: devflow integrations:test %s\n",
                  df_symbol(cli, DF_SYM_OK), DF_FMT(df_provider_title(cli, df_str_c(cli->args[0]))),
                  DF_FMT(df_term_field(cli, df_json_get(answer, "connection"), "userId")), project);
    return DF_OK;
}

const struct df_command df_cmd_oauth_token_set = {
    .name = "oauth:token:set",
    .args = "PROVIDER",
    .min_args = 1,
    .max_args = 1,
    .summary = "Set a token or API key that OAuth did not give",
    .help =
        "For those who have only a personal access token or an API key. It is read from standard input, from the variable "
        "DEVFLOW_TOKEN, or asked for and not shown; the provider is asked who it speaks for before it is stored. It is handed "
        "out like any other token and never refreshed.",
    .example = "devflow oauth:token:set linear --project shop < key.txt",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_TYPE] = {"type", "TYPE", "how it goes into requests; the provider's usual way when left out"},
                [OPT_BASE_URL] = {"base-url", "URL", "a server of your own; the provider's when left out"},
                [OPT_ORG] = {"org", "SLUG", "the organization to use, where the token sees several"},
                [OPT_EXPIRES] = {"expires", "TIME", "when it expires, such as 2027-01-31T00:00:00Z"}},
    .run = run,
};
