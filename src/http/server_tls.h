/* The certificate that a server shows, and its key: checked before it is shown, replaced while the server serves. Connections that have
 * begun keep what they began with. GnuTLS, as libmicrohttpd is built with it; for server*.c alone. Any thread. */
#ifndef DF_HTTP_SERVER_TLS_H
#define DF_HTTP_SERVER_TLS_H

#include "http/server.h"

#include <gnutls/abstract.h>

struct df_tls;

/* DF_ERR_CONFIG says what is wrong with the files: no certificate in PEM, no key, not a pair. */
enum df_code df_tls_new(const struct df_server_tls *pem, struct df_tls **ret, struct df_error *err);
/* The old ones stay unless it returns DF_OK; also DF_ERR_CONFIG when the new certificate does not hold today. *ret_until_ms is when it ends,
 * 0 when nothing was replaced because they are the same. */
enum df_code df_tls_replace(struct df_tls *tls, const struct df_server_tls *pem, int64_t *ret_until_ms,
                            struct df_error *err);
/* Why clients will not believe what is shown today: "has expired"; NULL when nothing is known against it. */
const char *df_tls_fault(struct df_tls *tls);
/* After the last connection. */
void df_tls_free(struct df_tls *tls);

/* As gnutls_certificate_retrieve_function2 wants it. */
int df_tls_show(struct df_tls *tls, gnutls_pcert_st **ret_chain, unsigned *ret_n, gnutls_privkey_t *ret_key);

#endif
