#include "app/config_parts.h"
#include "base/url.h"

/* The key of the guide's example: everyone has it. */
static const char guide_key[] = "9qtS3m9XKViXxLagqeeVHdKiWgE1mLsXC6u3l9xoL6A=";

static void warn(struct loading *l, const char *sentence)
{
    df_config_warning(l->report, df_arena_printf(l->arena, "%s", sentence));
}

static void check_guide_key(struct loading *l)
{
    struct df_key guide;
    bool used = df_key_parse(df_str_c(guide_key), &guide) && df_keyring_has(&l->config->keys, guide.id);
    if (used)
        df_config_fault(
            l->report,
            DF_S("OAUTH_ENCRYPTION_KEY or OAUTH_ENCRYPTION_KEYS_PREVIOUS holds the key that the guide prints, which "
                 "everyone has: make one of your own with devflow key:generate"));
}

static bool is_remote(struct df_str host)
{
    return host.n && !df_host_is_loopback(host);
}

/* Which of the options says that the server is known by its certificate. */
static void warn_database(struct loading *l)
{
    struct df_str url = l->config->database_url;
    struct df_url parsed;
    if (!df_str_starts(url, DF_S("postgres")) || df_str_find(url, DF_S("sslmode=verify-full")) >= 0)
        return;
    if (df_url_parse(url, l->arena, &parsed) && !is_remote(parsed.host))
        return;
    warn(
        l,
        "DATABASE_URL does not say sslmode=verify-full: whoever answers at its address is believed to be the database");
}

static void warn_redis(struct loading *l)
{
    const struct df_redis_settings *r = &l->config->redis;
    if (is_remote(r->host) && df_secret_is_empty(r->password))
        warn(l, "REDIS_PASSWORD is not set: whoever reaches Redis can empty the cache and the rate limits");
    if (is_remote(r->host) && !r->tls)
        warn(
            l,
            "REDIS_TLS is not set: REDIS_PASSWORD and the sealed tokens cross the network in the clear, unless a tunnel "
            "carries them");
}

static void warn_edge(struct loading *l)
{
    const struct df_config *c = l->config;
    if (!c->tls.certificates && c->proxies.n == 0)
        warn(l, "API_URL is https, but neither TLS_CERT nor TRUSTED_PROXIES is set: if a proxy brings TLS, name it in "
                "TRUSTED_PROXIES, or all clients count as one address");
    for (int of = 0; of < DF_LIMIT_KINDS; of++)
        for (int by = 0; by < DF_LIMIT_CALLERS; by++)
            if (c->limits.rate[of][by].quota == 0) {
                warn(l, "a rate limit is off (RATE_LIMIT...): nothing bounds what a caller asks for");
                return;
            }
}

static void check_tls(struct loading *l)
{
    const struct df_server_tls *tls = &l->config->tls;
    if ((tls->certificates != NULL) != (tls->key != NULL) && l->report->n_faults == 0)
        df_config_fault(l->report, DF_S("TLS_CERT and TLS_KEY belong together: set both, to files in PEM, or neither"));
    if (tls->certificates && l->config->url.n && !df_str_istarts(l->config->url, DF_S("https:")))
        df_config_warning(
            l->report,
            DF_S("TLS_CERT is set, but API_URL is not https: browsers will be sent to where nobody answers"));
}

void df_config_check_whole(struct loading *l)
{
    check_tls(l);
    l->config->production = df_str_istarts(l->config->url, DF_S("https:"));
    if (!l->config->production || l->report->n_faults)
        return;
    check_guide_key(l);
    if (l->config->allow_direct_callback)
        warn(l, "OAUTH_ALLOW_DIRECT_CALLBACK is true: a flow that is bound to no browser can be finished in another's");
    if (l->config->allow_private_webhooks)
        warn(l, "WEBHOOKS_ALLOW_PRIVATE is true: webhooks reach the network this service stands in");
    if (l->config->log_level == DF_LOG_DEBUG)
        warn(l, "LOG_LEVEL is debug: it says more than is needed in production");
    warn_database(l);
    warn_redis(l);
    warn_edge(l);
}
