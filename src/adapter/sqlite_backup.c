#include "adapter/sqlite_backup.h"
#include "adapter/sql_admin.h"
#include "adapter/sql_schema.h"
#include "adapter/sql_store.h"
#include "adapter/sqlite_db.h"
#include "base/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGES_AT_ONCE = 1024 };

/* Between pieces it looks whether to go on. The source's read transaction makes all of them of one state. */
static enum df_code copy_pages(sqlite3 *from, sqlite3 *to, const struct df_database_backup *wish, struct df_error *err)
{
    int rc = sqlite3_exec(from, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    sqlite3_backup *backup = rc == SQLITE_OK ? sqlite3_backup_init(to, "main", from, "main") : NULL;
    bool stopped = false;
    if (!backup)
        return sqlite_db_error(rc == SQLITE_OK ? sqlite3_extended_errcode(to) : rc, err);
    do {
        rc = sqlite3_backup_step(backup, PAGES_AT_ONCE);
        stopped = rc == SQLITE_OK && wish->cancelled && wish->cancelled(wish->arg);
    } while (rc == SQLITE_OK && !stopped);
    int ended = sqlite3_backup_finish(backup);
    sqlite3_exec(from, "ROLLBACK", NULL, NULL, NULL);
    if (stopped)
        return df_fail(err, DF_ERR_INTERRUPTED, "interrupted; nothing was changed");
    return rc == SQLITE_DONE && ended == SQLITE_OK ? DF_OK : sqlite_db_error(rc == SQLITE_DONE ? ended : rc, err);
}

/* Reads every page and index. */
static enum df_code check_whole(sqlite3 *handle, struct df_str path, struct df_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(handle, "PRAGMA integrity_check(1)", -1, &stmt, NULL);
    bool good = rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW &&
                df_str_is(df_str_c((const char *)sqlite3_column_text(stmt, 0)), "ok");
    sqlite3_finalize(stmt);
    return good ? DF_OK
                : df_fail(err, DF_ERR_CONFIG, "%.*s is damaged, or is no database: it is not used", DF_FMT(path));
}

static enum df_code check_ours(sqlite3 *handle, struct df_str path, struct df_error *err)
{
    int application = 0, version = 0;
    int rc = sqlite_db_number(handle, "PRAGMA application_id", &application);
    if (rc == SQLITE_OK)
        rc = sqlite_db_number(handle, "PRAGMA user_version", &version);
    if (rc != SQLITE_OK || application != SQLITE_DB_APPLICATION_ID)
        return df_fail(err, DF_ERR_CONFIG, "%.*s is no database of devflow", DF_FMT(path));
    if (version > sql_schema_version)
        return df_fail(err, DF_ERR_CONFIG,
                       "%.*s was written by a newer devflow (schema %d, this one knows %d): upgrade devflow",
                       DF_FMT(path), version, sql_schema_version);
    return DF_OK;
}

/* Tables of before there were keys to note have none. */
static void name_keys(struct df_store *store, const struct df_database_backup *wish)
{
    struct df_key_use *keys;
    size_t n;
    if (store->ops->key_list(store, wish->arena, &keys, &n, NULL) != DF_OK)
        return;
    wish->ret->key_ids = DF_NEW_ARRAY(wish->arena, struct df_str, n + 1);
    wish->ret->n_key_ids = n;
    for (size_t i = 0; i < n; i++)
        wish->ret->key_ids[i] = df_hex(keys[i].id.p, keys[i].id.n, wish->arena);
}

/* What is in a file. */
static enum df_code describe(struct df_str path, const struct df_database_backup *wish, struct df_error *err)
{
    struct sql_db *db;
    struct sql_about about = {.schema = 0};
    struct stat st;
    DF_TRY(sqlite_db_open(path, false, &db, err));
    struct df_store *store = df_sql_store_new(db);
    enum df_code code = db->driver->about(db, &about, err);
    if (code == DF_OK)
        code = sql_admin_count(db, wish->arena, &wish->ret->tables, &wish->ret->n_tables, err);
    name_keys(store, wish);
    wish->ret->schema = about.schema;
    wish->ret->bytes = stat(df_arena_cstr(wish->arena, path), &st) == 0 ? st.st_size : 0;
    store->ops->close(store);
    return code;
}

static enum df_code open_file(const char *path, const char *settings, sqlite3 **ret, struct df_error *err)
{
    int rc = sqlite3_open_v2(path, ret, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(*ret, settings, NULL, NULL, NULL);
    return rc == SQLITE_OK ? DF_OK : sqlite_db_error(rc, err);
}

/* The pages of `from` in a file, which nobody else knows yet. The copied head says WAL; a backup is one file. */
static enum df_code write_file(sqlite3 *from, const char *path, const struct df_database_backup *wish,
                               struct df_error *err)
{
    sqlite3 *to = NULL;
    enum df_code code = open_file(path, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", &to, err);
    if (code == DF_OK)
        code = copy_pages(from, to, wish, err);
    sqlite3_close(to);
    DF_TRY(code);
    code = open_file(path, "PRAGMA journal_mode=DELETE", &to, err);
    if (code == DF_OK)
        code = check_whole(to, wish->file, err);
    sqlite3_close(to);
    return code;
}

static enum df_code cannot(const struct df_database_backup *wish, struct df_error *err)
{
    return df_fail(err, DF_ERR_FAILED, "%.*s cannot be written: %s", DF_FMT(wish->file), strerror(errno));
}

static bool sync_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

/* Under its own name at last: all of it, on disk. */
static enum df_code publish(const char *temporary, const char *path, const struct df_database_backup *wish,
                            struct df_error *err)
{
    struct df_str folder = wish->file;
    while (folder.n && folder.p[folder.n - 1] != '/')
        folder.n--;
    if (!sync_path(temporary))
        return cannot(wish, err);
    if (wish->replace ? rename(temporary, path) != 0 : link(temporary, path) != 0)
        return errno == EEXIST ? df_fail(err, DF_ERR_EXISTS, "%s is there already; --force replaces it", path)
                               : cannot(wish, err);
    if (!wish->replace)
        unlink(temporary);
    (void)sync_path(folder.n ? df_arena_cstr(wish->arena, folder) : ".");
    return DF_OK;
}

/* Beside a process that serves it: a reader of a database in WAL mode stops no writer. */
static enum df_code open_source(struct df_str path, struct sql_db **ret, struct df_error *err)
{
    DF_TRY(sqlite_db_open(path, false, ret, err));
    enum df_code code = check_ours(sqlite_db_handle(*ret), path, err);
    if (code != DF_OK)
        (*ret)->driver->close(*ret);
    return code;
}

/* A file of the database itself under whatever name, or one that a devflow works on: who has it open would go on writing into
 * what is no longer there. And nothing but a file is replaced: no device, no link. */
static enum df_code check_target(struct df_str path, const char *to, const struct df_database_backup *wish,
                                 struct df_error *err)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", ".lock"};
    struct stat target, ours;
    struct df_str note;
    bool there = lstat(to, &target) == 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *own = df_arena_printf(wish->arena, "%.*s%s", DF_FMT(path), ends[i]).p;
        bool same = there && stat(own, &ours) == 0 && ours.st_dev == target.st_dev && ours.st_ino == target.st_ino;
        if (same || strcmp(own, to) == 0)
            return df_fail(err, DF_ERR_INVALID, "%s belongs to the database itself: name another file", to);
    }
    if (there && !wish->replace)
        return df_fail(err, DF_ERR_EXISTS, "%s is there already; --force replaces it", to);
    if (there && !S_ISREG(target.st_mode))
        return df_fail(err, DF_ERR_FAILED, "%s cannot be written: it is no regular file", to);
    if (sqlite_db_in_use(wish->file, wish->arena, &note))
        return df_fail(err, DF_ERR_CONFIG, "a devflow uses the database %s: name another file", to);
    return DF_OK;
}

enum df_code sqlite_backup(struct df_str path, const struct df_database_backup *wish, struct df_error *err)
{
    const char *to = df_arena_cstr(wish->arena, wish->file);
    char *temporary = df_arena_cstr(wish->arena, df_arena_printf(wish->arena, "%s.XXXXXX", to));
    struct sql_db *from;
    DF_TRY(check_target(path, to, wish, err));
    DF_TRY(open_source(path, &from, err));
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    enum df_code code = fd < 0 ? cannot(wish, err) : write_file(sqlite_db_handle(from), temporary, wish, err);
    from->driver->close(from);
    if (fd < 0)
        return code;
    close(fd);
    if (code == DF_OK)
        code = describe(df_str_c(temporary), wish, err);
    if (code == DF_OK)
        code = publish(temporary, to, wish, err);
    if (code != DF_OK)
        unlink(temporary);
    return code;
}

static enum df_code refuse_rows(struct sql_db *db, const struct df_database_backup *wish, struct df_error *err)
{
    struct df_database_table *tables;
    size_t n;
    DF_TRY(sql_admin_count(db, wish->arena, &tables, &n, err));
    for (size_t i = 0; i < n && !wish->replace; i++)
        if (tables[i].rows)
            return df_fail(err, DF_ERR_EXISTS,
                           "the database holds rows already (%.*s: %lld); --force replaces all of it",
                           DF_FMT(tables[i].name), (long long)tables[i].rows);
    return DF_OK;
}

/* The lock of the file is ours meanwhile: a devflow that serves it refuses. */
static enum df_code restore_into(struct df_str path, struct sql_db *from, const struct df_database_backup *wish,
                                 struct df_error *err)
{
    struct sql_db *to;
    DF_TRY(sqlite_db_open(path, true, &to, err));
    enum df_code code = refuse_rows(to, wish, err);
    if (code == DF_OK)
        code = copy_pages(sqlite_db_handle(from), sqlite_db_handle(to), wish, err);
    if (code == DF_OK)
        code = check_whole(sqlite_db_handle(to), path, err);
    to->driver->close(to);
    return code;
}

enum df_code sqlite_restore(struct df_str path, const struct df_database_backup *wish, struct df_error *err)
{
    struct sql_db *from, *to;
    if (access(df_arena_cstr(wish->arena, wish->file), R_OK) != 0)
        return df_fail(err, DF_ERR_FAILED, "%.*s cannot be read: %s", DF_FMT(wish->file), strerror(errno));
    DF_TRY(open_source(wish->file, &from, err));
    enum df_code code = check_whole(sqlite_db_handle(from), wish->file, err);
    if (code == DF_OK)
        code = restore_into(path, from, wish, err);
    from->driver->close(from);
    DF_TRY(code);
    DF_TRY(sqlite_db_open(path, true, &to, err)); /* what it lacks of the present schema */
    to->driver->close(to);
    return describe(path, wish, err);
}
