#include "base/time.h"

#include <time.h>

static struct tm utc(int64_t ms)
{
    time_t s = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm tm;
    if (!gmtime_r(&s, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
        gmtime_r(&(time_t){0}, &tm);
    return tm;
}

/* n digits at *to, and what follows them; moves *to on. */
static void put_digits(char **to, int value, int n, char after)
{
    for (int i = n; i-- > 0; value /= 10)
        (*to)[i] = (char)('0' + value % 10);
    (*to)[n] = after;
    *to += n + 1;
}

/* With the character that stands after the seconds; returns where that is followed. */
static char *put_time(char *to, int64_t ms, char after)
{
    struct tm tm = utc(ms);
    put_digits(&to, tm.tm_year + 1900, 4, '-');
    put_digits(&to, tm.tm_mon + 1, 2, '-');
    put_digits(&to, tm.tm_mday, 2, 'T');
    put_digits(&to, tm.tm_hour, 2, ':');
    put_digits(&to, tm.tm_min, 2, ':');
    put_digits(&to, tm.tm_sec, 2, after);
    return to;
}

struct df_str df_time_format(int64_t ms, struct df_arena *arena)
{
    char *text = df_arena_alloc(arena, DF_TIME_BYTES + 1);
    return df_str_n(text, (size_t)(put_time(text, ms, 'Z') - text));
}

struct df_str df_time_put_ms(int64_t ms, char to[DF_TIME_BYTES])
{
    char *end = put_time(to, ms, '.');
    put_digits(&end, (int)((ms % 1000 + 1000) % 1000), 3, 'Z');
    return df_str_n(to, (size_t)(end - to));
}

struct df_str df_time_format_ms(int64_t ms, struct df_arena *arena)
{
    char *text = df_arena_alloc(arena, DF_TIME_BYTES + 1);
    return df_time_put_ms(ms, text);
}

static bool digits(struct df_str *s, size_t n, int *ret)
{
    unsigned long long v;
    if (s->n < n || !df_str_to_u64(df_str_n(s->p, n), &v))
        return false;
    *ret = (int)v;
    *s = df_str_from(*s, n);
    return true;
}

static bool mark(struct df_str *s, const char *one_of)
{
    if (s->n == 0 || !strchr(one_of, s->p[0]))
        return false;
    *s = df_str_from(*s, 1);
    return true;
}

static int fraction_ms(struct df_str *s)
{
    int ms = 0, scale = 100;
    if (!mark(s, "."))
        return 0;
    while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
        ms += (s->p[0] - '0') * scale;
        scale /= 10;
        *s = df_str_from(*s, 1);
    }
    return ms;
}

bool df_time_parse(struct df_str s, int64_t *ret_ms)
{
    struct tm tm = {0};
    int offset_h = 0, offset_m = 0, sign = 1;
    if (!digits(&s, 4, &tm.tm_year) || !mark(&s, "-") || !digits(&s, 2, &tm.tm_mon) || !mark(&s, "-") ||
        !digits(&s, 2, &tm.tm_mday) || !mark(&s, "Tt ") || !digits(&s, 2, &tm.tm_hour) || !mark(&s, ":") ||
        !digits(&s, 2, &tm.tm_min) || !mark(&s, ":") || !digits(&s, 2, &tm.tm_sec))
        return false;
    int ms = fraction_ms(&s);
    if (s.n && !mark(&s, "Zz")) {
        sign = s.p[0] == '-' ? -1 : 1;
        if (!mark(&s, "+-") || !digits(&s, 2, &offset_h))
            return false;
        mark(&s, ":");
        if (!digits(&s, 2, &offset_m))
            return false;
    }
    if (s.n || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
        tm.tm_min > 59 || tm.tm_sec > 60)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *ret_ms = ((int64_t)timegm(&tm) - (int64_t)sign * (offset_h * 3600 + offset_m * 60)) * 1000 + ms;
    return true;
}
