#include "worker/workflows.h"

#include "base/json.h"
#include "service/priorities.h"

enum { TOLD = 20, RESULT_BYTES = 256 * 1024 };

/* input: {}. Judges the project's unresolved issues, which keeps what each was when last looked at. The result: what GET
 * projects/:id/priorities answers, of the twenty most urgent. */
enum df_code df_workflow_bugs_prioritize(struct df_wf *wf, struct df_str input, struct df_str *ret,
                                         struct df_error *err)
{
    return df_wf_step(wf, "rank-issues", input, &df_worker_patient, ret, err);
}

enum df_code df_step_rank_issues(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    const struct df_issue_query all = {.limit = 0};
    struct df_priorities list;
    struct df_buf out;
    struct df_json_writer w;
    DF_TRY(df_project_priorities(call->app, call->project_id, &all, false, call->arena, &list, err));
    list.n = list.n < TOLD ? list.n : TOLD;
    df_buf_init(&out, call->arena, RESULT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_priorities_json(&list, &w);
    *ret = df_buf_str(&out);
    return out.overflow ? df_fail(err, DF_ERR_TOO_LARGE, "the ranking is longer than a result may be") : DF_OK;
}
