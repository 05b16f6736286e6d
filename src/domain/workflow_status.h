/* What became of a workflow, and its words. Pure. */
#ifndef DF_DOMAIN_WORKFLOW_STATUS_H
#define DF_DOMAIN_WORKFLOW_STATUS_H

#include "base/str.h"

enum df_workflow_status {
    DF_WORKFLOW_RUNNING,
    DF_WORKFLOW_COMPLETED,
    DF_WORKFLOW_FAILED,
    DF_WORKFLOW_CANCELLED,
    DF_WORKFLOW_PARKED, /* it cannot go on with the code there is; `reason` says why, and retry tries again */
    DF_WORKFLOW_STATUSES,
};
/* "running", "completed", "failed", "cancelled", "parked" */
const char *df_workflow_status_name(enum df_workflow_status status);
bool df_workflow_status_parse(struct df_str text, enum df_workflow_status *ret);

#endif
