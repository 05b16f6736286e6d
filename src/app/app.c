#include "app/app.h"
#include "adapter/curl_http.h"
#include "adapter/database.h"
#include "adapter/memory_cache.h"
#include "adapter/redis_cache.h"
#include "adapter/redis_quota.h"
#include "adapter/test_lab.h"
#include "adapter/tiered_cache.h"
#include "adapter/trackers.h"
#include "app/local_key.h"
#include "base/bells.h"
#include "base/log.h"
#include "base/version.h"
#include "base/wait.h"
#include "service/api_budget.h"
#include "service/audit.h"
#include "service/census.h"
#include "service/connection.h"
#include "service/flights.h"
#include "service/gate.h"
#include "service/keys.h"
#include "service/limiter.h"
#include "service/readiness.h"
#include "service/token_cache.h"
#include "worker/workflows.h"

enum {
    NODE_BYTES = 8,
    FLIGHT_THREADS = 256,
    FLIGHT_QUEUE = 64 * 1024,
};

/* Where this machine's own programs reach it. */
static struct df_str own_url(const struct df_config *config, int port, struct df_arena *arena)
{
    bool any = df_str_is(config->host, "0.0.0.0") || df_str_is(config->host, "::") || df_str_is(config->host, "[::]");
    bool bare_six = df_str_find_char(config->host, ':') >= 0 && !df_str_starts(config->host, DF_S("["));
    return df_arena_printf(arena, "http%s://%s%.*s%s:%d%.*s", config->tls.certificates ? "s" : "",
                           bare_six && !any ? "[" : "", DF_FMT(any ? DF_S("127.0.0.1") : config->host),
                           bare_six && !any ? "]" : "", port, DF_FMT(config->prefix));
}

/* What is known only once the server listens: with PORT=0 the port. */
struct bound {
    const struct df_config *config;
    struct df_arena *arena;
    struct df_app *app;
};

static void on_bound(void *arg, int port)
{
    const struct bound *b = arg;
    b->app->port = port;
    if (b->app->devflow.api_url.n == 0)
        b->app->devflow.api_url = df_arena_printf(b->arena, "http%s://localhost:%d",
                                                  b->config->tls.certificates ? "s" : "", port);
    /* Before anyone is answered: who was may call a command that needs to know. */
    df_database_serve_at(b->config->database_url, own_url(b->config, port, b->arena));
}

static enum df_code start_server(const struct df_config *config, struct df_arena *arena, struct df_app *app,
                                 struct df_error *err)
{
    struct bound bound = {config, arena, app};
    struct df_server_config server = df_api_server_config(&app->api);
    server.bound = on_bound;
    server.bound_arg = &bound;
    server.host = df_arena_cstr(arena, config->host);
    server.port = config->port;
    server.listener = config->listener;
    server.prefix = df_arena_cstr(arena, config->prefix);
    server.limits = config->http;
    server.proxies = &config->proxies;
    server.tls = config->tls.certificates ? &config->tls : NULL;
    return df_server_start(&server, &app->server, err);
}

static void release(struct df_app *app)
{
    struct df_devflow *d = &app->devflow;
    if (d->rotator)
        df_rotator_free(d->rotator);
    df_courier_stop(app->farewells);
    df_courier_stop(app->schedules);
    df_courier_stop(app->dispatcher);
    df_courier_stop(app->courier);
    df_census_free(app->api.census);
    df_readiness_free(app->api.readiness);
    df_gate_stop(d->gate);
    df_audit_stop(d->audit);
    if (d->engine)
        d->engine->ops->free(d->engine);
    d->store->ops->close(d->store); /* before what its news go to */
    df_courier_free(app->courier);
    df_courier_free(app->farewells);
    df_courier_free(app->schedules);
    df_courier_free(app->dispatcher);
    df_gate_free(d->gate);
    df_audit_free(d->audit);
    d->http->ops->free(d->http);
    d->cache->ops->free(d->cache);
    if (d->contents)
        d->contents->ops->free(d->contents);
    df_flights_free(d->flights);
    df_background_free(app->background);
    df_bells_free(d->bells);
    df_budget_free(d->budget);
    df_keyring_wipe(&d->keys);
    df_access_log_free(app->api.access_log);
    df_limiter_free(app->api.limiter);
    df_route_metrics_free(app->api.route_metrics);
}

static void redis_changed(void *arg, bool up, struct df_str why)
{
    (void)arg;
    if (up)
        df_log(DF_LOG_INFO, "the shared cache answers again", {NULL, DF_STR_NONE});
    else
        df_log(DF_LOG_WARN, "the shared cache does not answer; this costs speed alone", {"why", why});
}

