#include "adapter/database.h"
#include "app/app.h"
#include "app/settings_database.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "domain/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 1000, PRUNE_ROWS = 5000 };
enum { VERIFY_HEAD };
enum { EXPORT_AFTER };
enum { PRUNE_BEFORE, PRUNE_TO, PRUNE_YES };

typedef enum df_code on_row(void *arg, const struct df_audit_entry *e, struct df_error *err);

/* Hands on every row after that one, in order. */
static enum df_code walk(struct df_store *store, int64_t after, on_row *row, void *arg, struct df_error *err)
{
    for (size_t n = PAGE; n == PAGE;) {
        struct df_arena *page DF_ARENA_AUTO = df_arena_new();
        struct df_audit_entry *entries;
        DF_TRY(store->ops->audit_list(store, after, PAGE, page, &entries, &n, err));
        for (size_t i = 0; i < n; i++) {
            DF_TRY(row(arg, &entries[i], err));
            after = entries[i].seq;
        }
    }
    return DF_OK;
}

static enum df_code open_log(struct df_cli *cli, struct df_store **ret, struct df_error *err)
{
    struct df_str url = DF_STR_NONE, shown = DF_STR_NONE;
    DF_TRY(df_settings_database(cli, &url, &shown, err));
    return df_database_look(url, ret, err);
}

static enum df_code first_of(struct df_store *store, int64_t *ret_seq, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_audit_entry *first;
    size_t n;
    DF_TRY(store->ops->audit_list(store, 0, 1, scratch, &first, &n, err));
    *ret_seq = n ? first->seq : 1;
    return DF_OK;
}

struct start {
    int64_t first_seq;
    struct df_audit_check *check;
};

static enum df_code look_for_start(void *arg, const struct df_audit_entry *e, struct df_error *err)
{
    (void)err;
    const struct start *start = arg;
    df_audit_pruned(e, start->first_seq, start->check);
    return DF_OK;
}

static enum df_code check_row(void *check, const struct df_audit_entry *e, struct df_error *err)
{
    return df_audit_check_row(check, e, err);
}

static enum df_code check_once(struct df_store *store, int64_t first_seq, struct df_audit_check *check,
                               struct df_error *err)
{
    struct start start = {first_seq, check};
    if (first_seq > 1)
        DF_TRY(walk(store, 0, look_for_start, &start, err));
    DF_TRY(walk(store, 0, check_row, check, err));
    return df_audit_check_end(check, err);
}

/* Rows that are pruned meanwhile look as if somebody had removed them: then it looks again. */
static enum df_code check_log(struct df_store *store, struct df_audit_check *check, struct df_error *err)
{
    const struct df_audit_check wanted = *check;
    int64_t first = 0, before;
    enum df_code code;
    do {
        before = first;
        *check = wanted;
        DF_TRY(first_of(store, &first, err));
        code = check_once(store, first, check, err);
        if (code != DF_OK)
            DF_TRY(first_of(store, &first, &(struct df_error){0}));
    } while (code == DF_ERR_FAILED && first != before);
    return code;
}

static void put_verified(struct df_cli *cli, const struct df_audit_check *check, struct df_str head)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &cli->out, 2);
    df_json_open(&w, '{');
    df_json_kbool(&w, "whole", true);
    df_json_kint(&w, "rows", check->seq - check->first_seq);
    df_json_kint(&w, "prunedThrough", check->first_seq);
    df_json_kstr(&w, "head", head);
    df_json_close(&w, '}');
    df_buf_put_char(&cli->out, '\n');
}

