/* Port: token buckets that several processes share. A process takes tokens out of a bucket in portions and spends them by itself,
 * so that there is no round trip for each request. Any thread. */
#ifndef DF_PORT_QUOTA_H
#define DF_PORT_QUOTA_H

#include "base/error.h"
#include "domain/token_bucket.h"

struct df_quota {
    const struct df_quota_ops *ops;
};

struct df_quota_ask {
    struct df_str bucket; /* its name: no secret */
    struct df_rate rate;
    uint32_t spent;  /* already, on credit: taken even where there are none left */
    uint32_t wanted; /* at most */
};

struct df_quota_answer {
    uint32_t given;  /* of those wanted */
    int64_t full_us; /* from now until the bucket is full again */
};

struct df_quota_ops {
    /* All of them or none; waits a fraction of a second at most. DF_ERR_FAILED with one sentence. */
    enum df_code (*take)(struct df_quota *quota, const struct df_quota_ask *asks, size_t n, struct df_quota_answer *ret,
                         struct df_error *err);
    void (*free)(struct df_quota *quota);
};

#endif
