#include "adapter/temporal_parts.h"
#include "base/json.h"
#include "base/time.h"

#include <stdlib.h>

/* temporal.api.enums.v1.WorkflowExecutionStatus */
enum { RUNNING = 1, COMPLETED = 2, FAILED = 3, CANCELED = 4, TERMINATED = 5, CONTINUED = 6, TIMED_OUT = 7 };
/* workflow.v1.WorkflowExecutionInfo */
enum {
    INFO_EXECUTION = 1,
    INFO_TYPE = 2,
    INFO_START = 3,
    INFO_CLOSE = 4,
    INFO_STATUS = 5,
    INFO_PARENT = 8,
    INFO_MEMO = 10,
    INFO_ATTRIBUTES = 11
};
enum { LIST_LIMIT = 100, LIST_MOST = 1000, PAGE = 1000, PARKED_ATTEMPT = 2 };

static enum df_workflow_status status_of(uint64_t status)
{
    switch (status) {
    case COMPLETED:
        return DF_WORKFLOW_COMPLETED;
    case CANCELED:
    case TERMINATED:
        return DF_WORKFLOW_CANCELLED;
    case FAILED:
    case TIMED_OUT:
        return DF_WORKFLOW_FAILED;
    default:
        return DF_WORKFLOW_RUNNING;
    }
}

void temporal_read_info(struct df_str info, struct df_arena *arena, struct df_workflow_run *ret)
{
    struct df_str memo = df_pb_bytes(info, INFO_MEMO), problems;
    unsigned long long round;
    *ret = (struct df_workflow_run){
        .id = df_pb_bytes(df_pb_bytes(info, INFO_EXECUTION), 1),
        .name = df_pb_bytes(df_pb_bytes(info, INFO_TYPE), 1),
        .project_id = df_temporal_text(memo, 1, TEMPORAL_PROJECT, arena),
        .issue = df_temporal_text(memo, 1, TEMPORAL_ISSUE, arena),
        .status = status_of(df_pb_int(info, INFO_STATUS)),
        .parent_id = df_pb_bytes(df_pb_bytes(info, INFO_PARENT), 1),
        .round = df_str_to_u64(df_temporal_text(memo, 1, TEMPORAL_ROUND, arena), &round) ? (int64_t)round : 1,
        .started_ms = df_pb_ms(info, INFO_START),
        .closed_ms = df_pb_ms(info, INFO_CLOSE),
    };
    if (ret->status == DF_WORKFLOW_RUNNING &&
        df_pb_map(df_pb_bytes(info, INFO_ATTRIBUTES), 1, DF_S("TemporalReportedProblems"), &problems))
        ret->status = DF_WORKFLOW_PARKED;
}

/* ---- One run. */

struct seen {
    struct df_workflow_run *run;
    struct df_arena *arena;
};

static void read_failure(struct seen *s, struct df_str failure)
{
    struct df_temporal_failure read = df_temporal_failure(failure);
    s->run->code = read.code;
    s->run->reason = read.sentence;
}

/* What the server's core says of changed code has no name in it. */
static void read_park(struct seen *s, struct df_str attributes)
{
    struct df_str known = DF_S("the code of "), missing = DF_S("this devflow has no ");
    read_failure(s, df_pb_bytes(attributes, 4));
    if (df_pb_int(attributes, 3) == 24 && !df_str_starts(s->run->reason, known) &&
        !df_str_starts(s->run->reason, missing))
        s->run->reason = df_arena_printf(s->arena, "the code of %.*s has changed: %.*s", DF_FMT(s->run->name),
                                         DF_FMT(s->run->reason));
}

static bool look_at(struct df_str event, void *arg)
{
    struct seen *s = arg;
    switch (df_pb_int(event, 3)) {
    case 1:
        s->run->input = df_temporal_payloads(df_pb_bytes(df_pb_bytes(event, 6), 6));
        break;
    case 2:
        s->run->result = df_temporal_payloads(df_pb_bytes(df_pb_bytes(event, 7), 1));
        break;
    case 3:
        read_failure(s, df_pb_bytes(df_pb_bytes(event, 8), 1));
        break;
    case 4:
        s->run->code = DF_ERR_TIMED_OUT;
        s->run->reason = DF_S("Temporal ended it: it took longer than it may");
        break;
    case 9:
        read_park(s, df_pb_bytes(event, 14));
        break;
    case 27:
        s->run->code = DF_ERR_FAILED;
        s->run->reason = df_arena_printf(s->arena, "somebody terminated it: %.*s",
                                         DF_FMT(df_pb_bytes(df_pb_bytes(event, 27), 1)));
        break;
    default:
        break;
    }
    return true;
}

