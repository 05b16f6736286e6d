/* A project's stored connection: loading it, opening its token, saying that the user must connect again. */
#ifndef DF_SERVICE_CONNECTION_H
#define DF_SERVICE_CONNECTION_H

#include "service/devflow.h"

/* The name under which a connection is cached, and rung for. */
struct df_str df_connection_key(struct df_str project_id, struct df_str provider, struct df_arena *arena);
/* The connection, its app checked to be there. DF_ERR_PROJECT, DF_ERR_APP, DF_ERR_CONNECTION. */
enum df_code df_connection_load(const struct df_devflow *d, struct df_str project_id,
                                const struct df_provider *provider, struct df_arena *arena,
                                struct df_oauth_app *ret_app, struct df_connection *ret, struct df_error *err);
enum df_code df_connection_token(const struct df_devflow *d, const struct df_connection *c, struct df_arena *arena,
                                 struct df_token *ret, struct df_error *err);
/* The command that connects again, as the application is registered; flow_type may be empty where it is not known. */
struct df_str df_connection_command(const struct df_provider *provider, struct df_str flow_type,
                                    struct df_str project_id, struct df_arena *arena);
/* Says that and why the user must connect again: always DF_ERR_RECONNECT. */
enum df_code df_connection_reconnect(const struct df_provider *provider, const struct df_oauth_app *app,
                                     const struct df_connection *c, struct df_arena *arena, struct df_error *err);

/* The provider refused a token that cannot be refreshed (401): the connection is marked for reconnecting, unless it was changed
 * meanwhile, and *err says what to do. Always DF_ERR_RECONNECT. */
enum df_code df_connection_refused(const struct df_devflow *d, const struct df_provider *provider,
                                   const struct df_oauth_app *app, const struct df_connection *c,
                                   struct df_arena *arena, struct df_error *err);

#endif