static enum df_code verify(struct df_cli *cli, struct df_error *err)
{
    struct df_audit_check check = {.seq = 0};
    struct df_store *store;
    const char *known = cli->values[VERIFY_HEAD];
    if (known && !df_audit_anchor_parse(df_str_c(known), &check))
        return df_fail(err, DF_ERR_INVALID,
                       "--head takes what audit:verify printed before: a number, ':' and 64 hexadecimal digits");
    DF_TRY(open_log(cli, &store, err));
    enum df_code code = check_log(store, &check, err);
    store->ops->close(store);
    DF_TRY(code);
    struct df_str head = df_audit_anchor_text(check.seq, check.hash, cli->arena);
    if (cli->json) {
        put_verified(cli, &check, head);
        return DF_OK;
    }
    df_buf_printf(&cli->out, "%s %lld rows", df_symbol(cli, DF_SYM_OK), (long long)(check.seq - check.first_seq));
    if (check.pruned)
        df_buf_printf(&cli->out, " after row %lld, up to which the log was pruned", (long long)check.first_seq);
    df_buf_printf(&cli->out, ", none changed, removed or moved\n   Head: %.*s\n", DF_FMT(head));
    if (!known)
        df_buf_put_c(
            &cli->out,
            "   Rows cut off at the end, or a log written anew, show only with --head and a head kept elsewhere\n");
    return DF_OK;
}

static enum df_code export_row(void *arg, const struct df_audit_entry *e, struct df_error *err)
{
    FILE *to = arg;
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
    return fwrite(line.p, 1, line.n, to) == line.n ? DF_OK : df_fail(err, DF_ERR_FAILED, "the rows cannot be written");
}

static enum df_code export_log(struct df_cli *cli, struct df_error *err)
{
    unsigned long long after = 0;
    struct df_store *store;
    const char *given = cli->values[EXPORT_AFTER];
    if (given && (!df_str_to_u64(df_str_c(given), &after) || after > INT64_MAX))
        return df_fail(err, DF_ERR_INVALID, "--after \"%.40s\" is not the number of a row", given);
    DF_TRY(open_log(cli, &store, err));
    enum df_code code = walk(store, (int64_t)after, export_row, stdout, err);
    store->ops->close(store);
    DF_TRY(code);
    return fflush(stdout) == 0 ? DF_OK : df_fail(err, DF_ERR_FAILED, "standard output cannot be written");
}

/* The rows from the front on that are older than before_ms: how many, which is the last, and where they go. */
struct old_rows {
    int64_t before_ms, rows, last_seq;
    FILE *to; /* NULL: nowhere */
    bool ended;
};

static enum df_code take_old(void *arg, const struct df_audit_entry *e, struct df_error *err)
{
    struct old_rows *old = arg;
    old->ended = old->ended || e->at_ms >= old->before_ms;
    if (old->ended)
        return DF_OK;
    if (old->to)
        DF_TRY(export_row(old->to, e, err));
    old->rows++;
    old->last_seq = e->seq;
    return DF_OK;
}

/* A file of that name is left alone: it may hold what was pruned before. */
static enum df_code save_old(struct df_store *store, const char *path, struct old_rows *old, struct df_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    old->to = fd < 0 ? NULL : fdopen(fd, "w");
    if (!old->to)
        return df_fail(err, DF_ERR_CONFIG, "%.200s cannot be made: %s", path, strerror(errno));
    enum df_code code = walk(store, 0, take_old, old, err);
    if (code == DF_OK && (fflush(old->to) != 0 || fsync(fd) != 0))
        code = df_fail(err, DF_ERR_FAILED, "%.200s cannot be written: %s", path, strerror(errno));
    if (fclose(old->to) != 0 && code == DF_OK)
        code = df_fail(err, DF_ERR_FAILED, "%.200s cannot be written: %s", path, strerror(errno));
    if (code != DF_OK)
        unlink(path);
    return code;
}

static enum df_code remove_old(struct df_store *store, const struct old_rows *old, struct df_error *err)
{
    const struct df_audit_entry note = {.actor = DF_S("cli")};
    for (int64_t removed = old->rows ? 1 : 0; removed > 0;)
        DF_TRY(store->ops->audit_prune(store, &note, old->before_ms, old->last_seq, PRUNE_ROWS, &removed, err));
    return DF_OK;
}

