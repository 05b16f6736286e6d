#include "provider/catalogue.h"

static const char *const minimal[] = {"offline_access", NULL};
static const char *const minimal_use[] = {"there is no refresh token and the connection ends after an hour"};
static const char *const recommended[] = {"read:me",         "read:jira-user", "read:jira-work",
                                          "write:jira-work", "offline_access", NULL};
static const struct df_word authorize_params[] = {
    {"audience", "api.atlassian.com"}, {"prompt", "consent"}, {NULL, NULL}};

/* Facts: developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps: audience and prompt=consent in the authorize URL, 1 h
 * tokens, refresh tokens only with offline_access, rotating, dead after 90 days unused; accessible-resources names the sites
 * (cloud ids), and each site's API is under ex/jira/<cloud id>. Leeway for a used refresh token: 10 minutes (Atlassian staff,
 * community.developer.atlassian.com/t/50348). No revocation endpoint. There are too many scopes to list. */
const struct df_provider df_provider_jira = {
    .name = "JIRA",
    .slug = "jira",
    .title = "Jira",
    .base_url = "https://auth.atlassian.com",
    .authorize_url = "/authorize",
    .token_url = "/oauth/token",
    .api_url = "https://api.atlassian.com/ex/jira/{organization}",
    .built_in = true,
    .scope_separator = ' ',
    .scopes = {NULL, minimal, minimal_use, recommended, NULL},
    .client_auth = DF_CLIENT_BODY,
    .authorize_params = authorize_params,
    .rotates = true,
    .grace_s = 10 * 60,
    .access_ttl_s = DF_HOURS(1),
    .refresh_ttl_s = DF_DAYS(90),
    .limit_header = "X-RateLimit-Limit",
    .remaining_header = "X-RateLimit-Remaining",
    .reset_header = "X-RateLimit-Reset",
    .user = {.url = "https://api.atlassian.com/me",
             .needs_scope = "read:me",
             .id = "/account_id",
             .name = "/name",
             .email = "/email"},
    .organizations = {.url = "https://api.atlassian.com/oauth/token/accessible-resources",
                      .list = "",
                      .item_id = "/id",
                      .item_name = "/name",
                      .item_url = "/url"},
    .revoke_page = "https://id.atlassian.com/manage-profile/apps",
    .static_kinds = df_bearer_kinds,
    .get_user_info = df_user_info_ask,
};
