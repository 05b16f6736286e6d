/* An application the provider no longer knows (invalid_client): a fault of the registration, not of its connections. It is noted
 * with every project that registered the same application with the same secret, said once, and not tried again before a long
 * pause or a new registration. */
#ifndef DF_SERVICE_APP_FAULT_H
#define DF_SERVICE_APP_FAULT_H

#include "service/devflow.h"

/* DF_ERR_CLIENT_CREDENTIALS with the reason and retry_after_s while the application must not be tried. When its pause is over, one
 * caller goes on at a time. */
enum df_code df_app_fault_check(const struct df_devflow *d, const struct df_oauth_app *app, struct df_error *err);
/* *ret_news: whether this is the first that is heard of it; *ret_retry_ms: when it is tried again. */
void df_app_fault_note(const struct df_devflow *d, const struct df_oauth_app *app, struct df_str reason, bool *ret_news,
                       int64_t *ret_retry_ms);
/* The provider took the application again. */
void df_app_fault_clear(const struct df_devflow *d, const struct df_oauth_app *app);

#endif
