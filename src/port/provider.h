/* Port: an OAuth provider. It is a row of data: where its endpoints are and how they want to be asked. The two hooks are what
 * no data can say; a row without the second has nothing to say there. Built-in rows are in src/provider, one file each; rows
 * of the user come from OAUTH_PROVIDERS_FILE (docs/providers.md) and are the same struct.
 *
 * URLs are absolute, "/path" under the base URL, or "{api}/path" under the API's. When a registration names a base URL of its
 * own, every one of them moves under it. Lists end with NULL; text is for ever. */
#ifndef DF_PORT_PROVIDER_H
#define DF_PORT_PROVIDER_H

#include "domain/endpoints.h"
#include "domain/scopes.h"
#include "port/http_client.h"

struct df_organization {
    struct df_str slug, name, url; /* url: where its data is served, or empty */
};

/* Who a token speaks for. */
struct df_user_info {
    struct df_str user_id, name, email;
    struct df_organization *organizations;
    size_t n_organizations;
};

/* A name and what goes with it; lists end with a NULL name. */
struct df_word {
    const char *name, *value;
};

/* A request with the access token that tells who it speaks for, and where in its JSON (RFC 6901 pointers). */
struct df_info_request {
    const char *method;      /* NULL: GET */
    const char *url;         /* NULL: there is no such request */
    const char *body;        /* JSON; NULL: none */
    const char *needs_scope; /* asked only when the token has that scope; NULL: always */
    const char *id, *name, *email;
    /* An array of organisations, or one: where it is, and what is what in each. */
    const char *list, *item_id, *item_name, *item_url;
};

/* How a token is taken back. */
struct df_revocation {
    const char *method; /* NULL: POST */
    const char *url;    /* NULL: the provider has no way; {client_id} is filled in */
    const char
        *field; /* the token's name in the body: "token" (RFC 7009); NULL: it goes into the Authorization header */
    bool json;  /* the body is JSON, else a form */
    bool refresh_token;    /* takes the refresh token where there is one, and with it the whole grant */
    bool client;           /* the client says who it is, as at the token endpoint; with json, by Basic */
    const char *confirmed; /* JSON pointer to the true that says so; NULL: status 2xx does */
};

/* How a token that was not got by OAuth goes into a request. */
struct df_token_kind {
    const char *type; /* as tokenType says it */
    const char *header, *prefix;
};

struct df_user_info_ask;

struct df_provider {
    const char *name;     /* "SENTRY", as the API says it */
    const char *slug;     /* "sentry", as in routes */
    const char *title;    /* "Sentry", for people */
    const char *base_url; /* NULL: each registration says its own */
    const char *authorize_url, *token_url;
    const char *refresh_url; /* NULL: token_url */
    const char *device_url;  /* RFC 8628; NULL: no device flow */
    const char *api_url;
    const char *own_api_path; /* of the API under a base URL of the registration's; NULL: the path of api_url */
    bool discovery;           /* the endpoints are asked for at registration (RFC 8414) */
    bool built_in;

    char scope_separator; /* ' ', ',' */
    /* Scopes that begin with the prefix go, without it, into the other parameter: Slack's user_scope. */
    const char *other_scope_prefix, *other_scope_param;
    struct df_scope_rules scopes;
    bool pkce;
    enum df_client_auth client_auth;
    bool device_public; /* the device flow takes the client ID alone */
    const struct df_word *authorize_params, *token_params;
    bool bare_refresh;         /* no grant_type in a refresh */
    bool https_redirects_only; /* loopback too */

    /* Answers of the token endpoint. */
    const char *answer_at;               /* JSON pointer to the tokens where they are not at the top */
    const struct df_word *error_words;   /* the provider's words for what RFC 6749 calls otherwise */
    const char *const *token_types;      /* taken beside "Bearer", for the same use */
    bool rotates;                        /* a refresh replaces the refresh token */
    int grace_s;                         /* how long the old refresh token is still taken; 0: not at all */
    int64_t access_ttl_s, refresh_ttl_s; /* access: when the answer names none; 0: for ever, or not known */
    double token_requests_per_s;         /* what the token endpoint takes from one client; 0: not known, 50 then */
    const char *limit_header, *remaining_header, *reset_header; /* of the API's rate limit; NULL: none */

    struct df_info_request user, organizations;
    struct df_revocation revocation;
    const char *revoke_page; /* where the user withdraws the permission; {client_id} is filled in; may be NULL */
    const struct df_token_kind *static_kinds; /* ends with a NULL type; the first is meant when none is said */

    /* Who the token speaks for. `wanted` names the organisation the user asked for: it comes first in the result, or
     * DF_ERR_NO_ORGANIZATION. */
    enum df_code (*get_user_info)(const struct df_user_info_ask *ask, struct df_arena *arena, struct df_user_info *ret,
                                  struct df_error *err);
    /* What the answer to a first look at the authorize URL tells, before a browser is opened: DF_OK, or why it must fail.
     * NULL: there is nothing to look for. */
    enum df_code (*read_authorize_answer)(const struct df_http_answer *answer, struct df_str redirect_uri,
                                          struct df_arena *arena, struct df_error *err);
};

struct df_user_info_ask {
    struct df_http_client *http;
    const struct df_provider *provider;
    const struct df_endpoints *endpoints;
    struct df_secret access_token;
    struct df_str token_type; /* empty: Bearer */
    struct df_str scopes;     /* of the token */
    struct df_str wanted;
    struct df_str regions; /* SENTRY_REGION_URLS */
};

/* The header that carries a token of that type: its value holds the token. */
struct df_param df_provider_token_header(const struct df_provider *provider, struct df_str token_type,
                                         struct df_secret token, struct df_arena *arena);
/* The organisation's place in `found` becomes the first; DF_ERR_NO_ORGANIZATION names one that is there. */
enum df_code df_user_info_prefer(struct df_user_info *found, struct df_str wanted, struct df_error *err);

#endif
