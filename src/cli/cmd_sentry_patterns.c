#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/terminal.h"

#include <unistd.h>

enum { OPT_PROJECT, OPT_QUERY, OPT_LIMIT, OPT_OUTPUT };

enum { PATIENCE_S = 15 * 60, ROUNDS = 1000 };

static struct df_str make_path(struct df_cli *cli, const char *project, const char *format)
{
    struct df_buf query;
    df_buf_init(&query, cli->arena, 16 * 1024);
    df_params_put(&query, "format", df_str_c(format));
    if (cli->values[OPT_QUERY])
        df_params_put(&query, "query", df_str_c(cli->values[OPT_QUERY]));
    if (cli->values[OPT_LIMIT])
        df_params_put(&query, "limit", df_str_c(cli->values[OPT_LIMIT]));
    return df_arena_printf(cli->arena, "%s?%s", df_api_path(cli, "/integrations/{}/sentry/patterns", project).p,
                           query.p);
}

static void progress(const char *text)
{
    bool line = isatty(STDERR_FILENO);
    fprintf(stderr, "%s%s%s", line ? "\r\033[K" : "", text, line ? "" : "\n");
}

/* A rate limit is waited for as long as all of that stays within PATIENCE_S. */
static bool wait_s(int seconds, int *waited_s)
{
    if (*waited_s + seconds > PATIENCE_S)
        return false;
    sleep((unsigned)seconds);
    *waited_s += seconds;
    return true;
}

/* What the answer is worth: how far it came, and whether to ask again for the rest. */
static bool goes_on(const struct df_json *answer, int64_t before, int *waited_s)
{
    int64_t looked = df_json_int(df_json_get(answer, "issues"), 0),
            listed = df_json_int(df_json_get(answer, "listed"), 0);
    int limited_s = (int)df_json_int(df_json_get(answer, "retryAfter"), 0);
    char text[160], wait[64] = "";
    if (looked >= listed)
        return false;
    if (limited_s > 0)
        snprintf(wait, sizeof wait, "; Sentry limits the rate, going on in %d s", limited_s);
    snprintf(text, sizeof text, "%lld of %lld issues looked at%s", (long long)looked, (long long)listed, wait);
    progress(text);
    return limited_s > 0 ? wait_s(limited_s, waited_s) : looked > before;
}

/* The service looks at as many as it has time for, and next time goes on from there: it keeps what it was answered. */
static enum df_code look_at_all(struct df_cli *cli, const char *project, const struct df_json **ret,
                                struct df_error *err)
{
    int waited_s = 0;
    int64_t before = -1;
    for (int i = 0; i < ROUNDS; i++) {
        enum df_code code = df_api_call(cli, "GET", make_path(cli, project, "json"), NULL, ret, err);
        if (code == DF_ERR_RATE_LIMITED && wait_s(err->retry_after_s > 0 ? err->retry_after_s : 1, &waited_s))
            continue;
        if (code != DF_OK || !goes_on(*ret, before, &waited_s))
            return code;
        before = df_json_int(df_json_get(*ret, "issues"), 0);
    }
    return DF_OK;
}

static enum df_code fetch(struct df_cli *cli, const char *project, struct df_str *ret, struct df_error *err)
{
    const struct df_json *patterns;
    progress("Asking Sentry for the issues, an event and the tags of each...");
    enum df_code code = look_at_all(cli, project, &patterns, err);
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    DF_TRY(code);
    if (!cli->json)
        return df_api_text(cli, "GET", make_path(cli, project, "markdown"), NULL, ret, err);
    df_api_print(cli, patterns);
    *ret = df_buf_str(&cli->out);
    df_buf_init(&cli->out, cli->arena, cli->out.limit_bytes);
    return DF_OK;
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    const char *project;
    struct df_str text;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    DF_TRY(fetch(cli, project, &text, err));
    return df_output_text(cli, cli->values[OPT_OUTPUT], "Patterns", text, err);
}

const struct df_command df_cmd_sentry_patterns = {
    .name = "sentry:patterns",
    .summary = "Group a project's Sentry issues that have one cause",
    .help =
        "Compares one event of each issue by its stack, exception type and message, and says of each group why, what it "
        "shares, since when, the trend and where to look. Markdown; with --json JSON. Says on standard error how far it is, "
        "and waits where Sentry limits the rate; what could not be had is said, and the rest compared.",
    .example = "devflow sentry:patterns --project shop --query 'is:unresolved'",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_QUERY] = {"query", "TEXT", "which issues, in Sentry's search language", 'q'},
                [OPT_LIMIT] = {"limit", "N", "how many issues, at most 1000 (100)", 'n'},
                [OPT_OUTPUT] = {"output", "FILE", "write to FILE, whole or not at all, instead of standard output",
                                'o'}},
    .run = run,
};
