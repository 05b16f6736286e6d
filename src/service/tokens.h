/* The token resolver: hands out an access token that is valid now, refreshing it when it must. Sentry replaces both tokens
 * at a refresh and forgives nothing, so one refresh runs at a time for a connection, and the new pair is on disk before
 * anyone sees it. The cache holds tokens sealed. */
#ifndef DF_SERVICE_TOKENS_H
#define DF_SERVICE_TOKENS_H

#include "service/devflow.h"

/* resolve_token of the guide. DF_ERR_PROJECT, DF_ERR_APP, DF_ERR_CONNECTION, DF_ERR_RECONNECT, or why a refresh that was
 * needed failed for now; a token that is still valid is served even then. */
enum df_code df_tokens_resolve_token(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_arena *arena, struct df_token *ret,
                                     struct df_error *err);

/* Refreshes whatever the expiry. Joins a refresh under way instead of sending a second. *ret_expires_ms is 0 for a token
 * that does not expire. */
enum df_code df_tokens_refresh(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                               int64_t *ret_expires_ms, struct df_error *err);

/* The provider answered 401 to this token: refreshes unless a newer one is stored already, then resolves. */
enum df_code df_tokens_resolve_newer(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_secret refused,
                                     struct df_arena *arena, struct df_token *ret, struct df_error *err);

#endif
