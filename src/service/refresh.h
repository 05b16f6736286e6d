/* Refreshing a connection's tokens: one sending at a time, by the rules of docs/decisions/002-one-refresh.md, over this
 * process's threads (service/flights.h) and over all that share the store (the lease in the connection's row). */
#ifndef DF_SERVICE_REFRESH_H
#define DF_SERVICE_REFRESH_H

#include "service/devflow.h"

struct df_refresh_wish {
    struct df_str project_id;
    const struct df_provider *provider;
    bool forced;              /* whatever the expiry */
    bool when_due;            /* as the background does: when its time has come, well before the expiry */
    struct df_secret refused; /* set: only while this is still the stored access token */
};

/* Refreshes, or waits for who already does, or finds that there is nothing to do: all DF_OK. DF_ERR_RECONNECT: only the user
 * can mend the connection, which is marked so. Anything else: for now; the reason is noted in the connection. */
enum df_code df_refresh(const struct df_devflow *d, const struct df_refresh_wish *wish, struct df_error *err);

#endif
