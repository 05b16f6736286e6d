#include "http/server_tls.h"
#include "base/crypto.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    CHAIN_MOST = 16,
    /* A handshake that has begun still signs with what was shown to it; by then it has missed its deadline. */
    KEPT_MS = 10 * 60 * 1000,
};

struct pair {
    struct pair *older;
    int64_t replaced_ms;
    unsigned char hash[DF_SHA256_BYTES];
    gnutls_pcert_st chain[CHAIN_MOST];
    unsigned n;
    gnutls_privkey_t key;
    time_t from, until;
};

struct df_tls {
    pthread_mutex_t lock;
    struct pair *shown;
};

static void free_pair(struct pair *pair)
{
    for (unsigned i = 0; i < pair->n; i++)
        gnutls_pcert_deinit(&pair->chain[i]);
    if (pair->key)
        gnutls_privkey_deinit(pair->key);
    free(pair);
}

static enum df_code bad(const char *what, int rc, struct df_error *err)
{
    return df_fail(err, DF_ERR_CONFIG, "%s (%s): give a certificate in PEM, its chain after it, and its key", what,
                   gnutls_strerror(rc));
}

/* GnuTLS looks whether they belong together where it takes them as a pair. */
static enum df_code check_pair(const gnutls_datum_t *chain, const gnutls_datum_t *key, struct df_error *err)
{
    gnutls_certificate_credentials_t both;
    if (gnutls_certificate_allocate_credentials(&both) != GNUTLS_E_SUCCESS)
        df_out_of_memory();
    int rc = gnutls_certificate_set_x509_key_mem2(both, chain, key, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_certificate_free_credentials(both);
    if (rc == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return df_fail(err, DF_ERR_CONFIG, "TLS_KEY is not the key of the certificate in TLS_CERT");
    return rc < 0 ? bad("TLS_CERT and TLS_KEY cannot be used", rc, err) : DF_OK;
}

static void read_times(struct pair *pair)
{
    gnutls_x509_crt_t first;
    if (gnutls_pcert_export_x509(&pair->chain[0], &first) != GNUTLS_E_SUCCESS)
        df_out_of_memory();
    pair->from = gnutls_x509_crt_get_activation_time(first);
    pair->until = gnutls_x509_crt_get_expiration_time(first);
    gnutls_x509_crt_deinit(first);
}

static enum df_code read_pair(const gnutls_datum_t *chain, const gnutls_datum_t *key, struct pair *pair,
                              struct df_error *err)
{
    unsigned n = CHAIN_MOST;
    int rc = gnutls_pcert_list_import_x509_raw(pair->chain, &n, chain, GNUTLS_X509_FMT_PEM, 0);
    if (rc < 0)
        return bad("TLS_CERT cannot be used", rc, err);
    pair->n = n;
    if (gnutls_privkey_init(&pair->key) != GNUTLS_E_SUCCESS)
        df_out_of_memory();
    rc = gnutls_privkey_import_x509_raw(pair->key, key, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (rc < 0)
        return bad("TLS_KEY cannot be used", rc, err);
    read_times(pair);
    return DF_OK;
}

static void hash_pair(const struct df_server_tls *pem, struct pair *pair)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    df_sha256(df_arena_printf(scratch, "%s\n\n%s", pem->certificates, pem->key), pair->hash);
}

static enum df_code make_pair(const struct df_server_tls *pem, struct pair **ret, struct df_error *err)
{
    const gnutls_datum_t chain = {(unsigned char *)(uintptr_t)pem->certificates, (unsigned)strlen(pem->certificates)},
                         key = {(unsigned char *)(uintptr_t)pem->key, (unsigned)strlen(pem->key)};
    DF_TRY(check_pair(&chain, &key, err));
    struct pair *pair = calloc(1, sizeof *pair);
    if (!pair)
        df_out_of_memory();
    hash_pair(pem, pair);
    enum df_code code = read_pair(&chain, &key, pair, err);
    if (code == DF_OK)
        *ret = pair;
    else
        free_pair(pair);
    return code;
}

enum df_code df_tls_new(const struct df_server_tls *pem, struct df_tls **ret, struct df_error *err)
{
    struct pair *pair;
    DF_TRY(make_pair(pem, &pair, err));
    struct df_tls *tls = calloc(1, sizeof *tls);
    if (!tls)
        df_out_of_memory();
    pthread_mutex_init(&tls->lock, NULL);
    tls->shown = pair;
    *ret = tls;
    return DF_OK;
}

/* With the lock held. */
static void forget_old(struct df_tls *tls)
{
    struct pair **at = &tls->shown->older;
    while (*at) {
        struct pair *old = *at;
        if (df_monotonic_ms() - old->replaced_ms < KEPT_MS) {
            at = &old->older;
            continue;
        }
        *at = old->older;
        free_pair(old);
    }
}

static void show(struct df_tls *tls, struct pair *pair)
{
    pthread_mutex_lock(&tls->lock);
    tls->shown->replaced_ms = df_monotonic_ms();
    pair->older = tls->shown;
    tls->shown = pair;
    forget_old(tls);
    pthread_mutex_unlock(&tls->lock);
}

enum df_code df_tls_replace(struct df_tls *tls, const struct df_server_tls *pem, int64_t *ret_until_ms,
                            struct df_error *err)
{
    struct pair *pair;
    time_t now = time(NULL);
    DF_TRY(make_pair(pem, &pair, err));
    pthread_mutex_lock(&tls->lock);
    bool same = memcmp(pair->hash, tls->shown->hash, sizeof pair->hash) == 0;
    pthread_mutex_unlock(&tls->lock);
    if (!same && (now < pair->from || now >= pair->until)) {
        bool early = now < pair->from;
        free_pair(pair);
        return df_fail(err, DF_ERR_CONFIG, "the certificate in TLS_CERT %s",
                       early ? "does not hold yet" : "has expired");
    }
    *ret_until_ms = same ? 0 : (int64_t)pair->until * 1000;
    if (same)
        free_pair(pair);
    else
        show(tls, pair);
    return DF_OK;
}

void df_tls_free(struct df_tls *tls)
{
    for (struct pair *pair = tls->shown; pair;) {
        struct pair *older = pair->older;
        free_pair(pair);
        pair = older;
    }
    pthread_mutex_destroy(&tls->lock);
    free(tls);
}

int df_tls_show(struct df_tls *tls, gnutls_pcert_st **ret_chain, unsigned *ret_n, gnutls_privkey_t *ret_key)
{
    pthread_mutex_lock(&tls->lock);
    *ret_chain = tls->shown->chain;
    *ret_n = tls->shown->n;
    *ret_key = tls->shown->key;
    pthread_mutex_unlock(&tls->lock);
    return 0;
}
