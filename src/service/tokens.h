/* The token resolver: hands out an access token that is valid now. While the stored one is, callers get it at once and its
 * refresh, when its time has come, goes on behind; else they wait for the refresh (service/flights.h), at most a minute, while
 * it goes on for as long as the provider takes. The new pair is on disk before anyone sees it. The cache holds tokens
 * sealed. */
#ifndef DF_SERVICE_TOKENS_H
#define DF_SERVICE_TOKENS_H

#include "service/devflow.h"
#include "service/flights.h"

enum { DF_TOKENS_WAIT_MS = 60 * 1000, DF_TOKENS_RENEWALS = 3 };

/* What is asked for. `rejected` is the access token the caller saw the provider refuse: while it is the stored one, the
 * caller waits for the newer, and one refresh serves all who name it; else it says nothing, and the stored one is the
 * newer. */
struct df_token_wish {
    struct df_str project_id;
    const struct df_provider *provider;
    struct df_secret rejected; /* may be empty */
    bool forced;               /* a refresh whatever the expiry */
    bool waited;               /* looks again after a wait: for the count */
};

/* From this process's memory alone, without waiting: for the event loop. False tells nothing. */
bool df_tokens_peek(const struct df_devflow *d, const struct df_token_wish *wish, struct df_arena *arena,
                    struct df_token *ret);

/* From the cache, all of it, or the store: the token, or *ret_wait and the flight to join and then to look again. DF_ERR_PROJECT, DF_ERR_APP,
 * DF_ERR_CONNECTION, DF_ERR_RECONNECT, DF_ERR_CLIENT_CREDENTIALS, DF_ERR_JUST_REFRESHED, or why the last refresh failed for now,
 * with retry_after_s. *ret_flight lives in the arena. */
enum df_code df_tokens_look(const struct df_devflow *d, const struct df_token_wish *wish, struct df_arena *arena,
                            struct df_token *ret, bool *ret_wait, struct df_flight *ret_flight, struct df_error *err);

/* resolve_token of the guide: peek, look, wait. DF_ERR_PROVIDER_TIMEOUT when the wait was too long; the rest as
 * df_tokens_look. */
enum df_code df_tokens_resolve_token(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_arena *arena, struct df_token *ret,
                                     struct df_error *err);

/* The provider answered 401 to this token: the newer one, as `rejected` of a wish. */
enum df_code df_tokens_resolve_newer(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_secret refused,
                                     struct df_arena *arena, struct df_token *ret, struct df_error *err);

/* A call of ours was answered 401, for the n-th time, with *token: DF_OK and the newer one in *token says to call again. Nothing
 * is wrong with the connection while others replace the token as fast as it is used: after DF_TOKENS_RENEWALS that is
 * DF_ERR_BUSY with retry_after_s. DF_ERR_JUST_REFRESHED: it is as new as can be, and what was answered to it says why it is refused. */
enum df_code df_tokens_renew(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                             int n, struct df_arena *arena, struct df_token *token, struct df_error *err);

/* What a refresh that was waited for has left in the row: the new expiry (0: it does not expire), or why it failed. */
enum df_code df_tokens_refreshed(const struct df_devflow *d, struct df_str project_id,
                                 const struct df_provider *provider, int64_t *ret_expires_ms, struct df_error *err);

#endif
