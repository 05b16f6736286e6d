#include "app/config_parts.h"
#include "base/address.h"
#include "base/url.h"

#include <stdlib.h>
#include <sys/stat.h>

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

/* The last option of that name, as libpq has it; escapes are left as they are, so that what is not understood is warned about. */
static struct df_str option_of(struct df_str url, const char *name)
{
    struct df_str options = url, one, key, found = DF_STR_NONE;
    df_str_split(&options, '?', &one);
    while (options.n && df_str_split(&options, '&', &one)) {
        struct df_str value = one;
        if (df_str_split(&value, '=', &key) && df_str_is(key, name))
            found = value;
    }
    return found;
}

/* What stands for the hosts between the user and the database's name. */
static struct df_str hosts_of(struct df_str url)
{
    struct df_str scheme, rest = url;
    size_t n = 0;
    df_str_split(&rest, ':', &scheme);
    rest = df_str_from(rest, rest.n < 2 ? rest.n : 2);
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
        n++;
    rest.n = n;
    for (size_t i = 0; i < n; i++)
        if (rest.p[i] == '@')
            return df_str_from(rest, i + 1);
    return rest;
}

/* None is a socket of this machine, as is one that is a path. */
static bool are_local(struct df_str hosts)
{
    struct df_str one;
    while (hosts.n && df_str_split(&hosts, ',', &one)) {
        struct df_str host = one, port = one;
        long end = df_str_find_char(one, ']');
        if (end > 0)
            host = df_str_head(one, (size_t)end + 1);
        else if (df_address_parse(one, (uint8_t[16]){0}))
            host = one;
        else
            df_str_split(&port, ':', &host);
        if (host.n && host.p[0] != '/' && !df_str_istarts(host, DF_S("%2F")) && !df_host_is_loopback(host) &&
            !df_str_is(host, "::1"))
            return false;
    }
    return true;
}

static struct df_str or_variable(struct df_str value, const char *name)
{
    const char *set = getenv(name);
    return value.n || !set ? value : df_str_c(set);
}

static void warn_database(struct loading *l)
{
    struct df_str url = l->config->database_url;
    if (!df_str_starts(url, DF_S("postgres")))
        return;
    if (df_str_is(or_variable(option_of(url, "sslmode"), "PGSSLMODE"), "verify-full"))
        return;
    struct df_str hosts = hosts_of(url), host = option_of(url, "host"), address = option_of(url, "hostaddr");
    hosts = host.n ? host : or_variable(hosts, "PGHOST");
    if (are_local(hosts) && are_local(or_variable(address, "PGHOSTADDR")))
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

/* What DevFlow makes is its user's alone; what it finds may be anyone's. */
static void check_file(struct loading *l)
{
    struct stat at;
    if (!df_str_starts(l->config->database_url, DF_S("sqlite:")))
        return;
    char *path = df_arena_cstr(l->arena, df_str_from(l->config->database_url, 7)), *slash;
    if (stat(path, &at) == 0 && at.st_mode & 077)
        df_config_warning(l->report,
                          df_arena_printf(l->arena,
                                          "the database %s is open to other users of this machine: chmod 600 it, "
                                          "and what stands beside it",
                                          path));
    slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    const char *folder = !slash ? "." : slash == path ? "/" : path;
    if (stat(folder, &at) == 0 && at.st_mode & 022 && !(at.st_mode & S_ISVTX))
        df_config_warning(l->report,
                          df_arena_printf(l->arena,
                                          "other users of this machine can put files in the place of the database's "
                                          "and the keys: chmod 700 %s",
                                          folder));
}

void df_config_check_whole(struct loading *l)
{
    check_tls(l);
    check_file(l);
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
