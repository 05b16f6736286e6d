#include "adapter/temporal_run.h"
#include "base/fatal.h"

#include <stdlib.h>

enum { BUCKETS = 1024 };
/* coresdk.workflow_activation.WorkflowActivation and its jobs */
enum { RUN_ID = 1, TIME = 2, REPLAYING = 3, JOBS = 5 };
enum {
    JOB_START = 1,
    JOB_TIMER = 2,
    JOB_QUERY = 5,
    JOB_CANCEL = 6,
    JOB_SIGNAL = 7,
    JOB_STEP = 8,
    JOB_PATCH = 9,
    JOB_CHILD_BEGAN = 10,
    JOB_CHILD = 11,
    JOB_UPDATE = 14,
    JOB_FORGET = 50,
};
enum {
    START_TYPE = 1,
    START_ID = 2,
    START_INPUT = 3,
    START_SEED = 4,
    START_HEADERS = 5,
    START_MEMO = 21,
    START_TIME = 23
};
enum { RESULT_OK = 1, RESULT_FAILED = 2, RESULT_CANCELLED = 3, RESULT_LATER = 4 };
/* coresdk.workflow_completion and temporal.api.enums.v1.WorkflowTaskFailedCause */
enum { DONE_OK = 2, DONE_FAILED = 3, DONE_COMMANDS = 1, CAUSE_CHANGED_CODE = 24 };

struct temporal_runs {
    struct temporal *t;
    struct df_worker_options options;
    struct df_wf_host *host;
    struct temporal_run *buckets[BUCKETS];
};

struct temporal_runs *temporal_runs_new(struct temporal *t, const struct df_worker_options *options)
{
    struct temporal_runs *runs = df_must(calloc(1, sizeof *runs));
    runs->t = t;
    runs->options = *options;
    runs->host = df_wf_host_new();
    return runs;
}

static void run_free(struct temporal_run *run)
{
    if (run->wf)
        df_wf_free(run->wf);
    df_arena_free(run->arena);
}

void temporal_runs_free(struct temporal_runs *runs)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct temporal_run *run = runs->buckets[i], *next; run; run = next) {
            next = run->next;
            run_free(run);
        }
    df_wf_host_free(runs->host);
    free(runs);
}

static struct temporal_run **place(struct temporal_runs *runs, struct df_str run_id)
{
    struct temporal_run **at = &runs->buckets[df_str_hash(run_id) % BUCKETS];
    while (*at && !df_str_eq((*at)->run_id, run_id))
        at = &(*at)->next;
    return at;
}

static void forget(struct temporal_runs *runs, struct df_str run_id)
{
    struct temporal_run **at = place(runs, run_id), *run = *at;
    if (!run)
        return;
    *at = run->next;
    run_free(run);
}

/* ---- A run from its first job. */

static void read_signals(struct temporal_run *run, struct df_str start)
{
    struct df_str text = df_temporal_text(start, START_HEADERS, TEMPORAL_SIGNALS, run->arena);
    const struct df_json *kept;
    if (text.n && df_json_parse(run->arena, text, 0, &kept, NULL) == DF_OK)
        run->kept = kept;
}

static struct temporal_run *run_new(struct temporal_runs *runs, struct df_str run_id, struct df_str start)
{
    struct df_arena *arena = df_arena_new();
    struct temporal_run *run = DF_NEW(arena, struct temporal_run);
    struct df_str memo = df_pb_bytes(start, START_MEMO);
    unsigned long long round;
    run->t = runs->t;
    run->arena = arena;
    run->run_id = df_arena_dup(arena, run_id);
    run->id = df_arena_dup(arena, df_pb_bytes(start, START_ID));
    run->type = df_arena_dup(arena, df_pb_bytes(start, START_TYPE));
    run->about.project_id = df_temporal_text(memo, 1, TEMPORAL_PROJECT, arena);
    run->about.issue = df_temporal_text(memo, 1, TEMPORAL_ISSUE, arena);
    run->about.round = df_str_to_u64(df_temporal_text(memo, 1, TEMPORAL_ROUND, arena), &round) ? (int64_t)round : 1;
    read_signals(run, start);
    const struct df_workflow *workflow = df_workflow_find(runs->options.table, run->type);
    if (!workflow) {
        run->fault = df_arena_printf(arena, "this devflow has no workflow %.*s", DF_FMT(run->type));
        return run;
    }
    run->wf = df_wf_new(runs->host,
                        &(const struct df_wf_begin){.workflow = workflow,
                                                    .id = run->id,
                                                    .project_id = run->about.project_id,
                                                    .input = df_temporal_payload(df_pb_bytes(start, START_INPUT)),
                                                    .seed = df_pb_int(start, START_SEED),
                                                    .now_ms = df_pb_ms(start, START_TIME)});
    return run;
}

