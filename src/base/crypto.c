#include "base/crypto.h"
#include "base/fatal.h"

#include <assert.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEAL_VERSION = 1, NONCE_BYTES = 12, TAG_BYTES = 16, HEAD_BYTES = 1 + DF_KEY_ID_BYTES + NONCE_BYTES };

/* One context a thread and direction, which keeps the expanded key from call to call: setting a key up costs as much as
 * decrypting a token. The key stands beside it, to see whether the next call has the same; both are wiped when the thread ends,
 * and the expanded key is overwritten when another comes. */
enum direction { DECRYPT, ENCRYPT };

struct contexts {
    EVP_MD_CTX *digest;
    EVP_CIPHER_CTX *ctx[2];
    unsigned char key[2][DF_KEY_BYTES];
    bool keyed[2];
};

static pthread_key_t contexts_key;
static pthread_once_t contexts_once = PTHREAD_ONCE_INIT;

static void contexts_free(void *arg)
{
    struct contexts *c = arg;
    EVP_MD_CTX_free(c->digest);
    EVP_CIPHER_CTX_free(c->ctx[DECRYPT]);
    EVP_CIPHER_CTX_free(c->ctx[ENCRYPT]);
    OPENSSL_cleanse(c, sizeof *c);
    free(c);
}

static void contexts_key_make(void)
{
    if (pthread_key_create(&contexts_key, contexts_free) != 0)
        df_die("OpenSSL failed: thread key");
}

static struct contexts *thread_contexts(void)
{
    pthread_once(&contexts_once, contexts_key_make);
    struct contexts *c = pthread_getspecific(contexts_key);
    if (c)
        return c;
    c = calloc(1, sizeof *c);
    if (!c || !(c->digest = EVP_MD_CTX_new()) || !(c->ctx[DECRYPT] = EVP_CIPHER_CTX_new()) ||
        !(c->ctx[ENCRYPT] = EVP_CIPHER_CTX_new()) || pthread_setspecific(contexts_key, c) != 0)
        df_die("OpenSSL failed: contexts");
    return c;
}

/* A context with that key and nonce, ready for the associated data. */
static EVP_CIPHER_CTX *cipher_start(const struct df_key *key, enum direction way, const unsigned char *nonce)
{
    struct contexts *c = thread_contexts();
    EVP_CIPHER_CTX *ctx = c->ctx[way];
    if (!c->keyed[way] || memcmp(c->key[way], key->bytes, DF_KEY_BYTES) != 0) {
        memcpy(c->key[way], key->bytes, DF_KEY_BYTES);
        c->keyed[way] = EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes, nonce, (int)way) == 1;
        return c->keyed[way] ? ctx : NULL;
    }
    return EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, (int)way) == 1 ? ctx : NULL;
}

bool df_key_parse(struct df_str base64, struct df_key *ret)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_str bytes;
    if (!df_base64_decode(base64, scratch, &bytes) || bytes.n != DF_KEY_BYTES)
        return false;
    static const char label[] = "devflow key id";
    char labelled[sizeof label - 1 + DF_KEY_BYTES];
    unsigned char digest[DF_SHA256_BYTES];
    memcpy(labelled, label, sizeof label - 1);
    memcpy(labelled + sizeof label - 1, bytes.p, DF_KEY_BYTES);
    df_sha256(df_str_n(labelled, sizeof labelled), digest);
    memcpy(ret->bytes, bytes.p, DF_KEY_BYTES);
    memcpy(ret->id, digest, DF_KEY_ID_BYTES);
    OPENSSL_cleanse(labelled, sizeof labelled);
    return true;
}

void df_key_wipe(struct df_key *key)
{
    OPENSSL_cleanse(key, sizeof *key);
}

void df_keyring_wipe(struct df_keyring *ring)
{
    OPENSSL_cleanse(ring, sizeof *ring);
}

bool df_keyring_has(const struct df_keyring *ring, const unsigned char id[DF_KEY_ID_BYTES])
{
    for (size_t i = 0; i < ring->n; i++)
        if (memcmp(ring->keys[i].id, id, DF_KEY_ID_BYTES) == 0)
            return true;
    return false;
}

