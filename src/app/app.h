/* Wiring: the one place that knows the adapters. Opens what the settings name, puts it behind the ports, and gives it to the
 * services and the API. */
#ifndef DF_APP_APP_H
#define DF_APP_APP_H

#include "app/background.h"
#include "app/config.h"
#include "app/courier.h"
#include "app/engine.h"
#include "http/api.h"

struct df_app {
    struct df_devflow devflow;
    struct df_switches switches;
    struct df_api api;
    struct df_server *server;
    struct df_background *background;
    struct df_courier *courier, *dispatcher, *schedules, *farewells; /* of queues.c, in that order */
    struct df_workflow_table workflows;
    struct df_test_site test_site;
    struct df_engine_worker *worker; /* NULL: another process does the workflows */
    int port;
};

/* Opens the store, starts the server and a worker; of a config->worker_alone the worker alone. config and arena must outlive it. */
enum df_code df_app_start(const struct df_config *config, struct df_arena *arena, struct df_app *ret,
                          struct df_error *err);
/* Answers what is under way, in drain_ms at most, gives back what others may go on with, closes everything. */
void df_app_stop(struct df_app *app, unsigned drain_ms);

/* Commands that need a server or its settings. */
extern const struct df_command df_cmd_audit_verify, df_cmd_audit_export, df_cmd_audit_prune;
extern const struct df_command df_cmd_apikey_create, df_cmd_apikey_list, df_cmd_apikey_revoke, df_cmd_apikey_rotate;
extern const struct df_command df_cmd_db_backup, df_cmd_db_copy, df_cmd_db_migrate, df_cmd_db_restore, df_cmd_db_status;
extern const struct df_command df_cmd_serve, df_cmd_worker, df_cmd_sandbox, df_cmd_key_generate, df_cmd_config_check;
extern const struct df_command df_cmd_test_generate;

/* docs/openapi.json, built in. */
extern const char df_openapi_json[];
extern const unsigned long df_openapi_json_n;

#endif
