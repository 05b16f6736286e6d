#include "base/time.h"
#include "base/wait.h"
#include "cli/api.h"
#include "cli/browser.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { OPT_PROJECT, OPT_SCOPES, OPT_ORG, OPT_NO_BROWSER, OPT_TIMEOUT, OPT_DEVICE };
enum { TIMEOUT_S = 600, TICK_MS = 100, TICKS_A_POLL = 10, LOST_POLLS = 10 };

struct waiting {
    const char *provider, *project;
    struct df_str flow_path, flow_id; /* the former is empty for a device flow */
    pid_t browser;
    bool shows_life; /* standard error is a terminal */
    int64_t until_ms;
    sigset_t signals_before;
};

static enum df_code read_timeout(struct df_cli *cli, int64_t *ret_s, struct df_error *err)
{
    unsigned long long s = TIMEOUT_S;
    const char *given = cli->values[OPT_TIMEOUT];
    if (given && (!df_str_to_u64(df_str_c(given), &s) || s == 0 || s > 86400))
        return df_fail(err, DF_ERR_INVALID, "--timeout \"%.20s\" is not a number of seconds from 1 to 86400", given);
    *ret_s = (int64_t)s;
    return DF_OK;
}

/* POST auth/:provider/<what> with what is asked for. */
static enum df_code begin(struct df_cli *cli, const char *what, const char *provider, const char *project,
                          const struct df_json **ret, struct df_error *err)
{
    struct df_api_body body;
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "projectId", df_str_c(project));
    if (cli->values[OPT_ORG])
        df_json_kstr(&body.w, "organization", df_str_c(cli->values[OPT_ORG]));
    if (cli->values[OPT_SCOPES]) {
        char *list = df_arena_cstr(cli->arena, df_str_c(cli->values[OPT_SCOPES])), *at = NULL;
        df_json_kopen(&body.w, "scopes", '[');
        for (char *scope = strtok_r(list, ", ", &at); scope; scope = strtok_r(NULL, ", ", &at))
            df_json_put_str(&body.w, df_str_c(scope));
        df_json_close(&body.w, ']');
    }
    struct df_str path = df_arena_printf(cli->arena, "%.*s/%s", DF_FMT(df_api_path(cli, "/auth/{}", provider)), what);
    DF_TRY(df_api_call(cli, "POST", path, &body, ret, err));
    for (struct df_json_iter it = df_json_iter(df_json_get(*ret, "warnings")); df_json_next(&it);)
        df_cli_warn(cli, df_json_str(it.value));
    return DF_OK;
}

/* With --json, standard output is for JSON. */
static enum df_code show(struct df_cli *cli, struct df_str lines, struct df_error *err)
{
    if (cli->json) {
        fprintf(stderr, "%.*s", DF_FMT(lines));
        return DF_OK;
    }
    df_buf_put_str(&cli->out, lines);
    return df_cli_flush(cli, err);
}

/* Shows the URL, for another browser or when none opens, and tries to open it. */
static enum df_code show_url(struct df_cli *cli, struct waiting *w, struct df_str url, struct df_error *err)
{
    struct df_str title = df_provider_title(cli, df_str_c(w->provider));
    const char *plain = df_arena_cstr(cli->arena, url);
    w->browser = cli->values[OPT_NO_BROWSER] ? 0 : df_browser_open(cli->arena, plain);
    struct df_str lines = df_arena_printf(
        cli->arena, "%s %.*s:\n\n  %s\n\n",
        w->browser ? "Your browser opens this page to connect" : "Open this page to connect", DF_FMT(title), plain);
    return show(cli, lines, err);
}

