#include "provider/catalogue.h"

static const char *const known[] = {
    "repo",
    "repo:status",
    "repo_deployment",
    "public_repo",
    "repo:invite",
    "security_events",
    "read:user",
    "user",
    "user:email",
    "user:follow",
    "read:org",
    "write:org",
    "admin:org",
    "admin:repo_hook",
    "write:repo_hook",
    "read:repo_hook",
    "gist",
    "notifications",
    "workflow",
    "delete_repo",
    "write:packages",
    "read:packages",
    "project",
    "read:project",
    "read:discussion",
    "write:discussion",
    "admin:public_key",
    "codespace",
    "offline_access",
    NULL,
};
static const char *const recommended[] = {"repo", "read:user", NULL};
static const struct df_scope_hint hints[] = {
    {"issues", "repo"}, {"issues:read", "repo"}, {"issues:write", "repo"}, {"read:repo", "repo"}, {NULL, NULL}};
/* GitHub's words for what RFC 6749 section 5.2 calls otherwise. */
static const struct df_word words[] = {
    {"bad_verification_code", "invalid_grant"},
    {"bad_refresh_token", "invalid_grant"},
    {"incorrect_client_credentials", "invalid_client"},
    {"device_flow_disabled", "unauthorized_client"},
    {NULL, NULL},
};

/* Facts: docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps (scopes by spaces, comma separated in the
 * answer; Accept needed for JSON; errors with status 200), changelog of 14 July 2025 (PKCE, S256), generating-a-user-access-
 * token-for-a-github-app and refreshing-user-access-tokens (8 h and 6 months, rotating; OAuth apps' tokens never expire),
 * rest/apps/oauth-applications (DELETE .../token takes one token back). An Enterprise server has its API under /api/v3. */
#define GITHUB                                                                                                      \
    .base_url = "https://github.com", .token_url = "/login/oauth/access_token", .device_url = "/login/device/code", \
    .api_url = "https://api.github.com", .own_api_path = "/api/v3", .built_in = true, .scope_separator = ' ',       \
    .scopes = {known, NULL, NULL, recommended, hints, .more = true}, .client_auth = DF_CLIENT_BODY,                 \
    .device_public = true, .error_words = words, .rotates = true, .refresh_ttl_s = DF_DAYS(180),                    \
    .limit_header = "X-RateLimit-Limit", .remaining_header = "X-RateLimit-Remaining",                               \
    .reset_header = "X-RateLimit-Reset",                                                                            \
    .user = {.url = "{api}/user", .id = "/login", .name = "/name", .email = "/email"},                              \
    .revocation = {.method = "DELETE",                                                                              \
                   .url = "{api}/applications/{client_id}/token",                                                   \
                   .field = "access_token",                                                                         \
                   .json = true,                                                                                    \
                   .client = true},                                                                                 \
    .revoke_page = "/settings/connections/applications/{client_id}", .static_kinds = df_bearer_kinds,               \
    .get_user_info = df_user_info_ask

const struct df_provider df_provider_github = {
    .name = "GITHUB",
    .slug = "github",
    .title = "GitHub",
    .authorize_url = "/login/oauth/authorize",
    .pkce = true,
    GITHUB,
};

/* The original's name for GitHub by the device flow: for applications that have no callback. */
const struct df_provider df_provider_github_issues = {
    .name = "GITHUB_ISSUES",
    .slug = "github-issues",
    .title = "GitHub Issues",
    GITHUB,
};
