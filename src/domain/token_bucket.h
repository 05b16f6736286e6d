/* A token bucket as one number: the moment at which it will be full again (GCRA, ITU-T I.371 in its virtual scheduling form). A
 * bucket holds `quota` tokens and fills evenly, whole in `window_s`. Pure; moments are microseconds of any clock that does not go
 * back. */
#ifndef DF_DOMAIN_TOKEN_BUCKET_H
#define DF_DOMAIN_TOKEN_BUCKET_H

#include "base/str.h"

struct df_rate {
    uint32_t quota; /* 0: no limit */
    uint32_t window_s;
};

/* "60/minute", also with second, hour or day, "off" for none. False for anything else. */
bool df_rate_parse(struct df_str text, struct df_rate *ret);

/* Takes n tokens out of the bucket that is full at *full_us (0: it is full), all or none. */
bool df_bucket_take(int64_t *full_us, const struct df_rate *rate, uint32_t n, int64_t now_us);
/* How many there are, when there will be n (0: now), and when it is full. */
uint32_t df_bucket_left(int64_t full_us, const struct df_rate *rate, int64_t now_us);
int64_t df_bucket_wait_us(int64_t full_us, const struct df_rate *rate, uint32_t n, int64_t now_us);

#endif
