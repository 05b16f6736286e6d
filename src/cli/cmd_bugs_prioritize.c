#include "cli/api.h"
#include "cli/bugs_view.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/terminal.h"
#include "domain/priorities.h"

#include <time.h>

enum { OPT_PROJECT, OPT_INPUT, OPT_QUERY, OPT_LIMIT, OPT_EXPLAIN, OPT_COMPARE, OPT_PLOT };
enum { FILE_BYTES = 32 << 20 };

static enum df_code read_file(struct df_cli *cli, const char *file, const struct df_json **ret, struct df_error *err)
{
    struct df_str text;
    DF_TRY(df_cli_read_file(cli, file, FILE_BYTES, NULL, &text, err));
    DF_TRY(df_json_parse(cli->arena, text, 0, ret, err));
    return df_json_is_array(*ret) ? DF_OK
                                  : df_fail(err, DF_ERR_INVALID, "%s is not a list of issues, as Sentry's API gives it",
                                            strcmp(file, "-") == 0 ? "standard input" : file);
}

/* As the API would answer. */
static enum df_code judge_file(struct df_cli *cli, const char *file, const struct df_json **ret, struct df_error *err)
{
    const struct df_json *list;
    DF_TRY(read_file(cli, file, &list, err));
    struct df_issue *issues = DF_NEW_ARRAY(cli->arena, struct df_issue, df_json_count(list) + 1);
    size_t n = 0;
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
        n += df_issue_parse(it.value, cli->arena, &issues[n]);
    struct df_urgency_project project = df_urgency_project_of(issues, n);
    struct df_priorities priorities;
    struct df_json_writer w;
    /* An old list is judged as of its own time, none as of a later. */
    const int64_t now_ms = (int64_t)time(NULL) * 1000;
    project.now_ms = project.now_ms < now_ms ? project.now_ms : now_ms;
    struct df_buf text;
    df_priorities_judge(issues, n, &project, NULL, cli->arena, &priorities);
    df_buf_init(&text, cli->arena, 4 * (size_t)FILE_BYTES);
    df_json_writer_init(&w, &text, 0);
    df_priorities_json(&priorities, &w);
    return df_json_parse(cli->arena, df_buf_str(&text), 0, ret, err);
}

static enum df_code ask(struct df_cli *cli, const struct df_json **ret, struct df_error *err)
{
    const char *project;
    struct df_buf query;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    df_buf_init(&query, cli->arena, 16 * 1024);
    if (cli->values[OPT_QUERY])
        df_params_put(&query, "query", df_str_c(cli->values[OPT_QUERY]));
    if (cli->values[OPT_LIMIT])
        df_params_put(&query, "limit", df_str_c(cli->values[OPT_LIMIT]));
    if (cli->values[OPT_COMPARE] || cli->values[OPT_EXPLAIN])
        df_params_put(&query, "compare", DF_S("true"));
    struct df_str path = df_api_path(cli, "/projects/{}/priorities", project);
    if (query.n)
        path = df_arena_printf(cli->arena, "%.*s?%s", DF_FMT(path), query.p);
    DF_TRY(df_api_call(cli, "GET", path, NULL, ret, err));
    struct df_str missing = df_json_get_str(*ret, "missing");
    if (missing.n)
        df_cli_warn(cli, df_term_clean(missing, false, cli->arena));
    return DF_OK;
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *list;
    bool compare = cli->values[OPT_COMPARE] != NULL;
    if (cli->values[OPT_INPUT] && (cli->values[OPT_PROJECT] || cli->values[OPT_QUERY] || cli->values[OPT_LIMIT]))
        return df_fail(err, DF_ERR_INVALID, "--input is a list by itself: it goes with no project, query or limit");
    if (cli->values[OPT_INPUT])
        DF_TRY(judge_file(cli, cli->values[OPT_INPUT], &list, err));
    else
        DF_TRY(ask(cli, &list, err));
    if (cli->values[OPT_PLOT])
        DF_TRY(df_bugs_plot(cli, list, cli->values[OPT_PLOT], err));
    if (cli->values[OPT_EXPLAIN])
        return df_bugs_explain(cli, list, cli->values[OPT_EXPLAIN], err);
    if (cli->json)
        df_bugs_put_json(cli, list, compare);
    else
        df_bugs_put_table(cli, list, compare);
    return DF_OK;
}

const struct df_command df_cmd_bugs_prioritize = {
    .name = "bugs:prioritize",
    .summary = "Say which of Sentry's issues are most urgent, and why",
    .help =
        "Scores a project's unresolved issues by users, frequency, trend, recency, level, whether anything handles them, "
        "regression, release and environment, beside each other, highest first. With --input those of a file, a list as Sentry's API gives it "
        "(issues/?groupStatsPeriod=14d); their scores hold as of the latest event in it.",
    .example = "devflow bugs:prioritize --project shop --explain SHOP-1A",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_INPUT] = {"input", "FILE", "a list of issues instead of a project's; - is standard input", 'i'},
                [OPT_QUERY] = {"query", "TEXT", "which issues, in Sentry's search language (is:unresolved)", 'q'},
                [OPT_LIMIT] = {"limit", "N", "how many issues, at most 1000 (100)", 'n'},
                [OPT_EXPLAIN] = {"explain", "ISSUE", "only this one: its reasons and each part's points"},
                [OPT_COMPARE] = {"compare", NULL, "where Sentry's own priority, order and forecast put each"},
                [OPT_PLOT] = {"plot", "FILE", "draw frequency against users into FILE, as SVG"}},
    .run = run,
};
