/* Which addresses are of the public Internet: what a name of a provider may lead to (IANA's registries of special-purpose
 * IPv4 and IPv6 addresses, RFC 6890). Addresses that hold an IPv4 one (mapped, NAT64, 6to4) are judged by that. Pure. */
#ifndef DF_BASE_ADDRESS_H
#define DF_BASE_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

/* False for all that is neither IPv4 nor IPv6. */
bool df_address_is_public(const struct sockaddr *address);
/* An address as text (RFC 4291 section 2.2), not a name; false for what is none. */
bool df_address_text_is_public(const char *text);

#endif
