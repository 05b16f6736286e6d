#include "adapter/redis_tls.h"

#ifdef DF_HIREDIS_SSL

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <limits.h>
#include <openssl/ssl.h>

bool df_redis_tls_there(void)
{
    return true;
}

/* hiredis itself would take a certificate for any name. */
static bool expect_host(SSL *ssl, const char *host)
{
    struct in6_addr address;
    if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static SSL *ssl_new(const char *host)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx)
        return NULL;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    bool ok = SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 && SSL_CTX_set_default_verify_paths(ctx) == 1;
    SSL *ssl = ok ? SSL_new(ctx) : NULL;
    SSL_CTX_free(ctx);
    if (ssl && !expect_host(ssl, host)) {
        SSL_free(ssl);
        ssl = NULL;
    }
    return ssl;
}

enum df_code df_redis_tls_start(struct redisContext *ctx, const char *host, const char *name, struct ssl_st **ret,
                                struct df_error *err)
{
    SSL *ssl = ssl_new(host);
    if (!ssl)
        return df_fail(err, DF_ERR_FAILED, "TLS for %s could not be set up", name);
    if (redisInitiateSSL(ctx, ssl) == REDIS_OK) {
        *ret = ssl;
        return DF_OK;
    }
    bool untrusted = SSL_get_verify_result(ssl) != X509_V_OK;
    SSL_free(ssl); /* hiredis takes it only when it succeeds */
    if (untrusted)
        return df_fail(err, DF_ERR_FAILED,
                       "the certificate of %s is not trusted: check REDIS_HOST, or name its "
                       "authority in SSL_CERT_FILE",
                       name);
    return df_fail(err, DF_ERR_FAILED, "%s does not speak TLS: check REDIS_PORT and REDIS_TLS", name);
}

long df_redis_tls_write(struct ssl_st *tls, const void *bytes, size_t n)
{
    return SSL_write(tls, bytes, n > INT_MAX ? INT_MAX : (int)n);
}

#else

bool df_redis_tls_there(void)
{
    return false;
}

enum df_code df_redis_tls_start(struct redisContext *ctx, const char *host, const char *name, struct ssl_st **ret,
                                struct df_error *err)
{
    (void)ctx;
    (void)host;
    (void)ret;
    return df_fail(err, DF_ERR_FAILED, "this build cannot use TLS towards %s", name);
}

long df_redis_tls_write(struct ssl_st *tls, const void *bytes, size_t n)
{
    (void)tls;
    (void)bytes;
    (void)n;
    return -1;
}

#endif
