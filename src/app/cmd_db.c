#include "adapter/database.h"
#include "app/app.h"
#include "app/settings_database.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/terminal.h"

#include <unistd.h>

enum df_code df_settings_database(struct df_cli *cli, struct df_str *ret_url, struct df_str *ret_shown,
                                  struct df_error *err)
{
    struct df_config config;
    struct df_config_report report;
    df_config_load(cli->arena, &config, &report);
    df_keyring_wipe(&config.keys);
    for (size_t i = 0; i < report.n_faults; i++)
        if (df_str_starts(report.faults[i], DF_S("DATABASE_URL")) || df_str_starts(report.faults[i], DF_S(".env")))
            return df_fail(err, DF_ERR_CONFIG, "%.*s", DF_FMT(report.faults[i]));
    for (size_t i = 0; i < report.n_settings; i++)
        if (strcmp(report.settings[i].name, "DATABASE_URL") == 0)
            *ret_shown = report.settings[i].shown;
    *ret_url = config.database_url;
    return DF_OK;
}

static enum df_code migrate(struct df_cli *cli, struct df_error *err)
{
    struct df_str url = DF_STR_NONE, shown = DF_STR_NONE;
    int from = 0, to = 0;
    DF_TRY(df_settings_database(cli, &url, &shown, err));
    DF_TRY(df_database_migrate(url, &from, &to, err));
    if (cli->json) {
        struct df_json_writer w;
        df_json_writer_init(&w, &cli->out, 2);
        df_json_open(&w, '{');
        df_json_kstr(&w, "database", shown);
        df_json_kint(&w, "from", from);
        df_json_kint(&w, "to", to);
        df_json_close(&w, '}');
        df_buf_put_char(&cli->out, '\n');
    } else if (from == to) {
        df_buf_printf(&cli->out, "%.*s is up to date: schema %d\n", DF_FMT(shown), to);
    } else {
        df_buf_printf(&cli->out, "%.*s: schema %d, was %d\n", DF_FMT(shown), to, from);
    }
    return DF_OK;
}

const struct df_command df_cmd_db_migrate = {
    .name = "db:migrate",
    .summary = "Bring the database's tables up to date",
    .help =
        "Makes the tables of DATABASE_URL, or brings them up to date, without serving; `devflow serve` does the same when it "
        "starts. On PostgreSQL it may run while others serve, and as a user who may make tables where the one who serves may "
        "not. An SQLite file must not be in use.",
    .example = "devflow db:migrate",
    .run = migrate,
};

static void put_tables_json(struct df_json_writer *w, const struct df_database_table *tables, size_t n)
{
    df_json_kopen(w, "tables", '[');
    for (size_t i = 0; i < n; i++) {
        df_json_open(w, '{');
        df_json_kstr(w, "name", tables[i].name);
        df_json_kint(w, "rows", tables[i].rows);
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
}

static void put_tables(struct df_cli *cli, const struct df_database_table *tables, size_t n)
{
    for (size_t i = 0; i < n; i++)
        df_buf_printf(&cli->out, "  %-24.*s %lld\n", DF_FMT(tables[i].name), (long long)tables[i].rows);
}

static void put_status_json(struct df_cli *cli, struct df_str shown, const struct df_database_status *s,
                            const struct df_error *why)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &cli->out, 2);
    df_json_open(&w, '{');
    df_json_kstr(&w, "database", shown);
    df_json_kbool(&w, "reachable", !why);
    if (why) {
        df_json_kstr(&w, "message", df_str_c(why->message));
    } else {
        df_json_kstr(&w, "engine", df_str_c(s->engine));
        df_json_kstr(&w, "serverVersion", s->server);
        df_json_kstr_or_null(&w, "tls", df_str_c(s->tls));
        df_json_kint(&w, "schema", s->schema);
        df_json_kint(&w, "schemaKnown", s->known);
        df_json_kint(&w, "pending", s->known > s->schema ? s->known - s->schema : 0);
        df_json_key(&w, DF_S("latencyMs"));
        df_json_put_double(&w, s->latency_ms);
        put_tables_json(&w, s->tables, s->n_tables);
    }
    df_json_close(&w, '}');
    df_buf_put_char(&cli->out, '\n');
}

static void put_status(struct df_cli *cli, struct df_str shown, const struct df_database_status *s)
{
    df_buf_printf(&cli->out, "database  %.*s\nengine    %s %.*s\n", DF_FMT(shown), s->engine, DF_FMT(s->server));
    if (s->tls)
        df_buf_printf(&cli->out, "TLS       %s\n", s->tls);
    df_buf_printf(&cli->out, "schema    %d", s->schema);
    if (s->schema < s->known)
        df_buf_printf(&cli->out, ", %d pending: devflow db:migrate\n", s->known - s->schema);
    else if (s->schema > s->known)
        df_buf_printf(&cli->out, ", of a newer devflow: this one knows %d\n", s->known);
    else
        df_buf_put_c(&cli->out, ", up to date\n");
    df_buf_printf(&cli->out, "latency   %.2f ms\nrows\n", s->latency_ms);
    put_tables(cli, s->tables, s->n_tables);
}

