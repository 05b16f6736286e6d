/* What either engine takes as a workflow's id. Any thread. */
#ifndef DF_ADAPTER_WORKFLOW_ID_H
#define DF_ADAPTER_WORKFLOW_ID_H

#include "base/error.h"
#include "base/str.h"

/* As port/engine.h has it; empty is usable: then the engine makes one. DF_ERR_INVALID. */
enum df_code workflow_id_usable(struct df_str id, struct df_error *err);

#endif