/* ---- Jobs become events. */

struct activation {
    struct temporal_runs *runs;
    struct temporal_run *run;
    struct df_arena *arena;
    struct df_buf *commands;
    int64_t time_ms;
    bool replaying;
};

static void heed(struct activation *a)
{
    const struct df_wf_command *commands;
    size_t n = df_wf_take_commands(a->run->wf, &commands);
    for (size_t i = 0; i < n && !a->run->fault.n; i++)
        if (commands[i].kind == DF_COMMAND_STEP && !df_workflow_step_find(a->runs->options.table, commands[i].name))
            a->run->fault = df_arena_printf(a->run->arena, "this devflow has no step %.*s", DF_FMT(commands[i].name));
        else
            temporal_put_command(a->run, &commands[i], a->commands);
}

static void tell(struct activation *a, struct df_wf_event event)
{
    struct df_error err;
    event.at_ms = a->time_ms;
    if (df_wf_apply(a->run->wf, &event, a->replaying, &err) != DF_OK)
        a->run->fault = df_arena_dup(a->run->arena, df_str_c(err.message));
    else
        heed(a);
}

static void begin(struct activation *a)
{
    struct temporal_run *run = a->run;
    size_t n = df_json_count(run->kept);
    for (size_t i = 0; i < n; i++) {
        const struct df_json *signal = df_json_at(run->kept, i);
        tell(a, (struct df_wf_event){.kind = DF_EVENT_SIGNAL,
                                     .name = df_json_get_str(signal, "name"),
                                     .value = df_json_get_str(signal, "payload")});
    }
    df_wf_begin(run->wf, a->replaying);
    heed(a);
}

/* Success, Failure and Cancellation are alike in ActivityResolution and ChildWorkflowResult. */
static struct df_wf_event answer(enum df_wf_event_kind kind, const struct temporal_open *open, struct df_str result)
{
    struct df_wf_event event = {.kind = kind, .seq = open->seq, .name = open->name};
    struct df_str in = df_pb_bytes(result, RESULT_OK);
    if (df_pb_has(result, RESULT_OK)) {
        event.value = df_temporal_payload(df_pb_bytes(in, 1));
        return event;
    }
    bool cancelled = df_pb_has(result, RESULT_CANCELLED);
    in = df_pb_bytes(result, cancelled ? RESULT_CANCELLED : RESULT_FAILED);
    struct df_temporal_failure failure = df_temporal_failure(df_pb_bytes(in, 1));
    event.code = cancelled ? DF_ERR_CANCELLED : failure.code;
    event.value = failure.sentence;
    return event;
}

static void unknown(struct activation *a, const char *what, uint32_t number)
{
    a->run->fault = df_arena_printf(a->run->arena,
                                    "the code of %.*s has changed: %s %u of its history is not there now",
                                    DF_FMT(a->run->type), what, number);
}

static void step_done(struct activation *a, struct df_str job)
{
    uint32_t number = (uint32_t)df_pb_int(job, 1);
    struct df_str result = df_pb_bytes(job, 2), later = df_pb_bytes(result, RESULT_LATER);
    struct temporal_open *open = temporal_open_find(a->run, DF_COMMAND_STEP, number);
    if (!open) {
        unknown(a, "step", number);
    } else if (df_pb_has(result, RESULT_LATER)) {
        temporal_put_backoff(a->run, open, later, a->commands);
    } else {
        struct df_wf_event event = answer(DF_EVENT_STEP, open, result);
        temporal_open_forget(a->run, open);
        tell(a, event);
    }
}

