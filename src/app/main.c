#include "adapter/curl_http.h"
#include "app/app.h"
#include "cli/cli.h"
#include "cli/commands.h"

static const struct df_command_group groups[] = {
    {"Projects", {&df_cmd_project_create, &df_cmd_project_list, &df_cmd_project_show, &df_cmd_project_delete}},
    {"Connections",
     {&df_cmd_oauth_register, &df_cmd_oauth_apps, &df_cmd_oauth_connect, &df_cmd_oauth_status, &df_cmd_oauth_refresh,
      &df_cmd_oauth_disconnect, &df_cmd_oauth_token, &df_cmd_oauth_token_set, &df_cmd_providers_list}},
    {"Errors", {&df_cmd_integrations_test, &df_cmd_sentry_issues, &df_cmd_sentry_context}},
    {"Webhooks",
     {&df_cmd_webhook_add, &df_cmd_webhook_list, &df_cmd_webhook_remove, &df_cmd_webhook_rotate, &df_cmd_webhook_test,
      &df_cmd_webhook_deliveries, &df_cmd_webhook_retry}},
    {"Server", {&df_cmd_serve, &df_cmd_sandbox, &df_cmd_key_generate, &df_cmd_config_check}},
    {"Database", {&df_cmd_db_status, &df_cmd_db_migrate, &df_cmd_db_copy}},
    {"Help", {&df_cmd_help, &df_cmd_man, &df_cmd_completion}},
};

int main(int argc, char **argv)
{
    struct df_http_client *http = df_curl_http_new("devflow/" DF_VERSION);
    int code = df_cli_main(groups, sizeof groups / sizeof *groups, http, argc, argv);
    http->ops->free(http);
    return code;
}
