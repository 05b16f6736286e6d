/* The end of every way to connect: who the token speaks for is asked, and the connection stored as one row. */
#ifndef DF_SERVICE_OAUTH_CONNECTED_H
#define DF_SERVICE_OAUTH_CONNECTED_H

#include "service/token_endpoint.h"

/* The connection the tokens make, not stored yet: who they speak for is asked. DF_ERR_INVALID: the provider refused the token. */
enum df_code df_oauth_describe(const struct df_devflow *d, const struct df_provider *provider,
                               const struct df_oauth_app *app, struct df_str organization,
                               const struct df_token_answer *answer, struct df_arena *arena, struct df_connection *ret,
                               struct df_error *err);
enum df_code df_oauth_store(const struct df_devflow *d, const struct df_provider *provider,
                            const struct df_oauth_app *app, const struct df_connection *c, struct df_error *err);
/* Both. Nothing is handed out before it is stored. `organization` is the one asked for, or empty. */
enum df_code df_oauth_connected(const struct df_devflow *d, const struct df_provider *provider,
                                const struct df_oauth_app *app, struct df_str organization,
                                const struct df_token_answer *answer, struct df_arena *arena, struct df_connection *ret,
                                struct df_error *err);
/* Notes the end of a flow, for who waits for it; *why is read when code is not DF_OK, and its message copied. */
void df_oauth_flow_ended(const struct df_devflow *d, struct df_oauth_flow *flow, enum df_code code,
                         const struct df_error *why, struct df_arena *arena);

#endif