static void timer_fired(struct activation *a, struct df_str job)
{
    uint32_t number = (uint32_t)df_pb_int(job, 1);
    struct temporal_open *open = temporal_open_find(a->run, DF_COMMAND_TIMER, number);
    if (open) {
        struct df_wf_event event = {.kind = DF_EVENT_TIMER, .seq = open->seq};
        temporal_open_forget(a->run, open);
        tell(a, event);
    } else if ((open = temporal_open_waiting(a->run, number))) {
        temporal_put_again(a->run, open, a->commands);
    } else {
        unknown(a, "timer", number);
    }
}

static void child_done(struct activation *a, struct df_str job)
{
    uint32_t number = (uint32_t)df_pb_int(job, 1);
    struct temporal_open *open = temporal_open_find(a->run, DF_COMMAND_CHILD, number);
    if (!open)
        return; /* given up meanwhile */
    struct df_wf_event event = answer(DF_EVENT_CHILD, open, df_pb_bytes(job, 2));
    temporal_open_forget(a->run, open);
    tell(a, event);
}

static void child_began(struct activation *a, struct df_str job)
{
    uint32_t number = (uint32_t)df_pb_int(job, 1);
    struct temporal_open *open = temporal_open_find(a->run, DF_COMMAND_CHILD, number);
    if (!open || df_pb_has(job, 2))
        return;
    bool cancelled = df_pb_has(job, 4);
    struct df_wf_event event = {.kind = DF_EVENT_CHILD,
                                .seq = open->seq,
                                .name = open->name,
                                .code = cancelled ? DF_ERR_CANCELLED : DF_ERR_EXISTS,
                                .value = cancelled ? DF_S("it was cancelled")
                                                   : DF_S("a workflow of the child's ID is there already")};
    temporal_open_forget(a->run, open);
    tell(a, event);
}

static void answer_query(struct activation *a, struct df_str query)
{
    struct df_buf json;
    struct df_json_writer w;
    struct temporal_run *run = a->run;
    const struct df_json *state = NULL;
    df_buf_init(&json, a->arena, DF_TEMPORAL_MESSAGE_BYTES);
    df_json_writer_init(&w, &json, 0);
    df_json_open(&w, '{');
    df_json_kint(&w, "round", run->about.round);
    df_json_kstr(&w, "waiting", run->wf && !df_wf_end(run->wf) ? df_wf_waiting(run->wf, a->arena) : DF_STR_NONE);
    if (run->wf && df_wf_status(run->wf).n && df_json_parse(a->arena, df_wf_status(run->wf), 0, &state, NULL) == DF_OK)
        df_json_kvalue(&w, "state", state);
    df_json_close(&w, '}');
    size_t command = df_pb_open(a->commands, DONE_COMMANDS), result = df_pb_open(a->commands, 3);
    df_pb_put_bytes(a->commands, 1, df_pb_bytes(query, 1));
    size_t success = df_pb_open(a->commands, 2);
    df_temporal_put_payload(a->commands, 1, df_buf_str(&json));
    df_pb_close(a->commands, success);
    df_pb_close(a->commands, result);
    df_pb_close(a->commands, command);
}

static void refuse_update(struct activation *a, struct df_str update)
{
    size_t command = df_pb_open(a->commands, DONE_COMMANDS), response = df_pb_open(a->commands, 20);
    df_pb_put_bytes(a->commands, 1, df_pb_bytes(update, 2));
    df_temporal_put_failure(
        a->commands, 3,
        &(const struct df_temporal_failure){.code = DF_ERR_INVALID,
                                            .sentence = DF_S("DevFlow's workflows take signals, no updates")});
    df_pb_close(a->commands, response);
    df_pb_close(a->commands, command);
}

