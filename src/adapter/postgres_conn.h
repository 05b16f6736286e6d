/* One connection to PostgreSQL over libpq: opened within a time limit, every wait bounded, values and rows in binary, statements
 * prepared once under their literal's address. What fails is told apart by whether the server may have done it. One thread at
 * a time. */
#ifndef DF_ADAPTER_POSTGRES_CONN_H
#define DF_ADAPTER_POSTGRES_CONN_H

#include "adapter/sql.h"

#include <libpq-fe.h>

/* Advisory locks have two numbers: this one ("DevF") for all of ours, then what for. Keys of transactions are hashed to above. */
enum { PG_LOCK_SPACE = 0x44657646, PG_LOCK_SCHEMA = 1, PG_LOCK_SERVING = 2, PG_LOCK_KEYS = 16 };

enum pg_fate {
    PG_DONE,
    PG_REFUSED,  /* the server said no: nothing changed, the connection is well */
    PG_CONFLICT, /* rolled back for another transaction's sake: may be repeated */
    PG_NOT_SENT, /* the connection is broken, the statement never left */
    PG_LOST,     /* the connection is broken, and the outcome not known */
    PG_LATE,     /* the same, for the server did not answer in time: asking again would only take as long */
};

struct pg_conn;

/* DF_ERR_CONFIG where a person must change something, DF_ERR_STORE where waiting may help. */
enum df_code pg_conn_open(const char *url, struct pg_conn **ret, struct df_error *err);
void pg_conn_close(struct pg_conn *c);
/* Between statements: open, without a transaction, and not closed by the server meanwhile. */
bool pg_conn_usable(struct pg_conn *c);
enum df_code pg_conn_run(struct pg_conn *c, const struct sql_statement *statement, int *ret_changed,
                         enum pg_fate *ret_fate, struct df_error *err);
/* One or more statements without values, each in the server's time limit. *ret_last (NULL: not wanted): the last one's result, the
 * caller's to clear, with text fields. */
enum df_code pg_conn_ask(struct pg_conn *c, const char *sql, PGresult **ret_last, enum pg_fate *ret_fate,
                         struct df_error *err);
/* For what may take long: no time limit of ours nor the server's, until it is put back. */
enum df_code pg_conn_patient(struct pg_conn *c, bool patient, struct df_error *err);
PGconn *pg_conn_handle(struct pg_conn *c);

/* The sentences (postgres_error.c). Never libpq's nor the server's own text: it may quote values. */
enum df_code pg_connect_error(const PGconn *handle, bool timed_out, struct df_error *err);
enum df_code pg_result_error(const PGresult *result, enum pg_fate *ret_fate, struct df_error *err);
enum df_code pg_lost_error(bool timed_out, struct df_error *err);

/* Decimal digits; 0 for anything else. */
int64_t pg_number(const char *text);

#endif
