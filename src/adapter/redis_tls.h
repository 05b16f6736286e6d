/* TLS for a connection to Redis, where hiredis has it (its part hiredis_ssl, from hiredis 1.0 on; Debian 12 has 0.14). The
 * certificate must be valid for the host, by the system's authorities or those of SSL_CERT_FILE. */
#ifndef DF_ADAPTER_REDIS_TLS_H
#define DF_ADAPTER_REDIS_TLS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct redisContext;
struct ssl_st; /* OpenSSL's SSL */

bool df_redis_tls_there(void);
/* `name` is for sentences. DF_ERR_FAILED; *ret belongs to ctx. */
enum df_code df_redis_tls_start(struct redisContext *ctx, const char *host, const char *name, struct ssl_st **ret,
                                struct df_error *err);
/* As write(2). */
long df_redis_tls_write(struct ssl_st *tls, const void *bytes, size_t n);

#endif
