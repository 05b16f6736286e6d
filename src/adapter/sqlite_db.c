#include "adapter/sqlite_db.h"
#include "adapter/database.h"
#include "adapter/sql_schema.h"
#include "base/fatal.h"
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BUSY_TIMEOUT_MS = 5000,
    LOCK_TRIES = 5,
    LOCK_PAUSE_MS = 20,
    STATEMENTS = 256,
    COLUMNS = 40,
};

struct sqlite_db {
    struct sql_db base;
    sqlite3 *handle;
    pthread_mutex_t lock;
    int lock_fd;
    struct {
        const char *sql; /* a literal: compared by address */
        sqlite3_stmt *stmt;
    } prepared[STATEMENTS];
    size_t n_prepared;
};

static const struct sql_dialect dialect = {.integer = "INTEGER", .blob = "BLOB", .strict = " STRICT", .text = " TEXT "};

/* The database's own text stays inside: it may quote values. */
enum df_code sqlite_db_error(int rc, struct df_error *err)
{
    if (rc == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM)
        return df_fail(err, DF_ERR_STORE, "the database ran out of memory");
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
    case SQLITE_IOERR:
        return df_fail(err, DF_ERR_STORE, "the database's disk failed (SQLite code %d)", rc);
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
    assert(db->n_prepared < STATEMENTS);
    int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
    if (rc != SQLITE_OK)
        return sqlite_db_error(rc, err);
    db->prepared[db->n_prepared].sql = sql;
    db->prepared[db->n_prepared++].stmt = *ret;
    return DF_OK;
}

static int bind(sqlite3_stmt *stmt, int at, const struct sql_value *v)
{
    const char *p = v->s.n ? v->s.p : "";
    if (v->null)
        return sqlite3_bind_null(stmt, at);
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

static void hand_row(sqlite3_stmt *stmt, const struct sql_statement *statement)
{
    struct sql_cell cells[COLUMNS];
    int n = sqlite3_column_count(stmt);
    assert(n <= COLUMNS);
    for (int i = 0; i < n; i++) {
        int type = sqlite3_column_type(stmt, i);
        cells[i] = (struct sql_cell){.null = type == SQLITE_NULL};
        if (type == SQLITE_INTEGER) {
            cells[i].i = sqlite3_column_int64(stmt, i);
            continue;
        }
        /* The blob call first: asking text of a blob would convert it. */
        const char *p = sqlite3_column_blob(stmt, i);
        size_t bytes = (size_t)sqlite3_column_bytes(stmt, i);
        cells[i].s = df_str_n(bytes ? df_must((void *)(uintptr_t)p) : p, bytes);
    }
    statement->on_row(cells, statement->arg);
}

/* The caller holds the lock. */
static enum df_code step_locked(struct sqlite_db *db, const struct sql_statement *statement, int *ret_changed,
                                struct df_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_OK;
    if (statement->once)
        rc = sqlite3_prepare_v2(db->handle, statement->sql, -1, &stmt, NULL);
    else
        DF_TRY(prepare(db, statement->sql, &stmt, err));
    for (size_t i = 0; i < statement->n && rc == SQLITE_OK; i++)
        rc = bind(stmt, (int)i + 1, &statement->values[i]);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW && statement->on_row)
            hand_row(stmt, statement);
    }
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    if (statement->once)
        sqlite3_finalize(stmt);
    if (rc != SQLITE_DONE)
        return sqlite_db_error(rc, err);
    if (ret_changed)
        *ret_changed = sqlite3_changes(db->handle);
    return DF_OK;
}

/* Undoing needs memory too. A transaction that was left open would take in what is written next, and lose it. */
static enum df_code enter(struct sqlite_db *db, struct df_error *err)
{
    int rc = SQLITE_OK;
    pthread_mutex_lock(&db->lock);
    if (!sqlite3_get_autocommit(db->handle))
        rc = sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return DF_OK;
    pthread_mutex_unlock(&db->lock);
    return sqlite_db_error(rc, err);
}

static enum df_code db_run(struct sql_db *base, const struct sql_statement *statement, int *ret_changed,
                           struct df_error *err)
{
    struct sqlite_db *db = (struct sqlite_db *)base;
    DF_TRY(enter(db, err));
    enum df_code code = step_locked(db, statement, ret_changed, err);
    pthread_mutex_unlock(&db->lock);
    return code;
}

