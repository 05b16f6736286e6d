#include "cli/api.h"
#include "cli/commands.h"
#include "cli/terminal.h"

#include <time.h>
#include <unistd.h>

enum { OPT_PROJECT, START_ISSUE, START_INPUT, START_ID, START_WAIT };
enum { SHOW_WAIT = 1 };
enum { LIST_STATUS = 1, LIST_NAME, LIST_ISSUE, LIST_LIMIT };
enum { SIGNAL_PAYLOAD = 1 };
enum { POLL_MS = 300, VALUE_COLUMNS = 100 };

static enum df_code path_of(struct df_cli *cli, const char *pattern, const char *id, struct df_str *ret,
                            struct df_error *err)
{
    const char *project;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    *ret = df_api_path(cli, pattern, project, id);
    return DF_OK;
}

static enum df_code call(struct df_cli *cli, const char *method, const char *pattern, struct df_api_body *body,
                         const struct df_json **ret, struct df_error *err)
{
    struct df_str path;
    DF_TRY(path_of(cli, pattern, cli->n_args ? cli->args[0] : "", &path, err));
    return df_api_call(cli, method, path, body, ret, err);
}

/* ---- How a run is shown. */

static void put_field(struct df_cli *cli, const char *label, struct df_str value)
{
    if (value.n)
        df_buf_printf(&cli->out, "  %-10s %.*s\n", label, DF_FMT(value));
}

static struct df_str json_line(struct df_cli *cli, const struct df_json *value)
{
    struct df_buf out;
    struct df_json_writer w;
    if (df_json_is_null(value))
        return DF_STR_NONE;
    df_buf_init(&out, cli->arena, SIZE_MAX / 2);
    df_json_writer_init(&w, &out, 0);
    df_json_put_value(&w, value);
    return df_term_clean(df_buf_str(&out), false, cli->arena);
}

static enum df_style style_of(struct df_str status)
{
    return df_str_is(status, "completed")                               ? DF_STYLE_GREEN
           : df_str_is(status, "failed") || df_str_is(status, "parked") ? DF_STYLE_RED
                                                                        : DF_STYLE_YELLOW;
}

static void put_status(struct df_cli *cli, const struct df_json *run)
{
    struct df_str status = df_term_field(cli, run, "status"), reason = df_term_field(cli, run, "reason");
    df_buf_printf(&cli->out, "  %-10s %s%.*s%s%s%.*s\n", "status", df_style(cli, style_of(status)), DF_FMT(status),
                  df_style(cli, DF_STYLE_PLAIN), reason.n ? ": " : "", DF_FMT(reason));
}

static void put_run(struct df_cli *cli, const struct df_json *run)
{
    df_buf_printf(&cli->out, "%.*s (%.*s)\n", DF_FMT(df_term_field(cli, run, "id")),
                  DF_FMT(df_term_field(cli, run, "name")));
    put_status(cli, run);
    put_field(cli, "project", df_term_field(cli, run, "projectId"));
    put_field(cli, "issue", df_term_field(cli, run, "issue"));
    put_field(cli, "started", df_term_field(cli, run, "startedAt"));
    put_field(cli, "ended", df_term_field(cli, run, "closedAt"));
    put_field(cli, "state", json_line(cli, df_json_get(run, "state")));
    put_field(cli, "waits for", df_term_field(cli, run, "waitsFor"));
    put_field(cli, "due", df_term_field(cli, run, "dueAt"));
    put_field(cli, "result", json_line(cli, df_json_get(run, "result")));
}

/* "12:03:01.220  step 3 store-context: {...}" */
static void put_happening(struct df_cli *cli, const struct df_json *h)
{
    struct df_str at = df_term_field(cli, h, "at"), kind = df_term_field(cli, h, "kind");
    struct df_str name = df_term_field(cli, h, "name"), code = df_term_field(cli, h, "code");
    struct df_str value = df_str_head(df_term_field(cli, h, "value"), VALUE_COLUMNS);
    int64_t seq = df_json_int(df_json_get(h, "seq"), 0);
    df_buf_printf(&cli->out, "  %.*s  %.*s", DF_FMT(df_str_head(at, 23)), DF_FMT(kind));
    if (seq)
        df_buf_printf(&cli->out, " %lld", (long long)seq);
    if (name.n)
        df_buf_printf(&cli->out, " %.*s", DF_FMT(name));
    if (code.n)
        df_buf_printf(&cli->out, " %s%.*s%s", df_style(cli, DF_STYLE_RED), DF_FMT(code), df_style(cli, DF_STYLE_PLAIN));
    df_buf_printf(&cli->out, "%s%.*s\n", value.n ? ": " : "", DF_FMT(value));
}

