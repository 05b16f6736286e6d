#include "adapter/sqlite_db.h"
#include "adapter/sqlite_schema.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUSY_TIMEOUT_MS = 5000,
    SCHEMA_VERSION = sizeof sqlite_schema_steps / sizeof *sqlite_schema_steps,
    /* "DevF": tells our files from another program's. */
    APPLICATION_ID = 0x44657646,
};

/* The database's own text stays inside: it may quote values. */
static enum df_code storage_error(int rc, struct df_error *err)
{
    switch (rc & 0xFF) {
    case SQLITE_FULL:
        return df_fail(err, DF_ERR_STORE, "the database could not be written: the disk is full");
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return df_fail(err, DF_ERR_STORE, "the database could not be written: the file is read-only");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return df_fail(err, DF_ERR_STORE, "the database is in use by another program");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return df_fail(err, DF_ERR_STORE, "the database file is damaged or is not a database");
    case SQLITE_CANTOPEN:
        return df_fail(err, DF_ERR_STORE, "the database file cannot be opened");
    default:
        return df_fail(err, DF_ERR_STORE, "the database failed (SQLite code %d)", rc);
    }
}

static enum df_code prepare(struct sqlite_db *db, const char *sql, sqlite3_stmt **ret, struct df_error *err)
{
    for (size_t i = 0; i < db->n_prepared; i++)
        if (db->prepared[i].sql == sql) {
            *ret = db->prepared[i].stmt;
            return DF_OK;
        }
    assert(db->n_prepared < SQLITE_STATEMENTS);
    int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
    if (rc != SQLITE_OK)
        return storage_error(rc, err);
    db->prepared[db->n_prepared].sql = sql;
    db->prepared[db->n_prepared++].stmt = *ret;
    return DF_OK;
}

static int bind(sqlite3_stmt *stmt, int at, const struct sqlite_value *v)
{
    const char *p = v->s.n ? v->s.p : "";
    switch (v->kind) {
    case SQL_TEXT:
        return sqlite3_bind_text(stmt, at, p, (int)v->s.n, SQLITE_STATIC);
    case SQL_BLOB_OR_NULL:
        if (v->s.n == 0)
            return sqlite3_bind_null(stmt, at);
        return sqlite3_bind_blob(stmt, at, p, (int)v->s.n, SQLITE_STATIC);
    case SQL_BLOB:
        return sqlite3_bind_blob(stmt, at, p, (int)v->s.n, SQLITE_STATIC);
    case SQL_INT:
        return sqlite3_bind_int64(stmt, at, v->i);
    }
    return SQLITE_MISUSE;
}

enum df_code sqlite_db_step(struct sqlite_db *db, const char *sql, const struct sqlite_value *values, size_t n,
                            sqlite_row *on_row, void *arg, int *ret_changed, struct df_error *err)
{
    sqlite3_stmt *stmt;
    DF_TRY(prepare(db, sql, &stmt, err));
    int rc = SQLITE_OK;
    for (size_t i = 0; i < n && rc == SQLITE_OK; i++)
        rc = bind(stmt, (int)i + 1, &values[i]);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW && on_row)
            on_row(stmt, arg);
    }
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    if (rc != SQLITE_DONE)
        return storage_error(rc, err);
    if (ret_changed)
        *ret_changed = sqlite3_changes(db->handle);
    return DF_OK;
}

enum df_code sqlite_db_run(struct sqlite_db *db, const char *sql, const struct sqlite_value *values, size_t n,
                           sqlite_row *on_row, void *arg, int *ret_changed, struct df_error *err)
{
    pthread_mutex_lock(&db->lock);
    enum df_code code = sqlite_db_step(db, sql, values, n, on_row, arg, ret_changed, err);
    pthread_mutex_unlock(&db->lock);
    return code;
}

enum df_code sqlite_db_begin(struct sqlite_db *db, struct df_error *err)
{
    pthread_mutex_lock(&db->lock);
    int rc = sqlite3_exec(db->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return DF_OK;
    pthread_mutex_unlock(&db->lock);
    return storage_error(rc, err);
}

enum df_code sqlite_db_end(struct sqlite_db *db, enum df_code code, struct df_error *err)
{
    if (code == DF_OK) {
        int rc = sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);
        code = rc == SQLITE_OK ? DF_OK : storage_error(rc, err);
    }
    if (code != DF_OK)
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_unlock(&db->lock);
    return code;
}

struct df_str sqlite_column_str(sqlite3_stmt *row, int column, struct df_arena *arena)
{
    /* The blob call first: asking text of a blob would convert it. */
    const char *p = sqlite3_column_blob(row, column);
    return df_arena_dup(arena, df_str_n(p, p ? (size_t)sqlite3_column_bytes(row, column) : 0));
}

