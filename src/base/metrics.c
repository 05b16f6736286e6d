#include "base/metrics.h"

#include <math.h>
#include <stdatomic.h>

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

static void put_head(struct df_buf *out, const char *family, const char *help, const char *type)
{
    df_buf_printf(out, "# HELP %s ", family);
    put_escaped(out, df_str_c(help), false);
    df_buf_printf(out, "\n# TYPE %s %s\n", family, type);
}

static void put_name(struct df_buf *out, const char *family, const char *label, struct df_str value)
{
    df_buf_put_c(out, family);
    if (!label)
        return;
    df_buf_printf(out, "{%s=\"", label);
    put_escaped(out, value, true);
    df_buf_put_c(out, "\"}");
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

void df_metrics_write(const struct df_metric_gauge *gauges, size_t n_gauges, struct df_buf *out)
{
    for (size_t i = 0; i < DF_METRICS; i++) {
        if (i == 0 || strcmp(rows[i].family, rows[i - 1].family) != 0)
            put_head(out, rows[i].family, rows[i].help, "counter");
        put_name(out, rows[i].family, rows[i].label, df_str_c(rows[i].value));
        df_buf_printf(out, " %llu\n", (unsigned long long)df_metric_get((enum df_metric)i));
    }
    for (size_t i = 0; i < n_gauges; i++) {
        if (i == 0 || strcmp(gauges[i].family, gauges[i - 1].family) != 0)
            put_head(out, gauges[i].family, gauges[i].help, "gauge");
        put_name(out, gauges[i].family, gauges[i].label, gauges[i].label_value);
        put_number(out, gauges[i].value);
    }
}