/* For a browser anywhere: nothing is opened here. */
static enum df_code show_code(struct df_cli *cli, const struct waiting *w, const struct df_json *answer,
                              struct df_error *err)
{
    struct df_str url = df_term_field(cli, answer, "verificationUri"), code = df_term_field(cli, answer, "userCode");
    struct df_str whole = df_term_field(cli, answer, "verificationUriComplete");
    struct df_str lines = df_arena_printf(
        cli->arena,
        "Open this page on any device to connect %.*s:\n\n  %.*s\n\nand enter the code:\n\n  %.*s\n\n%s%.*s%s",
        DF_FMT(df_provider_title(cli, df_str_c(w->provider))), DF_FMT(url), DF_FMT(code),
        whole.n ? "The page with the code filled in:\n\n  " : "", DF_FMT(whole), whole.n ? "\n\n" : "");
    return show(cli, lines, err);
}

static void show_life(const struct df_cli *cli, const struct waiting *w, unsigned tick)
{
    static const char *const frames[2][10] = {{"|", "/", "-", "\\", "|", "/", "-", "\\", "|", "/"},
                                              {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}};
    if (w->shows_life)
        fprintf(stderr, "\r%s Waiting for the authorization, %lld s left (Ctrl-C stops) ", frames[cli->utf8][tick % 10],
                (long long)((w->until_ms - df_monotonic_ms()) / 1000));
}

static void clear_life(const struct waiting *w)
{
    if (w->shows_life)
        fputs("\r\033[K", stderr);
}

static bool is(const struct df_json *flow, const char *status)
{
    return df_str_is(df_json_get_str(flow, "status"), status);
}

static enum df_code pause_for_tick(struct df_cli *cli, struct waiting *w, unsigned tick, struct df_error *err)
{
    show_life(cli, w, tick);
    if (df_browser_failed(&w->browser)) {
        clear_life(w);
        fputs("The browser could not be opened; open the page above yourself.\n", stderr);
    }
    nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
    if (df_interrupt_came(NULL))
        return df_fail(err, DF_ERR_INTERRUPTED, "interrupted; nothing was connected");
    if (df_monotonic_ms() >= w->until_ms)
        return df_fail(err, DF_ERR_FAILED,
                       "no authorization came in time; start again with: devflow oauth:connect %s --project %s",
                       w->provider, w->project);
    return DF_OK;
}

static enum df_code look(struct df_cli *cli, const struct waiting *w, const struct df_json **ret, struct df_error *err)
{
    struct df_api_body body;
    if (w->flow_path.n)
        return df_api_get_unless(cli, w->flow_path, df_interrupt_came, ret, err);
    df_api_body_init(cli, &body);
    df_json_kstr(&body.w, "projectId", df_str_c(w->project));
    df_json_kstr(&body.w, "flowId", w->flow_id);
    return df_api_post_unless(cli, df_api_path(cli, "/auth/{}/device/poll", w->provider), &body, df_interrupt_came, ret,
                              err);
}

/* Until the flow has an end of whatever kind. An API that is gone for a moment, as while it restarts, is waited for. */
static enum df_code wait_for_end(struct df_cli *cli, struct waiting *w, const struct df_json **ret,
                                 struct df_error *err)
{
    unsigned lost = 0;
    for (unsigned tick = 0;; tick++) {
        if (tick % TICKS_A_POLL == TICKS_A_POLL / 2) {
            enum df_code code = look(cli, w, ret, err);
            if (code == DF_OK && !is(*ret, "pending") && !is(*ret, "exchanging"))
                return DF_OK;
            lost = code == DF_OK ? 0 : lost + 1;
            if (code != DF_OK && (code != DF_ERR_UNREACHABLE || lost == LOST_POLLS))
                return code;
        }
        DF_TRY(pause_for_tick(cli, w, tick, err));
    }
}

static enum df_code wait_blocked(struct df_cli *cli, struct waiting *w, const struct df_json **ret,
                                 struct df_error *err)
{
    enum df_code code = wait_for_end(cli, w, ret, err);
    clear_life(w);
    df_interrupt_release(&w->signals_before); /* the program ends by its message */
    return code;
}

