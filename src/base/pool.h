/* A bounded pool of threads for work that may block: one pool for each kind of wait, so that a slow provider cannot starve
 * the database. Threads start when first needed and stay. Jobs run in the order they came, but for those of an owner who has
 * his share already: one owner holds half of the threads at most, and half of the queue. */
#ifndef DF_BASE_POOL_H
#define DF_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct df_pool;

/* At most max_threads at work and max_queued waiting. */
struct df_pool *df_pool_new(const char *name, unsigned max_threads, size_t max_queued);
/* False when the queue is full or the pool is draining; then run was not and will not be called. */
bool df_pool_submit(struct df_pool *pool, void (*run)(void *arg), void *arg);
/* The same, within the share of an owner, named by a hash (two owners of one hash have one share); 0 is nobody, who has no share to
 * keep to. Also false when the owner's part of the queue is full. */
bool df_pool_submit_for(struct df_pool *pool, uint64_t owner, void (*run)(void *arg), void *arg);
struct df_pool_load {
    unsigned running, threads_limit;
    size_t waiting, waiting_limit;
};
struct df_pool_load df_pool_load(struct df_pool *pool);
/* Takes no more work and waits for what was taken; submitting stays allowed, and refused. */
void df_pool_drain(struct df_pool *pool);
/* After df_pool_drain, when no one submits any more. */
void df_pool_free(struct df_pool *pool);

#endif
