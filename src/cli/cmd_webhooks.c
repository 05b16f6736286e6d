#include "cli/api.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/terminal.h"

enum { OPT_PROJECT, SECRET_REMOVE };

static enum df_code remove_secret(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *none;
    DF_TRY(
        df_cli_project_call(cli, cli->values[OPT_PROJECT], "DELETE", "/projects/{}/sentry/webhook", NULL, &none, err));
    if (cli->json)
        df_buf_put_c(&cli->out, "{}\n");
    else
        df_buf_printf(&cli->out, "%s Secret removed: what Sentry sends is refused from now on\n",
                      df_symbol(cli, DF_SYM_OK));
    return DF_OK;
}

static enum df_code find_secret(struct df_cli *cli, struct df_secret *ret, struct df_error *err)
{
    if (df_term_can_ask())
        return df_term_ask_secret(cli, "Client secret of the Sentry integration (not shown):", ret, err);
    return df_cli_secret_stdin(cli, "client secret", ret, err);
}

static enum df_code secret(struct df_cli *cli, struct df_error *err)
{
    struct df_secret given;
    struct df_api_body body;
    const struct df_json *answer;
    if (cli->values[SECRET_REMOVE])
        return remove_secret(cli, err);
    DF_TRY(find_secret(cli, &given, err));
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "secret", df_secret_reveal(given));
    DF_TRY(
        df_cli_project_call(cli, cli->values[OPT_PROJECT], "PUT", "/projects/{}/sentry/webhook", &body, &answer, err));
    if (cli->json)
        return DF_OK;
    df_buf_printf(&cli->out,
                  "%s Secret stored.\n   Webhook URL of the integration in Sentry: %.*s\n"
                  "   There, switch on Alert Rule Action, and issue under Webhooks.\n",
                  df_symbol(cli, DF_SYM_OK), DF_FMT(df_term_field(cli, answer, "url")));
    return DF_OK;
}

static struct df_str what_of(struct df_cli *cli, const struct df_json *message)
{
    struct df_str resource = df_term_field(cli, message, "resource"), action = df_term_field(cli, message, "action");
    return action.n ? df_arena_printf(cli->arena, "%.*s.%.*s", DF_FMT(resource), DF_FMT(action)) : resource;
}

static enum df_code received(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    struct df_table table = {.heads = {"ID", "WHAT", "ISSUE", "STATUS", "RECEIVED", "OUTCOME", NULL}};
    DF_TRY(
        df_cli_project_call(cli, cli->values[OPT_PROJECT], "GET", "/projects/{}/sentry/messages", NULL, &answer, err));
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "messages")); df_json_next(&it);)
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_field(cli, it.value, "id"), what_of(cli, it.value),
                                       df_term_field(cli, it.value, "issue"), df_term_field(cli, it.value, "status"),
                                       df_term_age(df_json_get_str(it.value, "receivedAt"), cli->arena),
                                       df_term_field(cli, it.value, "outcome")});
    if (cli->json)
        return DF_OK;
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out, "Nothing was received yet\n");
    else
        df_table_print(cli, &table);
    return DF_OK;
}

static enum df_code retry(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "POST", "/projects/{}/sentry/messages/{}/retry", NULL,
                               &answer, err));
    if (!cli->json)
        df_buf_printf(&cli->out, "%s Looked at again: %s (devflow webhooks:received)\n", df_symbol(cli, DF_SYM_OK),
                      cli->args[0]);
    return DF_OK;
}

const struct df_command df_cmd_webhooks_secret = {
    .name = "webhooks:secret",
    .summary = "Set the secret of the project's Sentry integration",
    .help =
        "Sentry signs its webhooks with the client secret of an internal integration (Settings, Developer Settings, "
        "Custom Integrations). It is read from standard input, or asked for and not shown; it is stored sealed. Prints "
        "the URL to put into the integration.",
    .example = "devflow webhooks:secret --project shop < secret.txt",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [SECRET_REMOVE] = {"remove", NULL, "take it away: webhooks are refused then", 0}},
    .run = secret,
};

const struct df_command df_cmd_webhooks_received = {
    .name = "webhooks:received",
    .summary = "Show what Sentry sent, and what came of it",
    .example = "devflow webhooks:received --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = received,
};

const struct df_command df_cmd_webhooks_retry = {
    .name = "webhooks:retry",
    .args = "MESSAGE",
    .min_args = 1,
    .max_args = 1,
    .summary = "Look at a received message again",
    .help = "What it started already is not started twice.",
    .example = "devflow webhooks:retry in_5f0c2a9e7b1d4c385f0c2a9e7b1d4c38 --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = retry,
};
