#include "base/log.h"
#include "base/time.h"
#include "base/trace.h"

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static _Atomic int threshold = DF_LOG_INFO;
static _Atomic int format = DF_LOG_HUMAN;
static const char *const names[] = {"error", "warn", "info", "debug"};
static const char *const formats[] = {"human", "json"};

enum { FIELDS = 16 };

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

const char *df_log_level_name(enum df_log_level level)
{
    return names[level];
}

enum df_log_level df_log_level(void)
{
    return (enum df_log_level)atomic_load(&threshold);
}

void df_log_set_format(enum df_log_format wanted)
{
    atomic_store(&format, (int)wanted);
}

bool df_log_format_parse(struct df_str name, enum df_log_format *ret)
{
    for (int i = 0; i <= DF_LOG_JSON; i++)
        if (df_str_ieq(name, df_str_c(formats[i]))) {
            *ret = (enum df_log_format)i;
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

static struct df_str now(char at[DF_TIME_BYTES])
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return df_time_put_ms((int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000, at);
}

static void put_human(struct line *line, enum df_log_level level, const char *message,
                      const struct df_log_field *fields, size_t n)
{
    char at[DF_TIME_BYTES];
    put_str(line, now(at));
    put(line, " ", 1);
    put_str(line, df_str_c(names[level]));
    put_str(line, strlen(names[level]) < 5 ? DF_S("  ") : DF_S(" ")); /* a column */
    put_str(line, df_str_c(message));
    for (size_t i = 0; i < n; i++) {
        if (!fields[i].key)
            continue;
        put(line, " ", 1);
        put_str(line, df_str_c(fields[i].key));
        put(line, "=", 1);
        put_value(line, fields[i].value);
    }
}

/* The plain characters at the start of a JSON string, or one that is not, with the length in *ret_taken; false when the line has no
 * room for it and the string's end. */
static bool put_json_part(struct line *line, struct df_str s, size_t *ret_taken)
{
    static const char digits[] = "0123456789abcdef";
    enum { LONGEST = 6, END = 2 }; /* \u001f; the quote and the brace */
    unsigned char c = (unsigned char)s.p[0];
    if (line->n + LONGEST + END > DF_LOG_LINE_BYTES - 1)
        return false;
    size_t room = DF_LOG_LINE_BYTES - 1 - END - line->n, run = df_str_plain_run(s);
    *ret_taken = run ? (run < room ? run : room) : df_utf8_len(s.p, s.n);
    if (run)
        put(line, s.p, *ret_taken);
    else if (c == '"' || c == '\\')
        put(line, (char[]){'\\', (char)c}, 2);
    else if (c < ' ' || c == 0x7F)
        put(line, (char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6);
    else if (*ret_taken)
        put(line, s.p, *ret_taken);
    else
        put(line, "\xEF\xBF\xBD", 3); /* U+FFFD for a byte that is not UTF-8 */
    *ret_taken += *ret_taken == 0;
    return true;
}

static void put_json_str(struct line *line, struct df_str s)
{
    size_t taken;
    put(line, "\"", 1);
    while (s.n && put_json_part(line, s, &taken))
        s = df_str_from(s, taken);
    put(line, "\"", 1);
}

static void put_json_member(struct line *line, const char *key, struct df_str value, bool number)
{
    enum { AROUND = 16 }; /* two quotes, a colon, a comma, and room for a character of the value */
    if (line->n + strlen(key) + AROUND + (number ? value.n : 0) > DF_LOG_LINE_BYTES - 1)
        return;
    put(line, line->n > 1 ? ",\"" : "\"", line->n > 1 ? 2 : 1);
    put_str(line, df_str_c(key));
    put(line, "\":", 2);
    if (number)
        put_str(line, value);
    else
        put_json_str(line, value);
}

/* "msg" and not "message", which is a field of many entries. */
static void put_json(struct line *line, enum df_log_level level, const char *message, const struct df_log_field *fields,
                     size_t n)
{
    char at[DF_TIME_BYTES];
    put(line, "{", 1);
    put_json_member(line, "time", now(at), false);
    put_json_member(line, "level", df_str_c(names[level]), false);
    put_json_member(line, "msg", df_str_c(message), false);
    for (size_t i = 0; i < n; i++)
        if (fields[i].key)
            put_json_member(line, fields[i].key, fields[i].value, fields[i].number && fields[i].value.n);
    put(line, "}", 1);
}

size_t df_log_line(enum df_log_level level, const char *message, const struct df_log_field *fields, size_t n,
                   char to[DF_LOG_LINE_BYTES])
{
    struct line line = {.p = to};
    if (atomic_load_explicit(&format, memory_order_relaxed) == DF_LOG_JSON)
        put_json(&line, level, message, fields, n);
    else
        put_human(&line, level, message, fields, n);
    line.p[line.n++] = '\n';
    return line.n;
}

static bool has_key(const struct df_log_field *fields, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (fields[i].key && strcmp(fields[i].key, key) == 0)
            return true;
    return false;
}

/* The fields and the ids of the request this thread works for. */
static size_t with_trace(const struct df_log_field *fields, size_t n, struct df_log_field all[FIELDS])
{
    const struct df_trace trace = df_trace_now();
    size_t given = n < FIELDS - 2 ? n : FIELDS - 2;
    memcpy(all, fields, given * sizeof *all);
    n = given;
    if (trace.request_id.n && !has_key(fields, given, "requestId"))
        all[n++] = (struct df_log_field){"requestId", trace.request_id};
    if (trace.parent.n && !has_key(fields, given, "traceId"))
        all[n++] = (struct df_log_field){"traceId", df_trace_id(&trace)};
    return n;
}

void df_log_fields(enum df_log_level level, const char *message, const struct df_log_field *fields, size_t n)
{
    char line[DF_LOG_LINE_BYTES];
    struct df_log_field all[FIELDS];
    if (!df_log_enabled(level))
        return;
    n = with_trace(fields, n, all);
    ssize_t written = write(STDERR_FILENO, line, df_log_line(level, message, all, n, line));
    (void)written; /* nowhere left to say it */
}
