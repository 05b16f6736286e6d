#include "provider/catalogue.h"

static const char *const known[] = {
    "api",
    "read_api",
    "read_user",
    "read_repository",
    "write_repository",
    "read_registry",
    "write_registry",
    "sudo",
    "openid",
    "profile",
    "email",
    "create_runner",
    "manage_runner",
    "k8s_proxy",
    "ai_features",
    "admin_mode",
    "self_rotate",
    NULL,
};
static const char *const recommended[] = {"read_user", "api", NULL};
static const struct df_scope_hint hints[] = {
    {"read:user", "read_user"}, {"read:api", "read_api"}, {"repo", "read_repository"}, {NULL, NULL}};

/* Facts: docs.gitlab.com/api/oauth2: 2 h tokens; a refresh "invalidates the existing access_token and refresh_token"
 * (gitlab-org/gitlab#372358: at once); POST /oauth/revoke with the client's credentials answers 200; device grant from 17.1 on
 * at /oauth/authorize_device. Self-managed servers: the same paths. */
const struct df_provider df_provider_gitlab = {
    .name = "GITLAB",
    .slug = "gitlab",
    .title = "GitLab",
    .base_url = "https://gitlab.com",
    .authorize_url = "/oauth/authorize",
    .token_url = "/oauth/token",
    .device_url = "/oauth/authorize_device",
    .api_url = "/api/v4",
    .built_in = true,
    .scope_separator = ' ',
    .scopes = {known, NULL, NULL, recommended, hints, .more = true},
    .pkce = true,
    .client_auth = DF_CLIENT_BODY,
    .device_public = true,
    .rotates = true,
    .access_ttl_s = DF_HOURS(2),
    .limit_header = "RateLimit-Limit",
    .remaining_header = "RateLimit-Remaining",
    .reset_header = "RateLimit-Reset",
    .user = {.url = "{api}/user", .id = "/username", .name = "/name", .email = "/email"},
    .revocation = {.url = "/oauth/revoke", .field = "token", .client = true},
    .revoke_page = "/-/user_settings/applications",
    .static_kinds = df_bearer_kinds,
    .get_user_info = df_user_info_ask,
};
