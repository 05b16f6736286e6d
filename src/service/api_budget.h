/* How often a connection's API may be asked, over all nodes that share the store: so many requests a second with a burst, and
 * none while a rate limit of the provider's holds. What a 429 says holds the reading services and the proxy alike. Waits are
 * short, with jitter, and only a few threads wait at a time, so that one connection at its limit cannot take the threads of
 * the others. Any thread. */
#ifndef DF_SERVICE_API_BUDGET_H
#define DF_SERVICE_API_BUDGET_H

#include "service/devflow.h"

struct df_budget; /* one a process */

/* requests_per_s 0: no pace, holds alone. */
struct df_budget *df_budget_new(int requests_per_s);
void df_budget_free(struct df_budget *budget);

struct df_budget_key {
    const struct df_devflow *d;
    const struct df_provider *provider;
    struct df_str project_id;
    struct df_arena *arena;
};

/* The share of n requests, waited for at most patience_ms. DF_ERR_RATE_LIMITED with retry_after_s when it is further away, or too
 * many wait already; then nothing was taken. */
enum df_code df_budget_take(const struct df_budget_key *key, int n, int64_t patience_ms, struct df_error *err);

/* DF_ERR_RATE_LIMITED with retry_after_s while a hold lasts, as this node's cache knows it: for those who do not wait. */
enum df_code df_budget_check(const struct df_budget_key *key, struct df_error *err);

/* A 429 came: nobody asks until its headers allow it, or for `fallback_ms` where they say nothing (0: not at all). */
void df_budget_hold(const struct df_budget_key *key, const struct df_http_answer *answer, int64_t fallback_ms);

/* An answer that used up the last of a limit's window is as good as the 429 that would come next. */
void df_budget_note(const struct df_budget_key *key, const struct df_http_answer *answer);

#endif
