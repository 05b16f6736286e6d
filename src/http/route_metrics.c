#include "http/route_metrics.h"
#include "base/fatal.h"
#include "base/metrics.h"

#include <stdlib.h>

enum { FIRST_STATUS = 100, STATUSES = 500 };

struct counts {
    _Atomic uint64_t by_status[STATUSES];
    struct df_histogram took;
};

struct df_route_metrics {
    const struct df_route *routes;
    size_t n_routes;
    struct counts counts[]; /* the last is of no route */
};

struct df_route_metrics *df_route_metrics_new(const struct df_route *routes, size_t n_routes)
{
    struct df_route_metrics *m = calloc(1, sizeof *m + (n_routes + 1) * sizeof *m->counts);
    if (!m)
        df_out_of_memory();
    m->routes = routes;
    m->n_routes = n_routes;
    return m;
}

void df_route_metrics_free(struct df_route_metrics *m)
{
    free(m);
}

void df_route_metrics_add(struct df_route_metrics *m, const struct df_route *route, int status, int64_t micros)
{
    struct counts *c = &m->counts[route ? (size_t)(route - m->routes) : m->n_routes];
    int at = status - FIRST_STATUS;
    if (at < 0 || at >= STATUSES)
        return;
    atomic_fetch_add_explicit(&c->by_status[at], 1, memory_order_relaxed);
    df_histogram_add(&c->took, micros);
}

static void labels_of(const struct df_route_metrics *m, size_t i, struct df_metric_label labels[2])
{
    labels[0] = (struct df_metric_label){"method", i < m->n_routes ? df_str_c(m->routes[i].method) : DF_S("none")};
    labels[1] = (struct df_metric_label){"route", i < m->n_routes ? df_str_c(m->routes[i].path) : DF_S("none")};
}

static void write_statuses(const struct df_route_metrics *m, size_t i, const char *family, struct df_buf *out)
{
    struct df_metric_label labels[3];
    labels_of(m, i, labels);
    for (int at = 0; at < STATUSES; at++) {
        uint64_t n = atomic_load_explicit(&m->counts[i].by_status[at], memory_order_relaxed);
        int status = at + FIRST_STATUS;
        char text[] = {(char)('0' + status / 100), (char)('0' + status / 10 % 10), (char)('0' + status % 10)};
        labels[2] = (struct df_metric_label){"status", df_str_n(text, sizeof text)};
        if (n)
            df_metric_sample(out, family, labels, 3, (double)n);
    }
}

void df_route_metrics_write(const struct df_route_metrics *m, struct df_buf *out)
{
    static const char total[] = "devflow_http_requests_total", took[] = "devflow_http_request_duration_seconds";
    struct df_metric_label labels[2];
    df_metric_head(out, total, "counter", "Requests answered, by route and status.");
    for (size_t i = 0; i <= m->n_routes; i++)
        if (df_histogram_count(&m->counts[i].took))
            write_statuses(m, i, total, out);
    df_metric_head(out, took, "histogram", "From a request's first byte to its answer's last.");
    for (size_t i = 0; i <= m->n_routes; i++) {
        if (df_histogram_count(&m->counts[i].took) == 0)
            continue;
        labels_of(m, i, labels);
        df_metric_histogram(out, took, labels, 2, &m->counts[i].took);
    }
}
