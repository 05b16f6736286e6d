#include "app/app.h"
#include "app/signals.h"
#include "app/systemd.h"
#include "cli/command.h"
#include "cli/terminal.h"

#include <malloc.h>

enum { HEAPS = 2 };

static enum df_code load(struct df_cli *cli, struct df_config *config, struct df_error *err)
{
    struct df_config_report report;
    bool ok = df_config_load(cli->arena, config, &report);
    for (size_t i = 0; i < report.n_faults; i++)
        fprintf(stderr, "devflow: %.*s\n", DF_FMT(report.faults[i]));
    if (!ok)
        return df_fail(err, DF_ERR_CONFIG, "%s", "");
    df_log_set_level(config->log_level);
    df_log_set_format(config->log_format);
    config->worker_alone = config->workflows_worker = true;
    return DF_OK;
}

static enum df_code worker(struct df_cli *cli, struct df_error *err)
{
    struct df_config config;
    struct df_app app;
    DF_TRY(load(cli, &config, err));
    mallopt(M_ARENA_MAX, HEAPS);
    df_signals_hold();
    DF_TRY(df_app_start(&config, cli->arena, &app, err));
    df_keyring_wipe(&config.keys);
    df_buf_printf(&cli->out, cli->json ? "{\"engine\":\"%s\"}\n" : "DevFlow worker: workflows on the %s engine\n",
                  app.devflow.engine->ops->name);
    enum df_code code = df_cli_flush(cli, err);
    df_systemd_notify("READY=1");
    if (code == DF_OK)
        df_signals_wait();
    df_systemd_notify("STOPPING=1");
    df_app_stop(&app, config.drain_ms);
    return code;
}

const struct df_command df_cmd_worker = {
    .name = "worker",
    .summary = "Do workflows, without serving the API",
    .help =
        "`devflow serve` does workflows too, unless WORKFLOWS_WORKER=false; this is for more of them, on this machine or others, over the same "
        "PostgreSQL. An SQLite file has one process, so there `devflow serve` does it all. Settings are those of `devflow serve`. "
        "SIGTERM lets steps under way end (SHUTDOWN_TIMEOUT); what is left goes on with another worker, or with the next start.",
    .example = "WORKFLOWS_STEPS=32 devflow worker",
    .run = worker,
};
