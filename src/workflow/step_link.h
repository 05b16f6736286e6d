/* Between a step's attempt and the engine that runs it. */
#ifndef DF_WORKFLOW_STEP_LINK_H
#define DF_WORKFLOW_STEP_LINK_H

#include "workflow/workflow.h"

struct df_step_link {
    bool (*alive)(struct df_step_link *link); /* any thread */
};

#endif
