#include "cli/api.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/terminal.h"

enum { OPT_PROJECT };
enum { SCHEDULE_CRON = 1, SCHEDULE_WORKFLOW, SCHEDULE_INPUT, SCHEDULE_JITTER };
enum { FILE_BYTES = 64 * 1024 };

/* "-" is standard input. */
static enum df_code read_file(struct df_cli *cli, const char *name, const struct df_json **ret, struct df_error *err)
{
    struct df_str text;
    DF_TRY(df_cli_read_file(cli, name, FILE_BYTES, NULL, &text, err));
    return df_json_parse(cli->arena, text, 0, ret, err);
}

/* An object's members go into the body as they are: the API says what is wrong with them. */
static enum df_code put_file(struct df_cli *cli, const char *name, struct df_api_body *body, struct df_error *err)
{
    const struct df_json *v;
    DF_TRY(read_file(cli, name, &v, err));
    if (!df_json_is_object(v))
        return df_fail(err, DF_ERR_INVALID, "%s holds no rules: {\"rules\": [...]}", name);
    df_api_body_init(cli, body);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        df_json_key(&body->w, it.key);
        df_json_put_value(&body->w, it.value);
    }
    return DF_OK;
}

static struct df_str joined(struct df_cli *cli, const struct df_json *when)
{
    struct df_buf out;
    df_buf_init(&out, cli->arena, FILE_BYTES);
    for (struct df_json_iter it = df_json_iter(when); df_json_next(&it);) {
        df_buf_printf(&out, "%s%.*s ", out.n ? "; " : "", DF_FMT(df_term_clean(it.key, false, cli->arena)));
        if (!df_json_is_array(it.value))
            df_buf_put_str(&out, df_term_clean(df_json_text(it.value, cli->arena), false, cli->arena));
        size_t n = 0;
        for (struct df_json_iter one = df_json_iter(it.value); df_json_is_array(it.value) && df_json_next(&one);)
            df_buf_printf(&out, "%s%.*s", n++ ? "|" : "",
                          DF_FMT(df_term_clean(df_json_str(one.value), false, cli->arena)));
    }
    return out.n ? df_buf_str(&out) : DF_S("every alert");
}

static void show(struct df_cli *cli, const struct df_json *answer)
{
    struct df_table table = {.heads = {"RULE", "WORKFLOW", "WHEN", NULL}};
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "rules")); df_json_next(&it);)
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_field(cli, it.value, "name"),
                                       df_term_field(cli, df_json_get(it.value, "do"), "workflow"),
                                       joined(cli, df_json_get(it.value, "when"))});
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out, "No rules: every alert starts sentry-context\n");
    else
        df_table_print(cli, &table);
}

static enum df_code rules_set(struct df_cli *cli, struct df_error *err)
{
    struct df_api_body body;
    const struct df_json *answer;
    DF_TRY(put_file(cli, cli->args[0], &body, err));
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "PUT", "/projects/{}/rules", &body, &answer, err));
    if (cli->json)
        return DF_OK;
    df_buf_printf(&cli->out, "%s Rules stored\n\n", df_symbol(cli, DF_SYM_OK));
    show(cli, answer);
    return DF_OK;
}

static enum df_code rules_show(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "GET", "/projects/{}/rules", NULL, &answer, err));
    if (!cli->json)
        show(cli, answer);
    return DF_OK;
}

static void show_matches(struct df_cli *cli, const struct df_json *rule)
{
    struct df_table table = {.heads = {"ISSUE", "LEVEL", "STATE", ">USERS", "LAST SEEN", "TITLE", NULL}};
    bool complete = df_json_bool(df_json_get(rule, "complete"), true);
    df_buf_printf(&cli->out, "%.*s -> %.*s: %.*s%s\n", DF_FMT(df_term_field(cli, rule, "name")),
                  DF_FMT(df_term_field(cli, rule, "workflow")),
                  DF_FMT(df_json_text(df_json_get(rule, "count"), cli->arena)),
                  complete ? "" : " of the newest 1,000 issues");
    for (struct df_json_iter it = df_json_iter(df_json_get(rule, "issues")); df_json_next(&it);) {
        struct df_str id = df_term_field(cli, it.value, "shortId");
        df_table_row(cli, &table,
                     (struct df_str[]){id.n ? id : df_term_field(cli, it.value, "id"),
                                       df_term_field(cli, it.value, "level"), df_term_field(cli, it.value, "substatus"),
                                       df_json_text(df_json_get(it.value, "userCount"), cli->arena),
                                       df_term_age(df_json_get_str(it.value, "lastSeen"), cli->arena),
                                       df_term_field(cli, it.value, "title")});
    }
    if (table.n_cells)
        df_table_print(cli, &table);
    df_buf_put_char(&cli->out, '\n');
}

static enum df_code rules_test(struct df_cli *cli, struct df_error *err)
{
    struct df_api_body body;
    const struct df_json *answer;
    df_api_body_init(cli, &body);
    if (cli->n_args)
        DF_TRY(put_file(cli, cli->args[0], &body, err));
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "POST", "/projects/{}/rules/test", &body, &answer, err));
    if (cli->json)
        return DF_OK;
    df_buf_put_c(&cli->out, "The last 14 days; nothing is started.\n\n");
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "rules")); df_json_next(&it);)
        show_matches(cli, it.value);
    return DF_OK;
}

