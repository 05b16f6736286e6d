/* How many there are of what the database holds, for the metrics: counted by a thread of its own, so that who asks never waits
 * for a database, and only while somebody asks. Any thread. */
#ifndef DF_SERVICE_CENSUS_H
#define DF_SERVICE_CENSUS_H

#include "port/engine.h"
#include "service/devflow.h"

struct df_census;

struct df_census *df_census_new(const struct df_devflow *d);
/* Counts for the first time. */
void df_census_start(struct df_census *census);
/* The latest counts, and how old they are; false while there are none. Has them counted anew when they are some seconds old. */
bool df_census_get(struct df_census *census, struct df_store_counts *ret, int64_t *ret_age_ms);
/* Of workflows, as old as the others; false while there are none, or the engine cannot count. */
bool df_census_workflows(struct df_census *census, struct df_workflow_counts *ret);
/* Also without a start. */
void df_census_free(struct df_census *census);

#endif
