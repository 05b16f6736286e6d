#include "provider/catalogue.h"

static const char *const recommended[] = {"openid", "profile", "email", "offline_access", NULL};

/* Any server that publishes its endpoints (RFC 8414, OpenID Connect Discovery 1.0). The base URL of the registration is the
 * issuer; what the metadata says, PKCE and client authentication too, is kept with the application. */
const struct df_provider df_provider_oidc = {
    .name = "OIDC",
    .slug = "oidc",
    .title = "OAuth server",
    .discovery = true,
    .built_in = true,
    .scope_separator = ' ',
    .scopes = {NULL, NULL, NULL, recommended, NULL},
    .client_auth = DF_CLIENT_BASIC,
    .rotates = true,
    .user = {.id = "/sub", .name = "/name", .email = "/email"},
    .revocation = {.field = "token", .refresh_token = true, .client = true},
    .static_kinds = df_bearer_kinds,
    .get_user_info = df_user_info_ask,
};