/* There is one connection: a transaction is the database with its lock held. */
static enum df_code tx_begin(struct sqlite_db *db, struct df_error *err)
{
    DF_TRY(enter(db, err));
    int rc = sqlite3_exec(db->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return DF_OK;
    pthread_mutex_unlock(&db->lock);
    return sqlite_db_error(rc, err);
}

static enum df_code tx_end(struct sqlite_db *db, enum df_code code, struct df_error *err)
{
    if (code == DF_OK) {
        int rc = sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);
        code = rc == SQLITE_OK ? DF_OK : sqlite_db_error(rc, err);
    }
    if (code != DF_OK)
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_unlock(&db->lock);
    return code;
}

static enum df_code db_begin(struct sql_db *base, struct df_str key, struct sql_tx **ret, struct df_error *err)
{
    (void)key;
    *ret = (struct sql_tx *)base;
    return tx_begin((struct sqlite_db *)base, err);
}

static enum df_code db_step(struct sql_tx *tx, const struct sql_statement *statement, int *ret_changed,
                            struct df_error *err)
{
    return step_locked((struct sqlite_db *)tx, statement, ret_changed, err);
}

/* The database is locked as a whole. */
static enum df_code db_lock(struct sql_tx *tx, struct df_str key, struct df_error *err)
{
    (void)tx;
    (void)key;
    (void)err;
    return DF_OK;
}

static enum df_code db_end(struct sql_tx *tx, enum df_code code, struct df_error *err)
{
    return tx_end((struct sqlite_db *)tx, code, err);
}

/* The file's lock keeps others away, and there is no listener to keep quiet. */
static enum df_code db_begin_whole(struct sql_db *base, struct sql_tx **ret, struct df_error *err)
{
    return db_begin(base, DF_STR_NONE, ret, err);
}

static void db_close(struct sql_db *base)
{
    struct sqlite_db *db = (struct sqlite_db *)base;
    for (size_t i = 0; i < db->n_prepared; i++)
        sqlite3_finalize(db->prepared[i].stmt);
    sqlite3_close(db->handle);
    if (db->lock_fd >= 0)
        close(db->lock_fd);
    pthread_mutex_destroy(&db->lock);
    free(db);
}

static struct df_str lock_path(struct df_str path, struct df_arena *arena)
{
    return df_arena_printf(arena, "%.*s.lock", DF_FMT(path));
}

static enum df_code lock_file(struct sqlite_db *db, struct df_str path, struct df_arena *scratch, struct df_error *err)
{
    struct df_str lock = lock_path(path, scratch);
    db->lock_fd = open(lock.p, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (db->lock_fd < 0)
        return df_fail(err, DF_ERR_CONFIG, "the database folder cannot be written: %s: %s", lock.p, strerror(errno));
    /* Who only asks whether it is locked (sqlite_db_in_use) holds it for a moment. */
    int tries = 0;
    while (flock(db->lock_fd, LOCK_EX | LOCK_NB) != 0 && ++tries < LOCK_TRIES)
        nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_MS * 1000000L}, NULL);
    if (tries == LOCK_TRIES)
        return df_fail(err, DF_ERR_CONFIG, "the database %.*s is in use by another devflow", DF_FMT(path));
    /* What an earlier process said of itself there. */
    if (ftruncate(db->lock_fd, 0) != 0)
        return df_fail(err, DF_ERR_CONFIG, "the database folder cannot be written: %s: %s", lock.p, strerror(errno));
    return DF_OK;
}

int sqlite_db_number(sqlite3 *handle, const char *sql, int *ret)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        *ret = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static enum df_code db_about(struct sql_db *base, struct sql_about *ret, struct df_error *err)
{
    struct sqlite_db *db = (struct sqlite_db *)base;
    *ret = (struct sql_about){.engine = "SQLite"};
    snprintf(ret->server, sizeof ret->server, "%s", sqlite3_libversion());
    pthread_mutex_lock(&db->lock);
    int rc = sqlite_db_number(db->handle, "PRAGMA user_version", &ret->schema);
    pthread_mutex_unlock(&db->lock);
    return rc == SQLITE_OK ? DF_OK : sqlite_db_error(rc, err);
}

