/* Refreshing a connection's tokens: what one flight (service/flights.h) does. One sending at a time, by the rules of
 * docs/decisions/002-one-refresh.md and 003, over all that share the store: the lease in the connection's row. */
#ifndef DF_SERVICE_REFRESH_H
#define DF_SERVICE_REFRESH_H

#include "service/devflow.h"
#include "service/flights.h"

/* What came of a flight, for the log. */
struct df_refresh_report {
    bool sent;       /* the refresh token went to the provider */
    bool fault_news; /* the first that is heard of a fault of the application */
};

/* Replaces the tokens of that version, or waits for who already does, or finds that other ones are stored: all DF_OK.
 * DF_ERR_RECONNECT: only the user can mend the connection, which is marked so. Anything else: for now; the reason is noted in
 * the connection. */
enum df_code df_refresh(const struct df_devflow *d, const struct df_flight *flight, struct df_refresh_report *ret,
                        struct df_error *err);

#endif
