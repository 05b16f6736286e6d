/* The background refresh: one thread that sleeps until the next connection is due (an index in the store tells, no walk over
 * all of them), refreshes it by the same rules as everyone (service/refresh.h), and logs what came of it. */
#ifndef DF_APP_BACKGROUND_H
#define DF_APP_BACKGROUND_H

#include "service/devflow.h"

struct df_background;

struct df_background *df_background_start(const struct df_devflow *d);
/* Waits for the refresh under way, and frees. */
void df_background_stop(struct df_background *background);

#endif
