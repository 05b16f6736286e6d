/* Whether a project's integrations work, found out by really asking the provider. */
#ifndef DF_SERVICE_INTEGRATIONS_H
#define DF_SERVICE_INTEGRATIONS_H

#include "service/devflow.h"

struct df_integration_result {
    const struct df_provider *provider;
    const char *status; /* "connected", "expired", "reconnect", "failing", "not_connected" */
    bool token_valid;   /* the provider took it just now */
    bool ready;         /* and it may read what contexts are made of */
    struct df_str message, organization, next_step;
};

/* One result for each provider the project has an application for, or one saying that none is registered. DF_ERR_PROJECT. */
enum df_code df_integrations_test(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena,
                                  struct df_integration_result **ret, size_t *ret_n, struct df_error *err);

#endif
