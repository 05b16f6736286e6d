#include "worker/workflows.h"

#include "base/json.h"
#include "service/tickets.h"

enum { WATCHED = 100, RESULT_BYTES = 16 * 1024 };

static const struct df_step_options patient = {
    .attempts = 4, .timeout_ms = 3 * 60 * 1000, .backoff_ms = 2000, .backoff_max_ms = 60 * 1000, .remote = true};

/* input: {}. The project's hundred tickets that changed last are each told what Sentry knows by now; none is made. The result: {"told",
 * "failed"}: one that cannot be told, an issue that was deleted, does not keep the others. */
enum df_code df_workflow_linear_watch(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    struct df_arena *arena = df_wf_arena(wf);
    struct df_str found, one;
    const struct df_json *list;
    size_t told = 0, failed = 0;
    DF_TRY(df_wf_step(wf, "list-tickets", input, &patient, &found, err));
    DF_TRY(df_json_parse(arena, found, 0, &list, err));
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);) {
        struct df_buf wish;
        struct df_json_writer w;
        df_buf_init(&wish, arena, RESULT_BYTES);
        df_json_writer_init(&w, &wish, 0);
        df_json_open(&w, '{');
        df_json_kstr(&w, "issue", df_json_str(it.value));
        df_json_close(&w, '}');
        enum df_code code = df_wf_step(wf, "tell-ticket", df_buf_str(&wish), &patient, &one, err);
        if (code == DF_ERR_INTERRUPTED)
            return code;
        told += code == DF_OK;
        failed += code != DF_OK;
        df_wf_set_status(wf, df_arena_printf(arena, "{\"told\":%zu,\"failed\":%zu}", told, failed));
    }
    *ret = df_arena_printf(arena, "{\"told\":%zu,\"failed\":%zu}", told, failed);
    return DF_OK;
}

enum df_code df_step_list_tickets(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    const struct df_devflow *d = call->app;
    struct df_ticket *tickets;
    struct df_buf out;
    struct df_json_writer w;
    size_t n;
    DF_TRY(d->store->ops->ticket_list(d->store, call->project_id, WATCHED, call->arena, &tickets, &n, err));
    df_buf_init(&out, call->arena, RESULT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        if (tickets[i].ref.n)
            df_json_put_str(&w, tickets[i].sentry_id);
    df_json_close(&w, ']');
    *ret = df_buf_str(&out);
    return DF_OK;
}

enum df_code df_step_tell_ticket(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    struct df_ticket_result r;
    const struct df_ticket_wish wish = {.project_id = call->project_id,
                                        .issue = df_worker_field(call->input, "issue", call->arena),
                                        .known_alone = true};
    DF_TRY(df_tickets_make(call->app, &wish, call->arena, &r, err));
    *ret = df_arena_printf(call->arena, "{\"outcome\":\"%s\"}", df_ticket_outcome_name(r.outcome));
    return DF_OK;
}
