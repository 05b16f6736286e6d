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

static struct df_str header_of(const struct df_param *headers, size_t n, const char *name)
{
    for (size_t i = 0; name && i < n; i++)
        if (df_str_ieq(headers[i].name, df_str_c(name)))
            return headers[i].value;
    return DF_STR_NONE;
}

bool df_rate_limits(int status, const struct df_param *headers, size_t n, const char *remaining_header)
{
    const char *const names[] = {"X-RateLimit-Remaining", "RateLimit-Remaining", remaining_header};
    if (status == 429)
        return true;
    if (status != 403 && status != 503)
        return false;
    bool limits = header_of(headers, n, "Retry-After").n > 0;
    for (size_t i = 0; status == 403 && i < sizeof names / sizeof *names; i++)
        limits = limits || df_str_is(df_str_trim(header_of(headers, n, names[i])), "0");
    return limits;
}

int64_t df_rate_hold_until_ms(const struct df_param *headers, size_t n, const char *reset_header, int64_t now_ms)
{
    const char *const names[] = {"Retry-After",       "X-Sentry-Rate-Limit-Reset", "X-RateLimit-Requests-Reset",
                                 "X-RateLimit-Reset", "RateLimit-Reset",           reset_header};
    int64_t at = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && at == 0; i++)
        at = df_rate_reset_ms(header_of(headers, n, names[i]), now_ms);
    return at;
}
