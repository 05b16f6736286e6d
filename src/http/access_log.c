#include "http/access_log.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/trace.h"
#include "base/wait.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 64 * 1024, TOGETHER_MS = 10 };

struct df_access_log {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t writer;
    char *lines;
    size_t n;
    int64_t written_ms;
    bool stopping;
};

/* With the lock held. */
static void write_out(struct df_access_log *log)
{
    ssize_t written = log->n ? write(STDERR_FILENO, log->lines, log->n) : 0;
    (void)written; /* nowhere left to say it */
    log->n = 0;
    log->written_ms = df_monotonic_coarse_ms();
}

/* Writes lines that no later request came to write. */
static void *write_late(void *arg)
{
    struct df_access_log *log = arg;
    pthread_mutex_lock(&log->lock);
    while (!log->stopping) {
        if (log->n == 0) {
            pthread_cond_wait(&log->changed, &log->lock);
            continue;
        }
        pthread_mutex_unlock(&log->lock);
        nanosleep(&(struct timespec){.tv_nsec = TOGETHER_MS * 1000000L}, NULL);
        pthread_mutex_lock(&log->lock);
        write_out(log);
    }
    write_out(log);
    pthread_mutex_unlock(&log->lock);
    return NULL;
}

struct df_access_log *df_access_log_new(void)
{
    struct df_access_log *log = calloc(1, sizeof *log);
    if (!log || !(log->lines = malloc(ROOM)))
        df_out_of_memory();
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->changed, NULL);
    if (pthread_create(&log->writer, NULL, write_late, log) != 0)
        df_die("a thread cannot be started");
    pthread_setname_np(log->writer, "df-log");
    return log;
}

void df_access_log_free(struct df_access_log *log)
{
    if (!log)
        return;
    pthread_mutex_lock(&log->lock);
    log->stopping = true;
    pthread_cond_signal(&log->changed);
    pthread_mutex_unlock(&log->lock);
    pthread_join(log->writer, NULL);
    pthread_cond_destroy(&log->changed);
    pthread_mutex_destroy(&log->lock);
    free(log->lines);
    free(log);
}

/* Milliseconds with one decimal, rounded; without printf, which costs more than all the rest. */
static struct df_str put_ms(int64_t micros, char to[24])
{
    int64_t tenths = (micros + 50) / 100;
    size_t at = 24;
    to[--at] = (char)('0' + tenths % 10);
    to[--at] = '.';
    do {
        tenths /= 10;
        to[--at] = (char)('0' + tenths % 10);
    } while (tenths >= 10 && at > 0);
    return df_str_n(to + at, 24 - at);
}

void df_access_log_put(struct df_access_log *log, const struct df_request *request, int status, int64_t micros)
{
    if (!log || !df_log_enabled(DF_LOG_INFO))
        return;
    char ms[24],
        digits[3] = {(char)('0' + status / 100 % 10), (char)('0' + status / 10 % 10), (char)('0' + status % 10)};
    const struct df_trace trace = df_trace_read(DF_STR_NONE, df_request_header(request, "traceparent"), DF_STR_NONE);
    const struct df_log_field fields[] = {
        {"method", df_str_head(request->method, 16)},
        {"route", request->route ? df_str_c(request->route->path) : DF_S("-")},
        {"status", df_str_n(digits, sizeof digits), .number = true},
        {"ms", put_ms(micros, ms), .number = true},
        {"requestId", request->request_id},
        {trace.parent.n ? "traceId" : NULL, df_trace_id(&trace)},
    };
    pthread_mutex_lock(&log->lock);
    if (ROOM - log->n < DF_LOG_LINE_BYTES)
        write_out(log);
    log->n += df_log_line(DF_LOG_INFO, "request", fields, sizeof fields / sizeof *fields, log->lines + log->n);
    if (df_monotonic_coarse_ms() - log->written_ms >= TOGETHER_MS)
        write_out(log);
    else
        pthread_cond_signal(&log->changed);
    pthread_mutex_unlock(&log->lock);
}
