/* What ./dev bench workflow runs, a mode a process, on a new SQLite file in the folder given:
 *   rows FOLDER N      a bare loop: N rows of the engine's own step table with the same payload, in transactions of 100; seconds
 *   steps FOLDER N     the engine: 100 runs at once of N / 100 steps each; seconds, and the rows that were stored
 *   sleep FOLDER N S   N runs that sleep; bytes of memory each, and the CPU of S seconds, in per cent of one processor */
#include "adapter/database.h"
#include "adapter/engine_parts.h"
#include "base/wait.h"

#include <malloc.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 100, GROUP = 100, BATCH = 1000, HOUR_MS = 3600 * 1000 };

/* Of the size of what a step returns: an id, a title, a number. */
#define PAYLOAD "{\"issue\":\"SHOP-1A\",\"title\":\"KeyError: 'price' in checkout\",\"bytes\":18231,\"ok\":true}"

static struct df_error err;
#define OK(call)                                             \
    do {                                                     \
        if ((call) != DF_OK) {                               \
            fprintf(stderr, "%s: %s\n", #call, err.message); \
            exit(1);                                         \
        }                                                    \
    } while (0)

static unsigned long long number(const char *text)
{
    unsigned long long n = 0;
    return df_str_to_u64(df_str_c(text), &n) ? n : 0;
}

static double seconds(int64_t since_us)
{
    return (double)(df_monotonic_us() - since_us) / 1e6;
}

static void nap(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* ---- Workflows. */

static enum df_code step_nothing(struct df_step_call *call, struct df_str *ret, struct df_error *e)
{
    (void)call;
    (void)e;
    *ret = DF_S(PAYLOAD);
    return DF_OK;
}

static enum df_code wf_steps(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *e)
{
    unsigned long long n = 0;
    df_str_to_u64(input, &n);
    for (unsigned long long i = 0; i < n; i++)
        DF_TRY(df_wf_step(wf, "nothing", DF_STR_NONE, NULL, ret, e));
    return DF_OK;
}

static enum df_code wf_sleep(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *e)
{
    (void)input;
    (void)ret;
    return df_wf_sleep(wf, 10LL * HOUR_MS, e);
}

static const struct df_workflow workflows[] = {{"steps", "", wf_steps}, {"sleep", "", wf_sleep}};
static const struct df_workflow_step steps[] = {{"nothing", step_nothing}};
static const struct df_workflow_table table = {workflows, 2, steps, 1, NULL};

/* ---- The engine. */

static struct df_store *store;
static struct df_engine *engine;
static struct df_engine_worker *worker;

static void open_engine(const char *folder)
{
    const struct df_clock *clock;
    char url[512];
    snprintf(url, sizeof url, "sqlite:%s/bench.db", folder);
    OK(df_database_open(df_str_c(url), 1, &store, &clock, &err));
    engine = df_sql_engine_new(store, &(const struct df_sql_engine_options){.shared = false});
}

static void work(void)
{
    OK(engine->ops->work(engine, &(const struct df_worker_options){.table = &table}, &worker, &err));
}

static void close_engine(void)
{
    if (worker)
        engine->ops->stop(worker, 1000);
    engine->ops->free(engine);
    store->ops->close(store);
}

static int64_t count(const char *sql)
{
    int64_t n = 0;
    OK(sql_run(sql_db_of(store), &(const struct sql_statement){.sql = sql, .on_row = sql_take_int, .arg = &n}, NULL,
               &err));
    return n;
}

static void put_runs(const char *name, unsigned long long n, const char *input)
{
    struct df_arena *arena = df_arena_new();
    struct sql_db *db = sql_db_of(store);
    for (unsigned long long i = 0; i < n;) {
        struct sql_tx *tx;
        OK(db->driver->begin(db, DF_S("bench"), &tx, &err));
        for (unsigned long long k = 0; k < BATCH && i < n; k++, i++) {
            const struct df_workflow_start start = {.id = df_arena_printf(arena, "%s-%llu", name, i),
                                                    .name = df_str_c(name),
                                                    .project_id = DF_S("shop"),
                                                    .issue = DF_S("SHOP-1A"),
                                                    .input = df_str_c(input)};
            bool is_new;
            OK(engine_insert_run(db, tx, &start, DF_STR_NONE, 0, df_now_ms(db->clock), &is_new, &err));
        }
        OK(db->driver->end(tx, DF_OK, &err));
    }
    df_arena_free(arena);
}

/* ---- The modes. */

static void bare_exec(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        exit(1);
}

static void rows(const char *folder, unsigned long long n)
{
    sqlite3 *db;
    sqlite3_stmt *insert;
    open_engine(folder);
    close_engine(); /* the tables */
    char path[512];
    snprintf(path, sizeof path, "%s/bench.db", folder);
    sqlite3_open(path, &db);
    bare_exec(db, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA cache_size=-2000");
    sqlite3_prepare_v2(db, "INSERT INTO workflow_history VALUES (?, ?, 1, ?, 'nothing', '', ?, ?, 0)", -1, &insert,
                       NULL);
    int64_t began = df_monotonic_us();
    for (unsigned long long i = 0; i < n; i++) {
        char id[32];
        if (i % GROUP == 0)
            bare_exec(db, "BEGIN IMMEDIATE");
        snprintf(id, sizeof id, "steps-%llu", i % AT_ONCE);
        sqlite3_bind_text(insert, 1, id, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int64(insert, 2, (sqlite3_int64)(i / AT_ONCE + 1));
        sqlite3_bind_int64(insert, 3, (sqlite3_int64)(i / AT_ONCE + 1));
        sqlite3_bind_text(insert, 4, PAYLOAD, -1, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 5, 1795000000000LL);
        if (sqlite3_step(insert) != SQLITE_DONE)
            exit(1);
        sqlite3_reset(insert);
        if (i % GROUP == GROUP - 1)
            bare_exec(db, "COMMIT");
    }
    printf("{\"seconds\": %.6f}\n", seconds(began));
    sqlite3_finalize(insert);
    sqlite3_close(db);
}

static void steps_mode(const char *folder, unsigned long long n)
{
    char each[32];
    snprintf(each, sizeof each, "%llu", n / AT_ONCE);
    open_engine(folder);
    put_runs("steps", AT_ONCE, each);
    int64_t began = df_monotonic_us();
    work();
    while (count("SELECT count(*) FROM workflow_runs WHERE status = 1") < AT_ONCE)
        nap(5);
    double took = seconds(began);
    printf("{\"seconds\": %.6f, \"rows\": %lld}\n", took, (long long)count("SELECT count(*) FROM workflow_history"));
    close_engine();
}

static long resident_bytes(void)
{
    char line[128];
    unsigned long long pages = 0;
    FILE *in = fopen("/proc/self/statm", "re");
    if (!in || !fgets(line, sizeof line, in))
        exit(1);
    fclose(in);
    struct df_str rest = df_str_c(line), second = rest;
    for (int i = 0; i < 2; i++)
        df_str_split(&rest, ' ', &second);
    if (!df_str_to_u64(second, &pages))
        exit(1);
    return (long)pages * sysconf(_SC_PAGESIZE);
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void sleep_mode(const char *folder, unsigned long long n, unsigned long long for_s)
{
    open_engine(folder);
    put_runs("sleep", BATCH, ""); /* so that what a worker needs once is there before it is measured */
    work();
    while (count("SELECT count(*) FROM workflow_runs WHERE waits_at = 0 AND waiting = '' AND status = 0") > 0)
        nap(10);
    malloc_trim(0);
    long before = resident_bytes();
    put_runs("sleep", n, "");
    engine_wake((struct sql_engine *)engine);
    while (count("SELECT count(*) FROM workflow_runs WHERE waiting = '' AND status = 0") > 0)
        nap(100);
    malloc_trim(0);
    long after = resident_bytes();
    double cpu = cpu_seconds();
    sleep((unsigned)for_s);
    cpu = cpu_seconds() - cpu;
    printf("{\"bytes\": %.1f, \"cpu\": %.4f}\n", (double)(after - before) / (double)n, 100 * cpu / (double)for_s);
    close_engine();
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    if (strcmp(argv[1], "rows") == 0)
        rows(argv[2], number(argv[3]));
    else if (strcmp(argv[1], "steps") == 0)
        steps_mode(argv[2], number(argv[3]));
    else if (argc > 4)
        sleep_mode(argv[2], number(argv[3]), number(argv[4]));
    return 0;
}
