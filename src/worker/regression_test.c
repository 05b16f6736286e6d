#include "worker/workflows.h"

#include "base/json.h"
#include "service/enrich_page.h"
#include "service/test_site.h"

enum { RESULT_BYTES = 48 * 1024, TEXT_BYTES = 20 * 1024, SPECS = 5, NAME_BYTES = 200, URL_BYTES = 2000 };

static struct df_str spec_of(struct df_str page, enum df_code code, struct df_str said, struct df_arena *arena)
{
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, RESULT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "page", df_str_head(code == DF_OK ? df_worker_field(said, "page", arena) : page, NAME_BYTES));
    df_json_kstr(&w, "outcome", code == DF_OK ? df_worker_field(said, "outcome", arena) : DF_S("failed"));
    df_json_kstr_or_null(&w, "url",
                         code == DF_OK ? df_str_head(df_worker_field(said, "url", arena), URL_BYTES) : DF_STR_NONE);
    df_json_close(&w, '}');
    return df_buf_str(&out);
}

/* The notes on specifications that show the issue; one that cannot be brought up to date takes nothing from the test. */
static enum df_code tell_specs(struct df_wf *wf, struct df_str made, struct df_buf *out, struct df_error *err)
{
    struct df_arena *arena = df_wf_arena(wf);
    struct df_str found, said;
    const struct df_json *list;
    bool any = false;
    if (df_worker_field(made, "issueId", arena).n == 0)
        return DF_OK;
    DF_TRY(df_wf_step(wf, "find-notes", made, &df_worker_patient, &found, err));
    DF_TRY(df_json_parse(arena, found, 0, &list, err));
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it); any = true) {
        struct df_buf wish;
        struct df_json_writer w;
        df_buf_init(&wish, arena, RESULT_BYTES);
        df_json_writer_init(&w, &wish, 0);
        df_json_put_value(&w, it.value);
        enum df_code code = df_wf_step(wf, "enrich-page", df_buf_str(&wish), &df_worker_patient, &said, err);
        if (code == DF_ERR_INTERRUPTED || code == DF_ERR_CANCELLED)
            return code;
        df_buf_put_c(out, any ? "," : "");
        df_buf_put_str(out, spec_of(df_json_get_str(it.value, "linear"), code, said, arena));
    }
    return DF_OK;
}

/* input: {"issue": ...}. The result: {"status", "file", "reason", "text", "key", "url", "issueId", "specs": [{"page", "outcome", "url"}]};
 * key and url are null where no ticket stands for the issue, text where it is longer than a result may be; specs are the notes
 * in Linear that show the issue. */
enum df_code df_workflow_regression_test(struct df_wf *wf, struct df_str input, struct df_str *ret,
                                         struct df_error *err)
{
    struct df_arena *arena = df_wf_arena(wf);
    struct df_str made;
    struct df_buf out;
    DF_TRY(df_worker_issue_step(wf, input, "making the test", "make-test", &made, err));
    df_buf_init(&out, arena, DF_WORKFLOW_VALUE_BYTES);
    df_buf_put_str(&out, df_str_head(made, made.n - 1));
    df_buf_put_c(&out, ",\"specs\":[");
    DF_TRY(tell_specs(wf, made, &out, err));
    df_buf_put_c(&out, "]}");
    *ret = df_buf_str(&out);
    return DF_OK;
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
    df_json_kstr(&w, "issueId", r->issue_id);
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

/* Inputs of the step "enrich-page". */
enum df_code df_step_find_notes(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    struct df_page_wish wishes[SPECS];
    struct df_buf out;
    struct df_json_writer w;
    size_t n;
    DF_TRY(df_enrich_pages_noting(call->app, call->project_id, df_worker_field(call->input, "issueId", call->arena),
                                  call->arena, wishes, SPECS, &n, err));
    df_buf_init(&out, call->arena, RESULT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_open(&w, '[');
    for (size_t i = 0; i < n; i++) {
        df_json_open(&w, '{');
        df_json_kstr(&w, "linear", wishes[i].page);
        df_json_kstr(&w, "as", wishes[i].comment ? DF_S("comment") : DF_S("document"));
        df_json_kopen(&w, "issues", '[');
        for (size_t k = 0; k < wishes[i].n_issues; k++)
            df_json_put_str(&w, wishes[i].issues[k]);
        df_json_close(&w, ']');
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    *ret = df_buf_str(&out);
    return DF_OK;
}
