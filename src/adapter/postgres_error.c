#include "adapter/postgres_conn.h"

#include <ctype.h>

struct sentence {
    const char *sign; /* an SQLSTATE, or the head of one; or words of libpq */
    enum df_code code;
    const char *text;
};

/* DF_ERR_CONFIG ends `serve` with a code that no supervisor should start it again for; DF_ERR_STORE does not. */
static const struct sentence refused_by_server[] = {
    {"28P01", DF_ERR_CONFIG, "it refused the password: correct user and password in DATABASE_URL"},
    {"28", DF_ERR_CONFIG, "it does not let this user in: correct DATABASE_URL, or the server's pg_hba.conf"},
    {"3D", DF_ERR_CONFIG, "it has no such database: create it, or correct the name in DATABASE_URL"},
    {"42501", DF_ERR_CONFIG, "the user may not connect to this database: GRANT CONNECT ON DATABASE"},
    {"53300", DF_ERR_STORE, "it has too many connections: lower DATABASE_POOL_SIZE, or raise its max_connections"},
    {"57P", DF_ERR_STORE, "it is starting or stopping: try again in a moment"},
    {NULL, DF_ERR_STORE, "it refused the connection"},
};

static const struct sentence refused_on_the_way[] = {
    {"no password supplied", DF_ERR_CONFIG, "it asks for a password: put one in DATABASE_URL, or in PGPASSFILE"},
    {"could not translate host name", DF_ERR_STORE, "no such host is known: correct the host in DATABASE_URL"},
    {"root certificate file", DF_ERR_CONFIG,
     "the file of the certificate authority cannot be read: correct sslrootcert in DATABASE_URL"},
    {"certificate verify failed", DF_ERR_CONFIG,
     "its TLS certificate is not to be trusted: name its certificate authority with sslrootcert in DATABASE_URL"},
    {"server certificate for", DF_ERR_CONFIG,
     "its TLS certificate is for another host: correct the host in DATABASE_URL, or its certificate"},
    {"does not match host name", DF_ERR_CONFIG,
     "its TLS certificate is for another host: correct the host in DATABASE_URL, or its certificate"},
    {"does not support SSL", DF_ERR_CONFIG, "it speaks no TLS, which sslmode in DATABASE_URL asks for"},
    {"SSL SYSCALL error", DF_ERR_STORE, "it broke the connection off while TLS was being agreed"},
    {"closed unexpectedly", DF_ERR_STORE, "it broke the connection off"},
    {"closed the connection", DF_ERR_STORE, "it broke the connection off"},
    {"SSL", DF_ERR_CONFIG, "TLS could not be agreed with it: check the ssl options in DATABASE_URL"},
    {"invalid ", DF_ERR_CONFIG, "an option in DATABASE_URL is not valid"},
    {"Connection refused", DF_ERR_STORE, "nothing listens there: start it, or correct host and port in DATABASE_URL"},
    {"No such file", DF_ERR_STORE, "nothing listens there: start it, or correct host and port in DATABASE_URL"},
    {NULL, DF_ERR_STORE, "it could not be reached"},
};

static const struct sentence failed[] = {
    {"53100", DF_ERR_STORE, "the database could not be written: the server's disk is full"},
    {"53", DF_ERR_STORE, "the database server has run out of memory or connections"},
    {"25006", DF_ERR_STORE, "the database cannot be written: the server is read-only, perhaps a standby"},
    {"42501", DF_ERR_STORE, "the database user may not do this: grant it rights on DevFlow's tables"},
    {"42P01", DF_ERR_STORE, "the database lacks a table: run devflow db:migrate"},
    {"42P07", DF_ERR_CONFIG, "the database's schema holds another program's tables: give DevFlow a schema of its own"},
    {"55P03", DF_ERR_BUSY, "another change of the same data is under way: try again"},
    {"40", DF_ERR_BUSY, "another change of the same data came between: try again"},
    {"57014", DF_ERR_STORE, "the database took too long"},
    {"57P", DF_ERR_STORE, "the database server is stopping"},
    {"25P03", DF_ERR_STORE, "the database server ended a transaction that took too long"},
    {"26000", DF_ERR_STORE,
     "the database forgets prepared statements: name the server itself in DATABASE_URL, not a pooler of transactions"},
    {NULL, DF_ERR_STORE, NULL},
};

static const struct sentence *for_state(const struct sentence *table, struct df_str state)
{
    while (table->sign && !df_str_starts(state, df_str_c(table->sign)))
        table++;
    return table;
}

static const struct sentence *for_words(const struct sentence *table, struct df_str text)
{
    while (table->sign && df_str_find(text, df_str_c(table->sign)) < 0)
        table++;
    return table;
}

/* "FATAL:  28P01": what PQERRORS_SQLSTATE makes of the server's message, in whatever language the first word is. The last one
 * counts, from the last of the addresses that were tried. */
static struct df_str state_in(struct df_str text)
{
    struct df_str found = DF_STR_NONE;
    for (size_t i = 0; i + 8 <= text.n; i++) {
        size_t n = 0;
        if (memcmp(text.p + i, ":  ", 3) != 0)
            continue;
        while (n < 5 && (isupper((unsigned char)text.p[i + 3 + n]) || isdigit((unsigned char)text.p[i + 3 + n])))
            n++;
        if (n == 5 && (i + 8 == text.n || isspace((unsigned char)text.p[i + 8])))
            found = df_str_n(text.p + i + 3, 5);
    }
    return found;
}

enum df_code pg_connect_error(const PGconn *handle, bool timed_out, struct df_error *err)
{
    struct df_str text = df_str_c(PQerrorMessage(handle)), state = state_in(text);
    const char *host = PQhost(handle), *port = PQport(handle);
    const struct sentence *s = state.n ? for_state(refused_by_server, state) : for_words(refused_on_the_way, text);
    return df_fail(err, timed_out ? DF_ERR_STORE : s->code, "PostgreSQL at %s:%s: %s",
                   host && *host ? host : "the default socket", port && *port ? port : "5432",
                   timed_out ? "it did not answer in time" : s->text);
}

enum df_code pg_result_error(const PGresult *result, enum pg_fate *ret_fate, struct df_error *err)
{
    struct df_str state = df_str_c(PQresultErrorField(result, PG_DIAG_SQLSTATE));
    const struct sentence *s = for_state(failed, state);
    *ret_fate = df_str_is(state, "40P01") || df_str_is(state, "40001") ? PG_CONFLICT : PG_REFUSED;
    if (!s->text)
        return df_fail(err, DF_ERR_STORE, "the database failed (SQLSTATE %.*s)", DF_FMT(state));
    df_fail_at(err, s->code, "%s", s->text);
    if (s->code == DF_ERR_BUSY && err)
        err->retry_after_s = 1;
    return s->code;
}

enum df_code pg_lost_error(bool timed_out, struct df_error *err)
{
    return df_fail(err, DF_ERR_STORE,
                   timed_out ? "the database did not answer in time" : "the connection to the database was lost");
}
