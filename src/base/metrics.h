/* What the process counts, for GET metrics: one table of counters, each an atomic that any thread may add to at any time
 * without waiting, and gauges that are asked for when the page is made. Text exposition format 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/ */
#ifndef DF_BASE_METRICS_H
#define DF_BASE_METRICS_H

#include "base/buf.h"

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
    X(DF_METRIC_REFRESH_NO_ANSWER,    "devflow_refreshes_total",      "outcome", "no_answer",     "")
/* clang-format on */

#define DF_METRIC_ENUM(id, family, label, value, help) id,
enum df_metric { DF_METRIC_TABLE(DF_METRIC_ENUM) DF_METRICS };
#undef DF_METRIC_ENUM

void df_metric_add(enum df_metric metric, uint64_t n);
uint64_t df_metric_get(enum df_metric metric);

/* A value of this moment. `label` and `label_value` may be NULL; a family's gauges stand together. */
struct df_metric_gauge {
    const char *family, *help;
    const char *label;
    struct df_str label_value;
    double value;
};

/* Every counter, then these gauges. */
void df_metrics_write(const struct df_metric_gauge *gauges, size_t n_gauges, struct df_buf *out);

#endif
