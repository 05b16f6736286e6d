#include "worker/workflows.h"

#include "base/json.h"

static const struct df_workflow workflows[] = {
    {"sentry-context", "Fetch the context of an issue and store it as Markdown", df_workflow_sentry_context},
    {"linear-issue", "Make the Linear issue of a critical error, or bring it up to date", df_workflow_linear_issue},
    {"linear-watch", "Tell the issues in Linear what changed in Sentry", df_workflow_linear_watch},
    {"spec-enrich", "Put what Sentry knows beside a specification in Linear", df_workflow_spec_enrich},
    {"bugs-prioritize", "Judge how urgent the project's issues are", df_workflow_bugs_prioritize},
    {"regression-test", "Make a regression test of an issue, and put it on its ticket and specifications",
     df_workflow_regression_test},
};

static const struct df_workflow_step steps[] = {
    {"store-context", df_step_store_context}, {"make-ticket", df_step_make_ticket},
    {"list-tickets", df_step_list_tickets},   {"tell-ticket", df_step_tell_ticket},
    {"find-specs", df_step_find_specs},       {"enrich-page", df_step_enrich_page},
    {"make-test", df_step_make_test},         {"find-notes", df_step_find_notes},
    {"rank-issues", df_step_rank_issues},
};

const struct df_step_options df_worker_patient = {
    .attempts = 8, .timeout_ms = 3 * 60 * 1000, .backoff_ms = 2000, .backoff_max_ms = 10 * 60 * 1000, .remote = true};

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

static void set_doing(struct df_wf *wf, const char *doing)
{
    df_wf_set_status(wf, df_arena_printf(df_wf_arena(wf), "{\"doing\":\"%s\"}", doing));
}

enum df_code df_worker_issue_step(struct df_wf *wf, struct df_str input, const char *doing, const char *step,
                                  struct df_str *ret, struct df_error *err)
{
    if (df_worker_field(input, "issue", df_wf_arena(wf)).n == 0)
        return df_fail(err, DF_ERR_INVALID, "the input has no issue: {\"issue\": \"SHOP-1A\"}");
    set_doing(wf, doing);
    DF_TRY(df_wf_step(wf, step, input, &df_worker_patient, ret, err));
    set_doing(wf, "done");
    return DF_OK;
}
