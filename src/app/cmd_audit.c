#include "adapter/database.h"
#include "app/app.h"
#include "app/settings_database.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "domain/audit.h"

enum { PAGE = 1000 };
enum { VERIFY_HEAD };
enum { EXPORT_AFTER };

/* Hands on every row after that one, in order. */
static enum df_code walk(struct df_cli *cli, int64_t after,
                         enum df_code (*row)(void *arg, const struct df_audit_entry *e, struct df_error *err),
                         void *arg, struct df_error *err)
{
    struct df_str url = DF_STR_NONE, shown = DF_STR_NONE;
    struct df_store *store;
    DF_TRY(df_settings_database(cli, &url, &shown, err));
    DF_TRY(df_database_look(url, &store, err));
    enum df_code code = DF_OK;
    for (size_t n = PAGE; code == DF_OK && n == PAGE;) {
        struct df_arena *page DF_ARENA_AUTO = df_arena_new();
        struct df_audit_entry *entries = NULL;
        n = 0;
        code = store->ops->audit_list(store, after, PAGE, page, &entries, &n, err);
        for (size_t i = 0; i < n && code == DF_OK; i++) {
            code = row(arg, &entries[i], err);
            after = entries[i].seq;
        }
    }
    store->ops->close(store);
    return code;
}

static enum df_code check_row(void *check, const struct df_audit_entry *e, struct df_error *err)
{
    return df_audit_check_row(check, e, err);
}

static enum df_code verify(struct df_cli *cli, struct df_error *err)
{
    struct df_audit_check check = {.seq = 0};
    const char *head = cli->values[VERIFY_HEAD];
    if (head && !df_audit_anchor_parse(df_str_c(head), &check))
        return df_fail(err, DF_ERR_INVALID,
                       "--head takes what audit:verify printed before: a number, ':' and 64 hexadecimal digits");
    DF_TRY(walk(cli, 0, check_row, &check, err));
    DF_TRY(df_audit_check_end(&check, err));
    struct df_str hash = df_hex(check.hash, sizeof check.hash, cli->arena);
    if (cli->json) {
        struct df_json_writer w;
        df_json_writer_init(&w, &cli->out, 2);
        df_json_open(&w, '{');
        df_json_kbool(&w, "whole", true);
        df_json_kint(&w, "rows", check.seq);
        df_json_kstr(&w, "head", df_arena_printf(cli->arena, "%lld:%s", (long long)check.seq, hash.p));
        df_json_close(&w, '}');
        df_buf_put_char(&cli->out, '\n');
        return DF_OK;
    }
    df_buf_printf(&cli->out, "%s %lld rows, none changed, removed or moved\n   Head: %lld:%s\n",
                  df_symbol(cli, DF_SYM_OK), (long long)check.seq, (long long)check.seq, hash.p);
    if (!head)
        df_buf_put_c(
            &cli->out,
            "   Rows cut off at the end, or a log written anew, show only with --head and a head kept elsewhere\n");
    return DF_OK;
}

static enum df_code export_row(void *arg, const struct df_audit_entry *e, struct df_error *err)
{
    struct df_cli *cli = arg;
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_buf line;
    struct df_json_writer w;
    df_buf_init(&line, scratch, 64 * 1024);
    df_json_writer_init(&w, &line, 0);
    df_json_open(&w, '{');
    df_json_kint(&w, "seq", e->seq);
    df_json_kstr(&w, "at", df_time_format_ms(e->at_ms, scratch));
    df_json_kint(&w, "atMs", e->at_ms);
    df_json_kstr(&w, "actor", e->actor);
    df_json_kstr(&w, "action", e->action);
    df_json_kstr(&w, "project", e->project_id);
    df_json_kstr(&w, "target", e->target);
    df_json_kstr(&w, "result", e->result);
    df_json_kstr(&w, "requestId", e->request_id);
    df_json_kint(&w, "count", e->count);
    df_json_kstr(&w, "hash", df_hex(e->hash.p, e->hash.n, scratch));
    df_json_close(&w, '}');
    df_buf_put_char(&line, '\n');
    if (fwrite(line.p, 1, line.n, stdout) != line.n)
        return df_fail(err, DF_ERR_FAILED, "standard output cannot be written");
    (void)cli;
    return DF_OK;
}

static enum df_code export_log(struct df_cli *cli, struct df_error *err)
{
    unsigned long long after = 0;
    const char *given = cli->values[EXPORT_AFTER];
    if (given && (!df_str_to_u64(df_str_c(given), &after) || after > INT64_MAX))
        return df_fail(err, DF_ERR_INVALID, "--after \"%.40s\" is not the number of a row", given);
    DF_TRY(walk(cli, (int64_t)after, export_row, cli, err));
    return fflush(stdout) == 0 ? DF_OK : df_fail(err, DF_ERR_FAILED, "standard output cannot be written");
}

const struct df_command df_cmd_audit_verify = {
    .name = "audit:verify",
    .summary = "Check that the audit log is whole",
    .help =
        "Reads the audit log of DATABASE_URL, also beside a `devflow serve`, and checks the chain of hashes: a changed, removed or moved row "
        "shows. Whoever can write the database can cut rows off the end, or write the whole log anew; both show when a head "
        "that was printed before, and kept elsewhere, is given with --head. Exit code 1 when it does not hold.",
    .example = "devflow audit:verify",
    .options = {[VERIFY_HEAD] = {"head", "SEQ:HASH", "a head that audit:verify printed before"}},
    .run = verify,
};

const struct df_command df_cmd_audit_export = {
    .name = "audit:export",
    .summary = "Print the audit log as lines of JSON",
    .help =
        "One object a row, in order, with the hash that chains it to the one before. Reads DATABASE_URL, also beside a `devflow "
        "serve`; changes nothing.",
    .example = "devflow audit:export --after 1200 >> audit.jsonl",
    .options = {[EXPORT_AFTER] = {"after", "SEQ", "only the rows after that one"}},
    .run = export_log,
};