static enum df_code migrate(struct sqlite_db *db, struct df_str path, struct df_error *err)
{
    int version = 0, application = 0, tables = 0;
    int rc = sqlite_db_number(db->handle, "PRAGMA user_version", &version);
    if (rc == SQLITE_OK)
        rc = sqlite_db_number(db->handle, "PRAGMA application_id", &application);
    if (rc == SQLITE_OK)
        rc = sqlite_db_number(db->handle, "SELECT count(*) FROM sqlite_schema", &tables);
    if (rc != SQLITE_OK)
        return sqlite_db_error(rc, err);
    if (application != SQLITE_DB_APPLICATION_ID && tables > 0)
        return df_fail(err, DF_ERR_CONFIG, "%.*s is the database of another program", DF_FMT(path));
    if (version > sql_schema_version)
        return df_fail(err, DF_ERR_CONFIG,
                       "%.*s was written by a newer devflow (schema %d, this one knows %d): upgrade devflow",
                       DF_FMT(path), version, sql_schema_version);
    for (; version < sql_schema_version; version++) {
        struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
        struct df_str step = sql_schema_step(version + 1, &dialect, scratch);
        char done[96];
        snprintf(done, sizeof done, "PRAGMA user_version=%d; PRAGMA application_id=%d", version + 1,
                 SQLITE_DB_APPLICATION_ID);
        DF_TRY(tx_begin(db, err));
        rc = sqlite3_exec(db->handle, df_arena_cstr(scratch, step), NULL, NULL, NULL);
        if (rc == SQLITE_OK)
            rc = sqlite3_exec(db->handle, done, NULL, NULL, NULL);
        DF_TRY(tx_end(db, rc == SQLITE_OK ? DF_OK : sqlite_db_error(rc, err), err));
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
        return sqlite_db_error(rc, err);
    return migrate(db, path, err);
}

/* Beside a `devflow serve` that works on it: no lock, no change. */
static enum df_code open_to_look(struct sqlite_db *db, struct df_str path, struct df_arena *scratch,
                                 struct df_error *err)
{
    if (access(df_arena_cstr(scratch, path), F_OK) != 0)
        return df_fail(err, DF_ERR_CONFIG,
                       "%.*s is not there yet: devflow db:migrate makes it, and so does devflow serve", DF_FMT(path));
    int rc = sqlite3_open_v2(df_arena_cstr(scratch, path), &db->handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                             NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    return rc == SQLITE_OK ? DF_OK : sqlite_db_error(rc, err);
}

static const struct sql_driver driver = {
    .run = db_run,
    .begin = db_begin,
    .step = db_step,
    .lock = db_lock,
    .end = db_end,
    .about = db_about,
    .begin_whole = db_begin_whole,
    .columns_sql = "SELECT name, CASE type WHEN 'INTEGER' THEN 3 WHEN 'BLOB' THEN 1 ELSE 0 END"
                   " FROM pragma_table_info($1) ORDER BY name",
    .tables_sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    .close = db_close,
};

struct sqlite3 *sqlite_db_handle(struct sql_db *db)
{
    return ((struct sqlite_db *)db)->handle;
}

enum df_code sqlite_db_open(struct df_str path, bool migrate_it, struct sql_db **ret, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct sqlite_db *db = calloc(1, sizeof *db);
    enum df_code code = DF_OK;
    if (!db)
        df_out_of_memory();
    db->base.driver = &driver;
    db->lock_fd = -1;
    pthread_mutex_init(&db->lock, NULL);
    if (migrate_it && !df_file_make_folders(path, 0700, scratch))
        code = df_fail(err, DF_ERR_CONFIG, "the folder of %.*s cannot be made: %s", DF_FMT(path), strerror(errno));
    if (code == DF_OK && migrate_it)
        code = lock_file(db, path, scratch, err);
    if (code == DF_OK)
        code = migrate_it ? open_handle(db, path, scratch, err) : open_to_look(db, path, scratch, err);
    if (code == DF_OK)
        *ret = &db->base;
    else
        db_close(&db->base);
    if (code == DF_ERR_STORE && err) {
        struct df_error inner = *err;
        code = df_fail(err, DF_ERR_CONFIG, "%.*s: %s", DF_FMT(path), inner.message);
    }
    return code;
}

void sqlite_db_note(struct df_str path, struct df_str note)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    int fd = open(lock_path(path, scratch).p, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t written = write(fd, note.p, note.n);
    (void)written; /* who reads half of it reads no URL */
    close(fd);
}

bool sqlite_db_in_use(struct df_str path, struct df_arena *arena, struct df_str *ret_note)
{
    enum { NOTE_BYTES = 1024 };
    *ret_note = DF_STR_NONE;
    int fd = open(lock_path(path, arena).p, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool in_use = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    char *note = df_arena_alloc(arena, NOTE_BYTES);
    ssize_t n = in_use ? read(fd, note, NOTE_BYTES) : 0;
    if (n > 0)
        *ret_note = df_str_trim(df_str_n(note, (size_t)n));
    close(fd);
    return in_use;
}

const char *df_database_sqlite_version(void)
{
    return sqlite3_libversion();
}
