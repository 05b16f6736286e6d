#include "base/time.h"

#include <time.h>

static struct tm utc(int64_t ms)
{
    time_t s = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm tm;
    if (!gmtime_r(&s, &tm))
        gmtime_r(&(time_t){0}, &tm);
    return tm;
}

struct df_str df_time_format(int64_t ms, struct df_arena *arena)
{
    struct tm tm = utc(ms);
    return df_arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                           tm.tm_hour, tm.tm_min, tm.tm_sec);
}

struct df_str df_time_format_ms(int64_t ms, struct df_arena *arena)
{
    struct tm tm = utc(ms);
    return df_arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                           tm.tm_hour, tm.tm_min, tm.tm_sec, (int)((ms % 1000 + 1000) % 1000));
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
