/* Which workflow engine the settings name, and the worker of this process. */
#ifndef DF_APP_ENGINE_H
#define DF_APP_ENGINE_H

#include "app/config.h"
#include "port/engine.h"
#include "service/devflow.h"

/* Temporal where TEMPORAL_ADDRESS is set, else over the store. DF_ERR_CONFIG. */
enum df_code df_app_engine_new(const struct df_config *config, struct df_store *store, struct df_engine **ret,
                               struct df_error *err);
/* Begins to do workflows; logs what goes wrong with them. */
enum df_code df_app_worker_start(const struct df_config *config, const struct df_devflow *d,
                                 struct df_engine_worker **ret, struct df_error *err);

#endif
