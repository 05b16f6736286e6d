/* Redirect URIs: providers compare them to the letter, so ours are checked before a provider sees them. */
#ifndef DF_SERVICE_OAUTH_REDIRECT_H
#define DF_SERVICE_OAUTH_REDIRECT_H

#include "service/devflow.h"

/* DF_ERR_REDIRECT_URI: not absolute, white space, trailing slash, fragment, a user name, http beyond this machine. */
enum df_code df_redirect_uri_check(struct df_str uri, struct df_arena *arena, struct df_error *err);
/* Where this API answers callbacks: API_URL, prefix, /auth/<slug>/callback. */
struct df_str df_redirect_uri_ours(const struct df_devflow *d, const struct df_provider *provider,
                                   struct df_arena *arena);
/* Whether a browser sent to `uri` arrives at `ours`: equal, or both on loopback names of one port and path. */
bool df_redirect_uri_reaches(struct df_str uri, struct df_str ours, struct df_arena *arena);

#endif
