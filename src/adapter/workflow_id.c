#include "adapter/workflow_id.h"
#include "workflow/workflow.h"

enum df_code workflow_id_usable(struct df_str id, struct df_error *err)
{
    bool good = id.n <= DF_WORKFLOW_ID_BYTES;
    for (size_t i = 0; i < id.n && good; i++)
        good = id.p[i] > ' ' && id.p[i] < 0x7F;
    return good ? DF_OK
                : df_fail(err, DF_ERR_INVALID, "the id of a workflow is at most %d printable characters without spaces",
                          DF_WORKFLOW_ID_BYTES);
}
