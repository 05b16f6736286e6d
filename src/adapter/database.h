/* Adapter: the store port over the database that a DATABASE_URL names: sqlite:PATH, one embedded file for one process, or
 * postgresql://..., which many share (libpq's URLs and options). Also what the db: commands do to a whole database. */
#ifndef DF_ADAPTER_DATABASE_H
#define DF_ADAPTER_DATABASE_H

#include "port/clock.h"
#include "port/store.h"

/* DF_ERR_CONFIG says what is wrong with it; nothing is opened, and no part of the URL is in the sentence. */
enum df_code df_database_url_check(struct df_str url, struct df_error *err);
/* Of the libraries: "3.40.1", and libpq's as a number, 150018. */
const char *df_database_sqlite_version(void);
int df_database_pq_version(void);
bool df_database_is_shared(struct df_str url);

/* Opens it and brings its tables up to date. *ret_clock is the time all who share the database agree on; it lives as long as the
 * store. DF_ERR_CONFIG, or DF_ERR_STORE when waiting may help. */
enum df_code df_database_open(struct df_str url, int pool_size, struct df_store **ret,
                              const struct df_clock **ret_clock, struct df_error *err);

/* To read what is there, also beside a `devflow serve`: nothing may be changed through it. DF_ERR_CONFIG, also when its tables are not of
 * this program's version. */
enum df_code df_database_look(struct df_str url, struct df_store **ret, struct df_error *err);

/* An embedded file has one process: which says here where its API answers, and others find it. Both do nothing for a database that
 * many share. *ret_at is empty when the process that holds the file has no API. */
void df_database_serve_at(struct df_str url, struct df_str api_url);
bool df_database_served(struct df_str url, struct df_arena *arena, struct df_str *ret_at);

/* Brings the tables up to date, that is from schema *ret_from to *ret_to. */
enum df_code df_database_migrate(struct df_str url, int *ret_from, int *ret_to, struct df_error *err);

struct df_database_table {
    struct df_str name;
    int64_t rows;
};
struct df_database_status {
    const char *engine; /* "SQLite", "PostgreSQL" */
    struct df_str server;
    const char *tls;   /* NULL: nothing to protect */
    int schema, known; /* the version that is there, and the one this program makes of it */
    double latency_ms;
    struct df_database_table *tables;
    size_t n_tables;
};
/* Changes nothing, also beside a `devflow serve`. */
enum df_code df_database_status(struct df_str url, struct df_arena *arena, struct df_database_status *ret,
                                struct df_error *err);

/* What is in a backup, or in a database after one was put back. */
struct df_database_saved {
    int64_t bytes;
    int schema;
    struct df_database_table *tables;
    size_t n_tables;
    struct df_str *key_ids; /* in hexadecimal: the keys its values need */
    size_t n_key_ids;
};
struct df_database_backup {
    struct df_str file;
    bool replace; /* a file that is there, or a database that has rows */
    bool (*cancelled)(void *arg);
    void *arg;
    struct df_arena *arena; /* of what is in *ret */
    struct df_database_saved *ret;
};
/* SQLite alone; of PostgreSQL, DF_ERR_INVALID names its own tools. The whole database as it is at one moment, in one file that
 * only its owner may read, whole or not there; also beside a `devflow serve`, which goes on meanwhile. */
enum df_code df_database_backup(struct df_str url, const struct df_database_backup *wish, struct df_error *err);
/* Puts one back, whole or not at all, and brings its tables up to date. Not beside a `devflow serve`. */
enum df_code df_database_restore(struct df_str url, const struct df_database_backup *wish, struct df_error *err);

struct df_database_copy {
    struct df_str from, to;
    bool replace; /* empties a target that has rows; without it, that is refused */
    void (*progress)(void *arg, struct df_str table, int64_t rows);
    void *arg;
};
struct df_database_copied {
    struct df_database_table *tables;
    size_t n_tables;
    struct df_str *key_ids; /* in hexadecimal: the keys that what was copied is sealed with */
    size_t n_key_ids;
};
/* Every table, in one transaction each side, then read again and compared: all of it is there, or nothing has changed. */
enum df_code df_database_copy(const struct df_database_copy *copy, struct df_arena *arena,
                              struct df_database_copied *ret, struct df_error *err);

#endif
