/* What is left to do when a project was deleted: its workflows are asked to end and are forgotten then, by the engine (port/engine.h). The wish is
 * a row that the deletion wrote, so that it outlives the process and an engine that does not answer. On the threads of src/app/queues.c. */
#ifndef DF_SERVICE_FAREWELLS_H
#define DF_SERVICE_FAREWELLS_H

#include "service/devflow.h"

/* Whoever was killed with it, it goes on then; two at once do no harm. */
enum { DF_FAREWELL_CLAIM_MS = 15 * 1000 };

/* Does what can be done now, and stores when to go on, or that it is over. *ret_left: how many workflows have not ended yet. */
enum df_code df_farewell_work(const struct df_devflow *d, struct df_farewell *f, int64_t claimed_until_ms,
                              size_t *ret_left, struct df_error *err);

#endif
