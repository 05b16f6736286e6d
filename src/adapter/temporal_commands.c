#include "adapter/temporal_run.h"

/* coresdk.workflow_commands.WorkflowCommand */
enum {
    TIMER = 1,
    ACTIVITY = 2,
    CANCEL_ACTIVITY = 4,
    CANCEL_TIMER = 5,
    COMPLETE = 6,
    FAIL = 7,
    CONTINUE = 8,
    CANCELLED = 9,
    PATCH = 10,
    CHILD = 11,
    CANCEL_CHILD = 12,
    LOCAL_ACTIVITY = 16,
    CANCEL_LOCAL = 17,
};
enum {
    COMMANDS = 1,
    FIRST_ALIAS = 0x40000000,
    REQUEST_CANCEL = 3,
    TRY_CANCEL = 1,
    LOCAL_PAUSE_MS = 2000,
    SIGNALS_MOST = 10000
};

/* ---- What waits for an answer. */

struct temporal_open *temporal_open_find(struct temporal_run *run, enum df_wf_command_kind kind, uint32_t number)
{
    struct temporal_open *open = run->open;
    while (open && !(open->kind == kind && open->number == number && !open->timer))
        open = open->next;
    return open;
}

struct temporal_open *temporal_open_waiting(struct temporal_run *run, uint32_t timer)
{
    struct temporal_open *open = run->open;
    while (open && !(open->kind == DF_COMMAND_STEP && open->timer == timer))
        open = open->next;
    return open;
}

void temporal_open_forget(struct temporal_run *run, struct temporal_open *open)
{
    struct temporal_open **at = &run->open;
    while (*at != open)
        at = &(*at)->next;
    *at = open->next;
    open->next = run->spare;
    run->spare = open;
}

static struct temporal_open *open_new(struct temporal_run *run, const struct df_wf_command *command)
{
    struct temporal_open *open = run->spare;
    if (open)
        run->spare = open->next;
    else
        open = DF_NEW(run->arena, struct temporal_open);
    *open = (struct temporal_open){.seq = command->seq,
                                   .number = command->seq,
                                   .kind = command->kind,
                                   .name = command->name,
                                   .command = *command,
                                   .attempt = 1,
                                   .next = run->open};
    run->open = open;
    return open;
}

static struct temporal_open *find_seq(struct temporal_run *run, enum df_wf_command_kind kind, uint32_t seq)
{
    struct temporal_open *open = run->open;
    while (open && !(open->kind == kind && open->seq == seq))
        open = open->next;
    return open;
}

/* ---- Commands. */

static void put_number(struct df_buf *to, uint32_t kind, uint32_t number)
{
    size_t command = df_pb_open(to, COMMANDS), in = df_pb_open(to, kind);
    df_pb_put_int(to, 1, number);
    df_pb_close(to, in);
    df_pb_close(to, command);
}

static void put_timer(struct df_buf *to, uint32_t number, int64_t ms)
{
    size_t command = df_pb_open(to, COMMANDS), in = df_pb_open(to, TIMER);
    df_pb_put_int(to, 1, number);
    df_pb_put_ms(to, 2, ms > 0 ? ms : 1);
    df_pb_close(to, in);
    df_pb_close(to, command);
}

static void put_retries(struct df_buf *to, uint32_t number, const struct df_step_options *options)
{
    size_t policy = df_pb_open(to, number);
    df_pb_put_ms(to, 1, options->backoff_ms);
    df_pb_put_double(to, 2, 2.0);
    df_pb_put_ms(to, 3, options->backoff_max_ms);
    df_pb_put_int(to, 4, (uint64_t)options->attempts);
    df_pb_close(to, policy);
}

static void put_headers(struct temporal_run *run, struct df_buf *to, const struct temporal_open *open)
{
    df_temporal_put_text(to, 6, TEMPORAL_PROJECT, run->about.project_id);
    df_temporal_put_text(to, 6, TEMPORAL_KEY, df_wf_step_key(run->id, run->about.round, open->seq, to->arena));
}

