/* Adapter: the cache port in process memory: a hash table with least-recently-used eviction, bounded in bytes. */
#ifndef DF_ADAPTER_MEMORY_CACHE_H
#define DF_ADAPTER_MEMORY_CACHE_H

#include "port/cache.h"
#include "port/clock.h"

struct df_cache *df_memory_cache_new(const struct df_clock *clock, size_t limit_bytes);

#endif
