#include "adapter/redis_cache.h"
#include "app/app.h"
#include "app/config_source.h"
#include "base/json.h"
#include "cli/command.h"

static enum df_code key_generate(struct df_cli *cli, struct df_error *err)
{
    (void)err;
    char bytes[DF_KEY_BYTES];
    df_random(bytes, sizeof bytes);
    struct df_str key = df_base64(df_str_n(bytes, sizeof bytes), cli->arena);
    explicit_bzero(bytes, sizeof bytes);
    if (cli->json) {
        struct df_json_writer w;
        df_json_writer_init(&w, &cli->out, 2);
        df_json_open(&w, '{');
        df_json_kstr(&w, "key", key);
        df_json_close(&w, '}');
    } else {
        df_buf_put_str(&cli->out, key);
    }
    df_buf_put_char(&cli->out, '\n');
    return DF_OK;
}

const struct df_command df_cmd_key_generate = {
    .name = "key:generate",
    .summary = "Print a new encryption key",
    .help =
        "Prints 32 random bytes in base64, for OAUTH_ENCRYPTION_KEY. Keep it: tokens stored with it cannot be read without it.",
    .example = "echo \"OAUTH_ENCRYPTION_KEY=$(devflow key:generate)\" >> .env",
    .run = key_generate,
};

static void put_report_json(struct df_buf *out, const struct df_config_report *report, bool ok)
{
    struct df_json_writer w;
    df_json_writer_init(&w, out, 2);
    df_json_open(&w, '{');
    df_json_kbool(&w, "ok", ok);
    df_json_kopen(&w, "settings", '[');
    for (size_t i = 0; i < report->n_settings; i++) {
        df_json_open(&w, '{');
        df_json_kstr(&w, "name", df_str_c(report->settings[i].name));
        df_json_kstr_or_null(&w, "value", report->settings[i].shown);
        df_json_kstr(&w, "source", df_str_c(report->settings[i].source));
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    df_json_kstrs(&w, "faults", report->faults, report->n_faults);
    df_json_kstrs(&w, "warnings", report->warnings, report->n_warnings);
    df_json_close(&w, '}');
    df_buf_put_char(out, '\n');
}

/* Not a fault: without Redis the service serves. */
static void ask_redis(struct df_cli *cli, const struct df_config *config, struct df_config_report *report)
{
    struct df_error err;
    if (config->redis.host.n == 0)
        return;
    struct df_cache *cache = df_redis_cache_new(&config->redis, NULL, NULL);
    if (cache->ops->ping(cache, &err) != DF_OK)
        df_config_warning(report, df_arena_dup(cli->arena, df_str_c(err.message)));
    cache->ops->free(cache);
}

static enum df_code config_check(struct df_cli *cli, struct df_error *err)
{
    struct df_config config;
    struct df_config_report report;
    bool ok = df_config_load(cli->arena, &config, &report);
    df_keyring_wipe(&config.keys);
    if (ok)
        ask_redis(cli, &config, &report);
    if (cli->json)
        put_report_json(&cli->out, &report, ok);
    for (size_t i = 0; i < report.n_settings && !cli->json; i++)
        df_buf_printf(&cli->out, "%-28s %-40.*s %s\n", report.settings[i].name, DF_FMT(report.settings[i].shown),
                      report.settings[i].source);
    for (size_t i = 0; i < report.n_faults && !cli->json; i++)
        fprintf(stderr, "devflow: %.*s\n", DF_FMT(report.faults[i]));
    for (size_t i = 0; i < report.n_warnings && !cli->json; i++)
        fprintf(stderr, "devflow: warning: %.*s\n", DF_FMT(report.warnings[i]));
    return ok ? DF_OK : df_fail(err, DF_ERR_CONFIG, "%s", "");
}

const struct df_command df_cmd_config_check = {
    .name = "config:check",
    .summary = "Show the settings in force and what is wrong with them",
    .help =
        "Reads the environment and .env as `devflow serve` does, prints each setting with its source, secrets redacted, and each "
        "mistake in one sentence; Redis, when it is set, is asked whether it answers. Exit code 78 when there is one.",
    .example = "devflow config:check",
    .run = config_check,
};