static void put_remote(struct temporal_run *run, struct df_buf *to, const struct temporal_open *open)
{
    const struct df_step_options *options = &open->command.options;
    df_pb_put_bytes(to, 5, run->t->settings.task_queue);
    df_pb_put_ms(to, 10, options->timeout_ms);
    if (options->heartbeat_ms > 0)
        df_pb_put_ms(to, 11, options->heartbeat_ms);
    put_retries(to, 12, options);
}

static void put_local(struct df_buf *to, const struct temporal_open *open)
{
    const struct df_step_options *options = &open->command.options;
    df_pb_put_int(to, 4, (uint64_t)open->attempt);
    if (open->since_ms)
        df_pb_put_ms(to, 5, open->since_ms);
    df_pb_put_ms(to, 10, options->timeout_ms);
    put_retries(to, 11, options);
    df_pb_put_ms(to, 12, LOCAL_PAUSE_MS);
}

/* The fields 1, 2, 3, 6 and 7 are alike in ScheduleActivity and ScheduleLocalActivity. */
static void put_step(struct temporal_run *run, struct df_buf *to, const struct temporal_open *open)
{
    size_t command = df_pb_open(to, COMMANDS), in = df_pb_open(to, open->local ? LOCAL_ACTIVITY : ACTIVITY);
    struct df_str id = df_arena_printf(to->arena, "%u", open->seq);
    df_pb_put_int(to, 1, open->number);
    df_pb_put_bytes(to, 2, id);
    df_pb_put_bytes(to, 3, open->name);
    put_headers(run, to, open);
    df_temporal_put_payload(to, 7, open->command.value);
    if (open->local)
        put_local(to, open);
    else
        put_remote(run, to, open);
    df_pb_close(to, in);
    df_pb_close(to, command);
}

void temporal_put_backoff(struct temporal_run *run, struct temporal_open *open, struct df_str later, struct df_buf *to)
{
    open->attempt = (int)df_pb_int(later, 1);
    open->since_ms = df_pb_ms(later, 3);
    open->timer = FIRST_ALIAS + run->aliases++;
    put_timer(to, open->timer, df_pb_ms(later, 2));
}

void temporal_put_again(struct temporal_run *run, struct temporal_open *open, struct df_buf *to)
{
    open->timer = 0;
    open->number = FIRST_ALIAS + run->aliases++;
    put_step(run, to, open);
}

static void put_child(struct temporal_run *run, const struct df_wf_command *child, struct df_buf *to)
{
    struct temporal_about about = run->about;
    size_t command = df_pb_open(to, COMMANDS), in = df_pb_open(to, CHILD);
    about.round = 1;
    df_pb_put_int(to, 1, child->seq);
    df_pb_put_bytes(to, 2, run->t->settings.ns);
    df_pb_put_bytes(to, 3, child->id);
    df_pb_put_bytes(to, 4, child->name);
    df_pb_put_bytes(to, 5, run->t->settings.task_queue);
    df_temporal_put_payload(to, 6, child->value);
    df_pb_put_int(to, 10, REQUEST_CANCEL);
    df_pb_put_int(to, 12, 3); /* REJECT_DUPLICATE: an id is used once */
    temporal_put_about(run->t, to, 16, false, 17, &about);
    df_pb_put_int(to, 18, TRY_CANCEL);
    df_pb_close(to, in);
    df_pb_close(to, command);
}

static void put_cancel(struct temporal_run *run, const struct df_wf_command *command, struct df_buf *to)
{
    struct temporal_open *open = find_seq(run, command->of, command->seq);
    if (!open)
        return;
    if (open->kind == DF_COMMAND_CHILD)
        put_number(to, CANCEL_CHILD, open->number);
    else if (open->kind == DF_COMMAND_TIMER || open->timer)
        put_number(to, CANCEL_TIMER, open->timer ? open->timer : open->number);
    else
        put_number(to, open->local ? CANCEL_LOCAL : CANCEL_ACTIVITY, open->number);
    if (open->kind != DF_COMMAND_STEP || open->timer)
        temporal_open_forget(run, open); /* a step is answered all the same */
}

