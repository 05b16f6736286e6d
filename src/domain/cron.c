#include "domain/cron.h"

enum { FIELDS = 5, MINUTE_MS = 60 * 1000, DAY_MINUTES = 24 * 60, DAYS_AHEAD = 40 * 366 };

struct field {
    const char *name;
    unsigned least, most;
    const char *words; /* three letters each, from `least` on */
};
static const struct field fields[FIELDS] = {
    {"minute", 0, 59, ""},
    {"hour", 0, 23, ""},
    {"day of the month", 1, 31, ""},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"day of the week", 0, 7, "sunmontuewedthufrisat"},
};

static bool read_value(const struct field *f, struct df_str text, unsigned *ret)
{
    unsigned long long n;
    if (text.n > 0 && text.n <= 4 && df_str_to_u64(text, &n)) {
        *ret = (unsigned)n;
        return n >= f->least && n <= f->most;
    }
    struct df_str words = df_str_c(f->words);
    for (unsigned i = 0; text.n == 3 && i * 3 < words.n; i++)
        if (df_str_ieq(text, df_str_n(words.p + (size_t)i * 3, 3))) {
            *ret = f->least + i;
            return true;
        }
    return false;
}

/* "*", "5", "1-5", each perhaps with "/2"; "5/2" goes on to the end. */
static bool read_part(const struct field *f, struct df_str part, uint64_t *ret)
{
    struct df_str range = part, step_text = part, low = part, high = part;
    unsigned from = f->least, to = f->most;
    unsigned long long step = 1;
    bool stepped = df_str_find_char(part, '/') >= 0;
    (void)df_str_split(&step_text, '/', &range);
    if (stepped && (!df_str_to_u64(step_text, &step) || step == 0 || step > f->most))
        return false;
    high = range;
    (void)df_str_split(&high, '-', &low);
    bool is_range = df_str_find_char(range, '-') >= 0;
    if (!df_str_is(range, "*")) {
        if (!read_value(f, low, &from) || (is_range && !read_value(f, high, &to)))
            return false;
        if (!is_range && !stepped)
            to = from;
    }
    for (unsigned i = from; i <= to; i += (unsigned)step)
        *ret |= 1ULL << i;
    return from <= to;
}

static enum df_code read_field(const struct field *f, struct df_str text, uint64_t *ret, struct df_error *err)
{
    struct df_str rest = text, part;
    *ret = 0;
    while (df_str_split(&rest, ',', &part))
        if (!read_part(f, part, ret))
            return df_fail(err, DF_ERR_INVALID,
                           "the %s \"%.*s\" of the cron expression is none: it is *, a number from %u to %u%s, a range "
                           "such as %u-%u, a step such as */2, or a list of those with commas",
                           f->name, DF_FMT(df_str_head(text, 40)), f->least, f->most, f->words[0] ? " or a name" : "",
                           f->least, f->least + 4);
    return DF_OK;
}

static size_t split_fields(struct df_str text, struct df_str *into)
{
    size_t n = 0;
    struct df_str rest = df_str_trim(text), part;
    while (df_str_split(&rest, ' ', &part))
        if (df_str_trim(part).n && n++ < FIELDS)
            into[n - 1] = df_str_trim(part);
    return n;
}

enum df_code df_cron_parse(struct df_str text, struct df_cron *ret, struct df_error *err)
{
    struct df_str part[FIELDS];
    uint64_t bits[FIELDS];
    if (text.n > 200 || split_fields(text, part) != FIELDS)
        return df_fail(
            err, DF_ERR_INVALID,
            "a cron expression has five fields: minute, hour, day of the month, month, day of the week, such "
            "as \"*/15 8-18 * * mon-fri\"");
    for (size_t i = 0; i < FIELDS; i++)
        DF_TRY(read_field(&fields[i], part[i], &bits[i], err));
    const struct df_cron cron = {
        .minutes = bits[0],
        .hours = (uint32_t)bits[1],
        .days = (uint32_t)bits[2],
        .months = (uint32_t)bits[3],
        .weekdays = (uint32_t)((bits[4] | bits[4] >> 7) & 0x7F),
        .any_day = part[2].p[0] == '*',
        .any_weekday = part[4].p[0] == '*',
    };
    if (!df_cron_next(&cron, 0))
        return df_fail(err, DF_ERR_INVALID, "the day that this cron expression names never comes");
    *ret = cron;
    return DF_OK;
}

struct date {
    unsigned month, day, weekday;
};

/* Howard Hinnant's civil_from_days; days since the epoch, not negative. */
static struct date date_of(int64_t days)
{
    int64_t z = days + 719468, era = z / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    return (struct date){(unsigned)(mp < 10 ? mp + 3 : mp - 9), (unsigned)(doy - (153 * mp + 2) / 5 + 1),
                         (unsigned)((days + 4) % 7)};
}

static bool has_day(const struct df_cron *cron, int64_t days)
{
    const struct date d = date_of(days);
    bool day = cron->days >> d.day & 1, weekday = cron->weekdays >> d.weekday & 1;
    if (!(cron->months >> d.month & 1))
        return false;
    return cron->any_day || cron->any_weekday ? day && weekday : day || weekday;
}

static bool has_minute(const struct df_cron *cron, int64_t minute)
{
    return (cron->hours >> minute / 60 & 1) && (cron->minutes >> minute % 60 & 1);
}

int64_t df_cron_next(const struct df_cron *cron, int64_t after_ms)
{
    int64_t minute = (after_ms < 0 ? 0 : after_ms / MINUTE_MS + 1), last = minute / DAY_MINUTES + DAYS_AHEAD;
    for (int64_t day = minute / DAY_MINUTES; day <= last; day++) {
        for (int64_t m = minute % DAY_MINUTES; has_day(cron, day) && m < DAY_MINUTES; m++)
            if (has_minute(cron, m))
                return (day * DAY_MINUTES + m) * MINUTE_MS;
        minute = 0; /* the following days from their beginning */
    }
    return 0;
}

int64_t df_cron_last(const struct df_cron *cron, int64_t from_ms, int64_t at_ms)
{
    int64_t first = from_ms < 0 ? 0 : from_ms / MINUTE_MS, minute = at_ms < 0 ? -1 : at_ms / MINUTE_MS;
    while (minute >= first) {
        int64_t day = minute / DAY_MINUTES;
        for (int64_t m = minute % DAY_MINUTES; has_day(cron, day) && m >= 0 && day * DAY_MINUTES + m >= first; m--)
            if (has_minute(cron, m) && (day * DAY_MINUTES + m) * MINUTE_MS >= from_ms)
                return (day * DAY_MINUTES + m) * MINUTE_MS;
        minute = day * DAY_MINUTES - 1;
    }
    return 0;
}
