#include "adapter/temporal_parts.h"
#include "adapter/workflow_id.h"
#include "base/crypto.h"

/* temporal.api.workflowservice.v1 */
enum { REJECT_DUPLICATE = 3, CONFLICT_FAIL = 1 };

static enum df_code check_value(const char *what, struct df_str value, struct df_error *err)
{
    return value.n <= DF_WORKFLOW_VALUE_BYTES
               ? DF_OK
               : df_fail(err, DF_ERR_INVALID, "the %s has %zu bytes; at most %d are taken", what, value.n,
                         DF_WORKFLOW_VALUE_BYTES);
}

static enum df_code check_start(const struct df_workflow_start *start, struct df_error *err)
{
    DF_TRY(workflow_id_usable(start->id, err));
    DF_TRY(check_value("input", start->input, err));
    if (start->name.n == 0 || start->name.n > DF_WORKFLOW_NAME_BYTES)
        return df_fail(err, DF_ERR_INVALID, "the name of a workflow has 1 to %d bytes", DF_WORKFLOW_NAME_BYTES);
    return DF_OK;
}

static struct df_buf start_request(struct temporal *t, const struct df_workflow_start *start, struct df_str id,
                                   bool bare, struct df_arena *arena)
{
    struct df_buf request = temporal_request(t, arena);
    const struct temporal_about about = {start->project_id, start->issue, 1, bare};
    df_pb_put_bytes(&request, 2, id);
    df_temporal_put_named(&request, 3, start->name);
    df_temporal_put_named(&request, 4, t->settings.task_queue);
    df_temporal_put_payloads(&request, 5, start->input);
    df_pb_put_bytes(&request, 9, df_str_c(t->identity));
    df_pb_put_bytes(&request, 10, df_random_uuid(arena));
    df_pb_put_int(&request, 11, REJECT_DUPLICATE);
    df_pb_put_int(&request, 22, CONFLICT_FAIL);
    temporal_put_about(t, &request, 14, true, 15, &about);
    return request;
}

enum df_code temporal_start(struct df_engine *engine, const struct df_workflow_start *start, struct df_arena *arena,
                            struct df_str *ret_id, bool *ret_started, struct df_error *err)
{
    struct temporal *t = (struct temporal *)engine;
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    DF_TRY(check_start(start, err));
    struct df_str id = start->id.n
                           ? df_arena_dup(arena, start->id)
                           : df_arena_printf(arena, "%.*s-%.*s", DF_FMT(start->name), 16, df_random_hex(8, scratch).p);
    (void)temporal_attributes(t);
    struct df_buf request = start_request(t, start, id, false, scratch);
    enum df_code code = temporal_call(t, "StartWorkflowExecution", &request, TEMPORAL_CALL_MS, scratch, NULL, err);
    if (code == DF_ERR_INVALID) { /* attributes just created are not known in every part of the server at once */
        request = start_request(t, start, id, true, scratch);
        code = temporal_call(t, "StartWorkflowExecution", &request, TEMPORAL_CALL_MS, scratch, NULL, err);
    }
    bool there = code == DF_ERR_EXISTS;
    if (there && !start->ignore_existing)
        return df_fail(err, DF_ERR_EXISTS, "a workflow with the id %.*s exists already", DF_FMT(id));
    if (code != DF_OK && !there)
        return code;
    if (ret_id)
        *ret_id = id;
    if (ret_started)
        *ret_started = !there;
    return DF_OK;
}

/* The server says "not found" of what has ended too. */
static enum df_code ended_or_none(struct temporal *t, struct df_str id, struct df_error *err)
{
    struct df_workflow_run run;
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    DF_TRY(temporal_find(&t->engine, id, scratch, &run, err));
    return df_fail(err, DF_ERR_ENDED, "the workflow %.*s has ended: it is %s", DF_FMT(id),
                   df_workflow_status_name(run.status));
}

enum df_code temporal_signal(struct df_engine *engine, struct df_str id, struct df_str name, struct df_str payload,
                             struct df_error *err)
{
    struct temporal *t = (struct temporal *)engine;
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    DF_TRY(check_value("payload", payload, err));
    if (name.n == 0 || name.n > DF_WORKFLOW_NAME_BYTES)
        return df_fail(err, DF_ERR_INVALID, "the name of a signal has 1 to %d bytes", DF_WORKFLOW_NAME_BYTES);
    struct df_buf request = temporal_request(t, scratch);
    df_temporal_put_execution(&request, 2, id, DF_STR_NONE);
    df_pb_put_bytes(&request, 3, name);
    df_temporal_put_payloads(&request, 4, payload);
    df_pb_put_bytes(&request, 5, df_str_c(t->identity));
    df_pb_put_bytes(&request, 6, df_random_uuid(scratch));
    enum df_code code = temporal_call(t, "SignalWorkflowExecution", &request, TEMPORAL_CALL_MS, scratch, NULL, err);
    return code == DF_ERR_WORKFLOW ? ended_or_none(t, id, err) : code;
}

static enum df_code ask_to_end(struct temporal *t, struct df_str id, struct df_arena *scratch, struct df_error *err)
{
    struct df_buf request = temporal_request(t, scratch);
    df_temporal_put_execution(&request, 2, id, DF_STR_NONE);
    df_pb_put_bytes(&request, 3, df_str_c(t->identity));
    df_pb_put_bytes(&request, 4, df_random_uuid(scratch));
    return temporal_call(t, "RequestCancelWorkflowExecution", &request, TEMPORAL_CALL_MS, scratch, NULL, err);
}

