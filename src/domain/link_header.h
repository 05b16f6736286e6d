/* The Link header of Sentry's pages (RFC 8288, with its results="true" and cursor="..." parameters). Odd forms are
 * tolerated: what cannot be read means there is no such page. Pure. */
#ifndef DF_DOMAIN_LINK_HEADER_H
#define DF_DOMAIN_LINK_HEADER_H

#include "base/str.h"

/* The cursor of the link with that rel ("next", "previous"), empty when absent or when it leads to nothing. Only the cursor
 * is taken: the URL's host may be another. */
struct df_str df_link_cursor(struct df_str header, const char *rel);

#endif