/* Nobody answers when no worker is there: then less is known. */
static void ask_run(struct temporal *t, struct df_workflow_run *run, struct df_arena *arena)
{
    struct df_error err;
    struct df_str response;
    const struct df_json *answer;
    struct df_buf request = temporal_request(t, arena);
    df_temporal_put_execution(&request, 2, run->id, DF_STR_NONE);
    size_t query = df_pb_open(&request, 3);
    df_pb_put_bytes(&request, 1, DF_S(TEMPORAL_QUERY));
    df_pb_close(&request, query);
    if (temporal_call(t, "QueryWorkflow", &request, TEMPORAL_QUERY_MS, arena, &response, &err) != DF_OK)
        return;
    if (df_json_parse(arena, df_temporal_payloads(df_pb_bytes(response, 1)), 0, &answer, NULL) != DF_OK)
        return;
    struct df_buf state;
    struct df_json_writer w;
    df_buf_init(&state, arena, DF_TEMPORAL_MESSAGE_BYTES);
    df_json_writer_init(&w, &state, 0);
    if (df_json_get(answer, "state"))
        df_json_put_value(&w, df_json_get(answer, "state"));
    run->state = df_buf_str(&state);
    run->waiting = df_json_get_str(answer, "waiting");
}

static enum df_code describe(struct temporal *t, struct df_str id, struct df_arena *arena, struct df_str *ret,
                             struct df_error *err)
{
    struct df_buf request = temporal_request(t, arena);
    df_temporal_put_execution(&request, 2, id, DF_STR_NONE);
    enum df_code code = temporal_call(t, "DescribeWorkflowExecution", &request, TEMPORAL_CALL_MS, arena, ret, err);
    if (code == DF_ERR_WORKFLOW)
        return df_fail(err, DF_ERR_WORKFLOW, "no workflow %.*s", DF_FMT(id));
    return code;
}

/* A task that fails again and again is what "parked" means here. */
static bool is_stuck(struct df_str described)
{
    return df_pb_int(df_pb_bytes(described, 5), 5) >= PARKED_ATTEMPT;
}

enum df_code temporal_find(struct df_engine *engine, struct df_str id, struct df_arena *arena,
                           struct df_workflow_run *ret, struct df_error *err)
{
    struct temporal *t = (struct temporal *)engine;
    struct df_workflow_run run;
    struct df_str described;
    DF_TRY(describe(t, id, arena, &described, err));
    temporal_read_info(df_pb_bytes(described, 2), arena, &run);
    struct seen seen = {&run, arena};
    DF_TRY(temporal_each_event(t, id, arena, look_at, &seen, err));
    bool parked = run.status == DF_WORKFLOW_PARKED || (run.status == DF_WORKFLOW_RUNNING && is_stuck(described));
    if (run.status == DF_WORKFLOW_RUNNING || run.status == DF_WORKFLOW_PARKED)
        run.status = parked && run.reason.n ? DF_WORKFLOW_PARKED : DF_WORKFLOW_RUNNING;
    if (run.status == DF_WORKFLOW_RUNNING) {
        run.code = DF_OK;
        run.reason = DF_STR_NONE;
    }
    if (run.status != DF_WORKFLOW_PARKED)
        ask_run(t, &run, arena);
    *ret = run;
    return DF_OK;
}

/* ---- Many. */

static const char *query_status(enum df_workflow_status status)
{
    static const char *const words[] = {
        [DF_WORKFLOW_RUNNING] = " AND ExecutionStatus = 'Running' AND TemporalReportedProblems IS NULL",
        [DF_WORKFLOW_COMPLETED] = " AND ExecutionStatus = 'Completed'",
        [DF_WORKFLOW_FAILED] = " AND ExecutionStatus IN ('Failed', 'TimedOut')",
        [DF_WORKFLOW_CANCELLED] = " AND ExecutionStatus IN ('Canceled', 'Terminated')",
        [DF_WORKFLOW_PARKED] = " AND ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL",
    };
    return words[status];
}

/* ' ends a string of the query language, and is doubled in one. */
void temporal_put_equals(struct df_buf *query, const char *name, struct df_str value)
{
    if (value.n == 0)
        return;
    df_buf_printf(query, " AND %s = '", name);
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\'' || value.p[i] == '\\')
            df_buf_put_char(query, value.p[i] == '\'' ? '\'' : '\\');
        df_buf_put_char(query, value.p[i]);
    }
    df_buf_put_char(query, '\'');
}

