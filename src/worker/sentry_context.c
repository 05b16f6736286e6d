#include "worker/workflows.h"

#include "base/json.h"
#include "service/scrubbing.h"
#include "service/sentry.h"

enum { MARKDOWN_LIMIT_BYTES = 4 * 1024 * 1024, RESULT_BYTES = 16 * 1024 };

/* input: {"issue": a number, short ID, event id or URL}. The result: {"issue", "title", "bytes"}, of what is stored. */
enum df_code df_workflow_sentry_context(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    return df_worker_issue_step(wf, input, "fetching the context", "store-context", ret, err);
}

static struct df_str result(const struct df_stored_context *stored, struct df_arena *arena)
{
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, RESULT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "issue", stored->issue);
    df_json_kstr(&w, "title", stored->title);
    df_json_kint(&w, "bytes", (int64_t)stored->markdown.n);
    df_json_close(&w, '}');
    return df_buf_str(&out);
}

/* The title is the event's as much as the rest is. */
static struct df_str scrubbed_title(const struct df_devflow *d, struct df_str project_id, const struct df_issue *issue,
                                    struct df_arena *arena)
{
    enum { TITLE_BYTES = 500 };
    struct df_scrub scrub = df_scrubbing(d, project_id, arena);
    return df_str_head(df_scrub_text(&scrub, issue->title), TITLE_BYTES);
}

/* Storing it again stores the same row: the effect may happen twice. */
enum df_code df_step_store_context(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    const struct df_devflow *d = call->app;
    struct df_context context;
    struct df_buf markdown;
    struct df_str issue = df_worker_field(call->input, "issue", call->arena);
    DF_TRY(df_sentry_extract_context(d, call->project_id, issue, call->arena, &context, err));
    struct df_context_options options = df_scrubbing_options(d, call->project_id, call->arena);
    df_buf_init(&markdown, call->arena, MARKDOWN_LIMIT_BYTES);
    df_context_markdown(&context, &options, &markdown);
    if (markdown.overflow)
        return df_fail(err, DF_ERR_TOO_LARGE, "the context has more than %d bytes", MARKDOWN_LIMIT_BYTES);
    const struct df_stored_context stored = {.project_id = call->project_id,
                                             .issue = context.issue->short_id.n ? context.issue->short_id
                                                                                : context.issue->id,
                                             .title = scrubbed_title(d, call->project_id, context.issue, call->arena),
                                             .markdown = df_buf_str(&markdown),
                                             .workflow_id = call->workflow_id,
                                             .stored_ms = df_now_ms(d->clock)};
    if (!df_step_alive(call))
        return df_fail(err, DF_ERR_CANCELLED, "nobody waits for it any more");
    DF_TRY(d->store->ops->context_put(d->store, &stored, err));
    *ret = result(&stored, call->arena);
    return DF_OK;
}
