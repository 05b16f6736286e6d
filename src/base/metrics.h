/* What the process counts, for GET metrics: one table of counters and histograms, each an atomic that any thread may add to at
 * any time without waiting; and how the page is written, gauges being asked for when it is made. Text exposition format 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/ */
#ifndef DF_BASE_METRICS_H
#define DF_BASE_METRICS_H

#include "base/buf.h"

#include <stdatomic.h>
#include <stdint.h>

/* clang-format off */
#define DF_METRIC_TABLE(X) \
    /* id                             family                          label      value            help of the family */ \
    X(DF_METRIC_CACHE_MEMORY_HIT,     "devflow_cache_hits_total",     "tier",    "memory",        "Values found in the cache.") \
    X(DF_METRIC_CACHE_REDIS_HIT,      "devflow_cache_hits_total",     "tier",    "redis",         "") \
    X(DF_METRIC_CACHE_MEMORY_MISS,    "devflow_cache_misses_total",   "tier",    "memory",        "Values not found in the cache.") \
    X(DF_METRIC_CACHE_REDIS_MISS,     "devflow_cache_misses_total",   "tier",    "redis",         "") \
    X(DF_METRIC_CACHE_ERROR,          "devflow_cache_errors_total",   NULL,      NULL,            "Redis operations that failed, or were not tried because one just had.") \
    X(DF_METRIC_RESOLVE_CACHED,       "devflow_token_resolves_total", "source",  "cache",         "Tokens handed out, by where they came from, and those that could not be.") \
    X(DF_METRIC_RESOLVE_STORED,       "devflow_token_resolves_total", "source",  "store",         "") \
    X(DF_METRIC_RESOLVE_REFRESHED,    "devflow_token_resolves_total", "source",  "refresh",       "") \
    X(DF_METRIC_RESOLVE_FAILED,       "devflow_token_resolves_total", "source",  "none",          "") \
    X(DF_METRIC_REFRESH_REPLACED,     "devflow_refreshes_total",      "outcome", "replaced",      "Refresh requests sent to providers, by outcome.") \
    X(DF_METRIC_REFRESH_REFUSED,      "devflow_refreshes_total",      "outcome", "refused",       "") \
    X(DF_METRIC_REFRESH_CLIENT,       "devflow_refreshes_total",      "outcome", "client",        "") \
    X(DF_METRIC_REFRESH_RATE_LIMITED, "devflow_refreshes_total",      "outcome", "rate_limited",  "") \
    X(DF_METRIC_REFRESH_TRANSIENT,    "devflow_refreshes_total",      "outcome", "transient",     "") \
    X(DF_METRIC_REFRESH_NO_ANSWER,    "devflow_refreshes_total",      "outcome", "no_answer",     "") \
    X(DF_METRIC_LIMITED_OAUTH,        "devflow_rate_limited_total",   "limit",   "oauth",         "Requests that were answered 429, by limit.") \
    X(DF_METRIC_LIMITED_API,          "devflow_rate_limited_total",   "limit",   "api",           "")
/* clang-format on */

#define DF_METRIC_ENUM(id, family, label, value, help) id,
enum df_metric { DF_METRIC_TABLE(DF_METRIC_ENUM) DF_METRICS };
#undef DF_METRIC_ENUM

void df_metric_add(enum df_metric metric, uint64_t n);
uint64_t df_metric_get(enum df_metric metric);

/* How long something took: zeroed, then added to by any thread. Buckets up to 0.1 ms, 0.5 ms, 1 ms, ... 60 s. */
enum { DF_HISTOGRAM_BUCKETS = 12 };
struct df_histogram {
    _Atomic uint64_t buckets[DF_HISTOGRAM_BUCKETS + 1]; /* the last: longer */
    _Atomic uint64_t sum_us;
};
void df_histogram_add(struct df_histogram *h, int64_t micros);
uint64_t df_histogram_count(const struct df_histogram *h);

/* The page, family by family: a head, then its samples. */
struct df_metric_label {
    const char *name;
    struct df_str value;
};
/* type: "counter", "gauge", "histogram" */
void df_metric_head(struct df_buf *out, const char *family, const char *type, const char *help);
void df_metric_sample(struct df_buf *out, const char *family, const struct df_metric_label *labels, size_t n_labels,
                      double value);
/* In seconds: its buckets, sum and count. */
void df_metric_histogram(struct df_buf *out, const char *family, const struct df_metric_label *labels, size_t n_labels,
                         const struct df_histogram *h);
/* A family of one sample without labels. */
void df_metric_gauge(struct df_buf *out, const char *family, const char *help, double value);
/* Every counter of the table. */
void df_metric_counters(struct df_buf *out);

#endif
