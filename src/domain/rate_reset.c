#include "domain/rate_reset.h"

#include <time.h>

enum { SOONEST_MS = 1000, LATEST_MS = 3600 * 1000, DATE_BYTES = 40 };

/* Below a year it is a span; epoch seconds have ten digits until 2286, epoch milliseconds thirteen. */
static const unsigned long long span_s = 365ULL * 24 * 3600, epoch_s = 100000000000ULL;

static int64_t bounded(int64_t at_ms, int64_t now_ms)
{
    if (at_ms < now_ms + SOONEST_MS)
        return now_ms + SOONEST_MS;
    return at_ms < now_ms + LATEST_MS ? at_ms : now_ms + LATEST_MS;
}

static int64_t of_number(unsigned long long n, int64_t now_ms)
{
    if (n < span_s)
        return bounded(now_ms + (int64_t)n * 1000, now_ms);
    if (n < epoch_s)
        return bounded((int64_t)n * 1000, now_ms);
    return bounded(n > INT64_MAX ? INT64_MAX : (int64_t)n, now_ms);
}

static int64_t of_date(struct df_str value, int64_t now_ms)
{
    char text[DATE_BYTES];
    struct tm tm = {0};
    if (value.n == 0 || value.n >= sizeof text)
        return 0;
    memcpy(text, value.p, value.n);
    text[value.n] = '\0';
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return end == text + value.n ? bounded((int64_t)timegm(&tm) * 1000, now_ms) : 0;
}

int64_t df_rate_reset_ms(struct df_str value, int64_t now_ms)
{
    struct df_str whole = df_str_trim(value), fraction;
    unsigned long long n;
    if (df_str_split(&whole, '.', &fraction) && df_str_to_u64(fraction, &n))
        return of_number(n, now_ms);
    return of_date(df_str_trim(value), now_ms);
}
