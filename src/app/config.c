#include "app/config.h"
#include "adapter/database.h"
#include "app/config_parts.h"
#include "base/buf.h"
#include "base/url.h"
#include "domain/scrub_rules.h"
#include "provider/catalogue.h"
#include "provider/file.h"

#include <stdlib.h>
#include <unistd.h>

static void fault(struct loading *l, struct df_str sentence)
{
    df_config_fault(l->report, sentence);
}

static void warning(struct loading *l, struct df_str sentence)
{
    df_config_warning(l->report, sentence);
}

#define FAULT(l, ...) fault((l), df_arena_printf((l)->arena, __VA_ARGS__))

/* A variable's value may hold a password: what is shown of it is the part before anything secret. */
static void check_key(struct loading *l, struct df_str v)
{
    if (v.n == 0)
        FAULT(l, "OAUTH_ENCRYPTION_KEY is not set: it encrypts the tokens. Make one with: devflow key:generate");
    else if (!df_key_parse(v, &l->config->keys.keys[0]))
        FAULT(l, "OAUTH_ENCRYPTION_KEY is not 32 bytes in base64: make one with: devflow key:generate");
    else
        l->config->keys.n = 1;
}

static void check_lost_keys(struct loading *l, struct df_str v)
{
    l->config->lost_keys = v;
    for (size_t i = 0; i < v.n; i++)
        if (!strchr("0123456789abcdef, ", v.p[i])) {
            FAULT(l, "OAUTH_ENCRYPTION_KEYS_LOST is no list of key ids: set it to those that devflow serve names, "
                     "separated by commas");
            return;
        }
}

/* A key named twice, or the present one too, does no harm: it is how a rotation begins and ends. */
static void check_previous_keys(struct loading *l, struct df_str v)
{
    struct df_keyring *ring = &l->config->keys;
    struct df_str part;
    size_t place = 0;
    if (ring->n == 0)
        ring->n = 1; /* OAUTH_ENCRYPTION_KEY is missing, and that has been said */
    while (v.n && df_str_split(&v, ',', &part)) {
        struct df_key key;
        place++;
        if (df_str_trim(part).n == 0)
            continue;
        if (!df_key_parse(df_str_trim(part), &key))
            FAULT(l,
                  "OAUTH_ENCRYPTION_KEYS_PREVIOUS: key %zu is not 32 bytes in base64: give the old keys, separated by "
                  "commas",
                  place);
        else if (ring->n == DF_KEYRING_KEYS)
            FAULT(l,
                  "OAUTH_ENCRYPTION_KEYS_PREVIOUS has more than %d keys: rotate (devflow key:rotate) and take out "
                  "those it names",
                  DF_KEYRING_KEYS - 1);
        else if (!df_keyring_has(ring, key.id))
            ring->keys[ring->n++] = key;
        df_key_wipe(&key);
    }
}

static struct df_str default_database(struct loading *l)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data && data[0] == '/')
        return df_arena_printf(l->arena, "sqlite:%s/devflow/devflow.db", data);
    if (home && home[0] == '/')
        return df_arena_printf(l->arena, "sqlite:%s/.local/share/devflow/devflow.db", home);
    return DF_STR_NONE;
}

static void check_database(struct loading *l, struct df_str v)
{
    struct df_error err;
    l->config->database_url = v.n ? v : default_database(l);
    if (l->config->database_url.n == 0)
        FAULT(
            l,
            "DATABASE_URL is not set and neither XDG_DATA_HOME nor HOME say where the file goes: set DATABASE_URL=sqlite:PATH");
    else if (df_database_url_check(l->config->database_url, &err) != DF_OK)
        FAULT(l, "DATABASE_URL cannot be used: %s", err.message);
}

static void check_pool_size(struct loading *l, struct df_str v)
{
    unsigned long long size = 10;
    if (v.n && (!df_str_to_u64(v, &size) || size < 1 || size > 500))
        FAULT(
            l,
            "DATABASE_POOL_SIZE is not a number from 1 to 500: set it to how many connections to PostgreSQL one process may open, "
            "10 by default");
    l->config->database_pool_size = (int)size;
}

