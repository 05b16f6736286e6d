#include "provider/catalogue.h"

static const char *const known[] = {
    "current_user:read",
    "file_comments:read",
    "file_comments:write",
    "file_content:read",
    "file_dev_resources:read",
    "file_dev_resources:write",
    "file_metadata:read",
    "file_variables:read",
    "file_variables:write",
    "file_versions:read",
    "files:read",
    "library_analytics:read",
    "library_assets:read",
    "library_content:read",
    "team_library_content:read",
    "projects:read",
    "webhooks:read",
    "webhooks:write",
    NULL,
};
static const char *const minimal[] = {"current_user:read", NULL};
static const char *const minimal_use[] = {"the user cannot be found and connecting fails"};
static const char *const recommended[] = {"current_user:read", "file_content:read", "file_comments:read", NULL};
static const struct df_scope_hint hints[] = {
    {"file_read", "file_content:read"}, {"files:write", "file_comments:write"}, {NULL, NULL}};
/* A personal access token has a header of its own. */
static const struct df_token_kind static_kinds[] = {
    {"X-Figma-Token", "X-Figma-Token", ""}, {"Bearer", "Authorization", "Bearer "}, {NULL, NULL, NULL}};

/* Facts: developers.figma.com/docs/rest-api (authentication, scopes, personal-access-tokens): Basic at the token endpoint on
 * api.figma.com, a refresh endpoint of its own that takes refresh_token alone and gives no new one, 90 day tokens, a code that
 * must be exchanged within 30 s, PKCE. No revocation endpoint. */
const struct df_provider df_provider_figma = {
    .name = "FIGMA",
    .slug = "figma",
    .title = "Figma",
    .base_url = "https://www.figma.com",
    .authorize_url = "/oauth",
    .token_url = "https://api.figma.com/v1/oauth/token",
    .refresh_url = "https://api.figma.com/v1/oauth/refresh",
    .api_url = "https://api.figma.com/v1",
    .built_in = true,
    .scope_separator = ' ',
    .scopes = {known, minimal, minimal_use, recommended, hints, .more = true},
    .pkce = true,
    .client_auth = DF_CLIENT_BASIC,
    .bare_refresh = true,
    .access_ttl_s = DF_DAYS(90),
    .user = {.url = "{api}/me", .id = "/id", .name = "/handle", .email = "/email"},
    .revoke_page = "/settings",
    .static_kinds = static_kinds,
    .get_user_info = df_user_info_ask,
};
