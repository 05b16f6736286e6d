/* A project's schedules: set, and fired into the inbox when their time has come. Of many nodes that share the store one fires a
 * slot; after a downtime the latest slot alone is made up for. */
#ifndef DF_SERVICE_SCHEDULES_H
#define DF_SERVICE_SCHEDULES_H

#include "service/devflow.h"

/* From name, cron, jitter_s, workflow and input of `given`. DF_ERR_INVALID, DF_ERR_PROJECT. */
enum df_code df_schedules_set(const struct df_devflow *d, const struct df_schedule *given, struct df_arena *arena,
                              struct df_schedule *ret, struct df_error *err);
/* Fires what is due. *ret_fired: how many by this node. */
enum df_code df_schedules_fire(const struct df_devflow *d, size_t *ret_fired, struct df_error *err);

#endif
