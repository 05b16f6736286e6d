#include "adapter/database.h"
#include "adapter/postgres_db.h"
#include "adapter/sql_admin.h"
#include "adapter/sql_engine.h"
#include "adapter/sql_schema.h"
#include "adapter/sql_store.h"
#include "adapter/sqlite_backup.h"
#include "adapter/sqlite_db.h"
#include "adapter/system_clock.h"
#include "base/wait.h"

bool df_database_is_shared(struct df_str url)
{
    return df_str_starts(url, DF_S("postgresql:")) || df_str_starts(url, DF_S("postgres:"));
}

enum df_code df_database_url_check(struct df_str url, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    if (df_str_starts(url, DF_S("sqlite:")) && url.n > strlen("sqlite:"))
        return DF_OK;
    if (!df_database_is_shared(url))
        return df_fail(err, DF_ERR_CONFIG, "%s",
                       "it is neither sqlite:PATH nor postgresql://USER:PASSWORD@HOST:5432/NAME");
    if (!postgres_url_valid(df_arena_cstr(scratch, url)))
        return df_fail(err, DF_ERR_CONFIG,
                       "PostgreSQL's library cannot read it: write postgresql://USER:PASSWORD@HOST:5432/NAME, other "
                       "characters in the password as %%XX, and only libpq's options after a '?'");
    return DF_OK;
}

static enum df_code open_any(struct df_str url, int pool_size, bool migrate, struct sql_db **ret, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    DF_TRY(df_database_url_check(url, err));
    if (df_database_is_shared(url))
        return postgres_db_open(df_arena_cstr(scratch, url), pool_size, migrate, ret, err);
    return sqlite_db_open(df_str_from(url, strlen("sqlite:")), migrate, ret, err);
}

enum df_code df_database_open(struct df_str url, int pool_size, struct df_store **ret,
                              const struct df_clock **ret_clock, struct df_error *err)
{
    struct sql_db *db;
    DF_TRY(open_any(url, pool_size, true, &db, err));
    *ret_clock = &df_system_clock;
    if (df_database_is_shared(url)) {
        *ret_clock = postgres_db_clock(db);
    } else {
        /* This process holds the file's lock: whoever held a lease has stopped. */
        enum df_code code = SQL_RUN_PLAIN(
            db, "UPDATE connections SET lease_until_ms = 0, due_ms = 1 WHERE lease_until_ms > 0", NULL, NULL, err);
        if (code == DF_OK)
            code = sql_engine_free_runs(db, err);
        if (code != DF_OK) {
            db->driver->close(db);
            return code;
        }
    }
    db->clock = *ret_clock;
    *ret = df_sql_store_new(db);
    return DF_OK;
}

enum df_code df_database_look(struct df_str url, struct df_store **ret, struct df_error *err)
{
    struct sql_about about = {.schema = 0};
    struct sql_db *db;
    DF_TRY(open_any(url, 1, false, &db, err));
    enum df_code code = db->driver->about(db, &about, err);
    if (code == DF_OK && about.schema != sql_schema_version)
        code = df_fail(
            err, DF_ERR_CONFIG,
            "the database has the tables of another devflow (schema %d, this one knows %d): devflow db:migrate",
            about.schema, sql_schema_version);
    if (code != DF_OK) {
        db->driver->close(db);
        return code;
    }
    db->clock = &df_system_clock;
    *ret = df_sql_store_new(db);
    return DF_OK;
}

static struct df_str file_of(struct df_str url)
{
    return df_database_is_shared(url) ? DF_STR_NONE : df_str_from(url, strlen("sqlite:"));
}

void df_database_serve_at(struct df_str url, struct df_str api_url)
{
    if (file_of(url).n)
        sqlite_db_note(file_of(url), api_url);
}

bool df_database_served(struct df_str url, struct df_arena *arena, struct df_str *ret_at)
{
    *ret_at = DF_STR_NONE;
    return file_of(url).n && sqlite_db_in_use(file_of(url), arena, ret_at);
}