/* What is not whole is evidence, and stays. */
static enum df_code prune_at(struct df_cli *cli, struct df_store *store, struct old_rows *old, struct df_error *err)
{
    struct df_audit_check check = {.seq = 0};
    const char *to = cli->values[PRUNE_TO];
    DF_TRY(check_log(store, &check, err));
    DF_TRY(to ? save_old(store, to, old, err) : walk(store, 0, take_old, old, err));
    return remove_old(store, old, err);
}

static enum df_code read_before(struct df_cli *cli, int64_t *ret_ms, struct df_error *err)
{
    struct df_str text = df_str_c(cli->values[PRUNE_BEFORE]);
    if (!text.n)
        return df_fail(err, DF_ERR_INVALID, "--before is missing: a date such as 2026-08-01, or a time");
    if (df_time_parse(text.n == 10 ? df_arena_printf(cli->arena, "%.*sT00:00:00Z", DF_FMT(text)) : text, ret_ms))
        return DF_OK;
    return df_fail(err, DF_ERR_INVALID, "--before \"%.40s\" is neither a date (2026-08-01) nor a time", text.p);
}

static enum df_code open_to_prune(struct df_cli *cli, struct df_store **ret, struct df_error *err)
{
    struct df_str url = DF_STR_NONE, shown = DF_STR_NONE, served_at;
    const struct df_clock *clock;
    DF_TRY(df_settings_database(cli, &url, &shown, err));
    if (df_database_served(url, cli->arena, &served_at))
        return df_fail(err, DF_ERR_CONFIG,
                       "a devflow serve holds the database %.*s: stop it first, or set AUDIT_KEEP_DAYS, by which it "
                       "prunes itself",
                       DF_FMT(shown));
    return df_database_open(url, 1, ret, &clock, err);
}

static void put_pruned(struct df_cli *cli, const struct old_rows *old)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &cli->out, 2);
    df_json_open(&w, '{');
    df_json_kint(&w, "removed", old->rows);
    df_json_kint(&w, "prunedThrough", old->last_seq);
    df_json_close(&w, '}');
    df_buf_put_char(&cli->out, '\n');
}

static enum df_code prune(struct df_cli *cli, struct df_error *err)
{
    struct old_rows old = {.rows = 0};
    struct df_store *store;
    const char *to = cli->values[PRUNE_TO];
    DF_TRY(read_before(cli, &old.before_ms, err));
    if (!to && !cli->values[PRUNE_YES])
        DF_TRY(df_term_confirm(cli, "Remove the rows without keeping them in a file (--to)? [y/N]", err));
    DF_TRY(open_to_prune(cli, &store, err));
    enum df_code code = prune_at(cli, store, &old, err);
    store->ops->close(store);
    DF_TRY(code);
    if (cli->json)
        put_pruned(cli, &old);
    else
        df_buf_printf(&cli->out, "%s %lld rows removed%s%s\n", df_symbol(cli, DF_SYM_OK), (long long)old.rows,
                      to ? "; they are in " : "", to ? to : "");
    return DF_OK;
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

const struct df_command df_cmd_audit_prune = {
    .name = "audit:prune",
    .summary = "Remove old rows from the audit log, into a file",
    .help =
        "Checks the log first, and leaves one alone that is not whole. Then it writes the rows before that time to a new file, as "
        "audit:export does, and removes them. A row audit.prune says which was the last of them, with its hash: audit:verify "
        "begins there, and the file's last hash is that one. Works on DATABASE_URL itself: on PostgreSQL beside a `devflow serve`; "
        "one that holds an SQLite file prunes by AUDIT_KEEP_DAYS.",
    .example = "devflow audit:prune --before 2026-08-01 --to audit-2026-07.jsonl",
    .options = {[PRUNE_BEFORE] = {"before", "DATE", "rows before that day or time (UTC)"},
                [PRUNE_TO] = {"to", "FILE", "where the rows go; without it they are lost, and it asks first"},
                [PRUNE_YES] = {"yes", NULL, "do not ask", 'y'}},
    .run = prune,
};
