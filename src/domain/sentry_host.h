/* Which hosts are the same Sentry as a connection's, and so may see its token: its own, for sentry.io the regions under that
 * name, and those an operator names for a self-hosted Sentry that is spread over several (SENTRY_REGION_URLS). What a URL a
 * user pasted or a region an organisation names says beyond that is never believed. Pure, any thread. */
#ifndef DF_DOMAIN_SENTRY_HOST_H
#define DF_DOMAIN_SENTRY_HOST_H

#include "base/url.h"

/* url: what is to be asked, or was pasted; base: the connection's; regions: absolute URLs separated by commas, may be empty. */
bool df_sentry_host_is_own(struct df_str url, struct df_str base, struct df_str regions, struct df_arena *arena);

/* Where to ask for what a region serves: the region's URL without a slash at the end, or, when it is not the same Sentry's or
 * on the base's own host, the base with its path. */
struct df_str df_sentry_host_of(struct df_str region, struct df_str base, struct df_str regions,
                                struct df_arena *arena);

/* Whether the base is sentry.io or under it. */
bool df_sentry_host_is_saas(struct df_str base, struct df_arena *arena);

#endif
