/* Adapter: the quota port on Redis. A bucket is one key, "devflow:limit:" and its name, that holds when it is full, by Redis's own
 * clock, and goes when it is. One link, opened when it is needed. The settings are copied, but for their strings. */
#ifndef DF_ADAPTER_REDIS_QUOTA_H
#define DF_ADAPTER_REDIS_QUOTA_H

#include "adapter/redis_link.h"
#include "port/quota.h"

struct df_quota *df_redis_quota_new(const struct df_redis_settings *settings);

#endif