static struct df_cache *make_cache(const struct df_config *config, const struct df_clock *clock)
{
    struct df_cache *memory = df_memory_cache_new(clock, config->cache_bytes);
    if (config->redis.host.n == 0)
        return memory;
    struct df_cache *tiered = df_tiered_cache_new(memory, df_redis_cache_new(&config->redis, redis_changed, NULL));
    /* Asked once at the start, so that a mistake in the settings is seen at once. */
    struct df_error err;
    if (tiered->ops->ping(tiered, &err) != DF_OK)
        df_log(DF_LOG_WARN, "serving without the shared cache for now", {"why", df_str_c(err.message)});
    return tiered;
}

static void limits_changed(void *arg, bool up, struct df_str why)
{
    (void)arg;
    if (up)
        df_log(DF_LOG_INFO, "rate limits are shared with the other nodes again", {NULL, DF_STR_NONE});
    else
        df_log(DF_LOG_WARN, "rate limits hold for this node alone", {"why", why});
}

static struct df_limiter *make_limiter(const struct df_config *config)
{
    return df_limiter_new(&config->limits, config->redis.host.n ? df_redis_quota_new(&config->redis) : NULL,
                          limits_changed, NULL);
}

/* Redis, where there is one, is shared with the tokens' cache, over connections of its own. */
static struct df_cache *make_contents(const struct df_config *config, const struct df_clock *clock)
{
    if (config->sentry_cache_s == 0 || config->sentry_cache_bytes == 0)
        return NULL;
    struct df_cache *memory = df_memory_cache_new(clock, config->sentry_cache_bytes);
    return config->redis.host.n ? df_tiered_cache_new(memory, df_redis_cache_new(&config->redis, NULL, NULL)) : memory;
}

static void outbox_news(void *arg)
{
    df_courier_wake(((const struct df_app *)arg)->courier);
}

static void inbox_news(void *arg)
{
    df_courier_wake(((const struct df_app *)arg)->dispatcher);
}

static void schedule_news(void *arg)
{
    df_courier_wake(((const struct df_app *)arg)->schedules);
}

/* Whoever changed it has removed it from the shared cache; this process's copy goes here. The change may have left a message in
 * the outbox. */
static void connection_changed(void *arg, struct df_str project_id, struct df_str provider)
{
    const struct df_app *app = arg;
    bool of_keys = !project_id.n && df_str_is(provider, DF_NEWS_API_KEYS);
    if (!project_id.n)
        df_gate_news(app->devflow.gate);
    if (of_keys)
        return;
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    bool one = project_id.n && provider.n;
    df_token_cache_evict(&app->devflow, project_id, provider);
    df_bells_ring(app->devflow.bells, one ? df_connection_key(project_id, provider, scratch) : DF_STR_NONE);
    df_background_wake(app->background);
    df_courier_wake(app->courier);
    df_courier_wake(app->farewells);
}

/* What of the settings leads from other machines to here; NULL for none. */
static const char *exposing(const struct df_config *config, struct df_arena *arena)
{
    struct df_url url;
    if (!df_host_is_loopback(config->host))
        return df_arena_printf(arena, "API_HOST=%.*s", DF_FMT(config->host)).p;
    if (config->url.n && df_url_parse(config->url, arena, &url) && !df_host_is_loopback(url.host))
        return df_arena_printf(arena, "API_URL=%.*s", DF_FMT(config->url)).p;
    return NULL;
}

static enum df_code open_gate(const struct df_config *config, struct df_devflow *d, struct df_arena *arena,
                              struct df_error *err)
{
    struct df_secret local;
    const char *exposed = exposing(config, arena);
    DF_TRY(df_gate_load(d->gate, err));
    if (exposed && !df_gate_holds_one(d->gate))
        return df_fail(err, DF_ERR_CONFIG,
                       "%s lets other machines reach this API, and no API key holds: make the first one with: devflow "
                       "apikey:create --role admin",
                       exposed);
    DF_TRY(df_local_key_open(arena, &local, err));
    if (!df_secret_is_empty(local))
        df_gate_set_local(d->gate, local);
    return DF_OK;
}

static unsigned left_ms(int64_t until_ms)
{
    int64_t left = until_ms - df_monotonic_ms();
    return left > 0 ? (unsigned)left : 0;
}

static enum df_code open_parts(const struct df_config *config, struct df_arena *arena, struct df_app *app,
                               struct df_error *err)
{
    struct df_devflow *d = &app->devflow;
    DF_TRY(df_keys_check(d, err));
    if (!config->worker_alone)
        DF_TRY(open_gate(config, d, arena, err));
    DF_TRY(df_app_engine_new(config, d->store, &d->engine, err));
    d->rotator = df_rotator_new(d, df_database_is_shared(config->database_url));
    if (!config->worker_alone)
        DF_TRY(start_server(config, arena, app, err));
    return config->workflows_worker ? df_app_worker_start(config, d, &app->worker, err) : DF_OK;
}

static void make_couriers(struct df_app *app)
{
    app->courier = df_courier_new(&app->devflow, &df_queue_outbox, NULL);
    app->dispatcher = df_courier_new(&app->devflow, &df_queue_inbox, NULL);
    app->schedules = df_courier_new(&app->devflow, &df_queue_schedules, app->dispatcher);
    app->farewells = df_courier_new(&app->devflow, &df_queue_farewells, NULL);
}