static enum df_code status(struct df_cli *cli, struct df_error *err)
{
    struct df_str url = DF_STR_NONE, shown = DF_STR_NONE;
    struct df_database_status s = {.engine = ""};
    DF_TRY(df_settings_database(cli, &url, &shown, err));
    enum df_code code = df_database_status(url, cli->arena, &s, err);
    if (cli->json) {
        put_status_json(cli, shown, &s, code == DF_OK ? NULL : err);
        return code == DF_OK ? DF_OK : df_fail(err, code, "%s", "");
    }
    if (code == DF_OK)
        put_status(cli, shown, &s);
    return code;
}

const struct df_command df_cmd_db_status = {
    .name = "db:status",
    .summary = "Show what the database is and whether it answers",
    .help =
        "Shows the engine and its version, whether TLS protects the connection, the version of the tables that is there and the "
        "one this program knows, the time of one round trip, and the rows of each table. Changes nothing, also beside a "
        "`devflow serve`.",
    .example = "devflow db:status --json",
    .run = status,
};

enum { FROM, TO, FORCE };

static void progress(void *arg, struct df_str table, int64_t rows)
{
    if (*(const bool *)arg)
        fprintf(stderr, "\r\033[K%.*s: %lld rows", DF_FMT(table), (long long)rows);
}

static void put_copied(struct df_cli *cli, const struct df_database_copied *copied)
{
    if (cli->json) {
        struct df_json_writer w;
        df_json_writer_init(&w, &cli->out, 2);
        df_json_open(&w, '{');
        put_tables_json(&w, copied->tables, copied->n_tables);
        df_json_kstrs(&w, "keyIds", copied->key_ids, copied->n_key_ids);
        df_json_close(&w, '}');
        df_buf_put_char(&cli->out, '\n');
        return;
    }
    df_buf_put_c(&cli->out, "Copied, read again and found the same:\n");
    put_tables(cli, copied->tables, copied->n_tables);
    for (size_t i = 0; i < copied->n_key_ids; i++)
        df_buf_printf(&cli->out, "%s%.*s",
                      i ? ", " : "What is secret stays sealed: serve the copy with the same key, id ",
                      DF_FMT(copied->key_ids[i]));
    if (copied->n_key_ids)
        df_buf_put_c(&cli->out, " (devflow config:check shows the id of OAUTH_ENCRYPTION_KEY)\n");
}

static enum df_code check_option(const char *name, const char *url, struct df_error *err)
{
    struct df_error why;
    if (!url)
        return df_fail(err, DF_ERR_INVALID, "--%s is missing: it names a database, as DATABASE_URL does", name);
    if (df_database_url_check(df_str_c(url), &why) != DF_OK)
        return df_fail(err, DF_ERR_INVALID, "--%s cannot be used: %s", name, why.message);
    return DF_OK;
}

static enum df_code copy(struct df_cli *cli, struct df_error *err)
{
    struct df_database_copied copied = {.n_tables = 0};
    bool shown = !cli->json && isatty(STDERR_FILENO);
    DF_TRY(check_option("from", cli->values[FROM], err));
    DF_TRY(check_option("to", cli->values[TO], err));
    const struct df_database_copy wish = {
        .from = df_str_c(cli->values[FROM]),
        .to = df_str_c(cli->values[TO]),
        .replace = cli->values[FORCE] != NULL,
        .progress = progress,
        .arg = &shown,
    };
    enum df_code code = df_database_copy(&wish, cli->arena, &copied, err);
    if (shown)
        fputs("\r\033[K", stderr);
    if (code == DF_OK)
        put_copied(cli, &copied);
    return code;
}

const struct df_command df_cmd_db_copy = {
    .name = "db:copy",
    .summary = "Copy a whole database, between SQLite and PostgreSQL or back",
    .help =
        "Copies every table from one database to another, in one transaction each side, then reads the copy and compares counts "
        "and contents: all of it is there, or nothing has changed; Ctrl-C leaves the target as it was. Stop every `devflow serve` "
        "on both first, and serve only the copy afterwards: a provider may replace tokens at each refresh, and then only one of "
        "the two has the good ones. A target that has rows is refused unless --force replaces them. Secrets stay sealed: the "
        "copy needs the same OAUTH_ENCRYPTION_KEY.",
    .example = "devflow db:copy --from sqlite:devflow.db --to postgresql://devflow@db.example/devflow",
    .options = {{.name = "from", .value = "URL", .help = "sqlite:PATH or postgresql://...", .secret = true},
                {.name = "to", .value = "URL", .help = "the database to fill", .secret = true},
                {.name = "force", .help = "replace what the target holds"}},
    .run = copy,
};
