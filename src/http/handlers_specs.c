#include "http/api.h"
#include "http/audit_note.h"
#include "service/enrich_page.h"

static void put_issue(struct df_json_writer *w, const struct df_enriched *e)
{
    df_json_open(w, '{');
    df_json_kstr(w, "outcome", df_str_c(df_enrich_outcome_name(e->outcome)));
    df_json_kstr_or_null(w, "id", e->issue_id);
    df_json_kstr_or_null(w, "shortId", e->short_id);
    df_json_kstr_or_null(w, "title", e->title);
    df_json_kstr(w, "named", e->named);
    if (e->line)
        df_json_kint(w, "line", (int64_t)e->line);
    else
        df_json_knull(w, "line");
    df_json_kstr_or_null(w, "code", e->code ? df_str_c(df_code_name(e->code)) : DF_STR_NONE);
    df_json_kstr_or_null(w, "message", e->message);
    df_json_close(w, '}');
}

static void put_issues(struct df_json_writer *w, const struct df_enrich_result *r)
{
    df_json_kopen(w, "issues", '[');
    for (size_t i = 0; i < r->n; i++)
        put_issue(w, &r->issues[i]);
    df_json_close(w, ']');
    df_json_kint(w, "leftOut", (int64_t)r->left_out);
}

enum { ISSUE_BYTES = 2048 };

enum df_code df_handle_spec_enrich(void *app, const struct df_request *request, struct df_reply *reply,
                                   struct df_error *err)
{
    struct enrich_body {
        struct df_str project_id, text;
        struct df_str_list issues;
        bool force, tests;
    };
    static const struct df_json_field fields[] = {
        {"projectId", DF_JSON_STRING, true, offsetof(struct enrich_body, project_id), 63},
        {"text", DF_JSON_STRING, false, offsetof(struct enrich_body, text), DF_SPEC_TEXT_BYTES},
        {"issues", DF_JSON_STRINGS, false, offsetof(struct enrich_body, issues), ISSUE_BYTES},
        {"force", DF_JSON_BOOL, false, offsetof(struct enrich_body, force), 0},
        {"tests", DF_JSON_BOOL, false, offsetof(struct enrich_body, tests), 0},
    };
    const struct df_api *api = app;
    struct enrich_body body = {.tests = true};
    struct df_enrich_result r;
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    const struct df_enrich_wish wish = {.project_id = body.project_id,
                                        .text = body.text,
                                        .issues = body.issues.items,
                                        .n_issues = body.issues.n,
                                        .force = body.force,
                                        .no_tests = !body.tests};
    DF_TRY(df_enrich(api->d, &wish, request->arena, &r, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "projectId", body.project_id);
    df_json_kbool(&w, "changed", r.changed);
    df_json_kstr(&w, "text", r.text);
    put_issues(&w, &r);
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_spec_page(void *app, const struct df_request *request, struct df_reply *reply,
                                 struct df_error *err)
{
    struct page_body {
        struct df_str linear, as;
        struct df_str_list issues;
        bool force, dry_run, tests;
    };
    static const struct df_json_field fields[] = {
        {"linear", DF_JSON_STRING, true, offsetof(struct page_body, linear), ISSUE_BYTES},
        {"as", DF_JSON_STRING, false, offsetof(struct page_body, as), 16},
        {"issues", DF_JSON_STRINGS, false, offsetof(struct page_body, issues), ISSUE_BYTES},
        {"force", DF_JSON_BOOL, false, offsetof(struct page_body, force), 0},
        {"dryRun", DF_JSON_BOOL, false, offsetof(struct page_body, dry_run), 0},
        {"tests", DF_JSON_BOOL, false, offsetof(struct page_body, tests), 0},
    };
    const struct df_api *api = app;
    struct page_body body = {.tests = true};
    struct df_page_result r;
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    if (body.as.n && !df_str_is(body.as, "document") && !df_str_is(body.as, "comment"))
        return df_fail(err, DF_ERR_INVALID, "as must be document or comment");
    const struct df_page_wish wish = {.project_id = request->params[0],
                                      .page = body.linear,
                                      .issues = body.issues.items,
                                      .n_issues = body.issues.n,
                                      .comment = df_str_is(body.as, "comment"),
                                      .force = body.force,
                                      .dry_run = body.dry_run,
                                      .no_tests = !body.tests};
    DF_TRY(df_enrich_page(api->d, &wish, request->arena, &r, err));
    if (r.outcome == DF_PAGE_CREATED || r.outcome == DF_PAGE_UPDATED)
        df_api_note_done(api, request, "spec.note", request->params[0], r.page.id);
    reply->status = r.outcome == DF_PAGE_CREATED ? 201 : 200;
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "projectId", request->params[0]);
    df_json_kstr(&w, "outcome", df_str_c(df_page_outcome_name(r.outcome)));
    df_json_kstr(&w, "page", r.page.key);
    df_json_kstr(&w, "pageUrl", r.page.url);
    df_json_kstr_or_null(&w, "url", r.note_url);
    df_json_kstr(&w, "text", r.text);
    put_issues(&w, &r.enriched);
    df_json_close(&w, '}');
    return DF_OK;
}
