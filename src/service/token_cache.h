/* Access tokens in the cache, sealed, bound to their project and provider. Who changes or deletes a connection forgets its
 * entry; the cache itself may forget at any time. */
#ifndef DF_SERVICE_TOKEN_CACHE_H
#define DF_SERVICE_TOKEN_CACHE_H

#include "service/devflow.h"

bool df_token_cache_get(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        struct df_arena *arena, struct df_token *ret);
/* Until refresh_at_ms, but no longer than a minute. */
void df_token_cache_put(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        const struct df_token *token, int64_t refresh_at_ms, struct df_arena *arena);
void df_token_cache_forget(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider);

#endif
