/* A database whose n-th operation fails before it has done anything: statements, and what begins and ends transactions. */
#include "control.h"

#include <dlfcn.h>
#include <sqlite3.h>

/* What SQLite calls of its own is not failed: a step that it has not seen fail, it believes to be done. */
static _Thread_local int inside;

#define FAIL(name, parameters, arguments)                     \
    int name parameters                                       \
    {                                                         \
        static __typeof__(&name) real;                        \
        if (!real)                                            \
            real = (__typeof__(real))dlsym(RTLD_NEXT, #name); \
        if (!inside && faults_fails(FAULTS_STORE))            \
            return SQLITE_IOERR_WRITE;                        \
        inside++;                                             \
        int rc = real arguments;                              \
        inside--;                                             \
        return rc;                                            \
    }

FAIL(sqlite3_step, (sqlite3_stmt * stmt), (stmt))
FAIL(sqlite3_exec,
     (sqlite3 * db, const char *sql, int (*row)(void *, int, char **, char **), void *arg, char **message),
     (db, sql, row, arg, message))
FAIL(sqlite3_prepare_v2, (sqlite3 * db, const char *sql, int n, sqlite3_stmt **ret, const char **tail),
     (db, sql, n, ret, tail))
FAIL(sqlite3_prepare_v3, (sqlite3 * db, const char *sql, int n, unsigned flags, sqlite3_stmt **ret, const char **tail),
     (db, sql, n, flags, ret, tail))