static enum df_code make_folder(struct df_str path, struct df_arena *scratch, struct df_error *err)
{
    for (size_t i = 1; i < path.n; i++) {
        if (path.p[i] != '/')
            continue;
        const char *folder = df_arena_cstr(scratch, df_str_n(path.p, i));
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return df_fail(err, DF_ERR_CONFIG, "the folder %s cannot be made: %s", folder, strerror(errno));
    }
    return DF_OK;
}

static enum df_code lock_file(struct sqlite_db *db, struct df_str path, struct df_arena *scratch, struct df_error *err)
{
    struct df_str lock = df_arena_printf(scratch, "%.*s.lock", DF_FMT(path));
    db->lock_fd = open(lock.p, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (db->lock_fd < 0)
        return df_fail(err, DF_ERR_CONFIG, "the database folder cannot be written: %s: %s", lock.p, strerror(errno));
    if (flock(db->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return df_fail(err, DF_ERR_CONFIG, "the database %.*s is in use by another devflow", DF_FMT(path));
    return DF_OK;
}

static int one_int(sqlite3 *handle, const char *sql, int *ret)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        *ret = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static enum df_code migrate(struct sqlite_db *db, struct df_str path, struct df_error *err)
{
    int version = 0, application = 0, tables = 0;
    int rc = one_int(db->handle, "PRAGMA user_version", &version);
    if (rc == SQLITE_OK)
        rc = one_int(db->handle, "PRAGMA application_id", &application);
    if (rc == SQLITE_OK)
        rc = one_int(db->handle, "SELECT count(*) FROM sqlite_schema", &tables);
    if (rc != SQLITE_OK)
        return storage_error(rc, err);
    if (application != APPLICATION_ID && tables > 0)
        return df_fail(err, DF_ERR_CONFIG, "%.*s is the database of another program", DF_FMT(path));
    if (version > SCHEMA_VERSION)
        return df_fail(err, DF_ERR_CONFIG,
                       "%.*s was written by a newer devflow (schema %d, this one knows %d): upgrade devflow",
                       DF_FMT(path), version, (int)SCHEMA_VERSION);
    for (; version < SCHEMA_VERSION; version++) {
        char done[64];
        snprintf(done, sizeof done, "PRAGMA user_version=%d", version + 1);
        DF_TRY(sqlite_db_begin(db, err));
        rc = sqlite3_exec(db->handle, sqlite_schema_steps[version], NULL, NULL, NULL);
        if (rc == SQLITE_OK)
            rc = sqlite3_exec(db->handle, done, NULL, NULL, NULL);
        DF_TRY(sqlite_db_end(db, rc == SQLITE_OK ? DF_OK : storage_error(rc, err), err));
    }
    return DF_OK;
}

static enum df_code open_handle(struct sqlite_db *db, struct df_str path, struct df_arena *scratch,
                                struct df_error *err)
{
    static const char settings[] =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-2000;";
    mode_t before = umask(0077);
    int rc = sqlite3_open_v2(df_arena_cstr(scratch, path), &db->handle,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                             NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db->handle, settings, NULL, NULL, NULL);
    umask(before);
    if (rc != SQLITE_OK)
        return storage_error(rc, err);
    DF_TRY(migrate(db, path, err));
    char mark[64];
    snprintf(mark, sizeof mark, "PRAGMA application_id=%d", APPLICATION_ID);
    rc = sqlite3_exec(db->handle, mark, NULL, NULL, NULL);
    return rc == SQLITE_OK ? DF_OK : storage_error(rc, err);
}

enum df_code sqlite_db_open(struct df_str path, struct sqlite_db *ret, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    *ret = (struct sqlite_db){.lock_fd = -1};
    pthread_mutex_init(&ret->lock, NULL);
    enum df_code code = make_folder(path, scratch, err);
    if (code == DF_OK)
        code = lock_file(ret, path, scratch, err);
    if (code == DF_OK)
        code = open_handle(ret, path, scratch, err);
    if (code != DF_OK)
        sqlite_db_close(ret);
    if (code == DF_ERR_STORE) {
        struct df_error inner = *err;
        code = df_fail(err, DF_ERR_CONFIG, "%.*s: %s", DF_FMT(path), inner.message);
    }
    return code;
}

void sqlite_db_close(struct sqlite_db *db)
{
    for (size_t i = 0; i < db->n_prepared; i++)
        sqlite3_finalize(db->prepared[i].stmt);
    sqlite3_close(db->handle);
    if (db->lock_fd >= 0)
        close(db->lock_fd);
    pthread_mutex_destroy(&db->lock);
}
