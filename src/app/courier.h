/* Sends the outbox: one thread that sleeps until a message is due (an index tells) or something changed, and a few that send. Of
 * many nodes each takes what no other has. */
#ifndef DF_APP_COURIER_H
#define DF_APP_COURIER_H

#include "service/devflow.h"

struct df_courier;

struct df_courier *df_courier_new(const struct df_devflow *d);
void df_courier_start(struct df_courier *courier);
/* There may be something to send; any thread, never waits for long, also before the start and after the stop. */
void df_courier_wake(struct df_courier *courier);
/* Takes no more; what it gives back from then on stays for others. Never waits. */
void df_courier_quiesce(struct df_courier *courier);
/* Waits for the attempts under way; also without a start. */
void df_courier_stop(struct df_courier *courier);
void df_courier_free(struct df_courier *courier);

#endif
