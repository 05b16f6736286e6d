#include "worker/workflows.h"

#include "base/json.h"

static const struct df_workflow workflows[] = {
    {"sentry-context", "Fetch the context of an issue and store it as Markdown", df_workflow_sentry_context},
    {"linear-issue", "Make the Linear issue of a critical error, or bring it up to date", df_workflow_linear_issue},
};

static const struct df_workflow_step steps[] = {
    {"store-context", df_step_store_context},
    {"make-ticket", df_step_make_ticket},
};

struct df_workflow_table df_worker_table(const struct df_devflow *d)
{
    return (struct df_workflow_table){.workflows = workflows,
                                      .n_workflows = sizeof workflows / sizeof *workflows,
                                      .steps = steps,
                                      .n_steps = sizeof steps / sizeof *steps,
                                      .app = (void *)(uintptr_t)d};
}

struct df_str df_worker_field(struct df_str json, const char *name, struct df_arena *arena)
{
    const struct df_json *value;
    if (df_json_parse(arena, json, 0, &value, NULL) != DF_OK)
        return DF_STR_NONE;
    return df_json_text(df_json_get(value, name), arena);
}
