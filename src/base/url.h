/* URLs (RFC 3986, libcurl's CURLU for taking apart), percent-encoding, and application/x-www-form-urlencoded. */
#ifndef DF_BASE_URL_H
#define DF_BASE_URL_H

#include "base/buf.h"

struct df_url {
    struct df_str scheme, user, host, port, path, query, fragment; /* as written, host in lower case, not decoded */
};

/* Absolute http and https URLs only, no control characters or spaces. Parts live in the arena. */
bool df_url_parse(struct df_str text, struct df_arena *arena, struct df_url *ret);
/* localhost, 127.0.0.0/8, [::1]; names under localhost do not count. */
bool df_host_is_loopback(struct df_str host);
/* scheme://host[:port], the port left out where it is the scheme's own. */
struct df_str df_url_origin(const struct df_url *url, struct df_arena *arena);

/* Percent-encodes all but RFC 3986's unreserved characters and those in `also_plain`. */
void df_url_put_encoded(struct df_buf *buf, struct df_str s, const char *also_plain);
struct df_str df_url_encode(struct df_str s, struct df_arena *arena);
/* Decodes %XX, and '+' as a space when `form`. False for a broken escape or a NUL. */
bool df_url_decode(struct df_str s, bool form, struct df_arena *arena, struct df_str *ret);

struct df_param {
    struct df_str name, value;
};
/* a=1&b=2, decoded as a form. False when an escape is broken or there are more than `limit` parameters. */
bool df_params_parse(struct df_str text, size_t limit, struct df_arena *arena, struct df_param **ret, size_t *ret_n);
/* The first of that name, or NULL. */
const struct df_param *df_params_find(const struct df_param *params, size_t n, const char *name);
/* Appends name=value, a '&' before it unless the buffer is empty. */
void df_params_put(struct df_buf *buf, const char *name, struct df_str value);

#endif
