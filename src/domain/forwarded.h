/* Who a request is from, behind proxies that are trusted: each adds the address it was asked from, so the client is the rightmost
 * one that no trusted proxy has (RFC 7239; X-Forwarded-For, the older header). What stands left of it, anyone may have written.
 * Addresses are 16 bytes, IPv4 mapped (base/address.h). Pure. */
#ifndef DF_DOMAIN_FORWARDED_H
#define DF_DOMAIN_FORWARDED_H

#include "base/address.h"
#include "base/str.h"

enum { DF_TRUSTED_PROXIES = 32 };

struct df_trusted_proxies {
    struct df_network networks[DF_TRUSTED_PROXIES];
    size_t n;     /* 0: none is trusted, and no header read */
    bool rfc7239; /* the header is Forwarded, else X-Forwarded-For; the other one is never read */
};

/* Addresses and networks with commas: "10.0.0.0/8, ::1". False for anything else, or too many. */
bool df_trusted_proxies_parse(struct df_str text, struct df_trusted_proxies *ret);
bool df_is_trusted_proxy(const struct df_trusted_proxies *proxies, const uint8_t address[16]);

/* `values` are those of the header, in the order they came. False where the proxies do not say who it is ("unknown", a name of their
 * own, nothing): *ret is then the last of them, which speaks for others. */
bool df_forwarded_client(const struct df_trusted_proxies *proxies, const uint8_t peer[16], const struct df_str *values,
                         size_t n, uint8_t ret[16]);

#endif
