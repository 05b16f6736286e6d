#include "base/metrics.h"

#include <assert.h>
#include <math.h>

struct row {
    const char *family, *label, *value, *help;
};

#define ROW(id, family, label, value, help) {family, label, value, help},
static const struct row rows[DF_METRICS] = {DF_METRIC_TABLE(ROW)};
#undef ROW

static _Atomic uint64_t counters[DF_METRICS];

void df_metric_add(enum df_metric metric, uint64_t n)
{
    atomic_fetch_add_explicit(&counters[metric], n, memory_order_relaxed);
}

uint64_t df_metric_get(enum df_metric metric)
{
    return atomic_load_explicit(&counters[metric], memory_order_relaxed);
}

/* A help text escapes backslash and line feed, a label's value the double quote too. */
static void put_escaped(struct df_buf *out, struct df_str s, bool quoted)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\\' || (quoted && c == '"'))
            df_buf_put_char(out, '\\');
        if (c == '\n')
            df_buf_put_c(out, "\\n");
        else
            df_buf_put_char(out, c);
    }
}

void df_metric_head(struct df_buf *out, const char *family, const char *type, const char *help)
{
    df_buf_printf(out, "# HELP %s ", family);
    put_escaped(out, df_str_c(help), false);
    df_buf_printf(out, "\n# TYPE %s %s\n", family, type);
}

static void put_labels(struct df_buf *out, const struct df_metric_label *labels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        df_buf_printf(out, "%c%s=\"", i ? ',' : '{', labels[i].name);
        put_escaped(out, labels[i].value, true);
        df_buf_put_char(out, '"');
    }
    if (n)
        df_buf_put_char(out, '}');
}

static void put_number(struct df_buf *out, double n)
{
    if (isnan(n))
        df_buf_put_c(out, " NaN\n");
    else if (isinf(n))
        df_buf_put_c(out, n < 0 ? " -Inf\n" : " +Inf\n");
    else
        df_buf_printf(out, " %.17g\n", n);
}

void df_metric_sample(struct df_buf *out, const char *family, const struct df_metric_label *labels, size_t n_labels,
                      double value)
{
    df_buf_put_c(out, family);
    put_labels(out, labels, n_labels);
    put_number(out, value);
}

void df_metric_gauge(struct df_buf *out, const char *family, const char *help, double value)
{
    df_metric_head(out, family, "gauge", help);
    df_metric_sample(out, family, NULL, 0, value);
}

static const struct {
    int64_t up_to_us;
    const char *seconds;
} bounds[DF_HISTOGRAM_BUCKETS] = {
    {100, "0.0001"}, {500, "0.0005"}, {1000, "0.001"}, {5000, "0.005"}, {10000, "0.01"},  {50000, "0.05"},
    {100000, "0.1"}, {500000, "0.5"}, {1000000, "1"},  {5000000, "5"},  {10000000, "10"}, {60000000, "60"},
};

void df_histogram_add(struct df_histogram *h, int64_t micros)
{
    size_t i = 0;
    while (i < DF_HISTOGRAM_BUCKETS && micros > bounds[i].up_to_us)
        i++;
    atomic_fetch_add_explicit(&h->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum_us, micros > 0 ? (uint64_t)micros : 0, memory_order_relaxed);
}

uint64_t df_histogram_count(const struct df_histogram *h)
{
    uint64_t n = 0;
    for (size_t i = 0; i <= DF_HISTOGRAM_BUCKETS; i++)
        n += atomic_load_explicit(&h->buckets[i], memory_order_relaxed);
    return n;
}

static void put_part(struct df_buf *out, const char *family, const char *part, const struct df_metric_label *labels,
                     size_t n, double value)
{
    df_buf_put_c(out, family);
    df_buf_put_c(out, part);
    put_labels(out, labels, n);
    put_number(out, value);
}

void df_metric_histogram(struct df_buf *out, const char *family, const struct df_metric_label *labels, size_t n_labels,
                         const struct df_histogram *h)
{
    enum { LABELS = 4 };
    struct df_metric_label all[LABELS + 1];
    uint64_t n = 0;
    assert(n_labels <= LABELS);
    for (size_t i = 0; i < n_labels; i++)
        all[i] = labels[i];
    for (size_t i = 0; i <= DF_HISTOGRAM_BUCKETS; i++) {
        n += atomic_load_explicit(&h->buckets[i], memory_order_relaxed);
        all[n_labels] = (struct df_metric_label){"le",
                                                 i < DF_HISTOGRAM_BUCKETS ? df_str_c(bounds[i].seconds) : DF_S("+Inf")};
        put_part(out, family, "_bucket", all, n_labels + 1, (double)n);
    }
    double sum_s = (double)atomic_load_explicit(&h->sum_us, memory_order_relaxed) / 1e6;
    put_part(out, family, "_sum", labels, n_labels, sum_s);
    put_part(out, family, "_count", labels, n_labels, (double)n);
}

void df_metric_counters(struct df_buf *out)
{
    for (size_t i = 0; i < DF_METRICS; i++) {
        const struct df_metric_label label = {rows[i].label, df_str_c(rows[i].value)};
        if (i == 0 || strcmp(rows[i].family, rows[i - 1].family) != 0)
            df_metric_head(out, rows[i].family, "counter", rows[i].help);
        df_metric_sample(out, rows[i].family, &label, rows[i].label != NULL, (double)df_metric_get((enum df_metric)i));
    }
}
