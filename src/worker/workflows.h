/* The workflows of this program and their steps, as rows: one file each. The code of a workflow is straight-line C over
 * workflow/workflow.h; its steps are over the services, whose struct df_devflow is the table's `app`. */
#ifndef DF_WORKER_WORKFLOWS_H
#define DF_WORKER_WORKFLOWS_H

#include "service/devflow.h"
#include "workflow/workflow.h"

/* Of them all, for d. */
struct df_workflow_table df_worker_table(const struct df_devflow *d);

df_workflow_fn df_workflow_sentry_context, df_workflow_linear_issue, df_workflow_linear_watch, df_workflow_spec_enrich,
    df_workflow_regression_test, df_workflow_bugs_prioritize;
df_step_fn df_step_store_context, df_step_make_ticket, df_step_list_tickets, df_step_tell_ticket, df_step_find_specs,
    df_step_enrich_page, df_step_make_test, df_step_find_notes, df_step_rank_issues;

/* A member of an input or result, a string; empty when it is not there. */
struct df_str df_worker_field(struct df_str json, const char *name, struct df_arena *arena);
/* For steps that ask Sentry: its own pace and its rate limits can take their time. */
extern const struct df_step_options df_worker_patient;
/* A workflow that is one such step over an issue, which the input names: {"issue": ...}. `doing` is what a query of its status is
 * told. */
enum df_code df_worker_issue_step(struct df_wf *wf, struct df_str input, const char *doing, const char *step,
                                  struct df_str *ret, struct df_error *err);

#endif
