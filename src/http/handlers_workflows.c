#include "base/time.h"
#include "http/api.h"
#include "http/audit_note.h"
#include "http/gate.h"
#include "service/workflows.h"

enum { INPUT_LIMIT_BYTES = 256 * 1024, HISTORY_SHOWN = 1000, LISTED = 1000, CONTEXTS_SHOWN = 200 };

/* A JSON text of the engine's as JSON; what is none, as a string. */
static void put_text(struct df_json_writer *w, const char *key, struct df_str text, struct df_arena *arena)
{
    const struct df_json *value;
    if (text.n == 0)
        df_json_knull(w, key);
    else if (df_json_parse(arena, text, 0, &value, NULL) == DF_OK)
        df_json_kvalue(w, key, value);
    else
        df_json_kstr(w, key, text);
}

static void put_brief(struct df_json_writer *w, const struct df_workflow_run *run, struct df_arena *arena)
{
    df_json_kstr(w, "id", run->id);
    df_json_kstr(w, "name", run->name);
    df_json_kstr(w, "projectId", run->project_id);
    df_json_kstr(w, "status", df_str_c(df_workflow_status_name(run->status)));
    df_api_put_time(w, "startedAt", run->started_ms, arena);
    df_api_put_time(w, "closedAt", run->closed_ms, arena);
}

static void put_whole(struct df_json_writer *w, const struct df_workflow_run *run, struct df_arena *arena)
{
    put_brief(w, run, arena);
    df_json_kstr_or_null(w, "issue", run->issue);
    df_json_kstr_or_null(w, "parentId", run->parent_id);
    df_json_kint(w, "round", run->round);
    put_text(w, "input", run->input, arena);
    put_text(w, "state", run->state, arena);
    put_text(w, "result", run->result, arena);
    df_json_kstr_or_null(w, "code", run->code == DF_OK ? DF_STR_NONE : df_str_c(df_code_name(run->code)));
    df_json_kstr_or_null(w, "reason", run->reason);
    df_json_kstr_or_null(w, "waitsFor", run->waiting);
    df_api_put_time(w, "dueAt", run->due_ms, arena);
}

static void put_happening(struct df_json_writer *w, const struct df_workflow_happening *h, struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "at", df_time_format_ms(h->at_ms, arena));
    df_json_kstr(w, "kind", df_str_c(h->kind));
    df_json_kint(w, "seq", h->seq);
    df_json_kstr_or_null(w, "name", h->name);
    df_json_kstr_or_null(w, "code", h->code == DF_OK ? DF_STR_NONE : df_str_c(df_code_name(h->code)));
    df_json_kstr_or_null(w, "value", h->value);
    df_api_put_time(w, "nextAttemptAt", h->due_ms, arena);
    df_json_close(w, '}');
}

