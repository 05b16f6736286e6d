/* Sentry's OAuth 2.0 as facts, without HTTP: the application, consents waiting for a click, authorization codes, tokens.
 * Everything is bounded, the oldest go first. The caller holds the sandbox's mutex. Codes and tokens are kept as their
 * SHA-256, so that none can leak from here. */
#ifndef DF_SANDBOX_OAUTH_H
#define DF_SANDBOX_OAUTH_H

#include "base/crypto.h"

#include <stdint.h>

enum {
    OAUTH_CONSENTS_MAX = 64,
    OAUTH_CODES_MAX = 128,
    OAUTH_TOKENS_MAX = 256,
    OAUTH_RETIRED_MAX = 512,
    OAUTH_SCOPES_MAX = 40,
    OAUTH_DEVICES_MAX = 32,
};

/* A set of known scopes: bit i is the i-th of sandbox_scopes, which are sorted by name. */
typedef uint64_t oauth_scopes;
extern const char *const sandbox_scopes[];
extern const size_t sandbox_n_scopes;

struct oauth_digest {
    unsigned char bytes[DF_SHA256_BYTES];
};

/* What a consent was asked for, and what its code stands for. */
struct oauth_grant {
    struct oauth_digest key; /* of the consent's form value, then of the code */
    int64_t expires_ms;
    oauth_scopes scopes;
    char redirect_uri[2048], state[2048], challenge[129];
    bool has_state, used;
};

struct oauth_token {
    struct oauth_digest access, refresh;
    int64_t expires_ms, refresh_expires_ms;
    oauth_scopes scopes;
    bool used;
};

/* A device flow under way (RFC 8628). */
struct oauth_device {
    struct oauth_digest key; /* of the device code */
    char user_code[10];      /* empty: no flow */
    oauth_scopes scopes;
    int64_t expires_ms, asked_ms, interval_ms;
    enum { OAUTH_DEVICE_PENDING, OAUTH_DEVICE_APPROVED, OAUTH_DEVICE_DENIED } state;
};

struct sandbox_oauth {
    struct df_str client_id, client_secret, redirect_uri;
    int64_t ttl_ms;
    struct oauth_grant *pending, *codes;
    struct oauth_token *tokens;
    struct oauth_digest *retired;                   /* refresh tokens that were replaced, to count their reuse */
    size_t n_pending, n_codes, n_tokens, n_retired; /* ever; the place is the count modulo the maximum */
    struct oauth_device devices[OAUTH_DEVICES_MAX];
    size_t n_devices;
    oauth_scopes approved;
    unsigned long long token_calls, refresh_calls, refresh_reuse, consents;
};

void sandbox_oauth_init(struct sandbox_oauth *oauth);
void sandbox_oauth_done(struct sandbox_oauth *oauth);

/* Space-separated; false for an unknown one or an empty part. The empty text is the empty set. */
bool oauth_scopes_parse(struct df_str text, oauth_scopes *ret);
struct df_str oauth_scopes_format(oauth_scopes scopes, struct df_arena *arena);
/* A token with event:write may do what event:read may. */
bool oauth_scopes_allow(oauth_scopes scopes, struct df_str needed);

/* Exact, or the same but for the port where a loopback address was registered without one. */
bool oauth_redirect_uri_matches(struct df_str registered, struct df_str given, struct df_arena *arena);
/* 43 to 128 of RFC 7636's unreserved characters. */
bool oauth_pkce_text(struct df_str text);

/* Remembers what was asked; the text goes into the form. */
struct df_str oauth_consent_new(struct sandbox_oauth *oauth, const struct oauth_grant *asked, int64_t now_ms,
                                struct df_arena *arena);
/* Once; false when unknown, used or older than the code's lifetime. */
bool oauth_consent_take(struct sandbox_oauth *oauth, struct df_str text, int64_t now_ms, struct oauth_grant *ret);
/* A code for a grant, 64 hex digits, 10 minutes, one use. */
struct df_str oauth_code_new(struct sandbox_oauth *oauth, const struct oauth_grant *grant, int64_t now_ms,
                             struct df_arena *arena);

struct oauth_pair {
    struct df_str access, refresh;
    int64_t expires_ms;
    oauth_scopes scopes;
};
void oauth_pair_new(struct sandbox_oauth *oauth, oauth_scopes scopes, int64_t now_ms, struct df_arena *arena,
                    struct oauth_pair *ret);
/* A wrong redirect URI or verifier burns the code. */
bool oauth_code_exchange(struct sandbox_oauth *oauth, struct df_str code, struct df_str redirect_uri,
                         struct df_str verifier, int64_t now_ms, struct df_arena *arena, struct oauth_pair *ret);
/* Replaces both tokens at once, without grace. */
bool oauth_refresh(struct sandbox_oauth *oauth, struct df_str refresh, int64_t now_ms, struct df_arena *arena,
                   struct oauth_pair *ret);

enum oauth_verdict { OAUTH_VALID, OAUTH_UNKNOWN, OAUTH_EXPIRED };
enum oauth_verdict oauth_access(const struct sandbox_oauth *oauth, struct df_str access, int64_t now_ms,
                                oauth_scopes *ret);

void sandbox_oauth_expire(struct sandbox_oauth *oauth, int64_t now_ms, bool refresh_too);
void sandbox_oauth_revoke(struct sandbox_oauth *oauth);

#endif
