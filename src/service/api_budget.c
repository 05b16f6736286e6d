#include "service/api_budget.h"
#include "base/fatal.h"
#include "base/wait.h"
#include "domain/rate_reset.h"
#include "domain/refresh.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    BURST_MS = 2000, /* what was not asked in the last seconds may be asked at once */
    WAITERS = 16,    /* of the 64 threads that wait for providers */
    JITTER_LIMIT_MS = 2000,
    LEAST_WAIT_MS = 5,
    WINDOW_HOLD_LIMIT_MS = 5000, /* a used up window is one endpoint's; a long one must not stop the others */
};

struct df_budget {
    int64_t spacing_ms;
    atomic_int waiting;
};

struct df_budget *df_budget_new(int requests_per_s)
{
    struct df_budget *budget = calloc(1, sizeof *budget);
    if (!budget)
        df_out_of_memory();
    budget->spacing_ms = df_pace_spacing_ms(requests_per_s);
    return budget;
}

void df_budget_free(struct df_budget *budget)
{
    free(budget);
}

static struct df_str name_of(const struct df_budget_key *key, const char *what)
{
    return df_arena_printf(key->arena, "%s:%s:%.*s", what, key->provider->name, DF_FMT(key->project_id));
}

static enum df_code limited(const struct df_budget_key *key, int64_t wait_ms, struct df_error *err)
{
    int wait_s = wait_ms > 1000 ? (int)((wait_ms + 999) / 1000) : 1;
    df_fail_at(err, DF_ERR_RATE_LIMITED,
               "%s limits the rate of this connection; it was not asked again. Try again in %d s", key->provider->title,
               wait_s);
    if (err)
        err->retry_after_s = wait_s;
    return DF_ERR_RATE_LIMITED;
}

/* Later by up to a quarter, so that those who were told the same moment do not all come then. */
static int64_t with_jitter(int64_t ms)
{
    int64_t most = ms / 4 < JITTER_LIMIT_MS ? ms / 4 : JITTER_LIMIT_MS;
    return ms + (most > 0 ? (int64_t)(df_random_u32() % (uint32_t)(most + 1)) : 0);
}

static enum df_code wait_for(const struct df_budget_key *key, int64_t wait_ms, struct df_error *err)
{
    struct df_budget *budget = key->d->budget;
    if (wait_ms < LEAST_WAIT_MS)
        return DF_OK;
    if (atomic_fetch_add(&budget->waiting, 1) >= WAITERS) {
        atomic_fetch_sub(&budget->waiting, 1);
        return limited(key, wait_ms, err);
    }
    df_sleep_ms(with_jitter(wait_ms));
    atomic_fetch_sub(&budget->waiting, 1);
    return DF_OK;
}

/* The store hands out moments that lie `spacing` apart and not before the moment it is told. Told one that lies a burst back, it
 * keeps a token bucket of that size. */
enum df_code df_budget_take(const struct df_budget_key *key, int n, int64_t patience_ms, struct df_error *err)
{
    const struct df_devflow *d = key->d;
    int64_t now = df_now_ms(d->clock), at;
    DF_TRY(d->store->ops->pace_take(d->store, name_of(key, "api"), d->budget->spacing_ms * n, now - BURST_MS,
                                    now + patience_ms, &at, err));
    if (at > now + patience_ms)
        return limited(key, at - now, err);
    return wait_for(key, at - now, err);
}

enum df_code df_budget_check(const struct df_budget_key *key, struct df_error *err)
{
    struct df_cache *cache = key->d->cache;
    struct df_str until;
    unsigned long long ms;
    int64_t now = df_now_ms(key->d->clock);
    if (!cache->ops->get(cache, name_of(key, "hold"), key->arena, &until, NULL) || !df_str_to_u64(until, &ms) ||
        (int64_t)ms <= now)
        return DF_OK;
    return limited(key, (int64_t)ms - now, err);
}

/* In the cache for those who must not wait for the store, in the store for the nodes that share no cache. */
static void hold_until(const struct df_budget_key *key, int64_t until, int64_t now)
{
    const struct df_devflow *d = key->d;
    if (until <= now)
        return;
    d->cache->ops->put(d->cache, name_of(key, "hold"), df_arena_printf(key->arena, "%lld", (long long)until),
                       until - now);
    (void)d->store->ops->pace_hold(d->store, name_of(key, "api"), until, NULL);
}

void df_budget_hold(const struct df_budget_key *key, const struct df_http_answer *answer, int64_t fallback_ms)
{
    int64_t now = df_now_ms(key->d->clock);
    int64_t until = df_rate_hold_until_ms(answer->headers, answer->n_headers, key->provider->reset_header, now);
    hold_until(key, until > now ? until : now + fallback_ms, now);
}

void df_budget_note(const struct df_budget_key *key, const struct df_http_answer *answer)
{
    const struct df_provider *p = key->provider;
    if (!p->remaining_header || !p->reset_header || !df_str_is(df_http_header(answer, p->remaining_header), "0"))
        return;
    int64_t now = df_now_ms(key->d->clock);
    int64_t until = df_rate_hold_until_ms(answer->headers, answer->n_headers, p->reset_header, now);
    hold_until(key, until < now + WINDOW_HOLD_LIMIT_MS ? until : now + WINDOW_HOLD_LIMIT_MS, now);
}
