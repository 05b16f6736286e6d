/* Requests counted by route and status, and how long they took, for GET metrics. By the route and not the path, whose names
 * are the callers'. A request that no route took counts as route "none". Any thread; adding costs some nanoseconds. */
#ifndef DF_HTTP_ROUTE_METRICS_H
#define DF_HTTP_ROUTE_METRICS_H

#include "http/server.h"

struct df_route_metrics;

/* The routes must outlive it. */
struct df_route_metrics *df_route_metrics_new(const struct df_route *routes, size_t n_routes);
void df_route_metrics_free(struct df_route_metrics *metrics);
/* route: one of those, or NULL. */
void df_route_metrics_add(struct df_route_metrics *metrics, const struct df_route *route, int status, int64_t micros);
void df_route_metrics_write(const struct df_route_metrics *metrics, struct df_buf *out);

#endif
