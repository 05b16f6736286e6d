#include "adapter/postgres_listen.h"
#include "adapter/postgres_schema.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { CLOCK_EVERY_MS = 5 * 1000, FIRST_PAUSE_MS = 100, LONGEST_PAUSE_MS = 5 * 1000 };

struct pg_listener {
    const char *url;
    struct pg_clock *clock;
    void (*changed)(void *arg, struct df_str project_id, struct df_str provider);
    void *arg;
    pthread_t thread;
    int stop_fd;
    struct df_str schema;
};

/* True when it is time to stop. */
static bool pause_ms(const struct pg_listener *l, int ms)
{
    struct pollfd stop = {.fd = l->stop_fd, .events = POLLIN};
    return poll(&stop, 1, ms) > 0;
}

static enum df_code begin_to_listen(struct pg_listener *l, struct pg_conn *c, struct df_arena *arena,
                                    struct df_error *err)
{
    char sql[160];
    enum pg_fate fate;
    PGresult *result;
    snprintf(sql, sizeof sql,
             "LISTEN " PG_CHANNEL
             "; SELECT pg_catalog.pg_try_advisory_lock_shared(%d, %d), pg_catalog.current_schema()",
             PG_LOCK_SPACE, PG_LOCK_SERVING);
    DF_TRY(pg_conn_ask(c, sql, &result, &fate, err));
    l->schema = df_arena_dup(arena, df_str_c(PQgetvalue(result, 0, 1)));
    PQclear(result);
    return pg_clock_set(l->clock, c, err);
}

/* "schema\nproject\nprovider", written by the trigger. */
static void tell(const struct pg_listener *l, struct df_str news)
{
    struct df_str schema, project = DF_STR_NONE, provider = DF_STR_NONE;
    if (!df_str_split(&news, '\n', &schema) || !df_str_eq(schema, l->schema))
        return;
    df_str_split(&news, '\n', &project);
    df_str_split(&news, '\n', &provider);
    l->changed(l->arg, project, provider);
}

static void tell_all(const struct pg_listener *l, struct pg_conn *c)
{
    PGnotify *news;
    while ((news = PQnotifies(pg_conn_handle(c))) != NULL) {
        tell(l, df_str_c(news->extra));
        PQfreemem(news);
    }
}

/* Until the connection breaks (false) or it is time to stop (true). */
static bool listen_on(struct pg_listener *l, struct pg_conn *c)
{
    for (int64_t look_ms = df_monotonic_ms() + CLOCK_EVERY_MS;;) {
        struct pollfd fds[2] = {{.fd = PQsocket(pg_conn_handle(c)), .events = POLLIN},
                                {.fd = l->stop_fd, .events = POLLIN}};
        int64_t left_ms = look_ms - df_monotonic_ms();
        poll(fds, 2, left_ms > 0 ? (int)left_ms : 0);
        if (fds[1].revents)
            return true;
        if (fds[0].revents && (!PQconsumeInput(pg_conn_handle(c)) || PQstatus(pg_conn_handle(c)) != CONNECTION_OK))
            return false;
        if (df_monotonic_ms() >= look_ms) {
            if (pg_clock_set(l->clock, c, NULL) != DF_OK)
                return false;
            look_ms = df_monotonic_ms() + CLOCK_EVERY_MS;
        }
        tell_all(l, c);
    }
}

static void *run(void *arg)
{
    struct pg_listener *l = arg;
    int wait_ms = 0;
    do {
        struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
        struct pg_conn *c;
        bool stop = false;
        if (pg_conn_open(l->url, &c, NULL) == DF_OK) {
            if (begin_to_listen(l, c, arena, NULL) == DF_OK) {
                wait_ms = 0;
                l->changed(l->arg, DF_STR_NONE, DF_STR_NONE);
                stop = listen_on(l, c);
            }
            pg_conn_close(c);
        }
        if (stop)
            break;
        wait_ms = wait_ms == 0 ? FIRST_PAUSE_MS : wait_ms < LONGEST_PAUSE_MS ? 2 * wait_ms : wait_ms;
    } while (!pause_ms(l, wait_ms));
    return NULL;
}

struct pg_listener *pg_listener_start(const char *url, struct pg_clock *clock,
                                      void (*changed)(void *arg, struct df_str project_id, struct df_str provider),
                                      void *arg)
{
    struct pg_listener *l = calloc(1, sizeof *l);
    if (!l)
        df_out_of_memory();
    *l = (struct pg_listener){.url = url, .clock = clock, .changed = changed, .arg = arg};
    l->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (l->stop_fd < 0 || pthread_create(&l->thread, NULL, run, l) != 0)
        df_die("a thread cannot be started");
    pthread_setname_np(l->thread, "news");
    return l;
}

void pg_listener_stop(struct pg_listener *l)
{
    uint64_t one = 1;
    while (write(l->stop_fd, &one, sizeof one) < 0)
        continue;
    pthread_join(l->thread, NULL);
    close(l->stop_fd);
    free(l);
}
