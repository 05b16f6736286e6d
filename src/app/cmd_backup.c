#include "adapter/database.h"
#include "app/app.h"
#include "app/settings_database.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/interrupt.h"

enum { FORCE };

static void put_json(struct df_cli *cli, struct df_str file, struct df_str database,
                     const struct df_database_saved *saved)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &cli->out, 2);
    df_json_open(&w, '{');
    df_json_kstr(&w, "file", file);
    df_json_kstr(&w, "database", database);
    df_json_kint(&w, "bytes", saved->bytes);
    df_json_kint(&w, "schema", saved->schema);
    df_json_kopen(&w, "tables", '[');
    for (size_t i = 0; i < saved->n_tables; i++) {
        df_json_open(&w, '{');
        df_json_kstr(&w, "name", saved->tables[i].name);
        df_json_kint(&w, "rows", saved->tables[i].rows);
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    df_json_kstrs(&w, "keyIds", saved->key_ids, saved->n_key_ids);
    df_json_close(&w, '}');
    df_buf_put_char(&cli->out, '\n');
}

static void put_text(struct df_cli *cli, struct df_str did, struct df_str where, const struct df_database_saved *saved)
{
    df_buf_printf(&cli->out, "%.*s %.*s, %lld bytes, schema %d, read again and found whole:\n", DF_FMT(did),
                  DF_FMT(where), (long long)saved->bytes, saved->schema);
    for (size_t i = 0; i < saved->n_tables; i++)
        df_buf_printf(&cli->out, "  %-24.*s %lld\n", DF_FMT(saved->tables[i].name), (long long)saved->tables[i].rows);
    for (size_t i = 0; i < saved->n_key_ids; i++)
        df_buf_printf(&cli->out, "%s%.*s",
                      i ? ", " : "The key is not in it. What is secret there needs the key with the id ",
                      DF_FMT(saved->key_ids[i]));
    if (saved->n_key_ids)
        df_buf_put_char(&cli->out, '\n');
}

typedef enum df_code on_database(struct df_str url, const struct df_database_backup *wish, struct df_error *err);

static enum df_code run(struct df_cli *cli, on_database *work, bool back, struct df_error *err)
{
    struct df_str url = DF_STR_NONE, shown = DF_STR_NONE, file = df_str_c(cli->args[0]);
    struct df_database_saved saved = {.bytes = 0};
    const struct df_database_backup wish = {.file = file,
                                            .replace = cli->values[FORCE] != NULL,
                                            .cancelled = df_interrupt_came,
                                            .arena = cli->arena,
                                            .ret = &saved};
    DF_TRY(df_settings_database(cli, &url, &shown, err));
    df_interrupt_hold(true, NULL); /* what was begun is taken back; when all is done, one changes nothing */
    enum df_code code = work(url, &wish, err);
    if (code == DF_OK && cli->json)
        put_json(cli, file, shown, &saved);
    else if (code == DF_OK)
        put_text(cli, back ? DF_S("Restored") : DF_S("Backed up in"), back ? shown : file, &saved);
    return code;
}

static enum df_code backup(struct df_cli *cli, struct df_error *err)
{
    return run(cli, df_database_backup, false, err);
}

static enum df_code restore(struct df_cli *cli, struct df_error *err)
{
    return run(cli, df_database_restore, true, err);
}

const struct df_command df_cmd_db_backup = {
    .name = "db:backup",
    .args = "FILE",
    .min_args = 1,
    .max_args = 1,
    .summary = "Back the embedded database up, also while it is served",
    .help =
        "Writes the SQLite database of DATABASE_URL, as it is at one moment, into FILE, which only its owner may read, and reads "
        "it again. `devflow serve` goes on meanwhile, writing too. FILE is whole or not there. What is secret in it stays sealed: "
        "keep OAUTH_ENCRYPTION_KEY elsewhere. PostgreSQL has its own tools: pg_dump.",
    .example = "devflow db:backup /var/backups/devflow-$(date +%F).db",
    .options = {{.name = "force", .help = "replace a file that is there"}},
    .run = backup,
};

const struct df_command df_cmd_db_restore = {
    .name = "db:restore",
    .args = "FILE",
    .min_args = 1,
    .max_args = 1,
    .summary = "Put a backup in the place of the embedded database",
    .help =
        "Checks FILE, a backup of `devflow db:backup`, puts it in the place of the SQLite database of DATABASE_URL in one "
        "transaction and brings its tables up to date: all of it, or nothing has changed. Refused while a `devflow serve` uses the "
        "database, and without --force when it has rows. Connections whose tokens were refreshed since the backup must be "
        "connected again: their provider has replaced them.",
    .example = "devflow db:restore --force /var/backups/devflow-2026-11-28.db",
    .options = {{.name = "force", .help = "replace all that the database holds"}},
    .run = restore,
};
