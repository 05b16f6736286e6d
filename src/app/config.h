/* The server's settings, from the environment and an optional .env in the working directory (the environment wins); a secret may
 * also come from the file that NAME_FILE names. All are checked at once; each mistake is one sentence that names the variable,
 * the fault and the fix. */
#ifndef DF_APP_CONFIG_H
#define DF_APP_CONFIG_H

#include "adapter/redis_link.h"
#include "adapter/temporal_engine.h"
#include "base/crypto.h"
#include "base/log.h"
#include "http/server.h"
#include "service/limiter.h"
#include "service/test_site.h"

#include <stdint.h>

struct df_config {
    struct df_keyring keys; /* OAUTH_ENCRYPTION_KEY first */
    struct df_str lost_keys;
    struct df_str database_url; /* sqlite:PATH or postgresql://... */
    int database_pool_size;
    struct df_redis_settings redis;       /* no host: none is used */
    struct df_temporal_settings temporal; /* no address: the embedded engine */
    size_t cache_bytes;                   /* of this process's memory */
    int port;                             /* 0 takes a free one */
    int listener;                         /* of the service manager, at that host and port; 0: none */
    unsigned drain_ms;                    /* at the end, for what is under way */
    struct df_str host, prefix;
    struct df_str url;                          /* empty: made of the port once that is known */
    const struct df_provider *const *providers; /* the built-in ones and those of OAUTH_PROVIDERS_FILE */
    struct df_str sentry_regions;               /* may be empty */
    int sentry_requests_per_s;                  /* 0: no pace */
    int sentry_cache_s;                         /* 0: nothing is kept */
    size_t sentry_cache_bytes;
    const struct df_scrub_file *scrub_rules;  /* of SCRUB_RULES_FILE; NULL: none */
    const struct df_test_checkout *checkouts; /* of TEST_CHECKOUTS */
    size_t n_checkouts;
    bool allow_direct_callback, allow_private_webhooks;
    int audit_keep_days; /* 0: for ever */
    enum df_log_level log_level;
    enum df_log_format log_format;
    struct df_server_limits http;
    struct df_limits limits;
    struct df_trusted_proxies proxies;
    struct df_str cors_origins;
    struct df_server_tls tls; /* no certificates: none */
    bool production;          /* API_URL is https */
    bool workflows_worker;    /* of `serve`: does workflows too */
    bool worker_alone;        /* set by `worker`: serves no API */
    int workflows_steps, workflows_retention_days, workflows_lease_s;
};

/* One setting as it is in force, for config:check. */
struct df_config_setting {
    const char *name;
    struct df_str shown; /* redacted where it is secret, the default where it is not set */
    const char *source;  /* "environment", ".env", "file", "default", "not set"; NULL: not looked at */
    bool live;           /* can change while serving */
};

struct df_config_report {
    struct df_config_setting *settings;
    size_t n_settings;
    struct df_str *faults;
    size_t n_faults;
    struct df_str *warnings;
    size_t n_warnings;
};

/* True when there is no fault. Everything lives in the arena. Variables that hold secrets are wiped from the environment once
 * read (no child and no reader of /proc/PID/environ finds them), so this is for once in a process. */
bool df_config_load(struct df_arena *arena, struct df_config *ret, struct df_config_report *ret_report);
/* Once more, while serving: *ret is `now` with those settings as they stand now that can change; the report has all that are no
 * secret as they stand now, and whether each can. What is wrong with those that cannot is not looked at. */
bool df_config_reload(struct df_arena *arena, const struct df_config *now, struct df_config *ret,
                      struct df_config_report *ret_report);

/* KEY=VALUE lines as .env files have them: comments, "export ", quotes. Later lines win. False with the line's number when
 * one is neither. Pure. */
struct df_env_pair {
    struct df_str name, value;
};
bool df_env_parse(struct df_str text, struct df_arena *arena, struct df_env_pair **ret, size_t *ret_n,
                  unsigned *ret_line);

#endif