static size_t put_history(struct df_cli *cli, const struct df_json *run, size_t from)
{
    size_t n = 0;
    for (struct df_json_iter it = df_json_iter(df_json_get(run, "history")); df_json_next(&it); n++)
        if (n >= from)
            put_happening(cli, it.value);
    return n;
}

/* A run that did not complete is the command's failure. */
static enum df_code verdict(const struct df_json *run, struct df_error *err)
{
    struct df_str status = df_json_get_str(run, "status"), reason = df_json_get_str(run, "reason");
    if (df_str_is(status, "running") || df_str_is(status, "completed"))
        return DF_OK;
    return df_fail(err, DF_ERR_FAILED, "the workflow is %.*s%s%.*s", DF_FMT(status), reason.n ? ": " : "",
                   DF_FMT(reason));
}

/* What happens, as it does, until the run ends or someone interrupts; the run goes on then. */
static enum df_code follow(struct df_cli *cli, const char *id, const struct df_json **ret, struct df_error *err)
{
    struct df_str path;
    size_t shown = 0;
    DF_TRY(path_of(cli, "/projects/{}/workflows/{}", id, &path, err));
    for (;;) {
        DF_TRY(df_api_call(cli, "GET", path, NULL, ret, err));
        if (!cli->json) {
            shown = put_history(cli, *ret, shown);
            DF_TRY(df_cli_flush(cli, err));
        }
        if (!df_str_is(df_json_get_str(*ret, "status"), "running"))
            return DF_OK;
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
}

/* ---- The commands. */

static enum df_code put_input(struct df_cli *cli, struct df_api_body *body, const char *name, const char *text,
                              struct df_error *err)
{
    const struct df_json *value;
    if (!text)
        return DF_OK;
    DF_TRY(df_json_parse(cli->arena, df_str_c(text), 0, &value, err));
    df_json_kvalue(&body->w, name, value);
    return DF_OK;
}

static enum df_code start(struct df_cli *cli, struct df_error *err)
{
    struct df_api_body body;
    struct df_str path;
    const struct df_json *run;
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "name", df_str_c(cli->args[0]));
    if (cli->values[START_ISSUE])
        df_json_kstr(&body.w, "issue", df_str_c(cli->values[START_ISSUE]));
    if (cli->values[START_ID])
        df_json_kstr(&body.w, "id", df_str_c(cli->values[START_ID]));
    DF_TRY(put_input(cli, &body, "input", cli->values[START_INPUT], err));
    DF_TRY(path_of(cli, "/projects/{}/workflows", "", &path, err));
    DF_TRY(df_api_call(cli, "POST", path, &body, &run, err));
    const char *id = df_arena_cstr(cli->arena, df_json_get_str(run, "id"));
    if (!cli->json)
        df_buf_printf(&cli->out, "%s Workflow started: %.*s\n", df_symbol(cli, DF_SYM_OK),
                      DF_FMT(df_term_field(cli, run, "id")));
    if (cli->values[START_WAIT])
        DF_TRY(follow(cli, id, &run, err));
    if (cli->json)
        df_api_print(cli, run);
    return cli->values[START_WAIT] ? verdict(run, err) : DF_OK;
}

