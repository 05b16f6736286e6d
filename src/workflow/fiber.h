/* A function on a stack of its own, that can stop in its middle and be gone on with later (ucontext; the sanitizers are told). One
 * thread at a time for a host and its fibers. */
#ifndef DF_WORKFLOW_FIBER_H
#define DF_WORKFLOW_FIBER_H

#include <stdbool.h>

struct df_fiber_host;
struct df_fiber;

struct df_fiber_host *df_fiber_host_new(void);
/* After its fibers. */
void df_fiber_host_free(struct df_fiber_host *host);
struct df_fiber *df_fiber_new(struct df_fiber_host *host, void (*run)(void *arg), void *arg);
/* Runs until it yields or returns; false once it has returned. */
bool df_fiber_resume(struct df_fiber *fiber);
/* From within. */
void df_fiber_yield(struct df_fiber *fiber);
/* Also in the middle. The stack is kept for the next one. */
void df_fiber_free(struct df_fiber *fiber);

#endif
