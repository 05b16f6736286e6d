/* Cryptographic primitives (OpenSSL 3 EVP), wrapped so that they cannot be used wrongly: AES-256-GCM with a fresh random
 * 96-bit nonce and mandatory associated data, SHA-256, HMAC-SHA-256, random bytes, base64 (RFC 4648), comparison in
 * constant time. All are safe from any thread. A failure of the random source aborts: nothing sound can follow it. */
#ifndef DF_BASE_CRYPTO_H
#define DF_BASE_CRYPTO_H

#include "base/arena.h"
#include "base/error.h"
#include "base/secret.h"

#include <stdint.h>

enum { DF_KEY_BYTES = 32, DF_KEY_ID_BYTES = 4, DF_SHA256_BYTES = 32, DF_KEYRING_KEYS = 16 };

struct df_key {
    unsigned char bytes[DF_KEY_BYTES];
    unsigned char id[DF_KEY_ID_BYTES]; /* head of SHA-256("devflow key id" | bytes) */
};

/* A 32-byte key from base64, as OAUTH_ENCRYPTION_KEY gives it; false for anything else. */
bool df_key_parse(struct df_str base64, struct df_key *ret);
void df_key_wipe(struct df_key *key);

/* The first key seals, every one opens what it has sealed. */
struct df_keyring {
    struct df_key keys[DF_KEYRING_KEYS];
    size_t n;
};
void df_keyring_wipe(struct df_keyring *ring);
/* Whether it holds a key of that id. */
bool df_keyring_has(const struct df_keyring *ring, const unsigned char id[DF_KEY_ID_BYTES]);

/* 0x01 | key id (4) | nonce (12) | ciphertext | tag (16), in the arena. */
struct df_str df_seal(const struct df_keyring *ring, struct df_str aad, struct df_str plain, struct df_arena *arena);
/* The key id in a sealed value, NULL when it is none. */
const unsigned char *df_sealed_key_id(struct df_str sealed);
/* DF_ERR_DECRYPT names the key id the value asks for, or says that it was changed or moved. */
enum df_code df_unseal(const struct df_keyring *ring, struct df_str aad, struct df_str sealed, struct df_arena *arena,
                       struct df_secret *ret, struct df_error *err);

void df_sha256(struct df_str data, unsigned char ret[DF_SHA256_BYTES]);
/* The 32 bytes, in the arena: how a state or cookie is kept. */
struct df_str df_sha256_of(struct df_str data, struct df_arena *arena);
void df_hmac_sha256(struct df_str key, struct df_str data, unsigned char ret[DF_SHA256_BYTES]);

/* The same for many values under one key, which costs a third. For one thread; the key is wiped by df_mac_free. */
struct df_mac;
struct df_mac *df_mac_new(struct df_str key);
void df_mac_of(struct df_mac *mac, struct df_str data, unsigned char ret[DF_SHA256_BYTES]);
void df_mac_free(struct df_mac *mac); /* NULL is allowed */

void df_random(void *p, size_t n);
uint32_t df_random_u32(void);
/* n random bytes as base64url without padding. */
struct df_str df_random_token(size_t n_bytes, struct df_arena *arena);
struct df_str df_random_hex(size_t n_bytes, struct df_arena *arena);
/* RFC 9562 version 4, lower case. */
struct df_str df_random_uuid(struct df_arena *arena);

struct df_str df_base64(struct df_str bytes, struct df_arena *arena);
struct df_str df_base64url(struct df_str bytes, struct df_arena *arena); /* no padding */
/* Standard alphabet, padding required, no white space. */
bool df_base64_decode(struct df_str text, struct df_arena *arena, struct df_str *ret);
struct df_str df_hex(const void *bytes, size_t n, struct df_arena *arena); /* lower case */

/* Of the library: "3.0.19". */
const char *df_crypto_version(void);

bool df_equal_constant_time(struct df_str a, struct df_str b);

#endif
