/* Access tokens in the cache, sealed, bound to their project and provider. Who changes or deletes a connection forgets its
 * entry; the cache itself may forget at any time. */
#ifndef DF_SERVICE_TOKEN_CACHE_H
#define DF_SERVICE_TOKEN_CACHE_H

#include "service/devflow.h"

/* A token that is valid at this moment, and what it takes to refresh it behind once its time has come. */
struct df_cached_token {
    struct df_token token;
    int64_t version, refresh_behind_ms;
    struct df_str lane;
};

/* From this process's memory alone, without waiting: for the event loop. */
bool df_token_cache_peek(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                         struct df_arena *arena, struct df_cached_token *ret);
bool df_token_cache_get(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        struct df_arena *arena, struct df_cached_token *ret);
/* The connection's token, until it expires, but no longer than a minute. */
void df_token_cache_put(const struct df_devflow *d, const struct df_provider *provider, const struct df_connection *c,
                        const struct df_oauth_app *app, const struct df_token *token, struct df_arena *arena);
void df_token_cache_forget(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider);
/* Of this process's memory alone, when another has changed the connection; an empty provider or project: all of it. */
void df_token_cache_evict(const struct df_devflow *d, struct df_str project_id, struct df_str provider);

#endif