struct df_str df_seal(const struct df_keyring *ring, struct df_str aad, struct df_str plain, struct df_arena *arena)
{
    const struct df_key *key = &ring->keys[0];
    assert(ring->n > 0 && aad.n > 0 && plain.n <= INT_MAX - 64);
    unsigned char *out = df_arena_alloc(arena, HEAD_BYTES + plain.n + TAG_BYTES);
    unsigned char *nonce = out + 1 + DF_KEY_ID_BYTES;
    out[0] = SEAL_VERSION;
    memcpy(out + 1, key->id, DF_KEY_ID_BYTES);
    df_random(nonce, NONCE_BYTES);
    EVP_CIPHER_CTX *ctx = cipher_start(key, ENCRYPT, nonce);
    int n;
    if (!ctx || EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)aad.p, (int)aad.n) != 1 ||
        EVP_EncryptUpdate(ctx, out + HEAD_BYTES, &n, (const unsigned char *)(plain.n ? plain.p : ""), (int)plain.n) !=
            1 ||
        EVP_EncryptFinal_ex(ctx, out + HEAD_BYTES + n, &n) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, out + HEAD_BYTES + plain.n) != 1)
        df_die("OpenSSL failed: encryption");
    return df_str_n((const char *)out, HEAD_BYTES + plain.n + TAG_BYTES);
}

static bool decrypt(const struct df_key *key, struct df_str aad, const unsigned char *in, size_t body_n,
                    unsigned char *out)
{
    EVP_CIPHER_CTX *ctx = cipher_start(key, DECRYPT, in + 1 + DF_KEY_ID_BYTES);
    unsigned char tag[TAG_BYTES];
    int n;
    if (!ctx) /* the value is not to blame */
        df_die("OpenSSL failed: decryption");
    memcpy(tag, in + HEAD_BYTES + body_n, TAG_BYTES);
    return EVP_DecryptUpdate(ctx, NULL, &n, (const unsigned char *)aad.p, (int)aad.n) == 1 &&
           EVP_DecryptUpdate(ctx, out, &n, in + HEAD_BYTES, (int)body_n) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
           EVP_DecryptFinal_ex(ctx, out + body_n, &n) == 1;
}

const unsigned char *df_sealed_key_id(struct df_str sealed)
{
    const unsigned char *in = (const unsigned char *)sealed.p;
    bool whole = sealed.n >= HEAD_BYTES + TAG_BYTES && sealed.n <= INT_MAX - 64 && in[0] == SEAL_VERSION;
    return whole ? in + 1 : NULL;
}

enum df_code df_unseal(const struct df_keyring *ring, struct df_str aad, struct df_str sealed, struct df_arena *arena,
                       struct df_secret *ret, struct df_error *err)
{
    const unsigned char *id = df_sealed_key_id(sealed);
    if (!id)
        return df_fail(err, DF_ERR_DECRYPT, "an encrypted value is damaged");
    size_t body_n = sealed.n - HEAD_BYTES - TAG_BYTES;
    unsigned char *out = df_arena_alloc(arena, body_n + 1);
    for (size_t i = 0; i < ring->n; i++)
        if (memcmp(ring->keys[i].id, id, DF_KEY_ID_BYTES) == 0 &&
            decrypt(&ring->keys[i], aad, (const unsigned char *)sealed.p, body_n, out)) {
            *ret = df_secret_of(df_str_n((const char *)out, body_n));
            return DF_OK;
        }
    if (df_keyring_has(ring, id))
        return df_fail(err, DF_ERR_DECRYPT, "an encrypted value was changed or moved from its place");
    return df_fail(err, DF_ERR_DECRYPT,
                   "an encrypted value needs the key %02x%02x%02x%02x, which is neither OAUTH_ENCRYPTION_KEY nor among "
                   "OAUTH_ENCRYPTION_KEYS_PREVIOUS",
                   id[0], id[1], id[2], id[3]);
}