static bool yes_or_no(struct loading *l, const char *name, struct df_str v)
{
    bool yes = df_str_ieq(v, DF_S("true")) || df_str_is(v, "1"), no = df_str_ieq(v, DF_S("false")) || df_str_is(v, "0");
    if (v.n && !yes && !no)
        FAULT(l, "%s is neither true nor false: set it to one of them, false by default", name);
    return yes;
}

static void check_redis_host(struct loading *l, struct df_str v)
{
    l->config->redis.host = v;
    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] <= ' ' || strchr("/\\@?#", v.p[i])) {
            FAULT(l, "REDIS_HOST is not an address or host name: set it to that of the Redis server, without redis://");
            return;
        }
}

static void check_redis_port(struct loading *l, struct df_str v)
{
    unsigned long long port = 6379;
    if (v.n && (!df_str_to_u64(v, &port) || port == 0 || port > 65535))
        FAULT(l, "REDIS_PORT is not a number from 1 to 65535: set it to the port of the Redis server, 6379 by default");
    l->config->redis.port = (int)port;
    l->redis_extra = v.n ? DF_S("REDIS_PORT") : l->redis_extra;
}

static void check_redis_username(struct loading *l, struct df_str v)
{
    l->config->redis.username = v;
    l->redis_extra = v.n ? DF_S("REDIS_USERNAME") : l->redis_extra;
}

static void check_redis_password(struct loading *l, struct df_str v)
{
    l->config->redis.password = df_secret_dup(l->arena, v);
    l->redis_extra = v.n ? DF_S("REDIS_PASSWORD") : l->redis_extra;
}

static void check_redis_db(struct loading *l, struct df_str v)
{
    unsigned long long number = 0;
    if (v.n && (!df_str_to_u64(v, &number) || number > 65535))
        FAULT(l, "REDIS_DB is not a number: set it to that of the database in Redis, 0 by default");
    l->config->redis.database = (int)number;
    l->redis_extra = v.n ? DF_S("REDIS_DB") : l->redis_extra;
}

static void check_redis_tls(struct loading *l, struct df_str v)
{
    l->config->redis.tls = yes_or_no(l, "REDIS_TLS", v);
    l->redis_extra = v.n ? DF_S("REDIS_TLS") : l->redis_extra;
    if (l->config->redis.tls && !df_redis_has_tls())
        FAULT(l,
              "REDIS_TLS is set, but this build has no TLS towards Redis (its hiredis came without hiredis_ssl): build "
              "with hiredis 1.0 or later, or unset it and reach Redis through stunnel");
}

static void check_redis_whole(struct loading *l)
{
    const struct df_redis_settings *r = &l->config->redis;
    if (r->host.n == 0 && l->redis_extra.n)
        warning(l, df_arena_printf(l->arena, "%.*s is set and REDIS_HOST is not: the cache is in the process alone",
                                   DF_FMT(l->redis_extra)));
    if (r->username.n && df_secret_is_empty(r->password))
        FAULT(l, "REDIS_USERNAME is set without REDIS_PASSWORD: set both, or neither");
}

static void check_cache_memory(struct loading *l, struct df_str v)
{
    unsigned long long mb = 16;
    if (v.n && (!df_str_to_u64(v, &mb) || mb == 0 || mb > 65536))
        FAULT(l, "CACHE_MEMORY_MB is not a number from 1 to 65536: set it to the megabytes the cache may take, 16 by "
                 "default");
    l->config->cache_bytes = (size_t)mb * 1024 * 1024;
}

static void check_port(struct loading *l, struct df_str v)
{
    unsigned long long port = 3001;
    if (v.n && (!df_str_to_u64(v, &port) || port > 65535))
        FAULT(
            l,
            "PORT is not a number from 0 to 65535: set it to the port to listen on, 3001 by default (0 takes a free one)");
    l->config->port = (int)port;
}

static void check_host(struct loading *l, struct df_str v)
{
    l->config->host = v.n ? v : DF_S("127.0.0.1");
    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] <= ' ' || strchr("/\\@?#", v.p[i])) {
            FAULT(l,
                  "API_HOST is not an address or host name: set it to the address to listen on, 127.0.0.1 by default");
            return;
        }
}

