/* Whether this node can serve: the database, the cache and the shared limits, asked as it is asked. Anyone may ask, however often: a look
 * is good for some milliseconds, for all who ask in that time. Any thread; waits for what it asks. */
#ifndef DF_SERVICE_READINESS_H
#define DF_SERVICE_READINESS_H

#include "service/devflow.h"

struct df_limiter;
struct df_readiness;

/* What each answered: DF_OK, or why not. Without the database nothing is served; without the others it is slower, or limits hold for this
 * node alone. */
struct df_ready_look {
    enum df_code database, cache, limits;
    struct df_error cache_why, limits_why;
};

struct df_readiness *df_readiness_new(const struct df_devflow *d, struct df_limiter *limiter);
struct df_ready_look df_readiness_look(struct df_readiness *readiness);
void df_readiness_free(struct df_readiness *readiness);

#endif