/* Looked up once: looking for it costs more than hashing an API key does. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void sha256_fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void df_sha256(struct df_str data, unsigned char ret[DF_SHA256_BYTES])
{
    pthread_once(&sha256_once, sha256_fetch);
    EVP_MD_CTX *ctx = thread_contexts()->digest;
    if (!sha256 || EVP_DigestInit_ex2(ctx, sha256, NULL) != 1 ||
        EVP_DigestUpdate(ctx, data.n ? data.p : "", data.n) != 1 || EVP_DigestFinal_ex(ctx, ret, NULL) != 1)
        df_die("OpenSSL failed: SHA-256");
}

struct df_str df_sha256_of(struct df_str data, struct df_arena *arena)
{
    unsigned char *digest = df_arena_alloc(arena, DF_SHA256_BYTES);
    df_sha256(data, digest);
    return df_str_n((const char *)digest, DF_SHA256_BYTES);
}

void df_hmac_sha256(struct df_str key, struct df_str data, unsigned char ret[DF_SHA256_BYTES])
{
    if (!HMAC(EVP_sha256(), key.n ? key.p : "", (int)key.n, (const unsigned char *)(data.n ? data.p : ""), data.n, ret,
              NULL))
        df_die("OpenSSL failed: HMAC");
}

struct df_mac {
    EVP_MAC_CTX *ctx;
};

struct df_mac *df_mac_new(struct df_str key)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    struct df_mac *mac = malloc(sizeof *mac);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (!mac || !hmac || !(mac->ctx = EVP_MAC_CTX_new(hmac)) ||
        EVP_MAC_init(mac->ctx, (const unsigned char *)key.p, key.n, params) != 1)
        df_die("OpenSSL failed: HMAC");
    EVP_MAC_free(hmac);
    return mac;
}

void df_mac_of(struct df_mac *mac, struct df_str data, unsigned char ret[DF_SHA256_BYTES])
{
    size_t n = 0;
    if (EVP_MAC_init(mac->ctx, NULL, 0, NULL) != 1 ||
        EVP_MAC_update(mac->ctx, (const unsigned char *)(data.n ? data.p : ""), data.n) != 1 ||
        EVP_MAC_final(mac->ctx, ret, &n, DF_SHA256_BYTES) != 1)
        df_die("OpenSSL failed: HMAC");
}

void df_mac_free(struct df_mac *mac)
{
    if (mac)
        EVP_MAC_CTX_free(mac->ctx);
    free(mac);
}

void df_random(void *p, size_t n)
{
    if (RAND_bytes(p, (int)n) != 1)
        df_die("OpenSSL failed: random bytes");
}

uint32_t df_random_u32(void)
{
    uint32_t n;
    df_random(&n, sizeof n);
    return n;
}

struct df_str df_random_token(size_t n_bytes, struct df_arena *arena)
{
    char *bytes = df_arena_alloc(arena, n_bytes);
    df_random(bytes, n_bytes);
    return df_base64url(df_str_n(bytes, n_bytes), arena);
}

struct df_str df_random_hex(size_t n_bytes, struct df_arena *arena)
{
    char *bytes = df_arena_alloc(arena, n_bytes);
    df_random(bytes, n_bytes);
    return df_hex(bytes, n_bytes, arena);
}

struct df_str df_random_uuid(struct df_arena *arena)
{
    unsigned char u[16];
    df_random(u, sizeof u);
    u[6] = (unsigned char)((u[6] & 0x0F) | 0x40);
    u[8] = (unsigned char)((u[8] & 0x3F) | 0x80);
    struct df_str hex = df_hex(u, sizeof u, arena);
    return df_arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.p, hex.p + 8, hex.p + 12, hex.p + 16, hex.p + 20);
}

struct df_str df_base64(struct df_str bytes, struct df_arena *arena)
{
    char *out = df_arena_alloc(arena, (bytes.n + 2) / 3 * 4 + 1);
    int n = EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)(bytes.n ? bytes.p : ""), (int)bytes.n);
    return df_str_n(out, (size_t)n);
}

struct df_str df_base64url(struct df_str bytes, struct df_arena *arena)
{
    struct df_str text = df_base64(bytes, arena);
    char *p = (char *)(uintptr_t)text.p;
    while (text.n && p[text.n - 1] == '=')
        p[--text.n] = '\0';
    for (size_t i = 0; i < text.n; i++)
        p[i] = p[i] == '+' ? '-' : p[i] == '/' ? '_' : p[i];
    return text;
}

bool df_base64_decode(struct df_str text, struct df_arena *arena, struct df_str *ret)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t padding = df_str_ends(text, DF_S("==")) ? 2 : df_str_ends(text, DF_S("=")) ? 1 : 0;
    if (text.n % 4 != 0 || text.n > INT_MAX)
        return false;
    for (size_t i = 0; i < text.n - padding; i++)
        if (!memchr(alphabet, text.p[i], sizeof alphabet - 1))
            return false;
    unsigned char *out = df_arena_alloc(arena, text.n / 4 * 3 + 1);
    int n = EVP_DecodeBlock(out, (const unsigned char *)(text.n ? text.p : ""), (int)text.n);
    if (n < 0)
        return false;
    *ret = df_str_n((const char *)out, (size_t)n - padding);
    return true;
}

struct df_str df_hex(const void *bytes, size_t n, struct df_arena *arena)
{
    static const char digit[] = "0123456789abcdef";
    const unsigned char *in = bytes;
    char *out = df_arena_alloc(arena, 2 * n + 1);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digit[in[i] >> 4];
        out[2 * i + 1] = digit[in[i] & 15];
    }
    return df_str_n(out, 2 * n);
}

bool df_equal_constant_time(struct df_str a, struct df_str b)
{
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

const char *df_crypto_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
