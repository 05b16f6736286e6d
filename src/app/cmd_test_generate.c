#include "adapter/test_lab.h"
#include "app/app.h"
#include "base/file.h"
#include "cli/api.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/output_file.h"
#include "cli/terminal.h"
#include "sandbox/envelope.h"
#include "service/testgen.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPT_EVENT, OPT_SOURCE, OPT_OUT, OPT_LANGUAGE, OPT_INTERPRETER, OPT_TIMEOUT, OPT_ISSUE, OPT_PROJECT };
enum { EVENT_BYTES = 64 << 20, EVENT_DEPTH = 512 };

/* The event of an envelope, or the event itself; one under "event" alone, as webhooks have it. */
static enum df_code read_form(struct df_cli *cli, struct df_str text, const char *file, const struct df_json **ret,
                              struct df_error *err)
{
    struct df_envelope envelope;
    struct df_error fault;
    bool mended;
    enum df_code code = df_json_parse_mended(cli->arena, text, EVENT_DEPTH, ret, &mended, &fault);
    if (code != DF_OK && df_envelope_parse(text, cli->arena, &envelope, NULL) == DF_OK)
        for (size_t i = 0; i < envelope.n_items && code != DF_OK; i++)
            if (df_str_is(envelope.items[i].type, "event"))
                code = df_json_parse_mended(cli->arena, envelope.items[i].payload, EVENT_DEPTH, ret, &mended, &fault);
    if (code != DF_OK)
        return df_fail(err, DF_ERR_INVALID, "%s is no event and no envelope with one: %s", file, fault.message);
    if (df_json_is_object(df_json_path(*ret, "data", "event", NULL)))
        *ret = df_json_path(*ret, "data", "event", NULL);
    else if (df_json_is_object(df_json_get(*ret, "event")))
        *ret = df_json_get(*ret, "event");
    return DF_OK;
}

static enum df_code read_event(struct df_cli *cli, const struct df_json **ret, struct df_error *err)
{
    const char *file = cli->values[OPT_EVENT];
    struct df_str text;
    DF_TRY(df_cli_read_file(cli, file, EVENT_BYTES, NULL, &text, err));
    return read_form(cli, text, file, ret, err);
}

/* Of a file: scrubbed by the built-in rules alone, for a project's are its server's. */
static enum df_code case_of_file(struct df_cli *cli, struct df_testgen_case *ret, struct df_error *err)
{
    const struct df_json *v;
    struct df_event event;
    struct df_scrub scrub = {.arena = cli->arena};
    const struct df_test_subject subject = {.issue = df_str_c(cli->values[OPT_ISSUE])};
    DF_TRY(read_event(cli, &v, err));
    if (!df_event_parse(v, cli->arena, &event))
        return df_fail(err, DF_ERR_INVALID, "the event is not a JSON object");
    return df_testgen_case_make(&event, &subject, &scrub, ret, err);
}

static enum df_code case_of_issue(struct df_cli *cli, struct df_testgen_case *ret, struct df_error *err)
{
    const char *project;
    const struct df_json *answer;
    struct df_buf out;
    struct df_json_writer w;
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &project, err));
    DF_TRY(df_api_get_unless(cli,
                             df_api_path(cli, "/integrations/{}/sentry/issues/{}/test-case", project, cli->args[0]),
                             df_interrupt_came, &answer, err));
    df_buf_init(&out, cli->arena, DF_TEST_CASE_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_put_value(&w, df_json_get(answer, "testCase"));
    *ret = (struct df_testgen_case){df_buf_str(&out), df_json_get_str(answer, "platform")};
    return out.overflow || !df_json_is_object(df_json_get(answer, "testCase"))
               ? df_fail(err, DF_ERR_FAILED, "the API's answer has no event")
               : DF_OK;
}

static enum df_code read_folder(struct df_cli *cli, const char *given, bool make, const char **ret,
                                struct df_error *err)
{
    struct stat st;
    if (make && !df_file_make_folders(df_arena_printf(cli->arena, "%s/", given), 0777, cli->arena))
        return df_fail(err, DF_ERR_FAILED, "%s cannot be made: %s", given, strerror(errno));
    char *path = realpath(given, NULL);
    if (!path || stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        free(path);
        return df_fail(err, DF_ERR_INVALID, "%s is not a folder", given);
    }
    *ret = df_arena_cstr(cli->arena, df_str_c(path));
    free(path);
    return DF_OK;
}

static enum df_code read_timeout(struct df_cli *cli, int *ret, struct df_error *err)
{
    unsigned long long n = DF_TESTGEN_TIMEOUT_S;
    const char *given = cli->values[OPT_TIMEOUT];
    if (given && (!df_str_to_u64(df_str_c(given), &n) || n == 0 || n > DF_TESTGEN_TIMEOUT_MAX_S))
        return df_fail(err, DF_ERR_INVALID, "--timeout \"%.20s\" is not a number of seconds from 1 to %d", given,
                       DF_TESTGEN_TIMEOUT_MAX_S);
    *ret = (int)n;
    return DF_OK;
}

