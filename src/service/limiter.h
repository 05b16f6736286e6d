/* How many requests a caller may make: a token bucket for each caller and kind of route, in bounded memory. With a quota port the
 * buckets are shared over nodes: this process takes a portion of tokens, spends it by itself, and asks for the next before it is
 * used up; what comes before the first answer is served on credit, a portion at most, and charged afterwards. While the port
 * fails, the buckets of this process hold alone. Any thread; nothing here waits but the limiter's own thread. */
#ifndef DF_SERVICE_LIMITER_H
#define DF_SERVICE_LIMITER_H

#include "port/quota.h"

enum df_limit_of { DF_LIMIT_OAUTH, DF_LIMIT_API, DF_LIMIT_KINDS };
enum df_limit_by { DF_LIMIT_ADDRESS, DF_LIMIT_KEY, DF_LIMIT_CALLERS };

enum { DF_LIMIT_ID_BYTES = 32 };

struct df_limits {
    struct df_rate rate[DF_LIMIT_KINDS][DF_LIMIT_CALLERS];
    bool loopback_too[DF_LIMIT_KINDS]
                     [DF_LIMIT_CALLERS]; /* said by the operator, so it holds for callers on this machine too */
};

struct df_limit_verdict {
    bool allowed;
    uint32_t left;   /* tokens that this caller still has now */
    uint32_t full_s; /* until the bucket is full */
    uint32_t wait_s; /* when not allowed: until the next token, at least 1 */
};

struct df_limiter;
/* When the shared buckets stop answering (why: one sentence) and when they do again. */
typedef void df_limiter_changed(void *arg, bool up, struct df_str why);

/* Takes the quota port, which may be NULL. */
struct df_limiter *df_limiter_new(const struct df_limits *limits, struct df_quota *quota, df_limiter_changed *changed,
                                  void *arg);
void df_limiter_free(struct df_limiter *limiter);

const struct df_limits *df_limiter_limits(const struct df_limiter *limiter);
/* One request of the caller of that id, at most DF_LIMIT_ID_BYTES. Only where the rate has a quota. */
void df_limiter_take(struct df_limiter *limiter, enum df_limit_of of, enum df_limit_by by, struct df_str id,
                     struct df_limit_verdict *ret);
/* Whether buckets are to be shared, and whether they are: DF_ERR_FAILED says why not. */
bool df_limiter_shares(const struct df_limiter *limiter);
enum df_code df_limiter_check(struct df_limiter *limiter, struct df_error *err);

#endif