static void check_prefix(struct loading *l, struct df_str v)
{
    if (v.p == NULL)
        v = DF_S("api/v1");
    while (df_str_starts(v, DF_S("/")))
        v = df_str_from(v, 1);
    while (df_str_ends(v, DF_S("/")))
        v.n--;
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~/", c))) {
            FAULT(
                l,
                "API_GLOBAL_PREFIX holds a character that is not for a path: set it to letters, digits, '-', '.', '_', '~' and '/', "
                "api/v1 by default");
            return;
        }
    }
    l->config->prefix = v.n ? df_arena_printf(l->arena, "/%.*s", DF_FMT(v)) : DF_S("");
}

static void check_url(struct loading *l, struct df_str v)
{
    struct df_url url;
    l->config->url = v;
    while (df_str_ends(l->config->url, DF_S("/")))
        l->config->url.n--;
    if (v.n && (!df_url_parse(v, l->arena, &url) || url.user.n || url.query.n || url.fragment.n ||
                !(url.path.n == 0 || df_str_is(url.path, "/"))))
        FAULT(l, "API_URL is not the URL of a host: set it to what browsers reach this API at, without a path, such as "
                 "https://api.example.com");
}

static void check_direct(struct loading *l, struct df_str v)
{
    l->config->allow_direct_callback = yes_or_no(l, "OAUTH_ALLOW_DIRECT_CALLBACK", v);
}

static void check_private_webhooks(struct loading *l, struct df_str v)
{
    l->config->allow_private_webhooks = yes_or_no(l, "WEBHOOKS_ALLOW_PRIVATE", v);
}

static int number_up_to(struct loading *l, const char *name, struct df_str v, int otherwise, unsigned long long most)
{
    unsigned long long n = (unsigned long long)otherwise;
    if (v.n && (!df_str_to_u64(v, &n) || n > most))
        FAULT(l, "%s is not a number from 0 to %llu: set it, or unset it for the default, %d", name, most, otherwise);
    return (int)n;
}

static void check_audit_days(struct loading *l, struct df_str v)
{
    l->config->audit_keep_days = number_up_to(l, "AUDIT_KEEP_DAYS", v, 0, 36500);
}

static void check_sentry_rate(struct loading *l, struct df_str v)
{
    l->config->sentry_requests_per_s = number_up_to(l, "SENTRY_REQUESTS_PER_S", v, 10, 1000);
}

static void check_sentry_cache(struct loading *l, struct df_str v)
{
    l->config->sentry_cache_s = number_up_to(l, "SENTRY_CACHE_S", v, 15, 3600);
}

static void check_sentry_memory(struct loading *l, struct df_str v)
{
    l->config->sentry_cache_bytes = (size_t)number_up_to(l, "SENTRY_CACHE_MB", v, 16, 65536) * 1024 * 1024;
}

/* The token goes to these: an address with anything but a host is more likely a mistake than meant. */
static void check_sentry_regions(struct loading *l, struct df_str v)
{
    struct df_str rest = v.n ? v : DF_STR_NONE, one;
    struct df_url url;
    l->config->sentry_regions = v;
    while (df_str_split(&rest, ',', &one))
        if (!df_url_parse(df_str_trim(one), l->arena, &url) || url.user.n || url.query.n || url.fragment.n)
            FAULT(l, "SENTRY_REGION_URLS is no list of http or https URLs: set it to those of your Sentry's regions, "
                     "separated by commas");
}

static void check_providers(struct loading *l, struct df_str v)
{
    struct df_provider_list *list = DF_NEW(l->arena, struct df_provider_list);
    l->config->providers = df_providers;
    if (v.n == 0)
        return;
    const char *path = df_arena_cstr(l->arena, v);
    struct df_str text;
    if (!df_config_read_file(l->report, l->arena, "OAUTH_PROVIDERS_FILE", path, DF_PROVIDER_FILE_LIMIT_BYTES, &text))
        return;
    if (df_providers_parse(text, path, df_providers, l->arena, list))
        l->config->providers = list->rows;
    for (size_t i = 0; i < list->n_faults; i++)
        fault(l, list->faults[i]);
}

