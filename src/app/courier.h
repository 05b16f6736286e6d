/* Works off a queue in the store (the outbox, the inbox, schedules, farewells): one thread that sleeps until something is due (an index tells) or
 * something changed, and a few that work. Of many nodes each takes what no other has. */
#ifndef DF_APP_COURIER_H
#define DF_APP_COURIER_H

#include "service/devflow.h"

struct df_courier;

/* What is the queue's own. The functions run on the courier's threads; they may wait for the store. */
struct df_queue {
    const char *threads; /* their name */
    int hands;           /* how many work at once */
    /* Claims what one hand does next, in the arena; *ret NULL: nothing is due. */
    enum df_code (*claim)(const struct df_devflow *d, struct df_arena *arena, void **ret, struct df_error *err);
    /* Does it, and logs what came of it. */
    void (*work)(const struct df_devflow *d, void *claimed, struct df_arena *arena);
    /* When the next one is due; 0: none. */
    enum df_code (*next)(const struct df_devflow *d, int64_t *ret_due_ms, struct df_error *err);
    /* Once an hour: what ended long ago goes. May be NULL. */
    enum df_code (*forget)(const struct df_devflow *d, int64_t now_ms, struct df_error *err);
    int64_t gather_ms;   /* waited after news, which come in crowds: what comes meanwhile is claimed along */
    const char *trouble; /* "the outbox cannot be read" */
};
extern const struct df_queue df_queue_outbox, df_queue_inbox, df_queue_schedules, df_queue_farewells;

/* follower: woken when a hand has worked, for it may have left something in that queue; NULL: none. */
struct df_courier *df_courier_new(const struct df_devflow *d, const struct df_queue *queue,
                                  struct df_courier *follower);
void df_courier_start(struct df_courier *courier);
/* There may be something to do; any thread, never waits for long, also before the start and after the stop. */
void df_courier_wake(struct df_courier *courier);
/* Takes no more; what it gives back from then on stays for others. Never waits. */
void df_courier_quiesce(struct df_courier *courier);
/* Waits for the work under way; also without a start. */
void df_courier_stop(struct df_courier *courier);
void df_courier_free(struct df_courier *courier);

#endif
