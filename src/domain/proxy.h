/* The rules of the proxy (docs/proxy.md): which URL a path may become, which headers pass, where a redirect may point, how long
 * a rate limit holds. Pure functions over what a client or a provider sent, any thread. Source: RFC 9110 section 7.6. */
#ifndef DF_DOMAIN_PROXY_H
#define DF_DOMAIN_PROXY_H

#include "base/error.h"
#include "base/url.h"

/* base + "/" + path [+ "?" + query], path and query as sent. The base is an absolute URL without query. DF_ERR_INVALID when the
 * path could leave the base in any reading of it: empty and dot segments, also encoded once or twice or hidden behind ';',
 * backslashes, control characters, broken escapes. */
enum df_code df_proxy_url(struct df_str base, struct df_str path, struct df_str query, struct df_arena *arena,
                          struct df_str *ret, struct df_error *err);

/* Whether a header goes on to the provider, or back to the client. `connection` is what that message's Connection header
 * names. Content-Length is not among those that pass: it is told apart. */
bool df_proxy_sends_header(struct df_str name, struct df_str connection);
bool df_proxy_answers_header(struct df_str name, struct df_str connection);

/* Whether a Location may be shown: relative, or of the same origin as the URL that was asked. */
bool df_proxy_shows_location(struct df_str location, struct df_str asked, struct df_arena *arena);

#endif