static enum df_code conclude(struct df_cli *cli, const struct waiting *w, const struct df_json *flow,
                             struct df_error *err)
{
    if (is(flow, "completed")) {
        if (cli->json)
            df_api_print(cli, flow);
        else
            df_buf_printf(&cli->out,
                          "OAuth connection established successfully\n\nNext: devflow integrations:test %s\n",
                          w->project);
        return DF_OK;
    }
    if (is(flow, "expired"))
        return df_fail(
            err, DF_ERR_STATE,
            "the authorization was not finished in time; start again with: devflow oauth:connect %s --project %s",
            w->provider, w->project);
    struct df_str message = df_term_field(cli, flow, "message");
    enum df_code code = df_code_from_name(df_arena_cstr(cli->arena, df_json_get_str(flow, "code")));
    code = code == DF_OK ? DF_ERR_FAILED : code;
    return df_fail(err, code, "%.*s", DF_FMT(message.n ? message : DF_S("the authorization failed")));
}

/* From before the user reads what to do: who gives up at once must find us waiting. */
static void hold_stops(struct waiting *w)
{
    df_interrupt_hold(false, &w->signals_before);
}

static enum df_code begin_in_browser(struct df_cli *cli, struct waiting *w, struct df_error *err)
{
    const struct df_json *answer;
    struct df_url parts;
    DF_TRY(begin(cli, "authorize", w->provider, w->project, &answer, err));
    struct df_str url = df_json_get_str(answer, "startUrl");
    if (!df_url_parse(url, cli->arena, &parts))
        return df_fail(err, DF_ERR_FAILED, "the API gave no page to open");
    w->flow_path = df_api_path(cli, "/auth/{}/flows/{}", w->provider,
                               df_arena_cstr(cli->arena, df_json_get_str(answer, "flowId")));
    hold_stops(w);
    return show_url(cli, w, df_term_clean(url, false, cli->arena), err);
}

static enum df_code begin_on_device(struct df_cli *cli, struct waiting *w, struct df_error *err)
{
    const struct df_json *answer;
    DF_TRY(begin(cli, "device/initiate", w->provider, w->project, &answer, err));
    w->flow_id = df_json_get_str(answer, "flowId");
    hold_stops(w);
    return show_code(cli, w, answer, err);
}

static enum df_code run(struct df_cli *cli, struct df_error *err)
{
    struct waiting w = {.provider = df_provider_path(cli, cli->args[0]), .shows_life = isatty(STDERR_FILENO)};
    int64_t timeout_s;
    const struct df_json *flow = NULL;
    DF_TRY(read_timeout(cli, &timeout_s, err));
    DF_TRY(df_cli_project(cli, cli->values[OPT_PROJECT], &w.project, err));
    DF_TRY((cli->values[OPT_DEVICE] ? begin_on_device : begin_in_browser)(cli, &w, err));
    w.until_ms = df_monotonic_ms() + timeout_s * 1000;
    DF_TRY(wait_blocked(cli, &w, &flow, err));
    return conclude(cli, &w, flow, err);
}

const struct df_command df_cmd_oauth_connect = {
    .name = "oauth:connect",
    .args = "PROVIDER",
    .min_args = 1,
    .max_args = 1,
    .summary = "Connect a project to a provider by OAuth",
    .help =
        "Opens the provider's authorization page in your browser and waits until you have decided there. The page's "
        "address is shown too, for a browser that does not open by itself; it must be one on this machine when the "
        "API listens on localhost.\n"
        "With --device no browser is needed here: a page and a code are shown, to be opened anywhere.",
    .example = "devflow oauth:connect sentry --project shop",
    .options = {[OPT_PROJECT] = DF_OPTION_PROJECT,
                [OPT_SCOPES] = {"scopes", "A,B,C", "what to ask for this time; the app's scopes when left out"},
                [OPT_ORG] = {"org", "SLUG", "the organization to use, where you have several"},
                [OPT_NO_BROWSER] = {"no-browser", NULL, "only show the address"},
                [OPT_TIMEOUT] = {"timeout", "SECONDS", "how long to wait; 600 when left out", 't'},
                [OPT_DEVICE] = {"device", NULL, "show a code to enter in a browser anywhere (RFC 8628)"}},
    .run = run,
};
