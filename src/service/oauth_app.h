/* Parts of registering an application that other ways to connect share. */
#ifndef DF_SERVICE_OAUTH_APP_H
#define DF_SERVICE_OAUTH_APP_H

#include "service/devflow.h"

/* The base URL as it is kept; the provider's own when text is empty. Plain http is for this machine only: elsewhere secrets and
 * tokens would travel in the clear. */
enum df_code df_base_url_check(struct df_str text, const struct df_provider *provider, struct df_arena *arena,
                               struct df_str *ret, struct df_error *err);
/* Fills app->endpoints where the provider's are to be discovered. */
enum df_code df_app_discover(const struct df_devflow *d, const struct df_provider *provider, struct df_arena *arena,
                             struct df_oauth_app *app, struct df_error *err);

#endif
