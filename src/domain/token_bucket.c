#include "domain/token_bucket.h"

enum { MOST = 1000 * 1000 };

bool df_rate_parse(struct df_str text, struct df_rate *ret)
{
    static const struct {
        const char *name;
        uint32_t seconds;
    } units[] = {{"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}};
    struct df_str unit = text, quota;
    unsigned long long n;
    if (df_str_is(text, "off")) {
        *ret = (struct df_rate){0, 0};
        return true;
    }
    if (!df_str_split(&unit, '/', &quota) || !df_str_to_u64(quota, &n) || n == 0 || n > MOST)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (df_str_is(unit, units[i].name)) {
            *ret = (struct df_rate){(uint32_t)n, units[i].seconds};
            return true;
        }
    return false;
}

/* Rounded up, and the window with it: a bucket never gives more than its rate. */
static int64_t token_us(const struct df_rate *rate)
{
    return ((int64_t)rate->window_s * 1000000 + rate->quota - 1) / rate->quota;
}

/* How far the bucket is from full. */
static int64_t empty_us(int64_t full_us, int64_t now_us)
{
    return full_us > now_us ? full_us - now_us : 0;
}

bool df_bucket_take(int64_t *full_us, const struct df_rate *rate, uint32_t n, int64_t now_us)
{
    if (df_bucket_wait_us(*full_us, rate, n, now_us) > 0)
        return false;
    *full_us = now_us + empty_us(*full_us, now_us) + token_us(rate) * n;
    return true;
}

uint32_t df_bucket_left(int64_t full_us, const struct df_rate *rate, int64_t now_us)
{
    int64_t room = token_us(rate) * rate->quota - empty_us(full_us, now_us);
    return room > 0 ? (uint32_t)(room / token_us(rate)) : 0;
}

int64_t df_bucket_wait_us(int64_t full_us, const struct df_rate *rate, uint32_t n, int64_t now_us)
{
    int64_t wait = empty_us(full_us, now_us) + token_us(rate) * n - token_us(rate) * rate->quota;
    return wait > 0 ? wait : 0;
}
