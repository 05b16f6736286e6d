#include "adapter/curl_http.h"
#include "adapter/database.h"
#include "adapter/memory_cache.h"
#include "base/bells.h"
#include "base/fatal.h"
#include "base/version.h"
#include "lib/lib.h"
#include "provider/catalogue.h"
#include "service/audit.h"
#include "service/connection.h"
#include "service/keys.h"
#include "service/refresh.h"
#include "service/token_cache.h"
#include "service/tokens.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    CACHE_BYTES = 4 * 1024 * 1024,
    POOL_SIZE = 4,
    NODE_BYTES = 8,
    FLIGHT_THREADS = 32,
    FLIGHT_QUEUE = 4096,
    DRAIN_MS = 10 * 1000,
    HOST_ROOM = 64,
};

/* One more node on the database: the same lease, the same protocol, without a server, a background or a log. */
struct node_resolver {
    struct devflow_resolver base;
    struct df_arena *arena;
    struct df_devflow devflow;
    struct df_str actor; /* in the audit log */
};

static enum df_code fly(void *arg, const struct df_flight *flight, struct df_error *err)
{
    struct df_refresh_report report = {.sent = false};
    return df_refresh(arg, flight, &report, err);
}

static void changed(void *arg, struct df_str project_id, struct df_str provider)
{
    const struct df_devflow *d = arg;
    if (!project_id.n && df_str_is(provider, DF_NEWS_API_KEYS))
        return;
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    bool one = project_id.n && provider.n;
    df_token_cache_evict(d, project_id, provider);
    df_bells_ring(d->bells, one ? df_connection_key(project_id, provider, scratch) : DF_STR_NONE);
}

static enum df_code read_keys(struct df_str text, struct df_keyring *ret, struct df_error *err)
{
    struct df_str part;
    while (df_str_split(&text, ',', &part)) {
        if (ret->n == DF_KEYRING_KEYS || !df_key_parse(df_str_trim(part), &ret->keys[ret->n]))
            return df_fail(err, DF_ERR_CONFIG,
                           "the keys are not 32 bytes in base64 each, separated by commas, at most %d",
                           DF_KEYRING_KEYS);
        ret->n++;
    }
    return DF_OK;
}

static void node_close(struct devflow_resolver *base)
{
    struct node_resolver *r = (struct node_resolver *)base;
    struct df_devflow *d = &r->devflow;
    df_flights_stop(d->flights, DRAIN_MS);
    df_audit_stop(d->audit);
    d->store->ops->close(d->store); /* before what its news go to */
    d->http->ops->free(d->http);
    d->cache->ops->free(d->cache);
    df_flights_free(d->flights);
    df_audit_free(d->audit);
    df_bells_free(d->bells);
    df_keyring_wipe(&d->keys);
    df_arena_free(r->arena);
    free(r);
}

static enum df_code resolve(const struct df_devflow *d, const char *project_id, const char *provider_name,
                            const char *rejected, struct df_arena *arena, struct df_token *ret, struct df_error *err)
{
    const struct df_provider *provider;
    struct df_str project = df_str_c(project_id);
    DF_TRY(df_provider_find(d, df_str_c(provider_name), &provider, err));
    if (rejected)
        return df_tokens_resolve_newer(d, project, provider, df_secret_of(df_str_c(rejected)), arena, ret, err);
    return df_tokens_resolve_token(d, project, provider, arena, ret, err);
}

/* Counted by the minute, as a server does. */
static void note(const struct node_resolver *r, const char *project_id, const char *provider_name)
{
    const struct df_provider *provider = NULL;
    if (df_provider_find(&r->devflow, df_str_c(provider_name), &provider, NULL) != DF_OK)
        return;
    const struct df_audit_entry entry = {.actor = r->actor,
                                         .action = DF_S("token.handed_out"),
                                         .project_id = df_str_c(project_id),
                                         .target = df_str_c(provider->name),
                                         .result = DF_S("ok")};
    df_audit_count(r->devflow.audit, &entry);
}

static struct df_str actor_here(struct df_arena *arena)
{
    char host[HOST_ROOM] = "";
    if (gethostname(host, sizeof host - 1) != 0 || !host[0])
        return DF_S("libdevflow");
    return df_arena_printf(arena, "libdevflow@%s", host);
}

static enum devflow_result node_resolve(struct devflow_resolver *base, const char *project_id, const char *provider,
                                        const char *rejected, struct devflow_token **ret, struct devflow_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    const struct node_resolver *r = (struct node_resolver *)base;
    struct df_token token;
    struct df_error why = {0};
    if (resolve(&r->devflow, project_id, provider, rejected, arena, &token, &why) != DF_OK)
        return df_lib_fail(&why, err);
    note(r, project_id, provider);
    return df_lib_token(token.access_token, token.token_type, token.scopes, token.expires_ms, ret, err);
}

/* Takes the opened store over. */
static struct node_resolver *make_node(struct df_store *store, const struct df_clock *clock,
                                       const struct df_keyring *keys)
{
    static const struct devflow_resolver_ops ops = {node_resolve, node_close};
    struct node_resolver *r = calloc(1, sizeof *r);
    if (!r)
        df_out_of_memory();
    r->base.ops = &ops;
    r->arena = df_arena_new();
    r->devflow = (struct df_devflow){
        .store = store,
        .cache = df_memory_cache_new(clock, CACHE_BYTES),
        .http = df_curl_http_new("libdevflow/" DF_VERSION),
        .clock = clock,
        .keys = *keys,
        .providers = df_providers,
        .flights = df_flights_new(FLIGHT_THREADS, FLIGHT_QUEUE, fly, &r->devflow),
        .bells = df_bells_new(),
        .node = df_random_hex(NODE_BYTES, r->arena),
    };
    r->devflow.audit = df_audit_new(&r->devflow);
    r->actor = actor_here(r->arena);
    store->ops->listen(store, changed, &r->devflow);
    df_audit_start(r->devflow.audit);
    return r;
}

static enum df_code open_node(struct df_str database_url, const struct df_keyring *keys, struct devflow_resolver **ret,
                              struct df_error *err)
{
    struct df_store *store;
    const struct df_clock *clock;
    DF_TRY(df_database_url_check(database_url, err));
    DF_TRY(df_database_open(database_url, POOL_SIZE, &store, &clock, err));
    struct node_resolver *r = make_node(store, clock, keys);
    enum df_code code = df_keys_check(&r->devflow, err);
    if (code == DF_OK)
        *ret = &r->base;
    else
        node_close(&r->base);
    return code;
}

enum devflow_result devflow_open_database(const char *database_url, const char *encryption_keys,
                                          struct devflow_resolver **ret, struct devflow_error *err)
{
    struct df_error why = {0};
    struct df_keyring keys = {.n = 0};
    enum df_code code = DF_OK;
    if (!database_url || !*database_url || !encryption_keys || !*encryption_keys || !ret)
        code = df_fail(&why, DF_ERR_CONFIG, "the database's URL, the key and a place for the resolver are needed");
    if (code == DF_OK)
        code = read_keys(df_str_c(encryption_keys), &keys, &why);
    if (code == DF_OK)
        code = open_node(df_str_c(database_url), &keys, ret, &why);
    df_keyring_wipe(&keys);
    return code == DF_OK ? DEVFLOW_OK : df_lib_fail(&why, err);
}
