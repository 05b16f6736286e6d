/* A line to a tracker's API over a project's connection: the token is resolved when something is asked, refreshed once when it is
 * refused, rate limits are held for all who use the connection. For one thread. */
#ifndef DF_SERVICE_TRACKER_LINE_H
#define DF_SERVICE_TRACKER_LINE_H

#include "port/tracker.h"
#include "service/devflow.h"

struct df_tracker_wire {
    struct df_tracker_line line;
    const struct df_devflow *d;
    const struct df_provider *provider;
    struct df_str project_id, api;
    struct df_connection connection;
    struct df_token token; /* empty until something is asked */
    bool public_only;      /* the API's host is not the one the user registered */
};
/* DF_ERR_PROJECT, DF_ERR_APP, DF_ERR_CONNECTION. */
enum df_code df_tracker_wire_open(const struct df_devflow *d, struct df_str project_id,
                                  const struct df_tracker *tracker, struct df_arena *arena, struct df_tracker_wire *ret,
                                  struct df_error *err);

#endif
