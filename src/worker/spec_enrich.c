#include "worker/workflows.h"

#include "base/json.h"
#include "service/enrich_page.h"

enum { PAGES = 5, RESULT_BYTES = 16 * 1024 };

/* The input of one step: the run's, and the page. */
static struct df_str page_input(struct df_str page, struct df_str input, bool own, struct df_arena *arena)
{
    struct df_buf out;
    struct df_json_writer w;
    struct df_str issue = df_worker_field(input, "issue", arena);
    df_buf_init(&out, arena, RESULT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "linear", page);
    df_json_kstr(&w, "as", df_worker_field(input, "as", arena));
    if (own || issue.n)
        df_json_kstr(&w, "issue", issue);
    df_json_close(&w, '}');
    return df_buf_str(&out);
}

static enum df_code enrich_all(struct df_wf *wf, const struct df_json *pages, struct df_str input, struct df_str *ret,
                               struct df_error *err)
{
    struct df_arena *arena = df_wf_arena(wf);
    struct df_buf out;
    bool any = false;
    df_buf_init(&out, arena, DF_WORKFLOW_VALUE_BYTES);
    df_buf_put_c(&out, "{\"pages\":[");
    for (struct df_json_iter it = df_json_iter(pages); df_json_next(&it); any = true) {
        struct df_str one;
        DF_TRY(df_wf_step(wf, "enrich-page", page_input(df_json_str(it.value), input, true, arena), &df_worker_patient,
                          &one, err));
        df_buf_put_c(&out, any ? "," : "");
        df_buf_put_str(&out, one);
    }
    df_buf_put_c(&out, "]}");
    *ret = df_buf_str(&out);
    return DF_OK;
}

/* input: {"linear": "ENG-12", an id or a URL} or {"issue": a Sentry issue}, whose Linear issues are then the specifications; "as":
 * "document" or "comment". The result: {"pages": [{"page", "outcome", "url", "issues"}]}. */
enum df_code df_workflow_spec_enrich(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    struct df_arena *arena = df_wf_arena(wf);
    struct df_str page = df_worker_field(input, "linear", arena), as = df_worker_field(input, "as", arena), found, one;
    const struct df_json *list;
    if (page.n == 0 && df_worker_field(input, "issue", arena).n == 0)
        return df_fail(err, DF_ERR_INVALID,
                       "the input has neither: {\"linear\": \"ENG-12\"}, {\"issue\": \"SHOP-1A\"}");
    if (as.n && !df_str_is(as, "document") && !df_str_is(as, "comment"))
        return df_fail(err, DF_ERR_INVALID, "as must be document or comment");
    df_wf_set_status(wf, DF_S("{\"doing\":\"enriching\"}"));
    if (page.n) {
        DF_TRY(df_wf_step(wf, "enrich-page", page_input(page, input, false, arena), &df_worker_patient, &one, err));
        *ret = df_arena_printf(arena, "{\"pages\":[%.*s]}", DF_FMT(one));
    } else {
        DF_TRY(df_wf_step(wf, "find-specs", input, &df_worker_patient, &found, err));
        DF_TRY(df_json_parse(arena, found, 0, &list, err));
        DF_TRY(enrich_all(wf, list, input, ret, err));
    }
    df_wf_set_status(wf, DF_S("{\"doing\":\"done\"}"));
    return DF_OK;
}

enum df_code df_step_find_specs(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    struct df_str pages[PAGES];
    struct df_buf out;
    struct df_json_writer w;
    size_t n;
    DF_TRY(df_enrich_pages_of(call->app, call->project_id, df_worker_field(call->input, "issue", call->arena),
                              call->arena, pages, PAGES, &n, err));
    df_buf_init(&out, call->arena, RESULT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        df_json_put_str(&w, pages[i]);
    df_json_close(&w, ']');
    *ret = df_buf_str(&out);
    return DF_OK;
}

/* "issue", or those of "issues". */
static void read_issues(struct df_str input, struct df_page_wish *wish, struct df_str *issues, struct df_arena *arena)
{
    const struct df_json *v;
    wish->issues = issues;
    issues[0] = df_worker_field(input, "issue", arena);
    wish->n_issues = issues[0].n ? 1 : 0;
    if (df_json_parse(arena, input, 0, &v, NULL) != DF_OK)
        return;
    for (struct df_json_iter it = df_json_iter(df_json_get(v, "issues"));
         wish->n_issues < DF_ENRICH_ISSUES && df_json_next(&it);)
        issues[wish->n_issues++] = df_json_str(it.value);
}

/* However often it runs, there is one note: that is the service's promise. */
enum df_code df_step_enrich_page(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    struct df_arena *arena = call->arena;
    struct df_str issues[DF_ENRICH_ISSUES];
    struct df_page_result r;
    struct df_buf out;
    struct df_json_writer w;
    struct df_page_wish wish = {.project_id = call->project_id,
                                .page = df_worker_field(call->input, "linear", arena),
                                .comment = df_str_is(df_worker_field(call->input, "as", arena), "comment")};
    read_issues(call->input, &wish, issues, arena);
    if (!df_step_alive(call))
        return df_fail(err, DF_ERR_CANCELLED, "nobody waits for it any more");
    DF_TRY(df_enrich_page(call->app, &wish, arena, &r, err));
    df_buf_init(&out, arena, RESULT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "page", df_str_head(r.page.key, 200));
    df_json_kstr(&w, "outcome", df_str_c(df_page_outcome_name(r.outcome)));
    df_json_kstr_or_null(&w, "url", df_str_head(r.note_url, 2000));
    df_json_kopen(&w, "issues", '[');
    for (size_t i = 0; i < r.enriched.n; i++)
        if (r.enriched.issues[i].body.n)
            df_json_put_str(&w, df_str_head(r.enriched.issues[i].short_id, 128));
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    *ret = df_buf_str(&out);
    return DF_OK;
}