static enum df_code schedule_set(struct df_cli *cli, struct df_error *err)
{
    struct df_api_body body;
    const struct df_json *answer;
    unsigned long long jitter = 0;
    if (!cli->values[SCHEDULE_CRON])
        return df_fail(err, DF_ERR_INVALID, "--cron is missing, such as --cron \"*/15 * * * *\"");
    if (cli->values[SCHEDULE_JITTER] && !df_str_to_u64(df_str_c(cli->values[SCHEDULE_JITTER]), &jitter))
        return df_fail(err, DF_ERR_INVALID, "--jitter takes a number of seconds");
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "cron", df_str_c(cli->values[SCHEDULE_CRON]));
    df_json_kint(&body.w, "jitterSeconds", (int64_t)jitter);
    if (cli->values[SCHEDULE_WORKFLOW])
        df_json_kstr(&body.w, "workflow", df_str_c(cli->values[SCHEDULE_WORKFLOW]));
    if (cli->values[SCHEDULE_INPUT])
        df_json_kstr(&body.w, "input", df_str_c(cli->values[SCHEDULE_INPUT]));
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "PUT", "/projects/{}/schedules/{}", &body, &answer, err));
    if (!cli->json)
        df_buf_printf(&cli->out, "%s Schedule %s set: next at %.*s\n", df_symbol(cli, DF_SYM_OK), cli->args[0],
                      DF_FMT(df_term_field(cli, answer, "nextAt")));
    return DF_OK;
}

static enum df_code schedule_list(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    struct df_table table = {.heads = {"NAME", "CRON (UTC)", "STARTS", "NEXT", "LAST", NULL}};
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "GET", "/projects/{}/schedules", NULL, &answer, err));
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "schedules")); df_json_next(&it);) {
        struct df_str workflow = df_term_field(cli, it.value, "workflow");
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_field(cli, it.value, "name"), df_term_field(cli, it.value, "cron"),
                                       workflow.n ? workflow : DF_S("by the rules"),
                                       df_term_age(df_json_get_str(it.value, "nextAt"), cli->arena),
                                       df_term_age(df_json_get_str(it.value, "lastAt"), cli->arena)});
    }
    if (cli->json)
        return DF_OK;
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out, "No schedules\nUse \"devflow schedule:set NAME --cron CRON\" to add one\n");
    else
        df_table_print(cli, &table);
    return DF_OK;
}

static enum df_code schedule_remove(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *none;
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "DELETE", "/projects/{}/schedules/{}", NULL, &none, err));
    if (cli->json)
        df_buf_put_c(&cli->out, "{}\n");
    else
        df_buf_printf(&cli->out, "%s Schedule removed: %s\n", df_symbol(cli, DF_SYM_OK), cli->args[0]);
    return DF_OK;
}

const struct df_command df_cmd_rules_set = {
    .name = "rules:set",
    .args = "FILE",
    .min_args = 1,
    .max_args = 1,
    .summary = "Set which issues start which workflow",
    .help =
        "FILE is JSON, - is standard input; docs/automation.md describes it. {\"rules\": []} takes the rules away: every "
        "alert starts sentry-context then.",
    .example = "devflow rules:set rules.json --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = rules_set,
};

const struct df_command df_cmd_rules_show = {
    .name = "rules:show",
    .summary = "Show the project's rules",
    .example = "devflow rules:show --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = rules_show,
};

const struct df_command df_cmd_rules_test = {
    .name = "rules:test",
    .args = "[FILE]",
    .max_args = 1,
    .summary = "Show what rules would have done over the last 14 days",
    .help = "The rules of FILE, or those of the project. Sentry is read; nothing is started.",
    .example = "devflow rules:test rules.json --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = rules_test,
};

const struct df_command df_cmd_schedule_set = {
    .name = "schedule:set",
    .args = "NAME",
    .min_args = 1,
    .max_args = 1,
    .summary = "Start something by the time",
    .help =
        "For projects without webhooks: without --workflow the project's rules look at the issues that are new, regressed or "
        "escalating since the time before. CRON has five fields, in UTC.",
    .example = "devflow schedule:set often --cron \"*/15 * * * *\" --jitter 60 --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [SCHEDULE_CRON] = {"cron", "CRON", "minute, hour, day of the month, month, day of the week", 0},
                [SCHEDULE_WORKFLOW] = {"workflow", "NAME", "the workflow to start, instead of the rules", 0},
                [SCHEDULE_INPUT] = {"input", "JSON", "its input, an object", 0},
                [SCHEDULE_JITTER] = {"jitter", "SECONDS", "up to so much later, another moment each time (default 0)",
                                     0}},
    .run = schedule_set,
};

const struct df_command df_cmd_schedule_list = {
    .name = "schedule:list",
    .summary = "List the project's schedules",
    .example = "devflow schedule:list --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = schedule_list,
};

const struct df_command df_cmd_schedule_remove = {
    .name = "schedule:remove",
    .args = "NAME",
    .min_args = 1,
    .max_args = 1,
    .summary = "Remove a schedule",
    .example = "devflow schedule:remove often --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = schedule_remove,
};
