#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

enum { OPT_PROJECT };
enum { CREATE_TEAM = 1, CREATE_PRIORITY, CREATE_DRY };
enum { SET_TRACKER = 1, SET_TEAM, SET_LABELS, SET_THRESHOLD, SET_CAP, SET_AUTOMATIC, SET_NOTE, SET_RESOLVED };

static void print_draft(struct df_cli *cli, const struct df_json *answer)
{
    const struct df_json *draft = df_json_get(answer, "draft");
    df_buf_printf(&cli->out, "Nothing was written. This would be made in %.*s, priority %.*s:\n\n%.*s\n\n",
                  DF_FMT(df_term_field(cli, answer, "team")), DF_FMT(df_term_field(cli, draft, "priority")),
                  DF_FMT(df_term_field(cli, draft, "title")));
    df_buf_put_str(&cli->out, df_term_clean(df_json_get_str(draft, "description"), true, cli->arena));
    df_buf_put_char(&cli->out, '\n');
}

static void print_made(struct df_cli *cli, const struct df_json *answer)
{
    const struct df_json *ticket = df_json_get(answer, "ticket");
    struct df_str outcome = df_json_get_str(answer, "outcome");
    const char *what = df_str_is(outcome, "created")  ? "Issue created"
                       : df_str_is(outcome, "closed") ? "Closed already, and Sentry has seen nothing since"
                                                      : "The issue is there already";
    df_buf_printf(&cli->out, "%s %s: %.*s %.*s\n   %.*s\n", df_symbol(cli, DF_SYM_OK), what,
                  DF_FMT(df_term_field(cli, ticket, "key")), DF_FMT(df_term_field(cli, ticket, "title")),
                  DF_FMT(df_term_field(cli, ticket, "url")));
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "notes")); df_json_next(&it);)
        df_cli_warn(cli, df_json_str(it.value));
}

static enum df_code create(struct df_cli *cli, struct df_error *err)
{
    struct df_api_body body;
    const struct df_json *answer;
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "issue", df_str_c(cli->args[0]));
    if (cli->values[CREATE_TEAM])
        df_json_kstr(&body.w, "team", df_str_c(cli->values[CREATE_TEAM]));
    if (cli->values[CREATE_PRIORITY])
        df_json_kstr(&body.w, "priority", df_str_c(cli->values[CREATE_PRIORITY]));
    if (cli->values[CREATE_DRY])
        df_json_kbool(&body.w, "dryRun", true);
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "POST", "/integrations/{}/tickets", &body, &answer, err));
    if (cli->json)
        return DF_OK;
    if (df_str_is(df_json_get_str(answer, "outcome"), "dry_run"))
        print_draft(cli, answer);
    else
        print_made(cli, answer);
    return DF_OK;
}

static struct df_str joined(struct df_cli *cli, const struct df_json *list)
{
    struct df_buf out;
    df_buf_init(&out, cli->arena, 8192);
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
        df_buf_printf(&out, "%s%.*s", out.n ? ", " : "",
                      DF_FMT(df_term_clean(df_json_str(it.value), false, cli->arena)));
    return out.n ? df_buf_str(&out) : DF_S("none");
}

static void print_settings(struct df_cli *cli, const struct df_json *s)
{
    bool automatic = df_json_bool(df_json_get(s, "automatic"), false),
         note = df_json_bool(df_json_get(s, "note"), false);
    struct df_str team = df_term_field(cli, s, "team"), state = df_term_field(cli, s, "onResolved");
    df_buf_printf(&cli->out, "Tracker    %.*s\nTeam       %.*s\nLabels     %.*s\n",
                  DF_FMT(df_term_field(cli, s, "tracker")), DF_FMT(team.n ? team : DF_S("the only one there is")),
                  DF_FMT(joined(cli, df_json_get(s, "labels"))));
    df_buf_printf(&cli->out, "Automatic  %s, from priority %.*s on, at most %lld in 24 hours\nNotes      %s\n",
                  automatic ? "on" : "off", DF_FMT(df_term_field(cli, s, "threshold")),
                  (long long)df_json_int(df_json_get(s, "dailyCap"), 0),
                  note ? "on: the Sentry issue gets a note with the link" : "off");
    df_buf_printf(&cli->out, "States     %.*s\n",
                  DF_FMT(state.n ? df_arena_printf(cli->arena, "%.*s, when Sentry's issue is resolved", DF_FMT(state))
                                 : DF_S("never changed")));
}

static enum df_code status(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    struct df_table table = {.heads = {"ISSUE", "SENTRY", ">EVENTS", ">USERS", "STATE", "UPDATED", "TITLE", NULL}};
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], "GET", "/integrations/{}/tickets", NULL, &answer, err));
    if (cli->json)
        return DF_OK;
    print_settings(cli, df_json_get(answer, "settings"));
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "tickets")); df_json_next(&it);) {
        struct df_str sentry = df_term_field(cli, it.value, "shortId");
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_field(cli, it.value, "key"),
                                       sentry.n ? sentry : df_term_field(cli, it.value, "sentryId"),
                                       df_json_text(df_json_get(it.value, "events"), cli->arena),
                                       df_json_text(df_json_get(it.value, "users"), cli->arena),
                                       df_term_field(cli, it.value, "state"),
                                       df_term_age(df_json_get_str(it.value, "updatedAt"), cli->arena),
                                       df_term_field(cli, it.value, "title")});
    }
    df_buf_put_char(&cli->out, '\n');
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out, "No issues yet\nUse \"devflow linear:create ISSUE\" to make one\n");
    else
        df_table_print(cli, &table);
    return DF_OK;
}

