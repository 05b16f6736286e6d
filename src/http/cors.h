/* Which pages of other origins may read the API: those of CORS_ORIGINS, and API_URL's own (Fetch standard, "HTTP extensions").
 * Never "*", and never with credentials: a page sends its key itself, and no cookie of ours is of use to it. */
#ifndef DF_HTTP_CORS_H
#define DF_HTTP_CORS_H

#include "http/server.h"

/* The list of CORS_ORIGINS, with commas: whole origins, https or http, without a path. False when one is none. */
bool df_cors_origins_check(struct df_str list, struct df_arena *arena);
bool df_cors_allows(struct df_str list, struct df_str origin);
/* What answers of an allowed origin carry; of an empty one only Vary, where there is a list. */
void df_cors_say(struct df_request *request, struct df_str list, struct df_str origin);
/* Answers a preflight request that was let in; false for any other request. */
bool df_cors_preflight(const struct df_request *request, struct df_reply *reply);

#endif
