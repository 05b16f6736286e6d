#include "provider/catalogue.h"

const struct df_token_kind df_bearer_kinds[] = {{"Bearer", "Authorization", "Bearer "}, {NULL, NULL, NULL}};

const struct df_provider *const df_providers[] = {
    &df_provider_sentry, &df_provider_linear, &df_provider_github, &df_provider_github_issues, &df_provider_gitlab,
    &df_provider_jira,   &df_provider_slack,  &df_provider_figma,  &df_provider_oidc,          NULL,
};
