#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

enum { OPT_PROJECT, ADD_EVENTS };
enum { REMOVE_YES = 1 };

static void put_events(struct df_cli *cli, struct df_api_body *body)
{
    struct df_str rest = df_str_c(cli->values[ADD_EVENTS]), event;
    df_json_kopen(&body->w, "events", '[');
    while (df_str_split(&rest, ',', &event))
        if (df_str_trim(event).n)
            df_json_put_str(&body->w, df_str_trim(event));
    df_json_close(&body->w, ']');
    (void)cli;
}

static void show_secret(struct df_cli *cli, const struct df_json *webhook, const char *what)
{
    struct df_str id = df_term_field(cli, webhook, "id"), secret = df_term_field(cli, webhook, "secret");
    df_buf_printf(&cli->out, "%s %s: %.*s\n   Secret (shown this once): %.*s\n", df_symbol(cli, DF_SYM_OK), what,
                  DF_FMT(id), DF_FMT(secret));
}

static enum df_code add(struct df_cli *cli, struct df_error *err)
{
    struct df_api_body body;
    const struct df_json *webhook;
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "url", df_str_c(cli->args[0]));
    if (cli->values[ADD_EVENTS])
        put_events(cli, &body);
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "POST", "/projects/{}/webhooks", &body, &webhook, err));
    if (!cli->json)
        show_secret(cli, webhook, "Webhook added");
    return DF_OK;
}

static struct df_str joined(struct df_cli *cli, const struct df_json *list)
{
    struct df_buf out;
    df_buf_init(&out, cli->arena, 1024);
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);) {
        df_buf_put_c(&out, out.n ? ", " : "");
        df_buf_put_str(&out, df_term_clean(df_json_str(it.value), false, cli->arena));
    }
    return out.n ? df_buf_str(&out) : DF_S("all");
}

static enum df_code list(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    struct df_table table = {.heads = {"ID", "STATE", "EVENTS", "URL", NULL}};
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "GET", "/projects/{}/webhooks", NULL, &answer, err));
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "webhooks")); df_json_next(&it);) {
        bool active = df_json_bool(df_json_get(it.value, "isActive"), false);
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_field(cli, it.value, "id"), active ? DF_S("on") : DF_S("off"),
                                       joined(cli, df_json_get(it.value, "events")),
                                       df_term_field(cli, it.value, "url")});
    }
    if (cli->json)
        return DF_OK;
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out, "No webhooks\nUse \"devflow webhook:add URL\" to add one\n");
    else
        df_table_print(cli, &table);
    return DF_OK;
}

static enum df_code remove_webhook(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *none;
    if (!cli->values[REMOVE_YES])
        DF_TRY(df_term_confirm(
            cli, df_arena_printf(cli->arena, "Remove webhook %s with what it still has to send? [y/N]", cli->args[0]).p,
            err));
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "DELETE", "/projects/{}/webhooks/{}", NULL, &none, err));
    if (cli->json)
        df_buf_put_c(&cli->out, "{}\n");
    else
        df_buf_printf(&cli->out, "%s Webhook removed: %s\n", df_symbol(cli, DF_SYM_OK), cli->args[0]);
    return DF_OK;
}

static enum df_code rotate(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *webhook;
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "POST", "/projects/{}/webhooks/{}/rotate", NULL, &webhook,
                               err));
    if (!cli->json)
        show_secret(cli, webhook, "New secret; for a day messages carry the old signature too");
    return DF_OK;
}

static enum df_code queued(struct df_cli *cli, const char *pattern, struct df_error *err)
{
    const struct df_json *answer;
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "POST", pattern, NULL, &answer, err));
    if (!cli->json)
        df_buf_printf(&cli->out, "%s On its way: %.*s (devflow webhook:deliveries %s)\n", df_symbol(cli, DF_SYM_OK),
                      DF_FMT(df_term_field(cli, answer, "deliveryId")), cli->args[0]);
    return DF_OK;
}

