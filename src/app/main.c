#include "adapter/curl_http.h"
#include "adapter/database.h"
#include "adapter/redis_cache.h"
#include "app/app.h"
#include "base/json.h"
#include "base/version.h"
#include "cli/cli.h"
#include "cli/commands.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const struct df_command_group groups[] = {
    {"Projects", {&df_cmd_project_create, &df_cmd_project_list, &df_cmd_project_show, &df_cmd_project_delete}},
    {"Connections",
     {&df_cmd_oauth_register, &df_cmd_oauth_apps, &df_cmd_oauth_connect, &df_cmd_oauth_status, &df_cmd_oauth_refresh,
      &df_cmd_oauth_disconnect, &df_cmd_oauth_token, &df_cmd_oauth_token_set, &df_cmd_providers_list}},
    {"Errors", {&df_cmd_integrations_test, &df_cmd_sentry_issues, &df_cmd_sentry_context}},
    {"Patterns", {&df_cmd_sentry_patterns, &df_cmd_patterns_group, &df_cmd_patterns_similar}},
    {"Priorities", {&df_cmd_bugs_prioritize, &df_cmd_bugs_settings}},
    {"Specifications", {&df_cmd_spec_enrich}},
    {"Tests", {&df_cmd_test_generate}},
    {"Linear", {&df_cmd_linear_create, &df_cmd_linear_status, &df_cmd_linear_settings}},
    {"Webhooks",
     {&df_cmd_webhook_add, &df_cmd_webhook_list, &df_cmd_webhook_remove, &df_cmd_webhook_rotate, &df_cmd_webhook_test,
      &df_cmd_webhook_deliveries, &df_cmd_webhook_retry}},
    {"Automation",
     {&df_cmd_webhooks_secret, &df_cmd_webhooks_received, &df_cmd_webhooks_retry, &df_cmd_rules_set, &df_cmd_rules_show,
      &df_cmd_rules_test, &df_cmd_schedule_set, &df_cmd_schedule_list, &df_cmd_schedule_remove}},
    {"Workflows",
     {&df_cmd_workflow_start, &df_cmd_workflow_list, &df_cmd_workflow_show, &df_cmd_workflow_signal,
      &df_cmd_workflow_cancel, &df_cmd_workflow_retry, &df_cmd_workflow_contexts}},
    {"Server", {&df_cmd_serve, &df_cmd_worker, &df_cmd_sandbox, &df_cmd_config_check}},
    {"Access",
     {&df_cmd_apikey_create, &df_cmd_apikey_list, &df_cmd_apikey_revoke, &df_cmd_apikey_rotate, &df_cmd_audit_verify,
      &df_cmd_audit_export, &df_cmd_audit_prune}},
    {"Keys", {&df_cmd_key_generate, &df_cmd_key_status, &df_cmd_key_rotate}},
    {"Database", {&df_cmd_db_status, &df_cmd_db_migrate, &df_cmd_db_copy, &df_cmd_db_backup, &df_cmd_db_restore}},
    {"Help", {&df_cmd_help, &df_cmd_man, &df_cmd_completion}},
};

/* Keys, tokens and client secrets pass through most commands: no core dump, and no debugger of another process of this user. */
static void harden(void)
{
    struct rlimit core;
    if (getrlimit(RLIMIT_CORE, &core) == 0) {
        core.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &core);
    }
#if !defined(__SANITIZE_ADDRESS__)
    prctl(PR_SET_DUMPABLE, 0); /* the leak check needs it */
#endif
}

int main(int argc, char **argv)
{
    harden();
    char pq[16];
    int number = df_database_pq_version(); /* 150018 */
    snprintf(pq, sizeof pq, "%d.%d", number / 10000, number % 10000);
    const struct df_library libraries[] = {
        {"OpenSSL", df_crypto_version()},         {"libcurl", df_curl_http_version()},
        {"SQLite", df_database_sqlite_version()}, {"libpq", pq},
        {"hiredis", df_redis_library_version()},  {"libmicrohttpd", df_server_library_version()},
        {"yyjson", df_json_library_version()},
    };
    const struct df_program program = {
        .groups = groups,
        .n_groups = sizeof groups / sizeof *groups,
        .libraries = libraries,
        .n_libraries = sizeof libraries / sizeof *libraries,
        .http = df_curl_http_new("devflow/" DF_VERSION),
    };
    int code = df_cli_main(&program, argc, argv);
    program.http->ops->free(program.http);
    return code;
}