static void check_scrub_rules(struct loading *l, struct df_str v)
{
    struct df_scrub_file *file = DF_NEW(l->arena, struct df_scrub_file);
    struct df_str text;
    struct df_error err;
    if (v.n == 0 || !df_config_read_file(l->report, l->arena, "SCRUB_RULES_FILE", df_arena_cstr(l->arena, v),
                                         DF_SCRUB_RULES_BYTES, &text))
        return;
    if (df_scrub_file_parse(text, l->arena, file, &err) == DF_OK)
        l->config->scrub_rules = file;
    else
        FAULT(l, "SCRUB_RULES_FILE cannot be used: %s", err.message);
}

static void check_log_level(struct loading *l, struct df_str v)
{
    l->config->log_level = DF_LOG_INFO;
    if (v.n && !df_log_level_parse(v, &l->config->log_level))
        FAULT(l, "LOG_LEVEL is none of error, warn, info, debug: set it to one of them, info by default");
}

/* A person reads a terminal; what reads anything else is a program. */
static void check_log_format(struct loading *l, struct df_str v)
{
    l->config->log_format = isatty(STDERR_FILENO) ? DF_LOG_HUMAN : DF_LOG_JSON;
    if (v.n && !df_log_format_parse(v, &l->config->log_format))
        FAULT(
            l,
            "LOG_FORMAT is neither human nor json: set it to one of them, or unset it: human on a terminal, else json");
}

