/* What every service works with: the ports as src/app wired them, the keys, the catalogue of providers. Made once at start,
 * then only read; the services are functions over it and may be called from any thread.
 * `access` to a sealed value is bound to its place: project, provider and field are the associated data. */
#ifndef DF_SERVICE_DEVFLOW_H
#define DF_SERVICE_DEVFLOW_H

#include "base/crypto.h"
#include "port/cache.h"
#include "port/clock.h"
#include "port/http_client.h"
#include "port/provider.h"
#include "port/store.h"

#include <stdatomic.h>

struct df_audit;
struct df_bells;
struct df_scrub_file;
struct df_budget;
struct df_engine;
struct df_flights;
struct df_gate;
struct df_rotator;
struct df_workflow_table;
struct df_tracker;

/* Settings that may change while it runs. */
struct df_switches {
    atomic_bool allow_direct_callback;  /* OAUTH_ALLOW_DIRECT_CALLBACK */
    atomic_bool allow_private_webhooks; /* WEBHOOKS_ALLOW_PRIVATE */
};

struct df_devflow {
    struct df_store *store;
    struct df_cache *cache;
    struct df_cache *contents; /* of answers, apart from the tokens'; NULL: none is kept */
    int64_t contents_ms;       /* how long what may change is kept */
    struct df_http_client *http;
    const struct df_clock *clock;
    struct df_keyring keys;
    struct df_str lost_keys;                    /* ids in hex, with commas: OAUTH_ENCRYPTION_KEYS_LOST */
    const struct df_provider *const *providers; /* ends with NULL */
    const struct df_tracker *const *trackers;   /* likewise; NULL: none */
    struct df_flights *flights;
    const struct df_scrub_file *scrub_rules; /* SCRUB_RULES_FILE; NULL: none */
    struct df_bells *bells; /* by df_connection_key: rung when a connection or its app was changed by anyone */
    struct df_rotator *rotator;
    struct df_engine *engine;                  /* of workflows; NULL where none is wired: commands, libdevflow */
    const struct df_workflow_table *workflows; /* those there are; likewise */
    struct df_test_site *test_site;            /* where tests are made; NULL: not here */
    struct df_budget *budget;
    struct df_gate *gate;         /* NULL where nobody is let in: commands, libdevflow */
    struct df_audit *audit;       /* likewise */
    struct df_str node;           /* this process's name among those that share the store; random, new at each start */
    struct df_str api_url;        /* "http://localhost:3001", no trailing slash */
    struct df_str api_prefix;     /* "/api/v1" */
    struct df_str sentry_regions; /* SENTRY_REGION_URLS: absolute URLs, separated by commas */
    bool production;              /* API_URL is https: what is weak is refused */
    struct df_switches *switches; /* NULL: all off */
};

/* The same for one change that is to be in the audit log, written with it (noting of port/store.h); in the arena. */
const struct df_devflow *df_devflow_noting(const struct df_devflow *d, const struct df_audit_entry *entry,
                                           struct df_arena *arena);

/* By name or slug, case-insensitive. DF_ERR_PROVIDER_UNKNOWN lists those there are. */
enum df_code df_provider_find(const struct df_devflow *d, struct df_str name, const struct df_provider **ret,
                              struct df_error *err);

struct df_str df_sealed(const struct df_devflow *d, struct df_str project_id, struct df_str provider, const char *field,
                        struct df_secret plain, struct df_arena *arena);
enum df_code df_unsealed(const struct df_devflow *d, struct df_str project_id, struct df_str provider,
                         const char *field, struct df_str sealed, struct df_arena *arena, struct df_secret *ret,
                         struct df_error *err);
/* The field of a row of which a project may have several for one provider. */
const char *df_sealed_field(const char *field, struct df_str row_id, struct df_arena *arena);

#endif
