/* Finds a request's route. Pure; the fuzz target feeds it raw request targets. */
#ifndef DF_HTTP_ROUTER_H
#define DF_HTTP_ROUTER_H

#include "http/server.h"

/* Fills path, query, route and params of the request from its target and method.
 * DF_ERR_ROUTE, DF_ERR_METHOD (then `allow` holds the methods for the Allow header) or DF_ERR_INVALID for a target that
 * cannot be decoded. */
enum df_code df_router_find(const struct df_route *routes, size_t n_routes, const char *prefix,
                            struct df_request *request, struct df_str *ret_allow, struct df_error *err);

#endif
