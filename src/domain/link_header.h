/* The Link header of Sentry's pages (RFC 8288, with its results="true" and cursor="..." parameters), and what other servers of
 * its API make of it: parameters missing, unquoted or in single quotes, a link printed as Python prints a list, a cursor in the
 * URL alone. What cannot be read means there is no such page. Pure, any thread. */
#ifndef DF_DOMAIN_LINK_HEADER_H
#define DF_DOMAIN_LINK_HEADER_H

#include "base/arena.h"

/* The cursor of the link with that rel ("next", "previous"), empty when absent or when it leads to nothing. Only the cursor
 * is taken: the URL's host may be another. A view of the header, or in the arena. */
struct df_str df_link_cursor(struct df_str header, const char *rel, struct df_arena *arena);

#endif