enum df_code df_database_migrate(struct df_str url, int *ret_from, int *ret_to, struct df_error *err)
{
    struct sql_about before = {.schema = 0};
    struct sql_db *db;
    /* A file that is not there yet has nothing to look at; what else is wrong, opening it says. */
    if (open_any(url, 1, false, &db, NULL) == DF_OK) {
        db->driver->about(db, &before, NULL);
        db->driver->close(db);
    }
    DF_TRY(open_any(url, 1, true, &db, err));
    db->driver->close(db);
    *ret_from = before.schema;
    *ret_to = sql_schema_version;
    return DF_OK;
}

static enum df_code look(struct sql_db *db, struct df_arena *arena, struct df_database_status *ret,
                         struct df_error *err)
{
    struct sql_about about;
    DF_TRY(db->driver->about(db, &about, err));
    int64_t before_us = df_monotonic_us();
    DF_TRY(SQL_RUN_PLAIN(db, "SELECT 1", NULL, NULL, err));
    *ret = (struct df_database_status){
        .engine = about.engine,
        .server = df_arena_dup(arena, df_str_c(about.server)),
        .tls = about.tls,
        .schema = about.schema,
        .known = sql_schema_version,
        .latency_ms = (double)(df_monotonic_us() - before_us) / 1000,
    };
    return sql_admin_count(db, arena, &ret->tables, &ret->n_tables, err);
}

enum df_code df_database_status(struct df_str url, struct df_arena *arena, struct df_database_status *ret,
                                struct df_error *err)
{
    struct sql_db *db;
    DF_TRY(open_any(url, 1, false, &db, err));
    enum df_code code = look(db, arena, ret, err);
    db->driver->close(db);
    return code;
}

/* A mistyped name must neither make a database nor, with --force, empty the other one. */
static enum df_code check_source(struct df_str url, struct df_error *err)
{
    struct sql_about about = {.schema = 0};
    struct sql_db *db;
    DF_TRY(open_any(url, 1, false, &db, err));
    enum df_code code = db->driver->about(db, &about, err);
    db->driver->close(db);
    if (code == DF_OK && about.schema == 0)
        return df_fail(err, DF_ERR_INVALID, "--from names a database without DevFlow's tables: nothing was copied");
    return code;
}

enum df_code df_database_copy(const struct df_database_copy *copy, struct df_arena *arena,
                              struct df_database_copied *ret, struct df_error *err)
{
    struct sql_db *from, *to;
    if (df_str_eq(copy->from, copy->to))
        return df_fail(err, DF_ERR_INVALID, "--from and --to name the same database");
    DF_TRY(check_source(copy->from, err));
    DF_TRY(open_any(copy->from, 1, true, &from, err));
    enum df_code code = open_any(copy->to, 1, true, &to, err);
    if (code == DF_OK) {
        code = sql_admin_copy(from, to, copy, arena, ret, err);
        to->driver->close(to);
    }
    from->driver->close(from);
    return code;
}

enum df_code df_database_backup(struct df_str url, const struct df_database_backup *wish, struct df_error *err)
{
    DF_TRY(df_database_url_check(url, err));
    if (df_database_is_shared(url))
        return df_fail(err, DF_ERR_INVALID,
                       "a PostgreSQL database is backed up with its own tools: pg_dump --format=custom, or "
                       "the backups of whoever runs it");
    return sqlite_backup(df_str_from(url, strlen("sqlite:")), wish, err);
}

enum df_code df_database_restore(struct df_str url, const struct df_database_backup *wish, struct df_error *err)
{
    DF_TRY(df_database_url_check(url, err));
    if (df_database_is_shared(url))
        return df_fail(
            err, DF_ERR_INVALID,
            "a PostgreSQL database is restored with its own tools: pg_restore. A backup of SQLite goes there through a "
            "file: devflow db:restore, then devflow db:copy");
    return sqlite_restore(df_str_from(url, strlen("sqlite:")), wish, err);
}