static enum df_code show(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *run;
    if (cli->values[SHOW_WAIT])
        DF_TRY(follow(cli, cli->args[0], &run, err));
    else
        DF_TRY(call(cli, "GET", "/projects/{}/workflows/{}", NULL, &run, err));
    if (cli->json) {
        df_api_print(cli, run);
        return DF_OK;
    }
    put_run(cli, run);
    if (!cli->values[SHOW_WAIT]) {
        df_buf_put_c(&cli->out, "\n");
        put_history(cli, run, 0);
        if (df_json_bool(df_json_get(run, "more"), false))
            df_buf_put_c(&cli->out, "  ...\n");
    }
    return cli->values[SHOW_WAIT] ? verdict(run, err) : DF_OK;
}

static struct df_str list_path(struct df_cli *cli)
{
    static const struct {
        const char *name;
        int place;
    } params[] = {{"status", LIST_STATUS}, {"name", LIST_NAME}, {"issue", LIST_ISSUE}, {"limit", LIST_LIMIT}};
    struct df_buf query;
    const char *project = cli->values[OPT_PROJECT];
    df_buf_init(&query, cli->arena, 4096);
    for (size_t i = 0; i < sizeof params / sizeof *params; i++)
        if (cli->values[params[i].place])
            df_params_put(&query, params[i].name, df_str_c(cli->values[params[i].place]));
    struct df_str path = project ? df_api_path(cli, "/projects/{}/workflows", project) : DF_S("/workflows");
    return query.n ? df_arena_printf(cli->arena, "%.*s?%s", DF_FMT(path), query.p) : path;
}

static enum df_code list(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    struct df_table table = {.heads = {"ID", "NAME", "PROJECT", "STATUS", "STARTED", "ENDED", NULL}};
    DF_TRY(df_api_call(cli, "GET", list_path(cli), NULL, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "workflows")); df_json_next(&it);)
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_field(cli, it.value, "id"), df_term_field(cli, it.value, "name"),
                                       df_term_field(cli, it.value, "projectId"),
                                       df_term_field(cli, it.value, "status"),
                                       df_term_age(df_json_get_str(it.value, "startedAt"), cli->arena),
                                       df_term_age(df_json_get_str(it.value, "closedAt"), cli->arena)});
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out, "No workflows\nUse \"devflow workflow:start NAME\" to start one\n");
    else
        df_table_print(cli, &table);
    return DF_OK;
}

static enum df_code done(struct df_cli *cli, const struct df_json *run, const char *what)
{
    if (cli->json)
        df_api_print(cli, run);
    else
        df_buf_printf(&cli->out, "%s %s: %s\n", df_symbol(cli, DF_SYM_OK), what, cli->args[0]);
    return DF_OK;
}

static enum df_code send_signal(struct df_cli *cli, struct df_error *err)
{
    struct df_api_body body;
    const struct df_json *run;
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "name", df_str_c(cli->args[1]));
    DF_TRY(put_input(cli, &body, "payload", cli->values[SIGNAL_PAYLOAD], err));
    DF_TRY(call(cli, "POST", "/projects/{}/workflows/{}/signal", &body, &run, err));
    return done(cli, run, "Signal taken");
}

static enum df_code cancel(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *run;
    DF_TRY(call(cli, "POST", "/projects/{}/workflows/{}/cancel", NULL, &run, err));
    return done(cli, run, "Asked to end");
}

static enum df_code retry(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *run;
    DF_TRY(call(cli, "POST", "/projects/{}/workflows/{}/retry", NULL, &run, err));
    return done(cli, run, "Goes on");
}

/* The Markdown of one issue, or a list of what is stored. */
static enum df_code contexts(struct df_cli *cli, struct df_error *err)
{
    const struct df_json *answer;
    struct df_table table = {.heads = {"ISSUE", "STORED", "WORKFLOW", "TITLE", NULL}};
    DF_TRY(call(cli, "GET", cli->n_args ? "/projects/{}/contexts/{}" : "/projects/{}/contexts", NULL, &answer, err));
    if (cli->json) {
        df_api_print(cli, answer);
        return DF_OK;
    }
    if (cli->n_args) {
        df_term_text(cli, df_json_get_str(answer, "markdown"));
        return DF_OK;
    }
    for (struct df_json_iter it = df_json_iter(df_json_get(answer, "contexts")); df_json_next(&it);)
        df_table_row(cli, &table,
                     (struct df_str[]){df_term_field(cli, it.value, "issue"),
                                       df_term_age(df_json_get_str(it.value, "storedAt"), cli->arena),
                                       df_term_field(cli, it.value, "workflowId"),
                                       df_term_field(cli, it.value, "title")});
    if (table.n_cells == 0)
        df_buf_put_c(&cli->out,
                     "No contexts are stored\nUse \"devflow workflow:start sentry-context --issue ISSUE\"\n");
    else
        df_table_print(cli, &table);
    return DF_OK;
}

