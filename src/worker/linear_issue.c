#include "worker/workflows.h"

#include "base/json.h"
#include "service/tickets.h"

enum { RESULT_BYTES = 16 * 1024 };

/* input: {"issue": ...}. The result: {"outcome", "key", "url", "notes"}; nothing is made below the project's threshold, over its daily
 * cap, or while automatic issues are off. */
enum df_code df_workflow_linear_issue(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    return df_worker_issue_step(wf, input, "making the issue", "make-ticket", ret, err);
}

static struct df_str result(const char *outcome, const struct df_ticket_result *r, struct df_arena *arena)
{
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, RESULT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "outcome", df_str_c(outcome));
    df_json_kstr_or_null(&w, "key", r->ticket.key);
    df_json_kstr_or_null(&w, "url", r->ticket.url);
    df_json_kstrs(&w, "notes", r->notes, r->n_notes);
    df_json_close(&w, '}');
    return df_buf_str(&out);
}

/* However often it runs, there is one issue: that is the service's promise. */
enum df_code df_step_make_ticket(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    const struct df_devflow *d = call->app;
    struct df_ticket_settings settings;
    struct df_ticket_result r = {.outcome = DF_TICKET_BELOW};
    struct df_error why;
    const struct df_ticket_wish wish = {.project_id = call->project_id,
                                        .issue = df_worker_field(call->input, "issue", call->arena),
                                        .place = df_worker_field(call->input, "team", call->arena),
                                        .automatic = true};
    DF_TRY(d->store->ops->ticket_settings_get(d->store, call->project_id, call->arena, &settings, err));
    if (!settings.automatic) {
        *ret = result("off", &r, call->arena);
        return DF_OK;
    }
    enum df_code code = df_tickets_make(d, &wish, call->arena, &r, &why);
    if (code != DF_OK && code != DF_ERR_TOO_MANY) {
        *err = why;
        return code;
    }
    *ret = result(code == DF_OK ? df_ticket_outcome_name(r.outcome) : "capped", &r, call->arena);
    return DF_OK;
}
