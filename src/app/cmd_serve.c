#include "app/app.h"
#include "app/reload.h"
#include "app/signals.h"
#include "app/systemd.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/terminal.h"

#include <malloc.h>

/* Two heaps are enough for threads that mostly wait; glibc would give each its own. */
enum { HEAPS = 2 };

/* In the log's form where a program reads it; what keeps us from starting is said before there is a log. */
static void tell_warnings(const struct df_config *config, const struct df_config_report *report, bool ok)
{
    for (size_t i = 0; i < report->n_warnings; i++)
        if (ok && config->log_format == DF_LOG_JSON)
            df_log(DF_LOG_WARN, "warning about a setting", {"message", report->warnings[i]});
        else
            fprintf(stderr, "devflow: warning: %.*s\n", DF_FMT(report->warnings[i]));
}

static enum df_code load(struct df_cli *cli, struct df_config *config, struct df_config_report *report,
                         struct df_error *err)
{
    int listener;
    DF_TRY(df_systemd_listener(&listener, err));
    bool ok = df_config_load(cli->arena, config, report);
    config->listener = listener;
    for (size_t i = 0; i < report->n_faults; i++)
        fprintf(stderr, "devflow: %.*s\n", DF_FMT(report->faults[i]));
    if (ok) {
        df_log_set_level(config->log_level);
        df_log_set_format(config->log_format);
    }
    tell_warnings(config, report, ok);
    return ok ? DF_OK : df_fail(err, DF_ERR_CONFIG, "%s", "");
}

/* It may still be what is wanted: some clients check no time, and no certificate would be worse. */
static void warn_certificate(const struct df_app *app)
{
    const char *fault = df_server_certificate_fault(app->server);
    if (fault)
        df_log(DF_LOG_WARN, "clients will not believe the certificate in TLS_CERT", {"why", df_str_c(fault)});
}

static enum df_code announce(struct df_cli *cli, const struct df_app *app, struct df_error *err)
{
    struct df_str url = df_arena_printf(cli->arena, "%.*s%.*s", DF_FMT(app->devflow.api_url),
                                        DF_FMT(app->devflow.api_prefix));
    if (cli->json) {
        struct df_json_writer w;
        df_json_writer_init(&w, &cli->out, 0);
        df_json_open(&w, '{');
        df_json_kstr(&w, "url", url);
        df_json_kint(&w, "port", app->port);
        df_json_close(&w, '}');
        df_buf_put_char(&cli->out, '\n');
    } else {
        df_buf_printf(&cli->out, "DevFlow API listening on %.*s\n", DF_FMT(url));
    }
    return df_cli_flush(cli, err);
}

/* Said while it can be seen, whichever way it goes. */
static void change_level(int step)
{
    int level = (int)df_log_level(), next = level + step;
    if (next < DF_LOG_ERROR || next > DF_LOG_DEBUG)
        return;
    if (step > 0)
        df_log_set_level((enum df_log_level)next);
    df_log(DF_LOG_WARN, "log level changed by a signal",
           {"from", df_str_c(df_log_level_name((enum df_log_level)level))},
           {"to", df_str_c(df_log_level_name((enum df_log_level)next))});
    df_log_set_level((enum df_log_level)next);
}

static void reload(struct df_cli *cli, struct df_app *app, struct df_config *config, struct df_config_report *report)
{
    df_systemd_notify_reloading();
    df_reload(app, config, report, cli->arena);
    df_systemd_notify("READY=1");
}

/* Until a signal says stop. The manager hears that we live only while the event loop does. */
static void run(struct df_cli *cli, struct df_app *app, struct df_config *config, struct df_config_report *report)
{
    unsigned watchdog_ms = df_systemd_watchdog_ms();
    for (;;) {
        if (watchdog_ms && df_server_stuck_ms(app->server) < watchdog_ms)
            df_systemd_notify("WATCHDOG=1");
        enum df_signal got = df_signals_next(watchdog_ms);
        if (got == DF_SIGNAL_STOP)
            return;
        if (got == DF_SIGNAL_RELOAD)
            reload(cli, app, config, report);
        else if (got != DF_SIGNAL_NONE)
            change_level(got == DF_SIGNAL_LOUDER ? 1 : -1);
    }
}

static enum df_code serve(struct df_cli *cli, struct df_error *err)
{
    struct df_config config;
    struct df_config_report report;
    struct df_app app;
    DF_TRY(load(cli, &config, &report, err));
    mallopt(M_ARENA_MAX, HEAPS);
    df_signals_hold();
    DF_TRY(df_app_start(&config, cli->arena, &app, err));
    df_keyring_wipe(&config.keys);
    warn_certificate(&app);
    enum df_code code = announce(cli, &app, err);
    df_systemd_notify("READY=1");
    if (code == DF_OK)
        run(cli, &app, &config, &report);
    df_systemd_notify("STOPPING=1");
    df_log(DF_LOG_INFO, "stopping", {NULL, DF_STR_NONE});
    df_app_stop(&app, config.drain_ms);
    return code;
}

const struct df_command df_cmd_serve = {
    .name = "serve",
    .summary = "Run the API",
    .help =
        "Serves the HTTP API on PORT (3001) of API_HOST (127.0.0.1) until SIGINT or SIGTERM. Settings come from the environment "
        "and from .env in the working directory; OAUTH_ENCRYPTION_KEY is required (devflow key:generate). The log goes to "
        "standard error. With --json the address is printed as JSON once it listens. SIGTERM lets what is under way end, a second "
        "one does not; SIGHUP reads the settings again that can change; SIGUSR1 makes the log say more, SIGUSR2 less.",
    .example = "OAUTH_ENCRYPTION_KEY=$(devflow key:generate) devflow serve",
    .run = serve,
};
