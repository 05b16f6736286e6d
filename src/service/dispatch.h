/* From the inbox to workflows: what a message asks for is started through the engine port, under an id made of the message, so
 * that it is started once however often a message is worked on, by however many nodes, whatever was killed between. */
#ifndef DF_SERVICE_DISPATCH_H
#define DF_SERVICE_DISPATCH_H

#include "service/devflow.h"

enum {
    DF_DISPATCH_CLAIM_MS = 15 * 1000,
    DF_DISPATCH_AT_ONCE = 64, /* messages of one claim */
};

/* Of messages with the resource DF_SCHEDULE_RESOURCE the facts are what to do: {"workflow","input","slot","since"}. */
#define DF_SCHEDULE_RESOURCE "schedule"

/* One attempt: fills attempts, due_ms, status, outcome and ended_ms; the caller stores them. */
void df_dispatch(const struct df_devflow *d, struct df_inbox_message *m, struct df_arena *arena);

#endif
