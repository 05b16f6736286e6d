#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

#include <unistd.h>

static void put_row(struct df_cli *cli, const char *name, struct df_str value)
{
    if (value.n)
        df_buf_printf(&cli->out, "     %s: %.*s\n", name, DF_FMT(value));
}

/* "2025-01-15T12:00:00Z (in 29 days)" */
static struct df_str with_age(struct df_cli *cli, const struct df_json *object, const char *key)
{
    struct df_str time = df_term_field(cli, object, key), age = df_term_age(time, cli->arena);
    return age.n ? df_arena_printf(cli->arena, "%.*s (%.*s)", DF_FMT(time), DF_FMT(age)) : time;
}

/* The members' `key`, or the members themselves where key is NULL, joined by commas. */
static struct df_str join(struct df_cli *cli, const struct df_json *list, const char *key)
{
    struct df_buf out;
    df_buf_init(&out, cli->arena, 64 * 1024);
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);) {
        struct df_str item = df_json_str(key ? df_json_get(it.value, key) : it.value);
        df_buf_put_c(&out, out.n ? ", " : "");
        df_buf_put_str(&out, df_term_clean(item, false, cli->arena));
    }
    return df_buf_str(&out);
}

static void print_connection(struct df_cli *cli, const struct df_json *c)
{
    bool connected = df_str_is(df_json_get_str(c, "status"), "connected");
    bool failed = df_json_bool(df_json_get(c, "refreshFailed"), false);
    struct df_str provider = df_term_field(cli, c, "provider"), email = df_term_field(cli, c, "providerEmail");
    df_buf_printf(&cli->out, "\n  %s %s%.*s%s%s\n", df_symbol(cli, connected ? DF_SYM_OK : DF_SYM_FAILED),
                  df_style(cli, DF_STYLE_BOLD), DF_FMT(provider), df_style(cli, DF_STYLE_PLAIN),
                  connected                                            ? ""
                  : df_str_is(df_json_get_str(c, "status"), "expired") ? " (expired)"
                                                                       : " (connect again)");
    put_row(cli, "Status", df_term_field(cli, c, "status"));
    put_row(cli, "User", df_term_field(cli, c, "userId"));
    put_row(cli, "Email", email);
    if (df_json_count(df_json_get(c, "organizations")) > 1)
        put_row(cli, "Organizations", join(cli, df_json_get(c, "organizations"), "slug"));
    put_row(cli, "Scopes", join(cli, df_json_get(c, "scopes"), NULL));
    put_row(cli, "Expires", with_age(cli, c, "expiresAt"));
    put_row(cli, "Refresh Status",
            df_arena_printf(cli->arena, "%s %s", df_symbol(cli, failed ? DF_SYM_WARNING : DF_SYM_TICK),
                            failed ? "Failed" : "OK"));
    put_row(cli, "Refresh Token", df_json_bool(df_json_get(c, "hasRefreshToken"), false) ? DF_S("kept") : DF_S("none"));
    put_row(cli, "Last Refreshed", with_age(cli, c, "lastRefreshed"));
    put_row(cli, "Error", df_term_field(cli, c, "failureReason"));
    put_row(cli, "Created", with_age(cli, c, "createdAt"));
    put_row(cli, "Next", df_term_field(cli, c, "nextStep"));
    put_row(cli, "In one line", df_term_field(cli, c, "summary"));
}

static enum df_code status(struct df_cli *cli, struct df_error *err)
{
    const char *project;
    const struct df_json *answer;
    DF_TRY(df_cli_project(cli, cli->values[0], &project, err));
    DF_TRY(df_api_call(cli, "GET", df_api_path(cli, "/auth/connections?project={}", project), NULL, &answer, err));
    if (cli->json || !isatty(STDOUT_FILENO)) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    const struct df_json *connections = df_json_get(answer, "connections");
    if (df_json_count(connections) == 0) {
        df_buf_printf(&cli->out,
                      "No OAuth connections found\nUse \"devflow oauth:connect\" to establish a connection\n");
        return DF_OK;
    }
    df_buf_printf(&cli->out, "%s OAuth Connections:\n", df_symbol(cli, DF_SYM_LINK));
    for (struct df_json_iter it = df_json_iter(connections); df_json_next(&it);)
        print_connection(cli, it.value);
    return DF_OK;
}

static void print_app(struct df_cli *cli, const struct df_json *app)
{
    df_buf_printf(&cli->out, "\n  %s%.*s%s\n", df_style(cli, DF_STYLE_BOLD),
                  DF_FMT(df_term_field(cli, app, "provider")), df_style(cli, DF_STYLE_PLAIN));
    put_row(cli, "Name", df_term_field(cli, app, "name"));
    put_row(cli, "Client ID", df_term_field(cli, app, "clientId"));
    put_row(cli, "Redirect URI", df_term_field(cli, app, "redirectUri"));
    put_row(cli, "Scopes", join(cli, df_json_get(app, "scopes"), NULL));
    put_row(cli, "Base URL", df_term_field(cli, app, "baseUrl"));
    put_row(cli, "Created", with_age(cli, app, "createdAt"));
}

static enum df_code apps(struct df_cli *cli, struct df_error *err)
{
    const char *project;
    const struct df_json *answer;
    DF_TRY(df_cli_project(cli, cli->values[0], &project, err));
    DF_TRY(df_api_call(cli, "GET", df_api_path(cli, "/auth/apps?project={}", project), NULL, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    if (df_json_count(df_json_get(answer, "apps")) == 0) {
        df_buf_put_c(&cli->out, "No OAuth applications found\nUse \"devflow oauth:register\" to register one\n");
        return DF_OK;
    }
    df_buf_printf(&cli->out, "%s OAuth Applications:\n", df_symbol(cli, DF_SYM_KEY));
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "apps")); df_json_next(&it);)
        print_app(cli, it.value);
    return DF_OK;
}

const struct df_command df_cmd_oauth_status = {
    .name = "oauth:status",
    .summary = "Show a project's OAuth connections",
    .help =
        "Says for each connection who is connected, until when, and what to do where it no longer works. Into a file or "
        "a pipe it prints the API's JSON, as the guide shows it.",
    .example = "devflow oauth:status --project shop",
    .options = {DF_OPTION_PROJECT},
    .run = status,
};

const struct df_command df_cmd_oauth_apps = {
    .name = "oauth:apps",
    .summary = "List a project's OAuth apps",
    .help = "Client secrets are never shown.",
    .example = "devflow oauth:apps --project shop",
    .options = {DF_OPTION_PROJECT},
    .run = apps,
};
