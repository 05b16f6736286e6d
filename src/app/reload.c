#include "app/reload.h"
#include "base/log.h"
#include "base/time.h"
#include "service/audit.h"

static void put_in_force(struct df_app *app, const struct df_config *config)
{
    df_log_set_level(config->log_level);
    df_log_set_format(config->log_format);
    atomic_store(&app->switches.allow_direct_callback, config->allow_direct_callback);
    atomic_store(&app->switches.allow_private_webhooks, config->allow_private_webhooks);
    df_audit_keep(app->devflow.audit, config->audit_keep_days);
}

static void tell(const struct df_config_setting *was, const struct df_config_setting *is)
{
    df_log(is->live ? DF_LOG_INFO : DF_LOG_WARN,
           is->live ? "setting changed" : "setting changed; it is in force after a restart",
           {"name", df_str_c(is->name)}, {"from", was->shown}, {"to", is->shown});
}

/* What can change is in numbers: nothing of the arena that `fresh` was read into stays. */
static void take_over(struct df_config *config, const struct df_config *fresh)
{
    config->log_level = fresh->log_level;
    config->log_format = fresh->log_format;
    config->drain_ms = fresh->drain_ms;
    config->allow_direct_callback = fresh->allow_direct_callback;
    config->allow_private_webhooks = fresh->allow_private_webhooks;
    config->audit_keep_days = fresh->audit_keep_days;
}

/* Whether the server goes on as the settings say. Its certificate is in files, whose names may well be the same. */
static bool renew_certificate(const struct df_app *app, const struct df_config *config, const struct df_config *fresh)
{
    struct df_error err = {0};
    int64_t until_ms = 0;
    bool had = config->tls.certificates != NULL;
    enum df_code code = DF_OK;
    if (had != (fresh->tls.certificates != NULL) || had != (fresh->tls.key != NULL))
        code = df_fail(&err, DF_ERR_CONFIG, "TLS_CERT and TLS_KEY begin or end with a restart alone: restart, or %s",
                       had ? "set both" : "unset both");
    else if (had)
        code = df_server_renew(app->server, &fresh->tls, &until_ms, &err);
    if (code != DF_OK)
        df_log(DF_LOG_ERROR, "a setting is wrong; all stay as they were", {"message", df_str_c(err.message)});
    if (until_ms) {
        char text[DF_TIME_BYTES];
        df_log(DF_LOG_INFO, "another certificate is shown from now on", {"until", df_time_put_ms(until_ms, text)});
    }
    return code == DF_OK;
}

void df_reload(struct df_app *app, struct df_config *config, struct df_config_report *report, struct df_arena *arena)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_config fresh;
    struct df_config_report found;
    if (!df_config_reload(scratch, config, &fresh, &found)) {
        for (size_t i = 0; i < found.n_faults; i++)
            df_log(DF_LOG_ERROR, "a setting is wrong; all stay as they were", {"message", found.faults[i]});
        return;
    }
    if (!renew_certificate(app, config, &fresh))
        return;
    take_over(config, &fresh);
    put_in_force(app, config);
    for (size_t i = 0; i < found.n_settings; i++) {
        struct df_config_setting *was = &report->settings[i];
        if (!found.settings[i].source || df_str_eq(was->shown, found.settings[i].shown))
            continue;
        tell(was, &found.settings[i]);
        if (was->live)
            was->shown = df_arena_dup(arena, found.settings[i].shown);
    }
    df_log(DF_LOG_INFO, "settings read again", {NULL, DF_STR_NONE});
}
