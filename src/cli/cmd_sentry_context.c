#include "cli/api.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/output_file.h"
#include "cli/terminal.h"
#include "domain/scrub_rules.h"

enum { OPT_PROJECT, OPT_OUTPUT, OPT_PRESET, OPT_BUDGET, OPT_LANG, OPT_PLOT, OPT_RULES };

static enum df_code make_path(struct df_cli *cli, const char *project, struct df_str *ret, struct df_error *err)
{
    static const struct {
        const char *name;
        int place;
    } params[] = {{"preset", OPT_PRESET}, {"budget", OPT_BUDGET}, {"lang", OPT_LANG}};
    struct df_buf query;
    df_buf_init(&query, cli->arena, 4096);
    df_params_put(&query, "format", df_str_c(cli->json ? "json" : "markdown"));
    for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
        const char *value = cli->values[params[i].place];
        if (value && cli->json)
            return df_fail(err, DF_ERR_INVALID, "--%s is for the Markdown: the JSON is always whole", params[i].name);
        if (value)
            df_params_put(&query, params[i].name, df_str_c(value));
    }
    struct df_str path = df_api_path(cli, "/integrations/{}/sentry/issues/{}/context", project, cli->args[0]);
    *ret = df_arena_printf(cli->arena, "%s?%s", path.p, query.p);
    return DF_OK;
}

/* The rules go to the API as they are, so that nothing they name ever leaves it. */
static enum df_code read_rules(struct df_cli *cli, struct df_api_body *body, struct df_error *err)
{
    const char *file = cli->values[OPT_RULES];
    const struct df_json *rules;
    struct df_scrub_rules checked;
    struct df_str text;
    DF_TRY(df_cli_read_file(cli, file, DF_SCRUB_RULES_BYTES, NULL, &text, err));
    DF_TRY(df_json_parse(cli->arena, text, 0, &rules, err));
    DF_TRY(df_scrub_rules_parse_added(rules, cli->arena, &checked, err));
    df_api_body_init(cli, body);
    df_json_kvalue(&body->w, "scrubRules", rules);
    return DF_OK;
}

static enum df_code fetch(struct df_cli *cli, const char *project, struct df_str *ret, struct df_error *err)
{
    const struct df_json *context;
    struct df_api_body body = {0}, *sent = cli->values[OPT_RULES] ? &body : NULL;
    struct df_str path;
    DF_TRY(make_path(cli, project, &path, err));
    if (sent)
        DF_TRY(read_rules(cli, sent, err));
    if (!cli->json)
        return df_api_text(cli, sent ? "POST" : "GET", path, sent, ret, err);
    DF_TRY(df_api_call(cli, sent ? "POST" : "GET", path, sent, &context, err));
    df_api_print(cli, context);
    *ret = df_buf_str(&cli->out);
    df_buf_init(&cli->out, cli->arena, cli->out.limit_bytes);
    return DF_OK;
}

/* The picture is drawn here: the API has the counts. */
static enum df_code write_plot(struct df_cli *cli, const char *project, const char *file, struct df_error *err)
{
    const struct df_json *answer;
    struct df_issue issue;
    struct df_buf svg;
    struct df_str path = df_arena_printf(
        cli->arena, "%s?hourly=true", df_api_path(cli, "/integrations/{}/sentry/issues/{}", project, cli->args[0]).p);
    DF_TRY(df_api_call(cli, "GET", path, NULL, &answer, err));
    if (!df_issue_parse(answer, cli->arena, &issue))
        return df_fail(err, DF_ERR_FAILED, "the API's answer is not an issue");
    df_buf_init(&svg, cli->arena, 1 << 20);
    struct df_str title = issue.title.n ? issue.title : issue.id;
    if (issue.short_id.n)
        title = df_arena_printf(cli->arena, "%.*s: %.*s", DF_FMT(issue.short_id), DF_FMT(title));
    df_plot_svg(&svg, title, &issue.hours, issue.fortnight.n ? &issue.fortnight : &issue.days);
    DF_TRY(df_output_file_write(cli->arena, file, df_buf_str(&svg), err));
    fprintf(stderr, "Plot written to %s (%zu bytes)\n", file, svg.n);
    return DF_OK;
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    const char *project;
    struct df_str text;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    DF_TRY(fetch(cli, project, &text, err));
    if (cli->values[OPT_PLOT])
        DF_TRY(write_plot(cli, project, cli->values[OPT_PLOT], err));
    return df_output_text(cli, cli->values[OPT_OUTPUT], "Context", text, err);
}

const struct df_command df_cmd_sentry_context = {
    .name = "sentry:context",
    .args = "ISSUE",
    .min_args = 1,
    .max_args = 1,
    .summary = "Extract the context of a Sentry issue",
    .help =
        "ISSUE is a numeric ID, a short ID such as SHOP-1A, or the URL of an issue in Sentry. The context is Markdown: "
        "the exception chain with its stack traces, breadcrumbs, request, user and tags. With --json it is JSON, whole and of a "
        "published schema.\n\n"
        "A budget leaves out what is worth least to the reader, never the middle of a block, and says what it left out. The "
        "presets: full has no budget; brief (4000 characters) is for a ticket; llm (24000) is for a language model and leaves "
        "the user out.",
    .example = "devflow sentry:context SHOP-1A --project shop -o context.md",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_OUTPUT] = {"output", "FILE", "write to FILE, whole or not at all, instead of standard output",
                                'o'},
                [OPT_PRESET] = {"preset", "NAME", "full, brief or llm: what the reader is"},
                [OPT_BUDGET] = {"budget", "CHARS", "at most so many characters"},
                [OPT_LANG] = {"lang", "LANG", "en or fr: the language of the headings"},
                [OPT_RULES] = {"scrub-rules", "FILE", "scrub by the rules in FILE, too (docs/scrubbing.md)"},
                [OPT_PLOT] = {"plot", "FILE", "draw the events of 24 hours and 14 days as SVG into FILE, too"}},
    .run = run,
};