static const struct setting {
    const char *name, *fallback; /* fallback as shown */
    void (*check)(struct loading *l, struct df_str value);
    enum { SHOWN, SECRET, URL_WITH_PASSWORD } kind;
    bool live; /* its check fills what app/reload.c puts in force */
} settings[] = {
    {"OAUTH_ENCRYPTION_KEY", NULL, check_key, SECRET},
    {"OAUTH_ENCRYPTION_KEYS_PREVIOUS", NULL, check_previous_keys, SECRET},
    {"OAUTH_ENCRYPTION_KEYS_LOST", NULL, check_lost_keys, SHOWN},
    {"DATABASE_URL", NULL, check_database, URL_WITH_PASSWORD},
    {"REDIS_HOST", NULL, check_redis_host, SHOWN},
    {"REDIS_PORT", "6379", check_redis_port, SHOWN},
    {"REDIS_USERNAME", NULL, check_redis_username, SHOWN},
    {"REDIS_PASSWORD", NULL, check_redis_password, SECRET},
    {"REDIS_DB", "0", check_redis_db, SHOWN},
    {"REDIS_TLS", "false", check_redis_tls, SHOWN},
    {"CACHE_MEMORY_MB", "16", check_cache_memory, SHOWN},
    {"DATABASE_POOL_SIZE", "10", check_pool_size, SHOWN},
    {"PORT", "3001", check_port, SHOWN},
    {"API_HOST", "127.0.0.1", check_host, SHOWN},
    {"API_GLOBAL_PREFIX", "api/v1", check_prefix, SHOWN},
    {"API_URL", NULL, check_url, SHOWN},
    {"TEMPORAL_ADDRESS", NULL, df_config_temporal_address, SHOWN},
    {"TEMPORAL_NAMESPACE", "default", df_config_temporal_namespace, SHOWN},
    {"TEMPORAL_TASK_QUEUE", "devflow", df_config_temporal_task_queue, SHOWN},
    {"TEMPORAL_TLS", "false", df_config_temporal_tls, SHOWN},
    {"TEMPORAL_TLS_CA", NULL, df_config_temporal_tls_ca, SHOWN},
    {"TEMPORAL_TLS_CERT", NULL, df_config_temporal_tls_cert, SHOWN},
    {"TEMPORAL_TLS_KEY", NULL, df_config_temporal_tls_key, SHOWN},
    {"TEMPORAL_TLS_SERVER_NAME", NULL, df_config_temporal_tls_name, SHOWN},
    {"TEMPORAL_API_KEY", NULL, df_config_temporal_api_key, SECRET},
    {"OAUTH_ALLOW_DIRECT_CALLBACK", "false", check_direct, SHOWN, true},
    {"OAUTH_PROVIDERS_FILE", NULL, check_providers, SHOWN},
    {"SCRUB_RULES_FILE", NULL, check_scrub_rules, SHOWN},
    {"TEST_CHECKOUTS", NULL, df_config_test_checkouts, SHOWN},
    {"WEBHOOKS_ALLOW_PRIVATE", "false", check_private_webhooks, SHOWN, true},
    {"AUDIT_KEEP_DAYS", "0", check_audit_days, SHOWN, true},
    {"SENTRY_REGION_URLS", NULL, check_sentry_regions, SHOWN},
    {"SENTRY_REQUESTS_PER_S", "10", check_sentry_rate, SHOWN},
    {"SENTRY_CACHE_S", "15", check_sentry_cache, SHOWN},
    {"SENTRY_CACHE_MB", "16", check_sentry_memory, SHOWN},
    {"WORKFLOWS_WORKER", "true", df_config_workflows_worker, SHOWN},
    {"WORKFLOWS_STEPS", "16", df_config_workflows_steps, SHOWN},
    {"WORKFLOWS_RETENTION_DAYS", "30", df_config_workflows_retention, SHOWN},
    {"WORKFLOWS_LEASE_S", "10", df_config_workflows_lease, SHOWN},
    {"LOG_LEVEL", "info", check_log_level, SHOWN, true},
    {"LOG_FORMAT", NULL, check_log_format, SHOWN, true},
    {"SHUTDOWN_TIMEOUT", "10", df_config_shutdown_timeout, SHOWN, true},
    {"CORS_ORIGINS", NULL, df_config_cors_origins, SHOWN},
    {"TRUSTED_PROXIES", NULL, df_config_trusted_proxies, SHOWN},
    {"TRUSTED_PROXIES_HEADER", "X-Forwarded-For", df_config_trusted_proxies_header, SHOWN},
    {"TLS_CERT", NULL, df_config_tls_cert, SHOWN, true},
    {"TLS_KEY", NULL, df_config_tls_key, SHOWN, true},
    {"RATE_LIMIT_OAUTH", DF_CONFIG_RATE_OAUTH ", none for loopback", df_config_rate_oauth, SHOWN},
    {"RATE_LIMIT_OAUTH_PER_KEY", DF_CONFIG_RATE_OAUTH_KEY ", none for loopback", df_config_rate_oauth_key, SHOWN},
    {"RATE_LIMIT", DF_CONFIG_RATE_API ", none for loopback", df_config_rate_api, SHOWN},
    {"RATE_LIMIT_PER_KEY", DF_CONFIG_RATE_API_KEY ", none for loopback", df_config_rate_api_key, SHOWN},
    {"HTTP_HEADER_TIMEOUT", "10", df_config_header_timeout, SHOWN},
    {"HTTP_BODY_TIMEOUT", "30", df_config_body_timeout, SHOWN},
    {"HTTP_MAX_CONNECTIONS", "16384", df_config_connections, SHOWN},
    {"HTTP_MAX_CONNECTIONS_PER_ADDRESS", "512, none for loopback", df_config_connections_per_address, SHOWN},
};
enum { N_SETTINGS = sizeof settings / sizeof *settings };

/* Anything between "//" and "@" is for no one's eyes. */
static struct df_str without_password(struct df_str v, struct df_arena *arena)
{
    long from = df_str_find(v, DF_S("://")), at = -1;
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] == '@')
            at = (long)i;
    long query = df_str_find_char(v, '?');
    struct df_str options = query < 0 ? DF_STR_NONE : df_str_from(v, (size_t)query);
    /* libpq decodes the names of options too. */
    if (df_str_find(options, DF_S("password")) >= 0 || df_str_find_char(options, '%') >= 0) {
        v = df_arena_printf(arena, "%.*s?***", (int)query, v.p);
        at = at < query ? at : query;
    }
    if (from < 0 || at < from)
        return v;
    return df_arena_printf(arena, "%.*s://***%.*s", (int)from, v.p, DF_FMT(df_str_from(v, (size_t)at)));
}

