/* Port: an OAuth provider. Most of it is data, a row; the functions are what is special about one provider. */
#ifndef DF_PORT_PROVIDER_H
#define DF_PORT_PROVIDER_H

#include "domain/scopes.h"
#include "port/http_client.h"

struct df_organization {
    struct df_str slug, name, url; /* url: where its data is served, or empty */
};

/* Who a token speaks for. */
struct df_user_info {
    struct df_str user_id, email;
    struct df_organization *organizations;
    size_t n_organizations;
};

struct df_provider {
    const char *name;  /* "SENTRY", as the API says it */
    const char *slug;  /* "sentry", as in routes */
    const char *title; /* "Sentry", for people */
    const char *base_url;
    const char *authorize_path, *token_path; /* slash-sensitive */
    const char *flow_type;
    struct df_scope_rules scopes;
    bool pkce;
    bool revocable;          /* has a revocation endpoint */
    const char *revoke_path; /* the page where a user revokes, under base_url */

    /* With a fresh access token. `wanted` names the organisation the user asked for; it comes first in the result, or
     * DF_ERR_NO_ORGANIZATION. */
    enum df_code (*get_user_info)(struct df_http_client *http, struct df_str base_url, struct df_secret access_token,
                                  struct df_str wanted, struct df_arena *arena, struct df_user_info *ret,
                                  struct df_error *err);
    /* What the answer to a first look at the authorize URL tells, before a browser is opened: DF_OK, or why it must fail. */
    enum df_code (*read_authorize_answer)(const struct df_http_answer *answer, struct df_str redirect_uri,
                                          struct df_arena *arena, struct df_error *err);
};

#endif