static enum df_code test(struct df_cli *cli, struct df_error *err)
{
    return queued(cli, "/projects/{}/webhooks/{}/test", err);
}

static enum df_code retry(struct df_cli *cli, struct df_error *err)
{
    return queued(cli, "/projects/{}/webhooks/{}/deliveries/{}/retry", err);
}

static enum df_code deliveries(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    struct df_table table = {.heads = {"ID", "TYPE", "STATUS", ">ATTEMPTS", "CREATED", "ERROR", NULL}};
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "GET", "/projects/{}/webhooks/{}/deliveries", NULL,
                               &answer, err));
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "deliveries")); df_json_next(&it);)
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_field(cli, it.value, "id"), df_term_field(cli, it.value, "type"),
                                       df_term_field(cli, it.value, "status"),
                                       df_json_text(df_json_get(it.value, "attempts"), cli->arena),
                                       df_term_age(df_json_get_str(it.value, "createdAt"), cli->arena),
                                       df_term_field(cli, it.value, "error")});
    if (cli->json)
        return DF_OK;
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out, "Nothing was sent yet\n");
    else
        df_table_print(cli, &table);
    return DF_OK;
}

#define ONE_WEBHOOK .args = "WEBHOOK", .min_args = 1, .max_args = 1

const struct df_command df_cmd_webhook_add = {
    .name = "webhook:add",
    .args = "URL",
    .min_args = 1,
    .max_args = 1,
    .summary = "Tell a URL what becomes of the project's connections",
    .help = "Messages are signed (Standard Webhooks); the secret is printed once. Events: connection.connected, "
            "connection.refreshed, connection.failing, connection.reconnect_needed, connection.disconnected.",
    .example = "devflow webhook:add https://example.com/devflow --project shop --events connection.reconnect_needed",
    .options =
        {[OPT_PROJECT] = DF_OPTION_PROJECT, [ADD_EVENTS] = {"events", "A,B", "only these events (default: all)", 0}},
    .run = add,
};

const struct df_command df_cmd_webhook_list = {
    .name = "webhook:list",
    .summary = "List the project's webhooks",
    .example = "devflow webhook:list --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = list,
};

const struct df_command df_cmd_webhook_remove = {
    .name = "webhook:remove",
    ONE_WEBHOOK,
    .summary = "Remove a webhook",
    .help = "Asks first. What it still has to send is not sent.",
    .example = "devflow webhook:remove wh_1f0c2a9be0417d55 --project shop --yes",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT, [REMOVE_YES] = {"yes", NULL, "do not ask", 'y'}},
    .run = remove_webhook,
};

const struct df_command df_cmd_webhook_rotate = {
    .name = "webhook:rotate",
    ONE_WEBHOOK,
    .summary = "Give a webhook a new secret",
    .help =
        "For a day messages are signed with the old secret too. A webhook that was switched off is switched on again.",
    .example = "devflow webhook:rotate wh_1f0c2a9be0417d55 --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = rotate,
};

const struct df_command df_cmd_webhook_test = {
    .name = "webhook:test",
    ONE_WEBHOOK,
    .summary = "Send a test message",
    .example = "devflow webhook:test wh_1f0c2a9be0417d55 --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = test,
};

const struct df_command df_cmd_webhook_deliveries = {
    .name = "webhook:deliveries",
    ONE_WEBHOOK,
    .summary = "Show what was sent to a webhook",
    .example = "devflow webhook:deliveries wh_1f0c2a9be0417d55 --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = deliveries,
};

const struct df_command df_cmd_webhook_retry = {
    .name = "webhook:retry",
    .args = "WEBHOOK DELIVERY",
    .min_args = 2,
    .max_args = 2,
    .summary = "Send a message again, now",
    .example = "devflow webhook:retry wh_1f0c2a9be0417d55 msg_5f --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = retry,
};
