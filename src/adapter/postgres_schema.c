#include "adapter/postgres_schema.h"
#include "adapter/sql_schema.h"
#include "base/version.h"
#include "port/store.h"

#include <stdio.h>

static const struct sql_dialect dialect = {
    .integer = "BIGINT", .blob = "BYTEA", .strict = "", .text = " TEXT COLLATE \"C\" "};

/* Rows deleted by cascade fire it too. A copy of a whole database (begin_whole) keeps it quiet. */
static const char triggers[] =
    "CREATE FUNCTION devflow_notify() RETURNS trigger LANGUAGE plpgsql AS $body$"
    " DECLARE it record;"
    " BEGIN"
    "  IF current_setting('devflow.quiet', true) = 'on' THEN RETURN NULL; END IF;"
    "  IF TG_OP = 'DELETE' THEN it := OLD; ELSE it := NEW; END IF;"
    "  PERFORM pg_notify('" PG_CHANNEL "', CASE WHEN octet_length(it.project_id) + octet_length(it.provider) > 4000"
    "   THEN TG_TABLE_SCHEMA || E'\\n\\n' ELSE TG_TABLE_SCHEMA || E'\\n' || it.project_id || E'\\n' || it.provider END);"
    "  RETURN NULL;"
    " END $body$;"
    "CREATE TRIGGER devflow_notify AFTER INSERT OR UPDATE OR DELETE ON connections"
    " FOR EACH ROW EXECUTE FUNCTION devflow_notify();"
    "CREATE TRIGGER devflow_notify AFTER INSERT OR UPDATE OR DELETE ON oauth_apps"
    " FOR EACH ROW EXECUTE FUNCTION devflow_notify();";
enum { TRIGGERS_STEP = 1 };

/* Once a statement, and not for when a key was last used. */
static const char key_triggers[] =
    "CREATE FUNCTION devflow_notify_api_keys() RETURNS trigger LANGUAGE plpgsql AS $body$"
    " BEGIN"
    "  IF current_setting('devflow.quiet', true) = 'on' THEN RETURN NULL; END IF;"
    "  PERFORM pg_notify('" PG_CHANNEL "', TG_TABLE_SCHEMA || E'\\n\\n" DF_NEWS_API_KEYS "');"
    "  RETURN NULL;"
    " END $body$;"
    "CREATE TRIGGER devflow_notify AFTER INSERT OR DELETE OR UPDATE OF expires_ms, revoked_ms ON api_keys"
    " FOR EACH STATEMENT EXECUTE FUNCTION devflow_notify_api_keys();";

static enum df_code ask_int(struct pg_conn *c, const char *sql, int *ret, struct df_error *err)
{
    enum pg_fate fate;
    PGresult *result;
    DF_TRY(pg_conn_ask(c, sql, &result, &fate, err));
    *ret = (int)pg_number(PQgetvalue(result, 0, 0));
    PQclear(result);
    return DF_OK;
}

enum df_code pg_schema_version(struct pg_conn *c, int *ret, struct df_error *err)
{
    int there;
    *ret = 0;
    /* Not to_regclass: after the wait for a lock it would answer from what the session remembers. */
    DF_TRY(ask_int(c,
                   "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
                   " WHERE relname = 'schema_version' AND nspname = current_schema()",
                   &there, err));
    return there ? ask_int(c, "SELECT COALESCE(max(version), 0) FROM schema_version", ret, err) : DF_OK;
}

static enum df_code step_text(int version, struct df_arena *arena, struct df_str *ret)
{
    struct df_buf sql;
    df_buf_init(&sql, arena, 512 * 1024);
    df_buf_put_c(&sql, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, devflow TEXT NOT NULL,"
                       " applied TIMESTAMPTZ NOT NULL);");
    df_buf_put_str(&sql, sql_schema_step(version, &dialect, arena));
    df_buf_put_c(&sql, ";");
    if (version == TRIGGERS_STEP)
        df_buf_put_c(&sql, triggers);
    if (df_str_find(sql_schema_step(version, &dialect, arena), DF_S("CREATE TABLE api_keys ")) >= 0)
        df_buf_put_c(&sql, key_triggers);
    df_buf_printf(&sql, "INSERT INTO schema_version VALUES (%d, '" DF_VERSION "', now())", version);
    *ret = df_buf_str(&sql);
    return DF_OK;
}

static enum df_code newer(int version, struct df_error *err)
{
    return df_fail(err, DF_ERR_CONFIG,
                   "the database was written by a newer devflow (schema %d, this one knows %d): upgrade devflow",
                   version, sql_schema_version);
}

static enum df_code apply(struct pg_conn *c, int version, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_str sql;
    enum pg_fate fate;
    DF_TRY(step_text(version, scratch, &sql));
    enum df_code code = pg_conn_ask(c, df_arena_cstr(scratch, sql), NULL, &fate, err);
    if (code != DF_OK && fate == PG_REFUSED && df_str_starts(df_str_c(err->message), DF_S("the database user may not")))
        return df_fail(
            err, DF_ERR_CONFIG,
            "the database user may not make DevFlow's tables: GRANT CREATE ON its schema to it, or run devflow "
            "db:migrate as a user who may");
    return code;
}

/* The lock is the transaction's: one step, and the next node finds its row. */
static enum df_code one_step(struct pg_conn *c, int *ret_version, struct df_error *err)
{
    char begin[96];
    enum pg_fate fate;
    snprintf(begin, sizeof begin, "BEGIN; SELECT pg_catalog.pg_advisory_xact_lock(%d, %d)", PG_LOCK_SPACE,
             PG_LOCK_SCHEMA);
    DF_TRY(pg_conn_ask(c, begin, NULL, &fate, err));
    enum df_code code = pg_schema_version(c, ret_version, err);
    if (code == DF_OK && *ret_version > sql_schema_version)
        code = newer(*ret_version, err);
    if (code == DF_OK && *ret_version < sql_schema_version)
        code = apply(c, *ret_version + 1, err);
    if (code == DF_OK)
        return pg_conn_ask(c, "COMMIT", NULL, &fate, err);
    pg_conn_ask(c, "ROLLBACK", NULL, &fate, NULL);
    return code;
}

enum df_code pg_schema_migrate(struct pg_conn *c, struct df_error *err)
{
    int version;
    DF_TRY(pg_schema_version(c, &version, err));
    if (version > sql_schema_version)
        return newer(version, err);
    if (version == sql_schema_version)
        return DF_OK;
    DF_TRY(pg_conn_patient(c, true, err));
    while (version < sql_schema_version) {
        DF_TRY(one_step(c, &version, err));
        version += version < sql_schema_version;
    }
    return pg_conn_patient(c, false, err);
}