static void start_couriers(struct df_app *app)
{
    df_courier_start(app->courier);
    if (!app->devflow.engine)
        return;
    df_courier_start(app->dispatcher);
    df_courier_start(app->schedules);
    df_courier_start(app->farewells);
}

static void make_devflow(const struct df_config *config, struct df_store *store, const struct df_clock *clock,
                         struct df_arena *arena, struct df_app *app)
{
    atomic_init(&app->switches.allow_direct_callback, config->allow_direct_callback);
    atomic_init(&app->switches.allow_private_webhooks, config->allow_private_webhooks);
    app->test_site = (struct df_test_site){.lab = &df_process_test_lab,
                                           .checkouts = config->checkouts,
                                           .n_checkouts = config->n_checkouts,
                                           .busy = ATOMIC_FLAG_INIT};
    struct df_devflow *d = &app->devflow;
    *d = (struct df_devflow){
        .store = store,
        .cache = make_cache(config, clock),
        .contents = make_contents(config, clock),
        .contents_ms = (int64_t)config->sentry_cache_s * 1000,
        .http = df_curl_http_new("devflow/" DF_VERSION),
        .clock = clock,
        .keys = config->keys,
        .lost_keys = config->lost_keys,
        .providers = config->providers,
        .trackers = df_trackers,
        .scrub_rules = config->scrub_rules,
        .test_site = &app->test_site,
        .flights = df_flights_new(FLIGHT_THREADS, FLIGHT_QUEUE, df_background_fly, d),
        .bells = df_bells_new(),
        .budget = df_budget_new(config->sentry_requests_per_s),
        .node = df_random_hex(NODE_BYTES, arena),
        .api_prefix = config->prefix,
        .api_url = config->url,
        .production = config->production,
        .sentry_regions = config->sentry_regions,
        .switches = &app->switches,
    };
    d->gate = df_gate_new(d);
    d->audit = df_audit_new(d);
    df_audit_keep(d->audit, config->audit_keep_days);
    app->workflows = df_worker_table(d);
    d->workflows = &app->workflows;
}

static void make_api(const struct df_config *config, struct df_app *app)
{
    app->api = (struct df_api){
        .d = &app->devflow,
        .limiter = make_limiter(config),
        .cors_origins = config->cors_origins,
        .news = outbox_news,
        .inbox_news = inbox_news,
        .schedule_news = schedule_news,
        .news_arg = app,
        .started_ms = df_now_ms(app->devflow.clock),
        .host = config->host,
        .access_log = df_access_log_new(),
        .route_metrics = df_route_metrics_new(df_api_routes, df_api_n_routes),
        .census = df_census_new(&app->devflow),
        .openapi = df_str_n(df_openapi_json, df_openapi_json_n),
        .version = DF_VERSION,
    };
    app->api.readiness = df_readiness_new(&app->devflow, app->api.limiter);
}

static void start_parts(struct df_app *app)
{
    df_gate_start(app->devflow.gate);
    df_audit_start(app->devflow.audit);
    start_couriers(app);
    df_background_start(app->background);
    df_census_start(app->api.census);
    df_keys_resume(&app->devflow);
}

enum df_code df_app_start(const struct df_config *config, struct df_arena *arena, struct df_app *ret,
                          struct df_error *err)
{
    struct df_store *store;
    const struct df_clock *clock;
    DF_TRY(df_database_open(config->database_url, config->database_pool_size, &store, &clock, err));
    make_devflow(config, store, clock, arena, ret);
    make_couriers(ret);
    ret->background = df_background_new(&ret->devflow);
    store->ops->listen(store, connection_changed, ret);
    make_api(config, ret);
    ret->worker = NULL;
    ret->server = NULL;
    enum df_code code = open_parts(config, arena, ret, err);
    if (code != DF_OK) {
        if (ret->server)
            df_server_stop(ret->server, 0);
        df_flights_stop(ret->devflow.flights, 0);
        release(ret);
        return code;
    }
    start_parts(ret);
    return DF_OK;
}

/* Callers and refreshes share the time; then whoever still waits for a provider is told to end, and has a second for it. */
void df_app_stop(struct df_app *app, unsigned drain_ms)
{
    struct df_devflow *d = &app->devflow;
    int64_t until_ms = df_monotonic_ms() + drain_ms;
    if (app->server)
        df_server_drain(app->server, drain_ms);
    if (app->worker)
        d->engine->ops->stop(app->worker, left_ms(until_ms));
    df_background_stop(app->background);
    df_flights_stop(d->flights, left_ms(until_ms));
    df_background_give_back(app->background);
    df_courier_quiesce(app->farewells);
    df_courier_quiesce(app->schedules);
    df_courier_quiesce(app->dispatcher);
    df_courier_quiesce(app->courier);
    d->http->ops->hang_up(d->http);
    if (app->server)
        df_server_stop(app->server, 0);
    release(app);
}
