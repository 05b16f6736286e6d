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
    return df_fail(err, DF_ERR_CONFIG, "%s (%s); give a certificate in PEM, its chain after it, and its key", what,
                   gnutls_strerror(rc));
}

/* Compared by what GnuTLS names them: its own check of a pair leaks where it refuses. */
static enum df_code check_pair(const struct pair *pair, struct df_error *err)
{
    unsigned char of_key[DF_SHA256_BYTES], of_certificate[DF_SHA256_BYTES];
    size_t n = sizeof of_key, m = sizeof of_certificate;
    gnutls_pubkey_t public_key;
    if (gnutls_pubkey_init(&public_key) != GNUTLS_E_SUCCESS)
        df_out_of_memory();
    int rc = gnutls_pubkey_import_privkey(public_key, pair->key, 0, 0);
    if (rc >= 0)
        rc = gnutls_pubkey_get_key_id(public_key, GNUTLS_KEYID_USE_SHA256, of_key, &n);
    if (rc >= 0)
        rc = gnutls_pubkey_get_key_id(pair->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_certificate, &m);
    gnutls_pubkey_deinit(public_key);
    if (rc < 0)
        return bad("TLS_CERT and TLS_KEY cannot be used", rc, err);
    if (n != m || memcmp(of_key, of_certificate, n) != 0)
        return df_fail(err, DF_ERR_CONFIG, "TLS_CERT and TLS_KEY are no pair: the key is not the certificate's");
    return DF_OK;
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
        return bad("TLS_CERT and TLS_KEY cannot be used: no certificate", rc, err);
    pair->n = n;
    if (gnutls_privkey_init(&pair->key) != GNUTLS_E_SUCCESS)
        df_out_of_memory();
    rc = gnutls_privkey_import_x509_raw(pair->key, key, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (rc < 0)
        return bad("TLS_CERT and TLS_KEY cannot be used: no key", rc, err);
    DF_TRY(check_pair(pair, err));
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

/* NULL: it does hold. */
static const char *what_of_today(const struct pair *pair)
{
    time_t now = time(NULL);
    return now < pair->from ? "does not hold yet" : now >= pair->until ? "has expired" : NULL;
}

const char *df_tls_fault(struct df_tls *tls)
{
    pthread_mutex_lock(&tls->lock);
    const char *fault = what_of_today(tls->shown);
    pthread_mutex_unlock(&tls->lock);
    return fault;
}

enum df_code df_tls_replace(struct df_tls *tls, const struct df_server_tls *pem, int64_t *ret_until_ms,
                            struct df_error *err)
{
    struct pair *pair;
    DF_TRY(make_pair(pem, &pair, err));
    pthread_mutex_lock(&tls->lock);
    bool same = memcmp(pair->hash, tls->shown->hash, sizeof pair->hash) == 0;
    pthread_mutex_unlock(&tls->lock);
    const char *fault = same ? NULL : what_of_today(pair);
    if (fault) {
        free_pair(pair);
        return df_fail(err, DF_ERR_CONFIG, "the certificate in TLS_CERT %s", fault);
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
