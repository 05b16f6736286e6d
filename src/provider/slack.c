#include "provider/catalogue.h"

static const char *const recommended[] = {"chat:write", "channels:read", "users:read", NULL};
static const struct df_word words[] = {
    {"bad_client_secret", "invalid_client"},    {"invalid_client_id", "invalid_client"},
    {"invalid_code", "invalid_grant"},          {"code_already_used", "invalid_grant"},
    {"bad_redirect_uri", "invalid_grant"},      {"invalid_refresh_token", "invalid_grant"},
    {"token_revoked", "invalid_grant"},         {"token_expired", "invalid_grant"},
    {"invalid_code_verifier", "invalid_grant"}, {"ratelimited", "temporarily_unavailable"},
    {"fatal_error", "temporarily_unavailable"}, {"internal_error", "temporarily_unavailable"},
    {"account_inactive", "invalid_grant"},      {NULL, NULL},
};
static const char *const token_types[] = {"bot", "user", NULL};

/* Facts: docs.slack.dev/reference/methods/oauth.v2.access (errors as {"ok":false,"error":...} with status 200; a user's token
 * under authed_user; Basic recommended; 600 a minute), authentication/using-token-rotation (where it is on: 12 h tokens and
 * refresh tokens that are revoked when the new one is first used; else tokens never expire), methods/auth.revoke. Scopes are
 * comma separated; those of the user, rather than of the bot, go into user_scope: written here "user:search:read". Redirect
 * URIs must be https. */
const struct df_provider df_provider_slack = {
    .name = "SLACK",
    .slug = "slack",
    .title = "Slack",
    .base_url = "https://slack.com",
    .authorize_url = "/oauth/v2/authorize",
    .token_url = "/api/oauth.v2.access",
    .api_url = "/api",
    .built_in = true,
    .scope_separator = ',',
    .other_scope_prefix = "user:",
    .other_scope_param = "user_scope",
    .scopes = {NULL, NULL, NULL, recommended, NULL},
    .client_auth = DF_CLIENT_BASIC,
    .https_redirects_only = true,
    .answer_at = "/authed_user",
    .error_words = words,
    .token_types = token_types,
    .rotates = true,
    .token_requests_per_s = 10,
    .user = {.method = "POST",
             .url = "{api}/auth.test",
             .id = "/user_id",
             .name = "/user",
             .list = "",
             .item_id = "/team_id",
             .item_name = "/team",
             .item_url = "/url"},
    .revocation = {.url = "{api}/auth.revoke", .confirmed = "/revoked"},
    .revoke_page = "/apps/manage",
    .static_kinds = df_bearer_kinds,
    .get_user_info = df_user_info_ask,
};
