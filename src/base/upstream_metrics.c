#include "base/upstream_metrics.h"
#include "base/metrics.h"

#include <pthread.h>
#include <stdio.h>

enum { NAMES = 64, NAME_BYTES = 40 };
enum { NONE, OK, REDIRECT, CLIENT, LIMITED, SERVER, OUTCOMES };
static const char *const outcomes[OUTCOMES] = {
    [NONE] = "none", [OK] = "2xx", [REDIRECT] = "3xx", [CLIENT] = "4xx", [LIMITED] = "429", [SERVER] = "5xx"};

static struct peer {
    char name[NAME_BYTES];
    _Atomic uint64_t answers[OUTCOMES];
    struct df_histogram took;
    _Atomic int64_t remaining, limit; /* limit 0: never said */
} peers[NAMES];
static _Atomic size_t n_peers;
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

static struct peer *find(const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strncmp(peers[i].name, name, NAME_BYTES - 1) == 0)
            return &peers[i];
    return NULL;
}

/* More names than there is room for count as the last one. */
static struct peer *peer_of(const char *name)
{
    struct peer *found = find(name, atomic_load(&n_peers));
    if (found)
        return found;
    pthread_mutex_lock(&adding);
    size_t n = atomic_load(&n_peers);
    found = find(name, n);
    if (!found) {
        found = &peers[n < NAMES ? n : NAMES - 1];
        snprintf(found->name, NAME_BYTES, "%s", n < NAMES - 1 ? name : "other");
        if (n < NAMES)
            atomic_store(&n_peers, n + 1);
    }
    pthread_mutex_unlock(&adding);
    return found;
}

static int outcome_of(int status)
{
    if (status == 429)
        return LIMITED;
    return status < 200 ? NONE : status < 300 ? OK : status < 400 ? REDIRECT : status < 500 ? CLIENT : SERVER;
}

void df_upstream_metrics_add(const char *name, int status, int64_t micros)
{
    struct peer *p = peer_of(name);
    atomic_fetch_add_explicit(&p->answers[outcome_of(status)], 1, memory_order_relaxed);
    df_histogram_add(&p->took, micros);
}

void df_upstream_metrics_headroom(const char *name, int64_t remaining, int64_t limit)
{
    struct peer *p = peer_of(name);
    atomic_store_explicit(&p->remaining, remaining, memory_order_relaxed);
    atomic_store_explicit(&p->limit, limit, memory_order_relaxed);
}

static struct df_metric_label label_of(const struct peer *p)
{
    return (struct df_metric_label){"provider", df_str_c(p->name)};
}

static void write_answers(struct df_buf *out, size_t n)
{
    static const char family[] = "devflow_upstream_requests_total";
    df_metric_head(out, family, "counter",
                   "Requests sent to providers and webhooks, by the class of the answer's status; "
                   "none: no answer.");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < OUTCOMES; k++) {
            const struct df_metric_label labels[] = {label_of(&peers[i]), {"answer", df_str_c(outcomes[k])}};
            df_metric_sample(out, family, labels, 2,
                             (double)atomic_load_explicit(&peers[i].answers[k], memory_order_relaxed));
        }
}

static void write_headroom(struct df_buf *out, const char *family, const char *help, size_t n, bool remaining)
{
    df_metric_head(out, family, "gauge", help);
    for (size_t i = 0; i < n; i++) {
        const struct df_metric_label label = label_of(&peers[i]);
        int64_t limit = atomic_load_explicit(&peers[i].limit, memory_order_relaxed);
        if (limit > 0)
            df_metric_sample(out, family, &label, 1,
                             remaining ? (double)atomic_load_explicit(&peers[i].remaining, memory_order_relaxed)
                                       : (double)limit);
    }
}

void df_upstream_metrics_write(struct df_buf *out)
{
    static const char family[] = "devflow_upstream_duration_seconds";
    size_t n = atomic_load(&n_peers);
    write_answers(out, n);
    df_metric_head(out, family, "histogram", "From a request to the first byte of its answer.");
    for (size_t i = 0; i < n; i++) {
        const struct df_metric_label label = label_of(&peers[i]);
        df_metric_histogram(out, family, &label, 1, &peers[i].took);
    }
    write_headroom(out, "devflow_upstream_rate_limit_remaining",
                   "Requests left in the provider's rate limit, as the last answer that told it.", n, true);
    write_headroom(out, "devflow_upstream_rate_limit_quota", "Of how many.", n, false);
}
