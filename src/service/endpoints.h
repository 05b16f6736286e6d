/* The endpoints of one registered application: its provider's row, moved under the base URL it was registered with. */
#ifndef DF_SERVICE_ENDPOINTS_H
#define DF_SERVICE_ENDPOINTS_H

#include "service/devflow.h"

/* Views into the row, the application and the arena. */
struct df_endpoints df_endpoints_of(const struct df_provider *provider, const struct df_oauth_app *app,
                                    struct df_arena *arena);
/* The page where a user withdraws the permission; empty when the provider has none. */
struct df_str df_revoke_page(const struct df_provider *provider, const struct df_oauth_app *app,
                             struct df_arena *arena);
/* Where the connection's API is, without a trailing slash; its organisation filled in where the URL asks for one. */
struct df_str df_connection_api_url(const struct df_provider *provider, const struct df_oauth_app *app,
                                    const struct df_connection *c, struct df_arena *arena);

#endif
