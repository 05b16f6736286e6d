#include "http/api.h"
#include "service/enrich.h"

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

enum df_code df_handle_spec_enrich(void *app, const struct df_request *request, struct df_reply *reply,
                                   struct df_error *err)
{
    enum { ISSUE_BYTES = 2048 };
    struct enrich_body {
        struct df_str project_id, text;
        struct df_str_list issues;
        bool force;
    };
    static const struct df_json_field fields[] = {
        {"projectId", DF_JSON_STRING, true, offsetof(struct enrich_body, project_id), 63},
        {"text", DF_JSON_STRING, false, offsetof(struct enrich_body, text), DF_SPEC_TEXT_BYTES},
        {"issues", DF_JSON_STRINGS, false, offsetof(struct enrich_body, issues), ISSUE_BYTES},
        {"force", DF_JSON_BOOL, false, offsetof(struct enrich_body, force), 0},
    };
    const struct df_api *api = app;
    struct enrich_body body = {.force = false};
    struct df_enrich_result r;
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    const struct df_enrich_wish wish = {.project_id = body.project_id,
                                        .text = body.text,
                                        .issues = body.issues.items,
                                        .n_issues = body.issues.n,
                                        .force = body.force};
    DF_TRY(df_enrich(api->d, &wish, request->arena, &r, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "projectId", body.project_id);
    df_json_kbool(&w, "changed", r.changed);
    df_json_kstr(&w, "text", r.text);
    df_json_kopen(&w, "issues", '[');
    for (size_t i = 0; i < r.n; i++)
        put_issue(&w, &r.issues[i]);
    df_json_close(&w, ']');
    df_json_kint(&w, "leftOut", (int64_t)r.left_out);
    df_json_close(&w, '}');
    return DF_OK;
}
