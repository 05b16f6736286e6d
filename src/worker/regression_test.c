#include "worker/workflows.h"

#include "base/json.h"
#include "service/test_site.h"

enum { RESULT_BYTES = 48 * 1024, TEXT_BYTES = 20 * 1024 };

/* input: {"issue": ...}. The result: {"status", "file", "reason", "text", "key", "url"}; key and url are null where no ticket stands for the
 * issue, text where it is longer than a result may be. */
enum df_code df_workflow_regression_test(struct df_wf *wf, struct df_str input, struct df_str *ret,
                                         struct df_error *err)
{
    return df_worker_issue_step(wf, input, "making the test", "make-test", ret, err);
}

static struct df_str result(const struct df_testgen_result *r, const struct df_ticket *t, struct df_arena *arena)
{
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, RESULT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "status", r->reproduced ? DF_S("reproduced") : DF_S("not_reproduced"));
    df_json_kstr(&w, "file", r->file);
    df_json_kstr_or_null(&w, "reason", r->reason);
    df_json_kstr_or_null(&w, "text", r->text.n <= TEXT_BYTES ? r->text : DF_STR_NONE);
    df_json_kstr_or_null(&w, "key", t->key);
    df_json_kstr_or_null(&w, "url", t->url);
    df_json_close(&w, '}');
    return df_buf_str(&out);
}

/* The test may be made twice; the comment is there once, for its id comes of the ticket. */
enum df_code df_step_make_test(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    const struct df_devflow *d = call->app;
    struct df_testgen_result r;
    struct df_ticket ticket = {.id = DF_STR_NONE};
    bool found = false;
    const struct df_test_wish wish = {.project_id = call->project_id,
                                      .issue = df_worker_field(call->input, "issue", call->arena)};
    DF_TRY(df_test_site_generate(d, &wish, call->arena, &r, err));
    if (r.reproduced)
        DF_TRY(df_test_site_attach(d, call->project_id, wish.issue, &r, call->arena, &ticket, &found, err));
    *ret = result(&r, &ticket, call->arena);
    return DF_OK;
}
