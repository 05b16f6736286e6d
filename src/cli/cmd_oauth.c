#include "cli/api.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/terminal.h"

#include <unistd.h>

enum { OPT_PROJECT, DISCONNECT_YES, TOKEN_SHOW = DISCONNECT_YES, TOKEN_REJECTED };

/* POST auth/:provider/<what> {projectId}, and the refused token where there is one; the provider is the command's first
 * argument. */
static enum df_code post_with(struct df_cli *cli, const char *what, const char *project, struct df_secret rejected,
                              const struct df_json **ret, struct df_error *err)
{
    struct df_api_body body;
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "projectId", df_str_c(project));
    if (!df_secret_is_empty(rejected))
        df_json_kstr(&body.w, "rejected", df_secret_reveal(rejected));
    const char *provider = df_provider_path(cli, cli->args[0]);
    return df_api_call(cli, "POST", df_api_path(cli, "/auth/{}/{}", provider, what), &body, ret, err);
}

static enum df_code post(struct df_cli *cli, const char *what, const char *project, const struct df_json **ret,
                         struct df_error *err)
{
    return post_with(cli, what, project, df_secret_of(DF_STR_NONE), ret, err);
}

static enum df_code refresh(struct df_cli *cli, struct df_error *err)
{
    const char *project;
    const struct df_json *answer;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    DF_TRY(post(cli, "refresh", project, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    struct df_str expires = df_term_field(cli, answer, "expiresAt");
    df_buf_printf(&cli->out, "%s %.*s: token refreshed\n", df_symbol(cli, DF_SYM_OK),
                  DF_FMT(df_provider_title(cli, df_str_c(cli->args[0]))));
    if (expires.n)
        df_buf_printf(&cli->out, "   Expires: %.*s (%.*s)\n", DF_FMT(expires),
                      DF_FMT(df_term_age(expires, cli->arena)));
    return DF_OK;
}

static enum df_code disconnect(struct df_cli *cli, struct df_error *err)
{
    const char *project;
    const struct df_json *answer;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    struct df_str title = df_provider_title(cli, df_str_c(cli->args[0]));
    if (!cli->values[DISCONNECT_YES])
        DF_TRY(df_term_confirm(
            cli, df_arena_printf(cli->arena, "Disconnect %.*s from project %s? [y/N]", DF_FMT(title), project).p, err));
    DF_TRY(post(cli, "disconnect", project, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    struct df_str url = df_term_field(cli, answer, "revokeUrl");
    bool revoked = df_json_bool(df_json_get(answer, "revoked"), false);
    df_buf_printf(&cli->out, "%s %.*s disconnected; its tokens are wiped%s\n", df_symbol(cli, DF_SYM_OK), DF_FMT(title),
                  revoked ? " and revoked" : "");
    if (!revoked && url.n)
        df_buf_printf(&cli->out, "   %.*s\n   %.*s\n", DF_FMT(df_term_field(cli, answer, "message")), DF_FMT(url));
    return DF_OK;
}

static enum df_code token(struct df_cli *cli, struct df_error *err)
{
    const char *project;
    const struct df_json *answer;
    if (isatty(STDOUT_FILENO) && !cli->values[TOKEN_SHOW])
        return df_fail(err, DF_ERR_INVALID, "standard output is a terminal; say --show to print the token there");
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    struct df_secret rejected = df_secret_of(DF_STR_NONE);
    if (cli->values[TOKEN_REJECTED])
        DF_TRY(df_cli_secret_stdin(cli, "refused token", &rejected, err));
    DF_TRY(post_with(cli, "token", project, rejected, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    df_buf_put_str(&cli->out, df_term_field(cli, answer, "accessToken"));
    df_buf_put_char(&cli->out, '\n');
    return DF_OK;
}

const struct df_command df_cmd_oauth_refresh = {
    .name = "oauth:refresh",
    .args = "PROVIDER",
    .min_args = 1,
    .max_args = 1,
    .summary = "Refresh a connection's token now",
    .help = "Tokens are refreshed by themselves before they expire; this is for looking into trouble.",
    .example = "devflow oauth:refresh sentry --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = refresh,
};

const struct df_command df_cmd_oauth_disconnect = {
    .name = "oauth:disconnect",
    .args = "PROVIDER",
    .min_args = 1,
    .max_args = 1,
    .summary = "Disconnect a provider and wipe its tokens",
    .help =
        "Asks first. Where the provider lets nobody but the user withdraw the authorization, as Sentry does, it prints "
        "where to do it.",
    .example = "devflow oauth:disconnect sentry --project shop --yes",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT, [DISCONNECT_YES] = {"yes", NULL, "do not ask", 'y'}},
    .run = disconnect,
};

const struct df_command df_cmd_oauth_token = {
    .name = "oauth:token",
    .args = "PROVIDER",
    .min_args = 1,
    .max_args = 1,
    .summary = "Print a valid access token",
    .help =
        "For scripts: only the token, refreshed where needed. On a terminal it is refused without --show. With --rejected it "
        "reads the access token that the provider refused from standard input, and waits for the next when that is still the "
        "current one.",
    .example = "TOKEN=$(devflow oauth:token sentry --project shop)",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [TOKEN_SHOW] = {"show", NULL, "print it on a terminal too"},
                [TOKEN_REJECTED] = {"rejected", NULL, "read the token that was refused from standard input"}},
    .run = token,
};
