#include "provider/catalogue.h"

static const char *const known[] = {
    "read",
    "write",
    "issues:create",
    "comments:create",
    "timeSchedule:write",
    "admin",
    "app:assignable",
    "app:mentionable",
    NULL,
};
static const char *const minimal[] = {"read", NULL};
static const char *const minimal_use[] = {"nothing can be read"};
static const char *const recommended[] = {"read", "issues:create", "comments:create", NULL};
static const struct df_scope_hint hints[] = {
    {"issues:read", "read"}, {"issues:write", "write"}, {"issue:create", "issues:create"}, {NULL, NULL}};
/* A personal API key goes bare into the header. */
static const struct df_token_kind static_kinds[] = {
    {"ApiKey", "Authorization", ""}, {"Bearer", "Authorization", "Bearer "}, {NULL, NULL, NULL}};

/* Facts: linear.app/developers/oauth-2-0-authentication: comma separated scopes, PKCE, 24 h tokens with refresh tokens that
 * rotate (all applications since 1 April 2026), revocation by a form field of its own. The answer's scope is a string, for
 * applications of before December 2023 a list. That a used refresh token is taken for another 30 minutes: seen by clients,
 * not promised. The token's organisation is the workspace. */
const struct df_provider df_provider_linear = {
    .name = "LINEAR",
    .slug = "linear",
    .title = "Linear",
    .base_url = "https://linear.app",
    .authorize_url = "/oauth/authorize",
    .token_url = "https://api.linear.app/oauth/token",
    .api_url = "https://api.linear.app",
    .built_in = true,
    .scope_separator = ',',
    .scopes = {known, minimal, minimal_use, recommended, hints, .more = true},
    .pkce = true,
    .client_auth = DF_CLIENT_BODY,
    .rotates = true,
    .grace_s = 30 * 60,
    .limit_header = "X-RateLimit-Requests-Limit",
    .remaining_header = "X-RateLimit-Requests-Remaining",
    .reset_header = "X-RateLimit-Requests-Reset",
    .user = {.method = "POST",
             .url = "{api}/graphql",
             .body = "{\"query\":\"{ viewer { id name email organization { urlKey name } } }\"}",
             .id = "/data/viewer/id",
             .name = "/data/viewer/name",
             .email = "/data/viewer/email",
             .list = "/data/viewer/organization",
             .item_id = "/urlKey",
             .item_name = "/name"},
    .revocation = {.url = "https://api.linear.app/oauth/revoke", .field = "access_token"},
    .revoke_page = "/settings/account/security",
    .static_kinds = static_kinds,
    .get_user_info = df_user_info_ask,
};
