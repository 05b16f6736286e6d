/* Which limit a request falls under, and what its answer says of it: 429 with Retry-After, and on every limited answer RateLimit and
 * RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10). The buckets: service/limiter.h. Probes are not limited; callers on this
 * machine only where the operator set a limit. */
#ifndef DF_HTTP_RATE_LIMIT_H
#define DF_HTTP_RATE_LIMIT_H

#include "http/server.h"

/* The server's `limit`; app is the struct df_api. DF_ERR_TOO_MANY. */
enum df_code df_api_limit(void *app, struct df_request *request, struct df_error *err);

struct df_api;
/* For a handler whose route has no limit but for what it refuses: counts a refusal with the OAuth endpoints' limit of the address.
 * DF_ERR_TOO_MANY instead of the refusal. */
enum df_code df_api_limit_refused(const struct df_api *api, const struct df_request *request, struct df_error *err);

#endif