/* The signals that came and were not taken go along. */
static struct df_str kept_signals(struct temporal_run *run, struct df_arena *arena)
{
    size_t n = df_wf_untaken(run->wf, NULL, 0);
    struct df_wf_signal *signals = DF_NEW_ARRAY(arena, struct df_wf_signal, n + 1);
    struct df_buf json;
    struct df_json_writer w;
    df_wf_untaken(run->wf, signals, n);
    df_buf_init(&json, arena, DF_TEMPORAL_MESSAGE_BYTES);
    df_json_writer_init(&w, &json, 0);
    df_json_open(&w, '[');
    for (size_t i = 0; i < n; i++) {
        df_json_open(&w, '{');
        df_json_kstr(&w, "name", signals[i].name);
        df_json_kstr(&w, "payload", signals[i].payload);
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    return n ? df_buf_str(&json) : DF_STR_NONE;
}

static void put_continue(struct temporal_run *run, const struct df_wf_command *end, struct df_buf *to)
{
    struct temporal_about about = run->about;
    struct df_str signals = kept_signals(run, to->arena);
    size_t command = df_pb_open(to, COMMANDS), in = df_pb_open(to, CONTINUE);
    about.round++;
    df_pb_put_bytes(to, 1, run->type);
    df_pb_put_bytes(to, 2, run->t->settings.task_queue);
    df_temporal_put_payload(to, 3, end->value);
    if (signals.n)
        df_temporal_put_text(to, 7, TEMPORAL_SIGNALS, signals);
    temporal_put_about(run->t, to, 6, false, 8, &about);
    df_pb_close(to, in);
    df_pb_close(to, command);
}

static void put_end(const struct df_wf_command *end, struct df_buf *to)
{
    size_t command = df_pb_open(to, COMMANDS);
    if (end->kind == DF_COMMAND_COMPLETE) {
        size_t in = df_pb_open(to, COMPLETE);
        df_temporal_put_payload(to, 1, end->value);
        df_pb_close(to, in);
    } else if (end->kind == DF_COMMAND_FAIL) {
        size_t in = df_pb_open(to, FAIL);
        df_temporal_put_failure(
            to, 1, &(const struct df_temporal_failure){.code = end->code, .sentence = end->value, .final = true});
        df_pb_close(to, in);
    } else {
        df_pb_close(to, df_pb_open(to, CANCELLED));
    }
    df_pb_close(to, command);
}

static void put_patch(struct df_str id, struct df_buf *to)
{
    size_t command = df_pb_open(to, COMMANDS), in = df_pb_open(to, PATCH);
    df_pb_put_bytes(to, 1, id);
    df_pb_close(to, in);
    df_pb_close(to, command);
}

void temporal_put_command(struct temporal_run *run, const struct df_wf_command *command, struct df_buf *to)
{
    struct temporal_open *open;
    switch (command->kind) {
    case DF_COMMAND_STEP:
        open = open_new(run, command);
        open->local = !command->options.remote && command->options.heartbeat_ms <= 0;
        put_step(run, to, open);
        break;
    case DF_COMMAND_TIMER:
        open_new(run, command);
        put_timer(to, command->seq, command->ms);
        break;
    case DF_COMMAND_CHILD:
        open_new(run, command);
        put_child(run, command, to);
        break;
    case DF_COMMAND_CANCEL:
        put_cancel(run, command, to);
        break;
    case DF_COMMAND_PATCH:
    case DF_COMMAND_KNOWN_PATCH:
        put_patch(command->name, to);
        break;
    case DF_COMMAND_CONTINUE:
        put_continue(run, command, to);
        break;
    default:
        put_end(command, to);
        break;
    }
}
