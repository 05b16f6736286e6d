#include "base/metrics.h"
#include "base/process.h"
#include "base/upstream_metrics.h"
#include "http/api.h"
#include "service/census.h"
#include "service/flights.h"
#include "service/limiter.h"

/* Samples of one family that differ in one label. */
struct part {
    const char *name;
    double value;
};

static void put_family(struct df_buf *out, const char *family, const char *help, const char *label,
                       const struct part *parts, size_t n)
{
    df_metric_head(out, family, "gauge", help);
    for (size_t i = 0; i < n; i++) {
        const struct df_metric_label l = {label, df_str_c(parts[i].name)};
        df_metric_sample(out, family, &l, 1, parts[i].value);
    }
}
#define PUT_FAMILY(out, family, help, label, ...)                              \
    put_family((out), (family), (help), (label), (struct part[]){__VA_ARGS__}, \
               sizeof((struct part[]){__VA_ARGS__}) / sizeof(struct part))

static void put_cache(const struct df_api *api, struct df_buf *out)
{
    struct df_cache_stats cache;
    api->d->cache->ops->stats(api->d->cache, &cache);
    df_metric_gauge(out, "devflow_cache_bytes", "Memory the cache takes in this process.", (double)cache.bytes);
    df_metric_gauge(out, "devflow_cache_limit_bytes", "The most it may take (CACHE_MEMORY_MB).",
                    (double)cache.limit_bytes);
    df_metric_gauge(out, "devflow_cache_entries", "Values it holds in this process.", (double)cache.entries);
    if (cache.shared)
        df_metric_gauge(out, "devflow_cache_up", "Whether Redis last answered; absent without Redis.", cache.shared_up);
}

static void put_connections(const struct df_server_load *load, struct df_buf *out)
{
    unsigned busy = load->under_way < load->connections ? load->under_way : load->connections;
    unsigned parked = load->parked < busy ? (unsigned)load->parked : busy;
    PUT_FAMILY(out, "devflow_http_connections",
               "Connections of callers: with a request under way (active), with one that waits without a thread "
               "(parked), with none (idle).",
               "state", {"active", busy - parked}, {"parked", parked}, {"idle", load->connections - busy});
    df_metric_gauge(out, "devflow_http_connections_limit", "How many there may be.", load->connections_limit);
}

static void put_queues(const struct df_api *api, const struct df_server_load *load, struct df_buf *out)
{
    const struct df_pool_load *store = &load->pools[DF_WAIT_STORE], *upstream = &load->pools[DF_WAIT_UPSTREAM],
                              *stream = &load->pools[DF_WAIT_STREAM];
    const struct df_flights_load flights = df_flights_load(api->d->flights);
    PUT_FAMILY(out, "devflow_queue_waiting", "Work that waits for a thread, by what it is going to wait for.", "queue",
               {"store", (double)store->waiting}, {"upstream", (double)upstream->waiting},
               {"stream", (double)stream->waiting}, {"refresh", (double)flights.waiting});
    PUT_FAMILY(out, "devflow_queue_waiting_limit", "How much may; what is more is answered 503.", "queue",
               {"store", (double)store->waiting_limit}, {"upstream", (double)upstream->waiting_limit},
               {"stream", (double)stream->waiting_limit}, {"refresh", (double)flights.waiting_limit});
    PUT_FAMILY(out, "devflow_queue_running", "Threads at work.", "queue", {"store", store->running},
               {"upstream", upstream->running}, {"stream", stream->running}, {"refresh", flights.flying});
    PUT_FAMILY(out, "devflow_queue_running_limit", "How many there may be.", "queue", {"store", store->threads_limit},
               {"upstream", upstream->threads_limit}, {"stream", stream->threads_limit},
               {"refresh", flights.flying_limit});
}

static void put_pool(const struct df_api *api, struct df_buf *out)
{
    struct df_store_load pool;
    if (!api->d->store->ops->load(api->d->store, &pool))
        return;
    PUT_FAMILY(out, "devflow_database_connections", "Connections to PostgreSQL; absent with SQLite.", "state",
               {"in_use", pool.in_use}, {"idle", pool.open - pool.in_use});
    df_metric_gauge(out, "devflow_database_connections_limit", "How many there may be (DATABASE_POOL_SIZE).",
                    pool.limit);
    df_metric_gauge(out, "devflow_database_waiting", "Threads that wait for one.", pool.waiting);
}

static void put_workflows(const struct df_api *api, struct df_buf *out)
{
    struct df_workflow_counts counts;
    struct part parts[DF_WORKFLOW_STATUSES];
    if (!df_census_workflows(api->census, &counts))
        return;
    for (int i = 0; i < DF_WORKFLOW_STATUSES; i++)
        parts[i] = (struct part){df_workflow_status_name((enum df_workflow_status)i), (double)counts.by_status[i]};
    put_family(out, "devflow_workflows", "Workflows there are, by what became of them; the same on every node.",
               "status", parts, DF_WORKFLOW_STATUSES);
}

static void put_counts(const struct df_api *api, struct df_buf *out)
{
    struct df_store_counts counts;
    int64_t age_ms, now = df_now_ms(api->d->clock);
    if (!df_census_get(api->census, &counts, &age_ms))
        return;
    int64_t late_ms = counts.outbox_due_ms && counts.outbox_due_ms < now ? now - counts.outbox_due_ms : 0;
    PUT_FAMILY(out, "devflow_connections",
               "OAuth connections in the database, the same on every node: ok, the last refresh failed for now "
               "(failing), the user must connect again (reconnect).",
               "state", {"ok", (double)(counts.connections - counts.reconnect - counts.failing)},
               {"failing", (double)counts.failing}, {"reconnect", (double)counts.reconnect});
    df_metric_gauge(out, "devflow_outbox_messages",
                    "Webhook messages to be sent, now or later; the same on every node.", (double)counts.outbox);
    df_metric_gauge(out, "devflow_outbox_late_seconds", "For how long the earliest has been due.",
                    (double)late_ms / 1000);
    put_workflows(api, out);
    df_metric_gauge(out, "devflow_database_counted_seconds", "How old the counts of the database are.",
                    (double)age_ms / 1000);
}

/* Asks nothing that may not answer: it is read when things go badly. */
enum df_code df_handle_metrics(void *app, const struct df_request *request, struct df_reply *reply,
                               struct df_error *err)
{
    (void)err;
    const struct df_api *api = app;
    struct df_buf *out = &reply->body;
    const struct df_server_load load = df_server_load(request);
    const struct df_metric_label version = {"version", df_str_c(api->version)};
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    df_metric_counters(out);
    df_route_metrics_write(api->route_metrics, out);
    df_upstream_metrics_write(out);
    put_cache(api, out);
    if (df_limiter_shares(api->limiter))
        df_metric_gauge(out, "devflow_rate_limits_shared",
                        "Whether rate limits are shared with the other nodes; absent without Redis.",
                        df_limiter_check(api->limiter, NULL) == DF_OK);
    put_connections(&load, out);
    put_queues(api, &load, out);
    put_pool(api, out);
    put_counts(api, out);
    df_metric_gauge(out, "devflow_uptime_seconds", "Since the process started.",
                    (double)(df_now_ms(api->d->clock) - api->started_ms) / 1000);
    df_metric_head(out, "devflow_build_info", "gauge", "Always 1; the version is in the label.");
    df_metric_sample(out, "devflow_build_info", &version, 1, 1);
    df_process_metrics_write(out);
    return DF_OK;
}
