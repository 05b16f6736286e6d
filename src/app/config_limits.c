#include "app/config_parts.h"

enum {
    MOST_SECONDS = 3600,
    CONNECTIONS = 16384,
    MOST_CONNECTIONS = 1000 * 1000,
    PER_ADDRESS = 512,
    SHUTDOWN_S = 10,
};

unsigned df_config_number(struct loading *l, const char *name, struct df_str v, unsigned least, unsigned most,
                          unsigned fallback, const char *of_what)
{
    unsigned long long n = fallback;
    if (v.n && (!df_str_to_u64(v, &n) || n < least || n > most))
        df_config_fault(l->report,
                        df_arena_printf(l->arena, "%s is not a number from %u to %u: set it to %s, %u by default", name,
                                        least, most, of_what, fallback));
    return (unsigned)n;
}

void df_config_header_timeout(struct loading *l, struct df_str v)
{
    l->config->http.head_ms = 1000 * df_config_number(l, "HTTP_HEADER_TIMEOUT", v, 1, MOST_SECONDS, 10,
                                                      "the seconds in which the head of a request must be in");
}

void df_config_body_timeout(struct loading *l, struct df_str v)
{
    l->config->http.body_ms = 1000 * df_config_number(l, "HTTP_BODY_TIMEOUT", v, 1, MOST_SECONDS, 30,
                                                      "the seconds in which a whole request must be in");
}

void df_config_connections(struct loading *l, struct df_str v)
{
    l->config->http.connections = df_config_number(l, "HTTP_MAX_CONNECTIONS", v, 1, MOST_CONNECTIONS, CONNECTIONS,
                                                   "how many connections may be open at once");
}

/* What nobody set does not hold for loopback: a proxy there speaks for everyone, and so do the programs of a developer. */
void df_config_connections_per_address(struct loading *l, struct df_str v)
{
    l->config->http.per_address = df_config_number(l, "HTTP_MAX_CONNECTIONS_PER_ADDRESS", v, 1, MOST_CONNECTIONS,
                                                   PER_ADDRESS, "how many connections one address may have open");
    l->config->http.loopback_too = v.n > 0;
}

/* What nobody set does not hold for loopback, for the same reasons. */
static void rate(struct loading *l, const char *name, struct df_str v, enum df_limit_of of, enum df_limit_by by,
                 struct df_str fallback)
{
    if (!df_rate_parse(v.n ? v : fallback, &l->config->limits.rate[of][by]))
        df_config_fault(l->report,
                        df_arena_printf(l->arena,
                                        "%s is no rate: set it to requests (1 to 1000000) per second, minute, hour or "
                                        "day, such as 60/minute, or to off; %.*s by default",
                                        name, DF_FMT(fallback)));
    l->config->limits.loopback_too[of][by] = v.n > 0;
}

void df_config_rate_oauth(struct loading *l, struct df_str v)
{
    rate(l, "RATE_LIMIT_OAUTH", v, DF_LIMIT_OAUTH, DF_LIMIT_ADDRESS, DF_S(DF_CONFIG_RATE_OAUTH));
}

void df_config_rate_oauth_key(struct loading *l, struct df_str v)
{
    rate(l, "RATE_LIMIT_OAUTH_PER_KEY", v, DF_LIMIT_OAUTH, DF_LIMIT_KEY, DF_S(DF_CONFIG_RATE_OAUTH_KEY));
}

void df_config_rate_api(struct loading *l, struct df_str v)
{
    rate(l, "RATE_LIMIT", v, DF_LIMIT_API, DF_LIMIT_ADDRESS, DF_S(DF_CONFIG_RATE_API));
}

void df_config_rate_api_key(struct loading *l, struct df_str v)
{
    rate(l, "RATE_LIMIT_PER_KEY", v, DF_LIMIT_API, DF_LIMIT_KEY, DF_S(DF_CONFIG_RATE_API_KEY));
}

void df_config_shutdown_timeout(struct loading *l, struct df_str v)
{
    l->config->drain_ms = 1000 * df_config_number(
                                     l, "SHUTDOWN_TIMEOUT", v, 0, MOST_SECONDS, SHUTDOWN_S,
                                     "the seconds that requests and refreshes under way have when the service stops");
}
