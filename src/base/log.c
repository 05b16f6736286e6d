#include "base/log.h"
#include "base/buf.h"
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

static bool plain(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] == '"' || s.p[i] == '\\' || s.p[i] == 0x7F)
            return false;
    return s.n > 0;
}

static void put_value(struct df_buf *line, struct df_str s)
{
    if (plain(s)) {
        df_buf_put_str(line, s);
        return;
    }
    df_buf_put_char(line, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' || c == 0x7F)
            df_buf_printf(line, "\\x%02x", c);
        else if (c == '"' || c == '\\')
            df_buf_put(line, (char[]){'\\', (char)c}, 2);
        else
            df_buf_put_char(line, (char)c);
    }
    df_buf_put_char(line, '"');
}

void df_log_fields(enum df_log_level level, const char *message, const struct df_log_field *fields, size_t n)
{
    if (!df_log_enabled(level))
        return;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_buf line;
    struct timespec now;
    df_buf_init(&line, arena, 16384);
    clock_gettime(CLOCK_REALTIME, &now);
    df_buf_put_str(&line, df_time_format_ms((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, arena));
    df_buf_printf(&line, " %-5s %s", names[level], message);
    for (size_t i = 0; i < n; i++) {
        if (!fields[i].key)
            continue;
        df_buf_printf(&line, " %s=", fields[i].key);
        put_value(&line, fields[i].value);
    }
    df_buf_put_char(&line, '\n');
    struct df_str text = df_buf_str(&line);
    ssize_t written = write(STDERR_FILENO, text.p, text.n);
    (void)written; /* nowhere left to say it */
}
