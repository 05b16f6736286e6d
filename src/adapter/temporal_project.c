#include "adapter/temporal_parts.h"
#include "base/time.h"

enum { INFO_EXECUTION = 1, INFO_STATUS = 5, RUNNING = 1 };

/* Where runs cannot be found by their project, all are looked at: their memo has it too. */
static struct df_str query_of(struct temporal *t, struct df_str project_id, int64_t before_ms, struct df_arena *arena)
{
    struct df_buf query;
    df_buf_init(&query, arena, 64 * 1024);
    df_buf_printf(&query, "StartTime < '%.*s'", DF_FMT(df_time_format_ms(before_ms, arena)));
    temporal_put_equals(&query, "TaskQueue", t->settings.task_queue);
    if (temporal_attributes(t))
        temporal_put_equals(&query, TEMPORAL_PROJECT, project_id);
    return df_buf_str(&query);
}

static enum df_code forget(struct temporal *t, struct df_str execution, struct df_arena *arena, struct df_error *err)
{
    struct df_buf request = temporal_request(t, arena);
    df_pb_put_bytes(&request, 2, execution);
    enum df_code code = temporal_call(t, "DeleteWorkflowExecution", &request, TEMPORAL_CALL_MS, arena, NULL, err);
    return code == DF_ERR_WORKFLOW ? DF_OK : code;
}

/* One that ended meanwhile is forgotten the next time. */
static enum df_code end(struct temporal *t, struct df_str id, struct df_error *err)
{
    enum df_code code = temporal_cancel(&t->engine, id, err);
    return code == DF_ERR_ENDED || code == DF_ERR_WORKFLOW || code == DF_ERR_INVALID ? DF_OK : code;
}

static enum df_code leave_one(struct temporal *t, struct df_str info, struct df_str project_id, size_t *left,
                              struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_workflow_run run;
    temporal_read_info(info, scratch, &run);
    if (!df_str_eq(run.project_id, project_id))
        return DF_OK;
    if (df_pb_int(info, INFO_STATUS) != RUNNING) /* also a round that went on as the next */
        return forget(t, df_pb_bytes(info, INFO_EXECUTION), scratch, err);
    (*left)++;
    return end(t, run.id, err);
}

enum df_code temporal_leave_project(struct df_engine *engine, struct df_str project_id, int64_t started_before_ms,
                                    size_t *ret_left, struct df_error *err)
{
    struct temporal *t = (struct temporal *)engine;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str query = query_of(t, project_id, started_before_ms, arena), token = DF_STR_NONE, page, info;
    size_t left = 0;
    do {
        DF_TRY(temporal_list_page(t, query, token, arena, &page, err));
        for (struct df_pb pb = df_pb_read(page); df_pb_next_bytes(&pb, 1, &info);)
            DF_TRY(leave_one(t, info, project_id, &left, err));
        token = df_pb_bytes(page, 2);
    } while (token.n);
    *ret_left = left;
    return DF_OK;
}
