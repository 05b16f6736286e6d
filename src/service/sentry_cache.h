/* What Sentry answered, kept for a little while, so that what is read again and again is asked once: by the CLI, by an agent, by
 * many nodes. Event contents are personal data: values are sealed with the key of the tokens, bound to project and URL, and the
 * time they may be kept is short. A cache of its own beside the tokens', so that events never push those out. Keys name a
 * connection, so that what one connection read is nobody else's, and a new connection begins with nothing. Any thread. */
#ifndef DF_SERVICE_SENTRY_CACHE_H
#define DF_SERVICE_SENTRY_CACHE_H

#include "service/devflow.h"

struct df_sentry_kept {
    struct df_str body, link; /* the answer's, the latter its Link header */
    int64_t fetched_ms;
};

/* False when there is nothing, or it is of another URL or too old; copies in the arena. */
bool df_sentry_cache_get(const struct df_devflow *d, const struct df_connection *c, struct df_str url,
                         struct df_arena *arena, struct df_sentry_kept *ret);
/* `lasting`: what that URL answers does not change, as an event's; it may be kept longer. */
void df_sentry_cache_put(const struct df_devflow *d, const struct df_connection *c, struct df_str url, bool lasting,
                         const struct df_sentry_kept *kept, struct df_arena *arena);

#endif
