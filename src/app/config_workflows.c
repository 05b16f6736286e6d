#include "app/config_parts.h"

enum { MOST_STEPS = 256, MOST_DAYS = 36500, MOST_LEASE_S = 3600 };

void df_config_workflows_worker(struct loading *l, struct df_str v)
{
    bool no = df_str_ieq(v, DF_S("false")) || df_str_is(v, "0"), yes = df_str_ieq(v, DF_S("true")) || df_str_is(v, "1");
    if (v.n && !yes && !no)
        df_config_fault(l->report,
                        DF_S("WORKFLOWS_WORKER is neither true nor false: set it to false where devflow worker does "
                             "the workflows, true by default"));
    l->config->workflows_worker = !no;
}

void df_config_workflows_steps(struct loading *l, struct df_str v)
{
    l->config->workflows_steps = (int)df_config_number(l, "WORKFLOWS_STEPS", v, 1, MOST_STEPS, 16,
                                                       "how many steps of workflows one process does at once");
}

void df_config_workflows_retention(struct loading *l, struct df_str v)
{
    l->config->workflows_retention_days = (int)df_config_number(
        l, "WORKFLOWS_RETENTION_DAYS", v, 0, MOST_DAYS, 30,
        "how many days workflows that have ended are kept (0: for ever)");
}

void df_config_workflows_lease(struct loading *l, struct df_str v)
{
    l->config->workflows_lease_s = (int)df_config_number(
        l, "WORKFLOWS_LEASE_S", v, 1, MOST_LEASE_S, 10,
        "the seconds after which a worker that gives no sign of life is taken for dead");
}
