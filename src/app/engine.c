#include "app/engine.h"
#include "adapter/database.h"
#include "adapter/sql_engine.h"
#include "adapter/temporal_engine.h"
#include "base/log.h"

enum { DAY_MS = 24 * 3600 * 1000 };

enum df_code df_app_engine_new(const struct df_config *config, struct df_store *store, struct df_engine **ret,
                               struct df_error *err)
{
    if (config->temporal.address.n)
        return df_temporal_engine_new(&config->temporal, ret, err);
    *ret = df_sql_engine_new(store, &(const struct df_sql_engine_options){
                                        .shared = df_database_is_shared(config->database_url),
                                        .lease_ms = (int64_t)config->workflows_lease_s * 1000,
                                        .retention_ms = (int64_t)config->workflows_retention_days * DAY_MS});
    return DF_OK;
}

static void tell(void *arg, bool trouble, const char *what, struct df_str id, struct df_str message)
{
    (void)arg;
    df_log(trouble ? DF_LOG_WARN : DF_LOG_INFO, what, {id.n ? "workflow" : NULL, id}, {"message", message});
}

static void cut_short(void *arg)
{
    struct df_http_client *http = arg;
    http->ops->hang_up(http);
}

enum df_code df_app_worker_start(const struct df_config *config, const struct df_devflow *d,
                                 struct df_engine_worker **ret, struct df_error *err)
{
    const struct df_worker_options options = {.table = d->workflows,
                                              .steps = config->workflows_steps,
                                              .name = d->node,
                                              .tell = tell,
                                              .cut_short = cut_short,
                                              .cut_short_arg = d->http};
    return d->engine->ops->work(d->engine, &options, ret, err);
}