static enum df_code read_request(struct df_cli *cli, struct df_testgen_request *request, struct df_error *err)
{
    if (!cli->values[OPT_EVENT] == !cli->n_args)
        return df_fail(err, DF_ERR_INVALID, "name the issue to make a test of, or a file with its event: --event FILE");
    if (!cli->values[OPT_SOURCE])
        return df_fail(err, DF_ERR_INVALID, "--source FOLDER is missing: a checkout of the program that failed");
    DF_TRY(read_timeout(cli, &request->timeout_s, err));
    DF_TRY(read_folder(cli, cli->values[OPT_SOURCE], false, &request->source, err));
    if (cli->n_args)
        DF_TRY(case_of_issue(cli, &request->test_case, err));
    else
        DF_TRY(case_of_file(cli, &request->test_case, err));
    DF_TRY(read_folder(cli, cli->values[OPT_OUT] ? cli->values[OPT_OUT] : ".", true, &request->out, err));
    request->language = cli->values[OPT_LANGUAGE];
    request->interpreter = cli->values[OPT_INTERPRETER];
    return DF_OK;
}

static void tell(void *arg, struct df_str sentence)
{
    struct df_cli *cli = arg;
    fprintf(stderr, "%.*s\n", DF_FMT(df_term_clean(sentence, false, cli->arena)));
}

static void put_sentences(struct df_cli *cli, const char *head, const struct df_json *list)
{
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
        df_buf_printf(&cli->out, "%s%.*s\n", head, DF_FMT(df_term_clean(df_json_str(it.value), false, cli->arena)));
}

static void put_result(struct df_cli *cli, const struct df_testgen_result *result, const char *path)
{
    if (cli->json) {
        struct df_json_writer w;
        df_json_writer_init(&w, &cli->out, 2);
        df_testgen_put_json(&w, result, path, false);
        df_buf_put_char(&cli->out, '\n');
        return;
    }
    if (result->reproduced)
        df_buf_printf(&cli->out, "%s fails as the event did: %.*s in %.*s\n", path,
                      DF_FMT(df_term_clean(result->exception, false, cli->arena)),
                      DF_FMT(df_term_clean(result->function, false, cli->arena)));
    else
        df_buf_printf(&cli->out, "%s is skipped: %.*s\n", path,
                      DF_FMT(df_term_clean(result->reason, false, cli->arena)));
    put_sentences(cli, "  Add: ", result->add);
    put_sentences(cli, "  Note: ", result->notes);
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    struct df_testgen_request request = {.stop = df_interrupt_came, .arg = cli};
    struct df_testgen_result result;
    df_interrupt_hold(false, NULL);
    DF_TRY(read_request(cli, &request, err));
    if (isatty(STDERR_FILENO))
        request.progress = tell;
    DF_TRY(df_testgen_run(&df_process_test_lab, &request, cli->arena, &result, err));
    struct df_str path = df_arena_printf(cli->arena, "%s/%.*s", request.out, DF_FMT(result.file));
    DF_TRY(df_output_file_write(cli->arena, path.p, result.text, err));
    put_result(cli, &result, path.p);
    return result.reproduced ? DF_OK : df_fail(err, DF_ERR_NOT_REPRODUCED, "%s", "");
}

const struct df_command df_cmd_test_generate = {
    .name = "test:generate",
    .args = "[ISSUE]",
    .max_args = 1,
    .summary = "Generate a regression test from a Sentry event",
    .help =
        "The event's calls are repeated on the checkout with the values the event has, and what repeats the event's exception in "
        "the event's function becomes a test: it fails on this source and passes when the fault is gone. ISSUE is a numeric ID, a "
        "short ID such as SHOP-1A, an event ID or the URL of an issue; the API gives its event. FILE is an event as Sentry's API or an "
        "SDK has it, or an envelope; \"-\" is standard input, and no server is asked.\n\n"
        "Secrets and personal data in the event are replaced by harmless values of the same kind and shape before anything is "
        "made of them.\n\n"
        "The code runs without network and without the environment's secrets, with bounded time and memory, and can write only "
        "to a folder that is then removed. Where the event cannot be repeated, the test is one that is skipped and says why and "
        "what to add; the exit code is 3.",
    .example = "devflow test:generate SHOP-1A --project shop --source ~/shop --out ~/shop/tests/regression",
    .options = {[OPT_EVENT] = {"event", "FILE", "the event"},
                [OPT_SOURCE] = {"source", "FOLDER", "a checkout of the program, at the release that failed"},
                [OPT_OUT] = {"out", "FOLDER", "where the test is written (.)"},
                [OPT_LANGUAGE] = {"language", "NAME",
                                  "python, node, java, go, ruby or php; the event's own where it says"},
                [OPT_INTERPRETER] = {"interpreter", "FILE", "what runs the checkout, where it has none of its own"},
                [OPT_TIMEOUT] = {"timeout", "SECONDS", "how long to try (60)"},
                [OPT_ISSUE] = {"issue", "NAME",
                               "with --event: what the test is called after, instead of the event's ID"},
                [OPT_PROJECT] = DF_OPTION_PROJECT},
    .run = run,
};