static enum df_code reply_run(const struct df_api *api, struct df_str id, const struct df_request *request,
                              struct df_reply *reply, struct df_error *err)
{
    struct df_engine *engine = api->d->engine;
    struct df_workflow_run run;
    struct df_workflow_happening *history;
    size_t n;
    bool more;
    DF_TRY(df_workflows_find(api->d, request->params[0], id, request->arena, &run, err));
    DF_TRY(engine->ops->history(engine, id, HISTORY_SHOWN, request->arena, &history, &n, &more, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    put_whole(&w, &run, request->arena);
    df_json_kopen(&w, "history", '[');
    for (size_t i = 0; i < n; i++)
        put_happening(&w, &history[i], request->arena);
    df_json_close(&w, ']');
    df_json_kbool(&w, "more", more);
    df_json_close(&w, '}');
    return DF_OK;
}

/* The member, written again as text; empty when it is not there. */
static struct df_str json_member(const struct df_json *body, const char *name, struct df_arena *arena)
{
    struct df_buf out;
    struct df_json_writer w;
    const struct df_json *value = df_json_get(body, name);
    if (df_json_is_null(value))
        return DF_STR_NONE;
    df_buf_init(&out, arena, INPUT_LIMIT_BYTES);
    df_json_writer_init(&w, &out, 0);
    df_json_put_value(&w, value);
    return out.overflow ? DF_STR_NONE : df_buf_str(&out);
}

/* An object with those members alone. */
static enum df_code read_body(const struct df_request *request, const char *const *names, const struct df_json **ret,
                              struct df_error *err)
{
    DF_TRY(df_api_json_body(request, ret, err));
    if (!df_json_is_object(*ret))
        return df_fail(err, DF_ERR_INVALID, "the body is no JSON object");
    for (struct df_json_iter it = df_json_iter(*ret); df_json_next(&it);) {
        bool known = false, text = true;
        for (const char *const *name = names; *name; name++)
            known |= df_str_is(it.key, *name);
        if (!df_str_is(it.key, "input") && !df_str_is(it.key, "payload"))
            text = df_json_is_string(it.value) || df_json_is_null(it.value);
        if (!known || !text)
            return df_fail(err, DF_ERR_INVALID, known ? "%.*s must be a string" : "unknown field %.*s",
                           DF_FMT(df_str_head(it.key, 64)));
    }
    return DF_OK;
}

/* The embedded engine has written the row with the change. */
static void note(const struct df_api *api, const struct df_request *request, const char *action, struct df_str id)
{
    if (!api->d->engine->ops->noting)
        df_api_note_done(api, request, action, request->params[0], id);
}

enum df_code df_handle_workflow_start(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    static const char *const names[] = {"name", "id", "issue", "input", NULL};
    const struct df_api *api = app;
    const struct df_json *body;
    struct df_str id;
    DF_TRY(read_body(request, names, &body, err));
    const struct df_workflow_start start = {.id = df_json_get_str(body, "id"),
                                            .name = df_json_get_str(body, "name"),
                                            .project_id = request->params[0],
                                            .issue = df_str_head(df_json_get_str(body, "issue"), 500),
                                            .input = json_member(body, "input", request->arena)};
    if (start.name.n == 0)
        return df_fail(err, DF_ERR_INVALID, "name is required");
    const struct df_devflow *noting = df_api_noting(api, request, "workflow.start");
    DF_TRY(df_workflows_start(noting, &start, request->arena, &id, NULL, err));
    note(api, request, "workflow.start", id);
    reply->status = 201;
    return reply_run(api, id, request, reply, err);
}

static enum df_code read_filter(const struct df_request *request, struct df_workflow_filter *filter,
                                struct df_error *err)
{
    const struct df_str *status = df_request_query_given(request, "status");
    const struct df_str *before = df_request_query_given(request, "before");
    filter->name = df_request_query(request, "name");
    filter->issue = df_request_query(request, "issue");
    filter->by_status = status != NULL;
    if (status && !df_workflow_status_parse(*status, &filter->status))
        return df_fail(err, DF_ERR_INVALID, "status must be running, completed, failed, cancelled or parked");
    if (before && !df_time_parse(*before, &filter->before_ms))
        return df_fail(err, DF_ERR_INVALID, "before must be a time, such as 2025-01-15T12:00:00Z");
    DF_TRY(df_api_query_int(request, "limit", &filter->limit, err));
    if (filter->limit > LISTED)
        return df_fail(err, DF_ERR_INVALID, "limit must be at most %d", LISTED);
    return DF_OK;
}

static enum df_code reply_list(const struct df_api *api, struct df_workflow_filter *filter,
                               const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    struct df_engine *engine = api->d->engine;
    struct df_workflow_run *runs;
    size_t n;
    DF_TRY(read_filter(request, filter, err));
    DF_TRY(engine->ops->list(engine, filter, request->arena, &runs, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "workflows", '[');
    for (size_t i = 0; i < n; i++) {
        df_json_open(&w, '{');
        put_brief(&w, &runs[i], request->arena);
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

/* Every project's, to who may see all; a project's key sees its own. */
enum df_code df_handle_workflow_list_all(void *app, const struct df_request *request, struct df_reply *reply,
                                         struct df_error *err)
{
    struct df_workflow_filter filter = {.project_id = df_api_own_project(request)};
    return reply_list(app, &filter, request, reply, err);
}

enum df_code df_handle_workflow_list(void *app, const struct df_request *request, struct df_reply *reply,
                                     struct df_error *err)
{
    const struct df_api *api = app;
    struct df_project project;
    DF_TRY(api->d->store->ops->project_find(api->d->store, request->params[0], request->arena, &project, err));
    struct df_workflow_filter filter = {.project_id = project.id};
    return reply_list(api, &filter, request, reply, err);
}

enum df_code df_handle_workflow_show(void *app, const struct df_request *request, struct df_reply *reply,
                                     struct df_error *err)
{
    return reply_run(app, request->params[1], request, reply, err);
}

/* What they share: the run is the project's, then the engine is asked, then the run is shown. */
static enum df_code own_run(const struct df_api *api, const struct df_request *request, struct df_error *err)
{
    struct df_workflow_run run;
    return df_workflows_find(api->d, request->params[0], request->params[1], request->arena, &run, err);
}

enum df_code df_handle_workflow_signal(void *app, const struct df_request *request, struct df_reply *reply,
                                       struct df_error *err)
{
    static const char *const names[] = {"name", "payload", NULL};
    const struct df_api *api = app;
    struct df_engine *engine = df_api_noting(api, request, "workflow.signal")->engine;
    const struct df_json *body;
    DF_TRY(read_body(request, names, &body, err));
    if (df_json_get_str(body, "name").n == 0)
        return df_fail(err, DF_ERR_INVALID, "name is required");
    DF_TRY(own_run(api, request, err));
    DF_TRY(engine->ops->signal(engine, request->params[1], df_json_get_str(body, "name"),
                               json_member(body, "payload", request->arena), err));
    note(api, request, "workflow.signal", request->params[1]);
    return reply_run(api, request->params[1], request, reply, err);
}

enum df_code df_handle_workflow_cancel(void *app, const struct df_request *request, struct df_reply *reply,
                                       struct df_error *err)
{
    const struct df_api *api = app;
    struct df_engine *engine = df_api_noting(api, request, "workflow.cancel")->engine;
    DF_TRY(own_run(api, request, err));
    DF_TRY(engine->ops->cancel(engine, request->params[1], err));
    note(api, request, "workflow.cancel", request->params[1]);
    return reply_run(api, request->params[1], request, reply, err);
}

enum df_code df_handle_workflow_retry(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    const struct df_api *api = app;
    struct df_engine *engine = df_api_noting(api, request, "workflow.retry")->engine;
    DF_TRY(own_run(api, request, err));
    DF_TRY(engine->ops->retry(engine, request->params[1], err));
    note(api, request, "workflow.retry", request->params[1]);
    return reply_run(api, request->params[1], request, reply, err);
}

/* ---- What the workflow sentry-context stores. */

static void put_context(struct df_json_writer *w, const struct df_stored_context *c, bool whole, struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "projectId", c->project_id);
    df_json_kstr(w, "issue", c->issue);
    df_json_kstr(w, "title", c->title);
    df_json_kstr(w, "workflowId", c->workflow_id);
    df_api_put_time(w, "storedAt", c->stored_ms, arena);
    if (whole)
        df_json_kstr(w, "markdown", c->markdown);
    df_json_close(w, '}');
}

enum df_code df_handle_stored_contexts(void *app, const struct df_request *request, struct df_reply *reply,
                                       struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_store_ops *ops = api->d->store->ops;
    struct df_project project;
    struct df_stored_context *contexts;
    size_t n;
    DF_TRY(ops->project_find(api->d->store, request->params[0], request->arena, &project, err));
    DF_TRY(ops->context_list(api->d->store, project.id, CONTEXTS_SHOWN, request->arena, &contexts, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "contexts", '[');
    for (size_t i = 0; i < n; i++)
        put_context(&w, &contexts[i], false, request->arena);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_stored_context(void *app, const struct df_request *request, struct df_reply *reply,
                                      struct df_error *err)
{
    const struct df_api *api = app;
    struct df_stored_context context;
    DF_TRY(api->d->store->ops->context_find(api->d->store, request->params[0], request->params[1], request->arena,
                                            &context, err));
    struct df_json_writer w = df_api_json(reply);
    put_context(&w, &context, true, request->arena);
    return DF_OK;
}
