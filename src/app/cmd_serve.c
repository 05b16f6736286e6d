#include "app/app.h"
#include "app/signals.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/terminal.h"

#include <malloc.h>

/* Two heaps are enough for threads that mostly wait; glibc would give each its own. */
enum { HEAPS = 2 };

static enum df_code load(struct df_cli *cli, struct df_config *config, struct df_error *err)
{
    struct df_config_report report;
    bool ok = df_config_load(cli->arena, config, &report);
    for (size_t i = 0; i < report.n_faults; i++)
        fprintf(stderr, "devflow: %.*s\n", DF_FMT(report.faults[i]));
    for (size_t i = 0; i < report.n_warnings; i++)
        fprintf(stderr, "devflow: warning: %.*s\n", DF_FMT(report.warnings[i]));
    return ok ? DF_OK : df_fail(err, DF_ERR_CONFIG, "%s", "");
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

static enum df_code serve(struct df_cli *cli, struct df_error *err)
{
    struct df_config config;
    struct df_app app;
    DF_TRY(load(cli, &config, err));
    mallopt(M_ARENA_MAX, HEAPS);
    df_log_set_level(config.log_level);
    df_log_set_format(config.log_format);
    df_signals_hold();
    DF_TRY(df_app_start(&config, cli->arena, &app, err));
    df_keyring_wipe(&config.keys);
    enum df_code code = announce(cli, &app, err);
    if (code == DF_OK)
        df_signals_wait();
    df_log(DF_LOG_INFO, "stopping", {NULL, DF_STR_NONE});
    df_app_stop(&app);
    return code;
}

const struct df_command df_cmd_serve = {
    .name = "serve",
    .summary = "Run the API",
    .help =
        "Serves the HTTP API on PORT (3001) of API_HOST (127.0.0.1) until SIGINT or SIGTERM. Settings come from the environment "
        "and from .env in the working directory; OAUTH_ENCRYPTION_KEY is required (devflow key:generate). The log goes to "
        "standard error. With --json the address is printed as JSON once it listens.",
    .example = "OAUTH_ENCRYPTION_KEY=$(devflow key:generate) devflow serve",
    .run = serve,
};
