/* Where a provider's endpoints are: written once in its row, for the provider's own hosts and for any base URL that replaces
 * them (a self-hosted server, a company's gateway). Pure functions, any thread. */
#ifndef DF_DOMAIN_ENDPOINTS_H
#define DF_DOMAIN_ENDPOINTS_H

#include "base/url.h"

/* How a client says who it is at the token, device and revocation endpoints (RFC 6749 section 2.3). */
enum df_client_auth {
    DF_CLIENT_BODY,  /* client_id and client_secret in the form */
    DF_CLIENT_BASIC, /* Authorization: Basic */
    DF_CLIENT_NONE,  /* client_id in the form: a public client */
};
const char *df_client_auth_name(enum df_client_auth auth);

/* Absolute URLs; those a provider has not are empty. */
struct df_endpoints {
    struct df_str base;   /* without a trailing slash */
    struct df_str issuer; /* RFC 8414; empty unless it was discovered */
    struct df_str authorize, token, refresh, device, revoke, user_info, organizations;
    struct df_str api; /* without a trailing slash; may hold {organization} */
    enum df_client_auth auth;
    bool pkce;
    bool iss_always; /* the provider promises `iss` in each authorization answer (RFC 9207) */
};

/* The part of an absolute URL from its path on; a URL that begins with '/' as it is. */
struct df_str df_url_path(struct df_str url);
/* A URL of a row: absolute, "/path" under the base, or "{api}/path" under `api`. With `own`, the base is not the provider's:
 * an absolute URL keeps its path alone. */
struct df_str df_endpoint_url(struct df_str url, struct df_str base, bool own, struct df_str api,
                              struct df_arena *arena);
/* Whether a request there may reach public addresses alone: what a server's metadata name on other hosts than its own is not what the
 * user registered. */
bool df_endpoint_public_only(const struct df_endpoints *e, struct df_str url, struct df_arena *arena);
/* Each {name} replaced by the value, percent-encoded. */
struct df_str df_endpoint_fill(struct df_str url, const char *name, struct df_str value, struct df_arena *arena);

#endif
