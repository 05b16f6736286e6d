/* Access tokens in the cache, sealed, bound to their project and provider. Who changes or deletes a connection forgets its
 * entry; the cache itself may forget at any time. */
#ifndef DF_SERVICE_TOKEN_CACHE_H
#define DF_SERVICE_TOKEN_CACHE_H

#include "service/devflow.h"

/* From this process's memory alone, without waiting: for the event loop. */
bool df_token_cache_peek(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                         struct df_arena *arena, struct df_token *ret);
/* May ask the cache that processes share. */
bool df_token_cache_get(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        struct df_arena *arena, struct df_token *ret);
/* Until refresh_at_ms, but no longer than a minute. */
void df_token_cache_put(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        const struct df_token *token, int64_t refresh_at_ms, struct df_arena *arena);
/* Everywhere. */
void df_token_cache_forget(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider);
/* In this process's memory: someone changed the connection, and has told the others. An empty provider: all there is. */
void df_token_cache_evict(const struct df_devflow *d, struct df_str project_id, struct df_str provider);

#endif
