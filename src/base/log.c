#include "base/log.h"
#include "base/time.h"

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static _Atomic int threshold = DF_LOG_INFO;
static const char *const names[] = {"error", "warn", "info", "debug"};

void df_log_set_level(enum df_log_level level)
{
    atomic_store(&threshold, (int)level);
}

bool df_log_level_parse(struct df_str name, enum df_log_level *ret)
{
    for (int i = 0; i <= DF_LOG_DEBUG; i++)
        if (df_str_ieq(name, df_str_c(names[i]))) {
            *ret = (enum df_log_level)i;
            return true;
        }
    return false;
}

bool df_log_enabled(enum df_log_level level)
{
    return (int)level <= atomic_load(&threshold);
}

/* A line that ends where its room does, the line feed always in it. */
struct line {
    char *p;
    size_t n;
};

static void put(struct line *line, const char *bytes, size_t n)
{
    size_t room = DF_LOG_LINE_BYTES - 1 - line->n;
    n = n < room ? n : room;
    memcpy(line->p + line->n, bytes, n);
    line->n += n;
}

static void put_str(struct line *line, struct df_str s)
{
    if (s.n)
        put(line, s.p, s.n);
}

static bool plain(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] == '"' || s.p[i] == '\\' || s.p[i] == 0x7F)
            return false;
    return s.n > 0;
}

static void put_escaped(struct line *line, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    if (c < ' ' || c == 0x7F)
        put(line, (char[]){'\\', 'x', digits[c >> 4], digits[c & 15]}, 4);
    else if (c == '"' || c == '\\')
        put(line, (char[]){'\\', (char)c}, 2);
    else
        put(line, (char[]){(char)c}, 1);
}

static void put_value(struct line *line, struct df_str s)
{
    if (plain(s)) {
        put_str(line, s);
        return;
    }
    put(line, "\"", 1);
    for (size_t i = 0; i < s.n; i++)
        put_escaped(line, (unsigned char)s.p[i]);
    put(line, "\"", 1);
}

size_t df_log_line(enum df_log_level level, const char *message, const struct df_log_field *fields, size_t n,
                   char to[DF_LOG_LINE_BYTES])
{
    struct line line = {.p = to};
    struct timespec now;
    char at[DF_TIME_BYTES];
    clock_gettime(CLOCK_REALTIME, &now);
    put_str(&line, df_time_put_ms((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, at));
    put(&line, " ", 1);
    put_str(&line, df_str_c(names[level]));
    put_str(&line, strlen(names[level]) < 5 ? DF_S("  ") : DF_S(" ")); /* a column */
    put_str(&line, df_str_c(message));
    for (size_t i = 0; i < n; i++) {
        if (!fields[i].key)
            continue;
        put(&line, " ", 1);
        put_str(&line, df_str_c(fields[i].key));
        put(&line, "=", 1);
        put_value(&line, fields[i].value);
    }
    line.p[line.n++] = '\n';
    return line.n;
}

void df_log_fields(enum df_log_level level, const char *message, const struct df_log_field *fields, size_t n)
{
    char line[DF_LOG_LINE_BYTES];
    if (!df_log_enabled(level))
        return;
    ssize_t written = write(STDERR_FILENO, line, df_log_line(level, message, fields, n, line));
    (void)written; /* nowhere left to say it */
}
