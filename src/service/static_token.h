/* Tokens that no OAuth gave: a personal access token, an API key. Kept and handed out like any other, never refreshed. */
#ifndef DF_SERVICE_STATIC_TOKEN_H
#define DF_SERVICE_STATIC_TOKEN_H

#include "service/devflow.h"

struct df_static_token {
    struct df_str project_id;
    struct df_secret token;
    struct df_str base_url, token_type, organization; /* may be empty */
    int64_t expires_ms;                               /* 0: never, or not known */
};

/* Asks the provider who the token speaks for, then stores it as the project's connection. Where the project has no OAuth
 * application for the provider, one of flow type "static" stands for it. DF_ERR_INVALID: the provider refused the token. */
enum df_code df_static_token_set(const struct df_devflow *d, const struct df_provider *provider,
                                 const struct df_static_token *t, struct df_arena *arena, struct df_connection *ret,
                                 struct df_error *err);

#endif