static struct df_str shown(const struct loading *l, const struct setting *s, struct df_str v)
{
    if (v.n == 0 && s->check == check_database)
        return l->config->database_url;
    if (v.n == 0 && s->check == check_url)
        return df_arena_printf(l->arena, "http://localhost:%d", l->config->port);
    if (v.n == 0)
        return df_str_c(s->fallback);
    if (s->check == check_key && l->report->n_faults == 0)
        return df_arena_printf(l->arena, "(secret; key id %s)",
                               df_hex(l->config->keys.keys[0].id, DF_KEY_ID_BYTES, l->arena).p);
    if (s->check == check_previous_keys && l->report->n_faults == 0) {
        struct df_buf ids;
        df_buf_init(&ids, l->arena, 1024);
        for (size_t i = 1; i < l->config->keys.n; i++)
            df_buf_printf(&ids, "%s%s", i > 1 ? ", " : "",
                          df_hex(l->config->keys.keys[i].id, DF_KEY_ID_BYTES, l->arena).p);
        return df_arena_printf(l->arena, "(secret; key ids %.*s)", DF_FMT(df_buf_str(&ids)));
    }
    if (s->kind == SECRET)
        return DF_S("(secret)");
    return s->kind == URL_WITH_PASSWORD ? without_password(v, l->arena) : v;
}

static bool said_already(const struct df_config_report *report)
{
    for (size_t i = 0; i + 1 < report->n_faults; i++)
        if (df_str_eq(report->faults[i], report->faults[report->n_faults - 1]))
            return true;
    return false;
}

/* Once more (`again`): no secret, for those are gone from the environment, and no check of what cannot change. */
static void load_one(struct loading *l, struct df_config_source *source, size_t i, bool again)
{
    const struct setting *s = &settings[i];
    struct df_config_report *report = l->report;
    const char *from;
    size_t faults = report->n_faults;
    report->settings[i] = (struct df_config_setting){.name = s->name, .live = s->live};
    if (again && s->kind != SHOWN)
        return;
    struct df_str value = df_config_source_find(source, s->name, s->kind != SHOWN, &from);
    if (s->kind != SECRET && value.n)
        value = df_arena_dup(l->arena, value);
    if (report->n_faults == faults && (!again || s->live))
        s->check(l, value);
    if (report->n_faults && said_already(report))
        report->n_faults--;
    struct df_str text = shown(l, s, value);
    report->settings[i].shown = text;
    report->settings[i].source = from ? from : text.n ? "default" : "not set";
}

static void load_all(struct df_arena *arena, struct df_config *ret, struct df_config_report *report, bool again)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new(); /* what holds secrets and is not needed later */
    struct loading l = {.arena = arena, .config = ret, .report = report};
    struct df_config_source source = {.arena = arena, .scratch = scratch, .report = report};
    *report = (struct df_config_report){
        .settings = DF_NEW_ARRAY(arena, struct df_config_setting, N_SETTINGS),
        .n_settings = N_SETTINGS,
        .faults = DF_NEW_ARRAY(arena, struct df_str, DF_CONFIG_NOTES),
        .warnings = DF_NEW_ARRAY(arena, struct df_str, DF_CONFIG_NOTES),
    };
    df_config_source_open(&source);
    for (size_t i = 0; i < N_SETTINGS; i++)
        load_one(&l, &source, i, again);
    if (again)
        return;
    check_redis_whole(&l);
    df_config_temporal_whole(&l);
    df_config_check_whole(&l);
}

bool df_config_load(struct df_arena *arena, struct df_config *ret, struct df_config_report *ret_report)
{
    *ret = (struct df_config){.port = 0};
    load_all(arena, ret, ret_report, false);
    return ret_report->n_faults == 0;
}

bool df_config_reload(struct df_arena *arena, const struct df_config *now, struct df_config *ret,
                      struct df_config_report *ret_report)
{
    *ret = *now;
    load_all(arena, ret, ret_report, true);
    return ret_report->n_faults == 0;
}
