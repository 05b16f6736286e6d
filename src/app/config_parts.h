/* What the files that check settings share. A check takes the setting's value, empty when it is not set, and fills the
 * configuration or adds a fault. For config*.c alone. */
#ifndef DF_APP_CONFIG_PARTS_H
#define DF_APP_CONFIG_PARTS_H

#include "app/config_source.h"

struct loading {
    struct df_arena *arena;
    struct df_config *config;
    struct df_config_report *report;
    struct df_str redis_extra; /* a setting of Redis that was given; empty when none was */
};

typedef void df_config_check(struct loading *l, struct df_str value);

/* A number between those, or a fault that says what it is for; `fallback` where it is not set. */
unsigned df_config_number(struct loading *l, const char *name, struct df_str v, unsigned least, unsigned most,
                          unsigned fallback, const char *of_what);

/* config_edge.c: what stands between the API and the world */
df_config_check df_config_cors_origins, df_config_trusted_proxies, df_config_trusted_proxies_header, df_config_tls_cert,
    df_config_tls_key;

/* config_production.c: once all are read. What only shows when settings are seen together; with an API_URL that is https, each weak
 * one is warned about, and what the guide prints is refused. */
void df_config_check_whole(struct loading *l);

/* config_temporal.c; the last once all are read */
df_config_check df_config_temporal_address, df_config_temporal_namespace, df_config_temporal_task_queue,
    df_config_temporal_tls, df_config_temporal_tls_ca, df_config_temporal_tls_cert, df_config_temporal_tls_key,
    df_config_temporal_tls_name, df_config_temporal_api_key;
void df_config_temporal_whole(struct loading *l);

/* config_limits.c */
#define DF_CONFIG_RATE_OAUTH "60/minute"
#define DF_CONFIG_RATE_OAUTH_KEY "300/minute"
#define DF_CONFIG_RATE_API "600/minute"
#define DF_CONFIG_RATE_API_KEY "60000/minute"
df_config_check df_config_rate_oauth, df_config_rate_oauth_key, df_config_rate_api, df_config_rate_api_key;
df_config_check df_config_header_timeout, df_config_body_timeout, df_config_connections,
    df_config_connections_per_address, df_config_shutdown_timeout;

/* config_checkouts.c */
df_config_check df_config_test_checkouts;

/* config_workflows.c */
df_config_check df_config_workflows_worker, df_config_workflows_steps, df_config_workflows_retention,
    df_config_workflows_lease;

#endif
