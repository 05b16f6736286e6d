/* The background refresh: one thread that sleeps until a connection is due (an index in the store tells, no walk over all of
 * them), claims those of each provider's host in batches, so that several nodes do not take the same, and starts their
 * flights; they are refreshed by the same rules as everyone's. */
#ifndef DF_APP_BACKGROUND_H
#define DF_APP_BACKGROUND_H

#include "service/devflow.h"
#include "service/flights.h"

struct df_background;

/* What every flight of the program does: refreshes, and logs what came of it. `arg` is the struct df_devflow. */
df_fly df_background_fly;

struct df_background *df_background_new(const struct df_devflow *d);
void df_background_start(struct df_background *background);
/* Something may be due earlier than was known. Never waits. */
void df_background_wake(struct df_background *background);
/* Starts no more flights. */
void df_background_stop(struct df_background *background);
/* After the flights have landed, while the store is open: claims whose flights never began, so that no other node has to wait
 * for their end. */
void df_background_give_back(struct df_background *background);
/* After the flights have landed. */
void df_background_free(struct df_background *background);

#endif
