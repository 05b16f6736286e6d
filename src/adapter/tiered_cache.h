/* Adapter: the cache port on two others, the process's memory first, then one that is shared. What the shared one has is copied
 * into memory for the time it has left. Owns both. */
#ifndef DF_ADAPTER_TIERED_CACHE_H
#define DF_ADAPTER_TIERED_CACHE_H

#include "port/cache.h"

/* memory: of df_memory_cache_new. */
struct df_cache *df_tiered_cache_new(struct df_cache *memory, struct df_cache *shared);

#endif