static enum df_code put_switch(struct df_cli *cli, struct df_api_body *body, int place, const char *name,
                               struct df_error *err)
{
    struct df_str text = df_str_c(cli->values[place]);
    if (!cli->values[place])
        return DF_OK;
    if (!df_str_is(text, "on") && !df_str_is(text, "off"))
        return df_fail(err, DF_ERR_INVALID, "--%s takes on or off", name);
    df_json_kbool(&body->w, name, df_str_is(text, "on"));
    return DF_OK;
}

static enum df_code put_changes(struct df_cli *cli, struct df_api_body *body, struct df_error *err)
{
    static const struct {
        int place;
        const char *name;
    } texts[] = {{SET_TRACKER, "tracker"}, {SET_TEAM, "team"}, {SET_THRESHOLD, "threshold"}};
    unsigned long long cap;
    struct df_str rest = df_str_c(cli->values[SET_LABELS]), label;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (cli->values[texts[i].place])
            df_json_kstr(&body->w, texts[i].name, df_str_c(cli->values[texts[i].place]));
    if (cli->values[SET_LABELS]) {
        df_json_kopen(&body->w, "labels", '[');
        while (df_str_split(&rest, ',', &label))
            if (df_str_trim(label).n)
                df_json_put_str(&body->w, df_str_trim(label));
        df_json_close(&body->w, ']');
    }
    if (cli->values[SET_CAP]) {
        if (!df_str_to_u64(df_str_c(cli->values[SET_CAP]), &cap) || cap > 1000)
            return df_fail(err, DF_ERR_INVALID, "--daily-cap takes a number up to 1000");
        df_json_kint(&body->w, "dailyCap", (int64_t)cap);
    }
    if (cli->values[SET_RESOLVED]) {
        struct df_str state = df_str_c(cli->values[SET_RESOLVED]);
        df_json_kstr(&body->w, "onResolved", df_str_is(state, "off") ? DF_STR_NONE : state);
    }
    DF_TRY(put_switch(cli, body, SET_AUTOMATIC, "automatic", err));
    return put_switch(cli, body, SET_NOTE, "note", err);
}

static enum df_code settings(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    struct df_api_body body;
    bool change = false;
    for (int i = SET_TRACKER; i <= SET_RESOLVED; i++)
        change = change || cli->values[i];
    df_api_body_init(cli, &body);
    DF_TRY(put_changes(cli, &body, err));
    DF_TRY(df_cli_project_call(cli, cli->values[OPT_PROJECT], change ? "PUT" : "GET", "/projects/{}/tickets/settings",
                               change ? &body : NULL, &answer, err));
    if (!cli->json)
        print_settings(cli, answer);
    return DF_OK;
}

const struct df_command df_cmd_linear_create = {
    .name = "linear:create",
    .args = "ISSUE",
    .min_args = 1,
    .max_args = 1,
    .summary = "Make the Linear issue for a Sentry issue, or find the one there is",
    .help =
        "ISSUE is a numeric ID, a short ID such as SHOP-1A, or the URL of an issue in Sentry. The Linear issue has the "
        "brief context, scrubbed, and the Sentry issue attached. However often it is asked for, there is one. One that "
        "is closed stays closed: when Sentry has seen the error since, a new one is made and related to it. Asked again, "
        "it brings the counts up to date and comments when the error escalates or comes back.",
    .example = "devflow linear:create SHOP-1A --project shop --team ENG",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [CREATE_TEAM] = {"team", "KEY", "the team; else the project's setting, else the only one there is"},
                [CREATE_PRIORITY] = {"priority", "NAME",
                                     "urgent, high, medium or low; else what Sentry's figures suggest"},
                [CREATE_DRY] = {"dry-run", NULL, "show what would be made; nothing is written"}},
    .run = create,
};

const struct df_command df_cmd_linear_status = {
    .name = "linear:status",
    .summary = "List the issues made for a project's Sentry issues",
    .example = "devflow linear:status --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = status,
};

const struct df_command df_cmd_linear_settings = {
    .name = "linear:settings",
    .summary = "Show or change where a project's issues are made",
    .help =
        "Without a change it shows what holds. Notes on Sentry issues need the scope event:write of the Sentry connection.",
    .example = "devflow linear:settings --project shop --team ENG --labels sentry,Bug",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [SET_TRACKER] = {"tracker", "NAME", "linear, github or github-issues"},
                [SET_TEAM] = {"team", "KEY", "the team's key, or OWNER/REPOSITORY"},
                [SET_LABELS] = {"labels", "LIST", "names, separated by commas; empty for none"},
                [SET_THRESHOLD] = {"threshold", "NAME", "automatic issues: from that priority on"},
                [SET_CAP] = {"daily-cap", "N", "automatic issues: at most so many in 24 hours"},
                [SET_AUTOMATIC] = {"automatic", "ON|OFF", "make issues for critical errors as they come"},
                [SET_NOTE] = {"note", "ON|OFF", "leave a note with the link on the Sentry issue"},
                [SET_RESOLVED] = {"on-resolved", "STATE|OFF",
                                  "put an issue into that state when the Sentry issue is resolved"}},
    .run = settings,
};
