#include "adapter/postgres_conn.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    STATEMENTS = 128,
    COLUMNS = 64,
    CONNECT_S = 10,
    ANSWER_MS = 20 * 1000, /* for a server that does not keep its own limit any more */
    OLDEST_SERVER = 150000,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
};

struct pg_conn {
    PGconn *handle;
    bool patient, timed_out;
    const char *prepared[STATEMENTS]; /* by address; its place is its name */
    size_t n_prepared;
};

int64_t pg_number(const char *text)
{
    unsigned long long n;
    return df_str_to_u64(df_str_c(text), &n) ? (int64_t)n : 0;
}

PGconn *pg_conn_handle(struct pg_conn *c)
{
    return c->handle;
}

static bool await(PGconn *handle, short events, int64_t until_ms)
{
    struct pollfd fd = {.fd = PQsocket(handle), .events = events};
    for (;;) {
        int64_t left = until_ms - df_monotonic_ms();
        int n = fd.fd < 0 || left <= 0 ? 0 : poll(&fd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

struct wish {
    int64_t timeout_s;
    bool many_hosts;
};

static struct wish wish_of(PGconn *handle)
{
    struct wish wish = {CONNECT_S, false};
    PQconninfoOption *all = PQconninfo(handle);
    for (const PQconninfoOption *o = all; o && o->keyword; o++) {
        if (o->val && strcmp(o->keyword, "connect_timeout") == 0)
            wish.timeout_s = pg_number(o->val);
        if (o->val && (strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0) && strchr(o->val, ','))
            wish.many_hosts = true;
    }
    PQconninfoFree(all);
    if (wish.timeout_s <= 0)
        wish.timeout_s = CONNECT_S;
    return wish;
}

/* What stands before the URL it may override, what stands behind not. */
static const char *const keywords[] = {
    "fallback_application_name", "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
    "tcp_user_timeout",          "gssencmode",      "dbname",          "client_encoding",     NULL};
enum { URL_AT = 7, KEYWORDS = sizeof keywords / sizeof *keywords };

static PGconn *connect_bounded(const char *url, bool *ret_timed_out)
{
    const char *values[KEYWORDS] = {"devflow", "10", "30", "10", "3", "15000", "disable", url, "UTF8", NULL};
    PGconn *handle = PQconnectStartParams(keywords, values, 1);
    *ret_timed_out = false;
    if (!handle)
        df_out_of_memory();
    PQsetErrorVerbosity(handle, PQERRORS_SQLSTATE);
    struct wish wish = wish_of(handle);
    int64_t until_ms = df_monotonic_ms() + wish.timeout_s * 1000;
    PostgresPollingStatusType state = PQstatus(handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED && !*ret_timed_out) {
        if (await(handle, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until_ms))
            state = PQconnectPoll(handle);
        else
            *ret_timed_out = true;
    }
    if (*ret_timed_out && wish.many_hosts) {
        /* Only libpq itself can go on to the next host. */
        PQfinish(handle);
        handle = PQconnectdbParams(keywords, values, 1);
        *ret_timed_out = false;
    }
    return handle;
}

/* The server's own. */
#define LIMITS \
    "SET statement_timeout = 15000; SET lock_timeout = 5000; SET idle_in_transaction_session_timeout = 30000;"

/* Wide search paths would let another user's functions and tables in: from here on, the one schema, and temporary names last. */
static const char greeting[] = LIMITS
    "SET DateStyle = 'ISO'; SET standard_conforming_strings = on;"
    "SELECT pg_catalog.set_config('synchronous_commit', 'on', false)"
    " WHERE pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off';"
    "SELECT CASE WHEN pg_catalog.current_schema() IS NOT NULL THEN pg_catalog.set_config('search_path',"
    " pg_catalog.concat(pg_catalog.quote_ident(pg_catalog.current_schema()), ', pg_temp'), false) END,"
    " pg_catalog.current_setting('transaction_read_only')";

static enum df_code greet(struct pg_conn *c, struct df_error *err)
{
    int version = PQserverVersion(c->handle);
    enum pg_fate fate;
    PGresult *result = NULL;
    if (version < OLDEST_SERVER)
        return df_fail(err, DF_ERR_CONFIG, "PostgreSQL %d is too old: DevFlow needs 15 or newer", version / 10000);
    DF_TRY(pg_conn_ask(c, greeting, &result, &fate, err));
    bool schema = !PQgetisnull(result, 0, 0), read_only = strcmp(PQgetvalue(result, 0, 1), "on") == 0;
    PQclear(result);
    if (read_only)
        return df_fail(
            err, DF_ERR_STORE,
            "the database cannot be written: the server is read-only, perhaps a standby; name the primary in "
            "DATABASE_URL (with several hosts, add target_session_attrs=read-write)");
    if (!schema)
        return df_fail(err, DF_ERR_CONFIG, "the database user has no schema: none of its search_path exists");
    return DF_OK;
}

static void be_silent(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

enum df_code pg_conn_open(const char *url, struct pg_conn **ret, struct df_error *err)
{
    bool timed_out;
    struct pg_conn *c = calloc(1, sizeof *c);
    if (!c)
        df_out_of_memory();
    c->handle = connect_bounded(url, &timed_out);
    enum df_code code = timed_out || PQstatus(c->handle) != CONNECTION_OK ? pg_connect_error(c->handle, timed_out, err)
                                                                          : DF_OK;
    if (code == DF_OK) {
        PQsetNoticeReceiver(c->handle, be_silent, NULL);
        code = greet(c, err);
    }
    if (code == DF_OK)
        *ret = c;
    else
        pg_conn_close(c);
    return code;
}

void pg_conn_close(struct pg_conn *c)
{
    PQfinish(c->handle);
    free(c);
}

bool pg_conn_usable(struct pg_conn *c)
{
    struct pollfd fd = {.fd = PQsocket(c->handle), .events = POLLIN};
    if (c->timed_out || PQstatus(c->handle) != CONNECTION_OK || PQtransactionStatus(c->handle) != PQTRANS_IDLE)
        return false;
    /* A server that went away has said so: its last words, then the end. */
    while (poll(&fd, 1, 0) > 0)
        if (!PQconsumeInput(c->handle) || PQstatus(c->handle) != CONNECTION_OK)
            return false;
    return true;
}

static int64_t integer(const char *p, Oid type)
{
    uint64_t big;
    uint32_t middle;
    uint16_t small;
    switch (type) {
    case OID_INT8:
        memcpy(&big, p, sizeof big);
        return (int64_t)be64toh(big);
    case OID_INT4:
        memcpy(&middle, p, sizeof middle);
        return (int32_t)be32toh(middle);
    default:
        memcpy(&small, p, sizeof small);
        return (int16_t)be16toh(small);
    }
}

static void hand_rows(const PGresult *result, const struct sql_statement *statement)
{
    struct sql_cell cells[COLUMNS];
    int n = PQnfields(result);
    assert(n <= COLUMNS);
    for (int row = 0; row < PQntuples(result); row++) {
        for (int i = 0; i < n; i++) {
            Oid type = PQftype(result, i);
            const char *p = PQgetvalue(result, row, i);
            cells[i] = (struct sql_cell){.null = PQgetisnull(result, row, i)};
            if (cells[i].null)
                continue;
            if (type == OID_INT8 || type == OID_INT4 || type == OID_INT2)
                cells[i].i = integer(p, type);
            else
                cells[i].s = df_str_n(p, (size_t)PQgetlength(result, row, i));
        }
        statement->on_row(cells, statement->arg);
    }
}

static enum df_code lost(struct pg_conn *c, enum pg_fate fate, enum pg_fate *ret_fate, struct df_error *err)
{
    *ret_fate = c->timed_out ? PG_LATE : fate;
    return pg_lost_error(c->timed_out, err);
}

/* NULL when there is none left, and when the connection is broken: then PQstatus or timed_out tells. */
static PGresult *next_result(struct pg_conn *c, int64_t until_ms)
{
    while (PQisBusy(c->handle)) {
        if (!await(c->handle, POLLIN, until_ms)) {
            c->timed_out = true;
            return NULL;
        }
        if (!PQconsumeInput(c->handle))
            break;
    }
    return PQgetResult(c->handle);
}

/* Reads the answer to its end. on_row (NULL: no rows wanted) takes them from binary. */
static enum df_code take_answer(struct pg_conn *c, const struct sql_statement *statement, PGresult **ret_last,
                                int *ret_changed, enum pg_fate *ret_fate, struct df_error *err)
{
    int64_t until_ms = c->patient ? INT64_MAX : df_monotonic_ms() + ANSWER_MS;
    enum df_code code = DF_OK;
    PGresult *result, *last = NULL;
    *ret_fate = PG_DONE;
    while ((result = next_result(c, until_ms)) != NULL) {
        ExecStatusType status = PQresultStatus(result);
        bool good = status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE || status == PGRES_COMMAND_OK;
        if (!good && code == DF_OK)
            code = pg_result_error(result, ret_fate, err);
        if (good && statement && statement->on_row)
            hand_rows(result, statement);
        if (good && ret_changed && *PQcmdTuples(result))
            *ret_changed = (int)pg_number(PQcmdTuples(result));
        PQclear(last);
        last = result;
        if (statement && statement->once)
            until_ms = c->patient ? INT64_MAX : df_monotonic_ms() + ANSWER_MS;
    }
    if (c->timed_out || PQstatus(c->handle) != CONNECTION_OK || (code == DF_OK && !last))
        code = lost(c, PG_LOST, ret_fate, err);
    if (code == DF_OK && ret_last)
        *ret_last = last;
    else
        PQclear(last);
    return code;
}

enum df_code pg_conn_ask(struct pg_conn *c, const char *sql, PGresult **ret_last, enum pg_fate *ret_fate,
                         struct df_error *err)
{
    if (!PQsendQuery(c->handle, sql))
        return lost(c, PG_NOT_SENT, ret_fate, err);
    return take_answer(c, NULL, ret_last, NULL, ret_fate, err);
}

enum df_code pg_conn_patient(struct pg_conn *c, bool patient, struct df_error *err)
{
    static const char no_limits[] =
        "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0";
    enum pg_fate fate;
    c->patient = patient;
    return pg_conn_ask(c, patient ? no_limits : LIMITS, NULL, &fate, err);
}

/* Values as libpq takes them; numbers in network order. */
struct parameters {
    Oid types[SQL_VALUES_LIMIT];
    const char *values[SQL_VALUES_LIMIT];
    int lengths[SQL_VALUES_LIMIT], formats[SQL_VALUES_LIMIT];
    uint64_t numbers[SQL_VALUES_LIMIT];
};

static void fill(struct parameters *p, const struct sql_statement *statement)
{
    for (size_t i = 0; i < statement->n; i++) {
        const struct sql_value *v = &statement->values[i];
        p->formats[i] = 1;
        p->types[i] = v->kind == SQL_INT ? OID_INT8 : v->kind == SQL_TEXT ? OID_TEXT : OID_BYTEA;
        p->numbers[i] = htobe64((uint64_t)v->i);
        p->values[i] = v->kind == SQL_INT ? (const char *)&p->numbers[i] : v->s.n ? v->s.p : "";
        p->lengths[i] = v->kind == SQL_INT ? (int)sizeof p->numbers[i] : (int)v->s.n;
        if (v->null || (v->kind == SQL_BLOB_OR_NULL && v->s.n == 0))
            p->values[i] = NULL;
    }
}

static enum df_code prepare(struct pg_conn *c, const struct sql_statement *statement, const struct parameters *p,
                            char name[32], enum pg_fate *ret_fate, struct df_error *err)
{
    size_t at = 0;
    while (at < c->n_prepared && c->prepared[at] != statement->sql)
        at++;
    snprintf(name, 32, "devflow_%zu", at);
    if (at < c->n_prepared)
        return DF_OK;
    assert(at < STATEMENTS);
    if (!PQsendPrepare(c->handle, name, statement->sql, (int)statement->n, p->types))
        return lost(c, PG_NOT_SENT, ret_fate, err);
    enum df_code code = take_answer(c, NULL, NULL, NULL, ret_fate, err);
    if (*ret_fate == PG_LOST)
        *ret_fate = PG_NOT_SENT;
    if (code == DF_OK)
        c->prepared[c->n_prepared++] = statement->sql;
    return code;
}

enum df_code pg_conn_run(struct pg_conn *c, const struct sql_statement *statement, int *ret_changed,
                         enum pg_fate *ret_fate, struct df_error *err)
{
    struct parameters p;
    char name[32];
    int sent;
    fill(&p, statement);
    if (ret_changed)
        *ret_changed = 0;
    if (statement->once) {
        sent = PQsendQueryParams(c->handle, statement->sql, (int)statement->n, p.types, p.values, p.lengths, p.formats,
                                 1) &&
               (!statement->on_row || PQsetSingleRowMode(c->handle));
    } else {
        DF_TRY(prepare(c, statement, &p, name, ret_fate, err));
        sent = PQsendQueryPrepared(c->handle, name, (int)statement->n, p.values, p.lengths, p.formats, 1);
    }
    if (!sent)
        return lost(c, PQstatus(c->handle) == CONNECTION_OK ? PG_LOST : PG_NOT_SENT, ret_fate, err);
    return take_answer(c, statement, NULL, ret_changed, ret_fate, err);
}
