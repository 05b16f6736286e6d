/* API keys: made, listed, revoked, rotated. A key is 256 random bits behind its id, "dfk_0a1b2c3d4e5f_...": it is shown once, and
 * the store has its SHA-256 alone, which is enough for what nobody can guess. Works on a store that no `devflow serve` has
 * opened too: of `d` it needs store and clock alone, and where there is a gate, that knows of the change on return. */
#ifndef DF_SERVICE_API_KEYS_H
#define DF_SERVICE_API_KEYS_H

#include "base/secret.h"
#include "service/devflow.h"

enum { DF_API_KEYS_MOST = 4096, DF_API_KEY_OVERLAP_S = 24 * 3600 };

/* Whether it looks like one; nothing else is looked up. */
bool df_api_key_shape(struct df_str presented);
struct df_secret df_api_key_new(struct df_str id, struct df_arena *arena);

struct df_api_key_wish {
    struct df_str name; /* may be empty */
    struct df_str role; /* "admin", "project:ID", "read" */
    int64_t permissions;
    int64_t expires_ms; /* 0: never */
};
/* DF_ERR_INVALID, DF_ERR_PROJECT. */
enum df_code df_api_keys_create(const struct df_devflow *d, const struct df_api_key_wish *wish, struct df_arena *arena,
                                struct df_api_key *ret, struct df_secret *ret_key, struct df_error *err);
/* DF_ERR_API_KEY. */
enum df_code df_api_keys_revoke(const struct df_devflow *d, struct df_str id, struct df_error *err);
/* Another key with the same rights and lifetime; the old one holds for overlap_s more at most. */
enum df_code df_api_keys_rotate(const struct df_devflow *d, struct df_str id, int64_t overlap_s, struct df_arena *arena,
                                struct df_api_key *ret, struct df_secret *ret_key, struct df_error *err);

#endif