/* Its code cannot be asked. */
static enum df_code end_parked(struct temporal *t, struct df_str id, struct df_arena *scratch, struct df_error *err)
{
    struct df_buf request = temporal_request(t, scratch);
    df_temporal_put_execution(&request, 2, id, DF_STR_NONE);
    df_pb_put_bytes(&request, 3, DF_S("cancelled while it was parked"));
    df_pb_put_bytes(&request, 5, df_str_c(t->identity));
    return temporal_call(t, "TerminateWorkflowExecution", &request, TEMPORAL_CALL_MS, scratch, NULL, err);
}

enum df_code temporal_cancel(struct df_engine *engine, struct df_str id, struct df_error *err)
{
    struct temporal *t = (struct temporal *)engine;
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_workflow_run run;
    DF_TRY(temporal_find(engine, id, scratch, &run, err)); /* the server takes it for what has ended, too */
    if (run.status != DF_WORKFLOW_RUNNING && run.status != DF_WORKFLOW_PARKED)
        return ended_or_none(t, id, err);
    enum df_code code = run.status == DF_WORKFLOW_PARKED ? end_parked(t, id, scratch, err)
                                                         : ask_to_end(t, id, scratch, err);
    return code == DF_ERR_WORKFLOW ? ended_or_none(t, id, err) : code;
}

/* ---- Retrying: the server resets the run to the workflow task before the failure. */

enum {
    EVENT_TASK_COMPLETED = 7,
    EVENT_STEP_SCHEDULED = 10,
    EVENT_STEP_FAILED = 13,
    EVENT_STEP_TIMED_OUT = 14,
    EVENT_MARKER = 25,
    EVENT_CHILD_FAILED = 33
};
enum { SCHEDULED_ATTRIBUTES = 15, FAILED_ATTRIBUTES = 18, TIMED_OUT_ATTRIBUTES = 19, MARKER_ATTRIBUTES = 25 };

struct reset {
    uint64_t last_task; /* the last workflow task that was completed */
    uint64_t point;     /* the one that the last failure came of */
    uint64_t *scheduled, *by;
    size_t n, cap;
    struct df_arena *arena;
};

static void note_scheduled(struct reset *r, uint64_t id, uint64_t by)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 64;
        r->scheduled = df_arena_grow(r->arena, r->scheduled, r->cap * sizeof(uint64_t), cap * sizeof(uint64_t));
        r->by = df_arena_grow(r->arena, r->by, r->cap * sizeof(uint64_t), cap * sizeof(uint64_t));
        r->cap = cap;
    }
    r->scheduled[r->n] = id;
    r->by[r->n++] = by;
}

static uint64_t task_of(const struct reset *r, uint64_t scheduled)
{
    for (size_t i = r->n; i-- > 0;)
        if (r->scheduled[i] == scheduled)
            return r->by[i];
    return r->last_task;
}

static bool note_event(struct df_str event, void *arg)
{
    struct reset *r = arg;
    uint64_t id = df_pb_int(event, 1);
    switch (df_pb_int(event, 3)) {
    case EVENT_TASK_COMPLETED:
        r->last_task = id;
        break;
    case EVENT_STEP_SCHEDULED:
        note_scheduled(r, id, df_pb_int(df_pb_bytes(event, SCHEDULED_ATTRIBUTES), 11));
        break;
    case EVENT_STEP_FAILED:
        r->point = task_of(r, df_pb_int(df_pb_bytes(event, FAILED_ATTRIBUTES), 2));
        break;
    case EVENT_STEP_TIMED_OUT:
        r->point = task_of(r, df_pb_int(df_pb_bytes(event, TIMED_OUT_ATTRIBUTES), 2));
        break;
    case EVENT_MARKER:
        if (df_pb_has(df_pb_bytes(event, MARKER_ATTRIBUTES), 5))
            r->point = df_pb_int(df_pb_bytes(event, MARKER_ATTRIBUTES), 3);
        break;
    case EVENT_CHILD_FAILED:
        r->point = 0;
        break;
    default:
        break;
    }
    return true;
}

static enum df_code reset(struct temporal *t, struct df_str id, struct df_arena *scratch, struct df_error *err)
{
    struct reset r = {.arena = scratch};
    DF_TRY(temporal_each_event(t, id, scratch, note_event, &r, err));
    struct df_buf request = temporal_request(t, scratch);
    df_temporal_put_execution(&request, 2, id, DF_STR_NONE);
    df_pb_put_bytes(&request, 3, DF_S("retried"));
    df_pb_put_int(&request, 4, r.point ? r.point : r.last_task);
    df_pb_put_bytes(&request, 5, df_random_uuid(scratch));
    return temporal_call(t, "ResetWorkflowExecution", &request, TEMPORAL_CALL_MS, scratch, NULL, err);
}

/* A parked run is tried again by the server, at growing intervals. */
enum df_code temporal_retry(struct df_engine *engine, struct df_str id, struct df_error *err)
{
    struct temporal *t = (struct temporal *)engine;
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_workflow_run run;
    DF_TRY(temporal_find(engine, id, scratch, &run, err));
    if (run.status == DF_WORKFLOW_COMPLETED || run.status == DF_WORKFLOW_CANCELLED)
        return ended_or_none(t, id, err);
    return run.status == DF_WORKFLOW_FAILED ? reset(t, id, scratch, err) : DF_OK;
}
