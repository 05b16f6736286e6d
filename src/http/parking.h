/* Requests that wait for something without holding a thread. A handler parks its request and hands the ticket to whoever
 * will know when to go on; one thread watches the deadlines of all, and their sockets, which the HTTP library does not look at
 * meanwhile. Each parked request is woken exactly once: by its ticket, by its deadline, by its client hanging up (within half a second), or
 * by the end of the lot, whichever is first. Any thread. */
#ifndef DF_HTTP_PARKING_H
#define DF_HTTP_PARKING_H

#include "http/server.h"

struct df_parking;

/* wake is called on the thread that wakes, without a lock held. */
struct df_parking *df_parking_new(void (*wake)(void *parked, enum df_resumed why));
/* fd is the client's socket, open until the wake. The ticket must be given to df_parked_resume once, sooner or later. */
struct df_parked *df_parking_enter(struct df_parking *lot, void *parked, int fd, unsigned deadline_ms);
/* How many have entered and are not yet awake. */
size_t df_parking_count(struct df_parking *lot);
/* To be called once when the handler that parked has returned: DF_FIRST_RUN when `wake` will be called, else why it was
 * woken already, and `wake` will not. */
enum df_resumed df_parking_sleep(struct df_parked *ticket);
/* Wakes all with DF_RESUMED_STOPPING, and from now on all who enter; returns when no wake is under way or to come. */
void df_parking_close(struct df_parking *lot);
/* After df_parking_close. Tickets that are still out stay good, and do nothing. */
void df_parking_free(struct df_parking *lot);

#endif
