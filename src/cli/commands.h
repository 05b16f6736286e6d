/* The commands of this folder, for the table in src/app/main.c. */
#ifndef DF_CLI_COMMANDS_H
#define DF_CLI_COMMANDS_H

#include "cli/command.h"

extern const struct df_command df_cmd_project_create, df_cmd_project_list, df_cmd_project_show, df_cmd_project_delete;
extern const struct df_command df_cmd_oauth_register, df_cmd_oauth_apps, df_cmd_oauth_connect, df_cmd_oauth_status,
    df_cmd_oauth_refresh, df_cmd_oauth_disconnect, df_cmd_oauth_token, df_cmd_oauth_token_set, df_cmd_providers_list;
extern const struct df_command df_cmd_integrations_test, df_cmd_sentry_issues, df_cmd_sentry_context;
extern const struct df_command df_cmd_patterns_group, df_cmd_patterns_similar, df_cmd_sentry_patterns;
extern const struct df_command df_cmd_linear_create, df_cmd_linear_status, df_cmd_linear_settings;
extern const struct df_command df_cmd_bugs_prioritize, df_cmd_bugs_settings;
extern const struct df_command df_cmd_spec_enrich;
extern const struct df_command df_cmd_key_status, df_cmd_key_rotate;
extern const struct df_command df_cmd_help, df_cmd_man, df_cmd_completion;
extern const struct df_command df_cmd_webhook_add, df_cmd_webhook_list, df_cmd_webhook_remove, df_cmd_webhook_rotate,
    df_cmd_webhook_test, df_cmd_webhook_deliveries, df_cmd_webhook_retry;
extern const struct df_command df_cmd_webhooks_secret, df_cmd_webhooks_received, df_cmd_webhooks_retry;
extern const struct df_command df_cmd_workflow_start, df_cmd_workflow_list, df_cmd_workflow_show,
    df_cmd_workflow_signal, df_cmd_workflow_cancel, df_cmd_workflow_retry, df_cmd_workflow_contexts;
extern const struct df_command df_cmd_rules_set, df_cmd_rules_show, df_cmd_rules_test, df_cmd_schedule_set,
    df_cmd_schedule_list, df_cmd_schedule_remove;

#endif
