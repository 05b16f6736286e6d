/* Adapter: the cache port on a Redis server that several processes share, over a small pool of connections. Nothing is kept in
 * this process: `peek` finds nothing and `evict` has nothing to do, the tier above (tiered_cache.h) has the memory.
 *
 * A Redis that is gone, slow, full, read-only or not one at all costs a caller a fraction of a second once, then nothing: after
 * a failure no one tries for a second, then one caller does while the others go on without. Keys get the prefix "devflow:". */
#ifndef DF_ADAPTER_REDIS_CACHE_H
#define DF_ADAPTER_REDIS_CACHE_H

#include "adapter/redis_link.h"
#include "port/cache.h"

/* Called when Redis stops answering (why: one sentence) and when it answers again (why: empty). From any thread. */
typedef void df_redis_changed(void *arg, bool up, struct df_str why);

/* Connects to nothing yet. The settings are copied, but for their strings. `changed` may be NULL. */
struct df_cache *df_redis_cache_new(const struct df_redis_settings *settings, df_redis_changed *changed, void *arg);

#endif
