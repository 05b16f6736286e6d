/* Taking a token back at the provider, as its row says (RFC 7009, or a form of its own). */
#ifndef DF_SERVICE_REVOCATION_H
#define DF_SERVICE_REVOCATION_H

#include "service/devflow.h"

enum df_revoked {
    DF_REVOKED,        /* the provider said so */
    DF_REVOKED_NO_WAY, /* it has no way to */
    DF_REVOKED_FAILED, /* it did not say so: *err tells why */
};

/* With the stored tokens of the connection. Never waits longer than ten seconds. */
enum df_revoked df_revoke(const struct df_devflow *d, const struct df_provider *provider,
                          const struct df_oauth_app *app, const struct df_connection *c, struct df_arena *arena,
                          struct df_error *err);

#endif
