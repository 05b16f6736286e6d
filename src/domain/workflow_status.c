#include "domain/workflow_status.h"

static const char *const names[] = {"running", "completed", "failed", "cancelled", "parked"};

const char *df_workflow_status_name(enum df_workflow_status status)
{
    return names[status];
}

bool df_workflow_status_parse(struct df_str text, enum df_workflow_status *ret)
{
    for (int i = 0; i < DF_WORKFLOW_STATUSES; i++)
        if (df_str_is(text, names[i])) {
            *ret = (enum df_workflow_status)i;
            return true;
        }
    return false;
}
