/* What kind of address one is. First, which are of the public Internet: what a name of a provider may lead to (IANA's registries of special-purpose
 * IPv4 and IPv6 addresses, RFC 6890). Addresses that hold an IPv4 one (mapped, NAT64, 6to4) are judged by that. Pure. */
#ifndef DF_BASE_ADDRESS_H
#define DF_BASE_ADDRESS_H

#include "base/str.h"

struct sockaddr;

/* False for all that is neither IPv4 nor IPv6. */
bool df_address_is_public(const struct sockaddr *address);
/* An address as text (RFC 4291 section 2.2), not a name; false for what is none. */
bool df_address_text_is_public(const char *text);
/* Link-local ones and those where clouds answer with a machine's secrets: nothing that anyone registers is there. */
bool df_address_is_forbidden(const struct sockaddr *address);
bool df_address_text_is_forbidden(const char *text);

/* As 16 bytes: an IPv4 address as a mapped one (RFC 4291 section 2.5.5.2). False for all that is neither IPv4 nor IPv6. */
bool df_address_bytes(const struct sockaddr *address, uint8_t ret[16]);
bool df_address_bytes_are_ipv4(const uint8_t bytes[16]);
/* The same, an IPv6 address cut to its network of 64 bits: what one customer of a provider has. */
bool df_address_network(const struct sockaddr *address, uint8_t ret[16]);
bool df_address_is_loopback(const struct sockaddr *address);
bool df_address_bytes_are_loopback(const uint8_t bytes[16]);
/* From text, without brackets, port or zone. */
bool df_address_parse(struct df_str text, uint8_t ret[16]);

struct df_network {
    uint8_t bytes[16];
    unsigned bits; /* of the 128 */
};
/* "10.0.0.0/8", "fd00::/8", or one address. Bits behind the prefix must be zero. */
bool df_network_parse(struct df_str text, struct df_network *ret);
bool df_network_has(const struct df_network *network, const uint8_t address[16]);

#endif