static struct df_str query_of(struct temporal *t, const struct df_workflow_filter *filter, struct df_arena *arena)
{
    struct df_buf query;
    df_buf_init(&query, arena, 64 * 1024);
    df_buf_put_c(&query, "ExecutionStatus != 'ContinuedAsNew'");
    temporal_put_equals(&query, "TaskQueue", t->settings.task_queue);
    temporal_put_equals(&query, "WorkflowType", filter->name);
    temporal_put_equals(&query, TEMPORAL_PROJECT, filter->project_id);
    temporal_put_equals(&query, TEMPORAL_ISSUE, filter->issue);
    if (filter->by_status)
        df_buf_put_c(&query, query_status(filter->status));
    if (filter->before_ms > 0)
        df_buf_printf(&query, " AND StartTime < '%.*s'", DF_FMT(df_time_format_ms(filter->before_ms, arena)));
    return df_buf_str(&query);
}

enum df_code temporal_list_page(struct temporal *t, struct df_str query, struct df_str token, struct df_arena *arena,
                                struct df_str *ret, struct df_error *err)
{
    struct df_buf request = temporal_request(t, arena);
    df_pb_put_int(&request, 2, PAGE);
    if (token.n)
        df_pb_put_bytes(&request, 3, token);
    df_pb_put_bytes(&request, 4, query);
    return temporal_call(t, "ListWorkflowExecutions", &request, TEMPORAL_CALL_MS, arena, ret, err);
}

static int newest_first(const void *left, const void *right)
{
    const struct df_workflow_run *a = left, *b = right;
    return a->started_ms < b->started_ms ? 1 : a->started_ms > b->started_ms ? -1 : 0;
}

/* A run that was reset has one execution for each, of the same id: the newest is it. */
static size_t one_each(struct df_workflow_run *runs, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool known = false;
        for (size_t k = 0; k < kept && !known; k++)
            known = df_str_eq(runs[k].id, runs[i].id);
        if (!known)
            runs[kept++] = runs[i];
    }
    return kept;
}

/* Servers sort as their visibility store does, and not all take an order: sorted here, over what a few pages hold. */
enum df_code temporal_list(struct df_engine *engine, const struct df_workflow_filter *filter, struct df_arena *arena,
                           struct df_workflow_run **ret, size_t *ret_n, struct df_error *err)
{
    struct temporal *t = (struct temporal *)engine;
    size_t limit = filter->limit > 0 ? (size_t)filter->limit : LIST_LIMIT, n = 0, cap = 0;
    struct df_workflow_run *runs = NULL;
    struct df_str query = query_of(t, filter, arena), token = DF_STR_NONE, page, info;
    (void)temporal_attributes(t);
    do {
        DF_TRY(temporal_list_page(t, query, token, arena, &page, err));
        struct df_pb pb = df_pb_read(page);
        while (df_pb_next_bytes(&pb, 1, &info)) {
            if (n == cap) {
                size_t more = cap ? 2 * cap : 64;
                runs = df_arena_grow(arena, runs, cap * sizeof *runs, more * sizeof *runs);
                cap = more;
            }
            temporal_read_info(info, arena, &runs[n++]);
        }
        token = df_pb_bytes(page, 2);
    } while (token.n && n < 4 * LIST_MOST);
    if (n)
        qsort(runs, n, sizeof *runs, newest_first);
    n = one_each(runs, n);
    *ret = runs;
    *ret_n = n < limit ? n : limit;
    return DF_OK;
}

static enum df_code count(struct temporal *t, const char *more, int64_t *ret, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_buf query, request = temporal_request(t, scratch);
    struct df_str response;
    df_buf_init(&query, scratch, 64 * 1024);
    df_buf_put_c(&query, "ExecutionStatus != 'ContinuedAsNew'");
    temporal_put_equals(&query, "TaskQueue", t->settings.task_queue);
    df_buf_put_c(&query, more);
    df_pb_put_bytes(&request, 2, df_buf_str(&query));
    DF_TRY(temporal_call(t, "CountWorkflowExecutions", &request, TEMPORAL_CALL_MS, scratch, &response, err));
    *ret = (int64_t)df_pb_int(response, 1);
    return DF_OK;
}

enum df_code temporal_counts(struct df_engine *engine, struct df_workflow_counts *ret, struct df_error *err)
{
    struct df_workflow_counts counts = {.known = true};
    for (int i = 0; i < DF_WORKFLOW_STATUSES; i++)
        DF_TRY(count((struct temporal *)engine, query_status((enum df_workflow_status)i), &counts.by_status[i], err));
    *ret = counts;
    return DF_OK;
}
