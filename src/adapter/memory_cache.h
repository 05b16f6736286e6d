/* Adapter: the cache port in process memory: hash tables with least-recently-used eviction, split in shards by key so that the
 * event loop rarely meets a lock, bounded in bytes with everything counted that is allocated. */
#ifndef DF_ADAPTER_MEMORY_CACHE_H
#define DF_ADAPTER_MEMORY_CACHE_H

#include "port/cache.h"
#include "port/clock.h"

struct df_cache *df_memory_cache_new(const struct df_clock *clock, size_t limit_bytes);

/* For a tier above: a put that was prepared while the key was evicted or removed must not bring the old value back. The ticket
 * is taken first; `fill` does nothing when anything of the key's shard was evicted since. */
uint64_t df_memory_cache_ticket(struct df_cache *cache, struct df_str key);
void df_memory_cache_fill(struct df_cache *cache, struct df_str key, struct df_str value, int64_t ttl_ms,
                          uint64_t ticket);

#endif