static void do_job(struct activation *a, const struct df_pb_field *job)
{
    switch (job->number) {
    case JOB_QUERY:
        answer_query(a, job->bytes);
        return;
    case JOB_UPDATE:
        refuse_update(a, job->bytes);
        return;
    default:
        break;
    }
    if (a->run->fault.n || !a->run->wf)
        return;
    switch (job->number) {
    case JOB_START:
        begin(a);
        break;
    case JOB_TIMER:
        timer_fired(a, job->bytes);
        break;
    case JOB_CANCEL:
        tell(a, (struct df_wf_event){.kind = DF_EVENT_CANCEL});
        break;
    case JOB_SIGNAL:
        tell(a, (struct df_wf_event){.kind = DF_EVENT_SIGNAL,
                                     .name = df_pb_bytes(job->bytes, 1),
                                     .value = df_temporal_payload(df_pb_bytes(job->bytes, 2))});
        break;
    case JOB_STEP:
        step_done(a, job->bytes);
        break;
    case JOB_CHILD_BEGAN:
        child_began(a, job->bytes);
        break;
    case JOB_CHILD:
        child_done(a, job->bytes);
        break;
    default: /* a new seed after a reset: the old one goes on, which is as random */
        break;
    }
}

/* Markers first: the code may ask for one in its first call. */
static void do_jobs(struct activation *a, struct df_str activation)
{
    struct df_str job;
    struct df_pb_field field;
    struct df_pb pb = df_pb_read(activation);
    while (df_pb_next_bytes(&pb, JOBS, &job))
        if (df_pb_has(job, JOB_PATCH) && a->run->wf)
            df_wf_know_patch(a->run->wf, df_pb_bytes(df_pb_bytes(job, JOB_PATCH), 1));
    pb = df_pb_read(activation);
    while (df_pb_next_bytes(&pb, JOBS, &job)) {
        struct df_pb one = df_pb_read(job);
        if (df_pb_next(&one, &field) && field.wire == DF_PB_BYTES)
            do_job(a, &field);
    }
}

static struct df_str first_of(struct df_str activation, uint32_t kind)
{
    struct df_str job;
    struct df_pb pb = df_pb_read(activation);
    while (df_pb_next_bytes(&pb, JOBS, &job))
        if (df_pb_has(job, kind))
            return df_pb_bytes(job, kind).p ? df_pb_bytes(job, kind) : DF_S("");
    return DF_STR_NONE;
}

static void put_park(struct temporal_runs *runs, struct temporal_run *run, struct df_buf *completion)
{
    temporal_tell(&runs->options, true, "a workflow is parked", run->id, run->fault);
    size_t failed = df_pb_open(completion, DONE_FAILED);
    df_temporal_put_failure(completion, 1,
                            &(const struct df_temporal_failure){.code = DF_ERR_FAILED, .sentence = run->fault});
    df_pb_put_int(completion, 2, CAUSE_CHANGED_CODE);
    df_pb_close(completion, failed);
}

static void put_done(struct df_buf *completion, const struct df_buf *commands)
{
    size_t done = df_pb_open(completion, DONE_OK);
    df_buf_put(completion, commands->p, commands->n);
    df_pb_close(completion, done);
}

void temporal_activate(struct temporal_runs *runs, struct df_str activation, struct df_buf *completion)
{
    struct df_str run_id = df_pb_bytes(activation, RUN_ID), start = first_of(activation, JOB_START);
    struct df_buf commands;
    df_buf_init(&commands, completion->arena, DF_TEMPORAL_MESSAGE_BYTES);
    df_pb_put_bytes(completion, 1, run_id);
    if (first_of(activation, JOB_FORGET).p) {
        forget(runs, run_id);
        put_done(completion, &commands);
        return;
    }
    struct temporal_run **at = place(runs, run_id);
    if (!*at && start.p)
        *at = run_new(runs, run_id, start);
    struct activation a = {.runs = runs,
                           .run = *at,
                           .arena = completion->arena,
                           .commands = &commands,
                           .time_ms = df_pb_ms(activation, TIME),
                           .replaying = df_pb_int(activation, REPLAYING) != 0};
    if (!a.run) { /* the core promises that this does not happen; begun anew, it heals */
        put_park(runs, &(struct temporal_run){.id = run_id, .fault = DF_S("the worker does not have this run")},
                 completion);
        return;
    }
    do_jobs(&a, activation);
    if (a.run->fault.n)
        put_park(runs, a.run, completion);
    else
        put_done(completion, &commands);
}