#define ONE_WORKFLOW .args = "WORKFLOW", .min_args = 1, .max_args = 1

const struct df_command df_cmd_workflow_start = {
    .name = "workflow:start",
    .args = "NAME",
    .min_args = 1,
    .max_args = 1,
    .summary = "Start a workflow",
    .help =
        "sentry-context fetches the context of an issue and stores it as Markdown (workflow:contexts). A workflow that was started goes on "
        "whatever becomes of this command, of the service and of the machine. With --wait its steps are shown as they end, and the exit code is "
        "that of its end; Ctrl-C ends the watching alone. An ID is used once: starting it again is refused.",
    .example = "devflow workflow:start sentry-context --project shop --issue SHOP-1A --wait",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [START_ISSUE] = {"issue", "ISSUE", "what it is about: a number, short ID or URL of an issue"},
                [START_INPUT] = {"input", "JSON", "its input; default: {\"issue\": ISSUE}"},
                [START_ID] = {"id", "ID", "what it is to be known by; default: a random one"},
                [START_WAIT] = {"wait", NULL, "until it ends", 'w'}},
    .run = start,
};

const struct df_command df_cmd_workflow_list = {
    .name = "workflow:list",
    .summary = "List workflows, the newest first",
    .example = "devflow workflow:list --status failed",
    .options = {[OPT_PROJECT] = {"project", "PROJECT", "of one project; default: all that may be seen", 'p'},
                [LIST_STATUS] = {"status", "STATUS", "running, completed, failed, cancelled or parked"},
                [LIST_NAME] = {"name", "NAME", "of that name"},
                [LIST_ISSUE] = {"issue", "ISSUE", "about that issue"},
                [LIST_LIMIT] = {"limit", "N", "at most so many (100)"}},
    .run = list,
};

const struct df_command df_cmd_workflow_show = {
    .name = "workflow:show",
    ONE_WORKFLOW,
    .summary = "Show a workflow and what happened to it",
    .example = "devflow workflow:show sentry-context-5f0c2a9e7b1d4c38 --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT, [SHOW_WAIT] = {"wait", NULL, "until it ends", 'w'}},
    .run = show,
};

const struct df_command df_cmd_workflow_signal = {
    .name = "workflow:signal",
    .args = "WORKFLOW SIGNAL",
    .min_args = 2,
    .max_args = 2,
    .summary = "Tell a workflow something it may wait for",
    .example = "devflow workflow:signal spec-42 approve --project shop --payload '{\"by\": \"ana\"}'",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT, [SIGNAL_PAYLOAD] = {"payload", "JSON", "what goes with it"}},
    .run = send_signal,
};

const struct df_command df_cmd_workflow_cancel = {
    .name = "workflow:cancel",
    ONE_WORKFLOW,
    .summary = "Ask a workflow to end",
    .help = "It may clean up first.",
    .example = "devflow workflow:cancel sentry-context-5f0c2a9e7b1d4c38 --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = cancel,
};

const struct df_command df_cmd_workflow_retry = {
    .name = "workflow:retry",
    ONE_WORKFLOW,
    .summary = "Let a failed or parked workflow go on",
    .help = "A failed one goes on from the step that failed, a parked one is tried again.",
    .example = "devflow workflow:retry sentry-context-5f0c2a9e7b1d4c38 --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = retry,
};

const struct df_command df_cmd_workflow_contexts = {
    .name = "workflow:contexts",
    .args = "[ISSUE]",
    .max_args = 1,
    .summary = "Show the contexts that workflows have stored",
    .help = "Without ISSUE a list, with the short ID of one its Markdown.",
    .example = "devflow workflow:contexts SHOP-1A --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = contexts,
};
