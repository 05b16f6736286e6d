/* The providers there are: one row each, in a file of its own with what is special about it. */
#ifndef DF_PROVIDER_CATALOGUE_H
#define DF_PROVIDER_CATALOGUE_H

#include "provider/user_info.h"

#define DF_DAYS(n) ((int64_t)(n) * 24 * 3600)
#define DF_HOURS(n) ((int64_t)(n) * 3600)

extern const struct df_provider df_provider_sentry, df_provider_linear, df_provider_github, df_provider_github_issues,
    df_provider_gitlab, df_provider_jira, df_provider_slack, df_provider_figma, df_provider_oidc;

/* A token that goes as Authorization: Bearer. Ends with a NULL type. */
extern const struct df_token_kind df_bearer_kinds[];

/* Ends with NULL; SENTRY is the first. */
extern const struct df_provider *const df_providers[];

#endif
