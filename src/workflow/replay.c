#include "workflow/replay_parts.h"

#include "base/fatal.h"

#include <stdlib.h>

struct df_wf_host {
    struct df_fiber_host *fibers;
};

struct df_wf_host *df_wf_host_new(void)
{
    struct df_wf_host *host = df_must(calloc(1, sizeof *host));
    host->fibers = df_fiber_host_new();
    return host;
}

void df_wf_host_free(struct df_wf_host *host)
{
    df_fiber_host_free(host->fibers);
    free(host);
}

static struct df_wf_command *end_with(struct df_wf *wf, enum df_wf_command_kind kind, struct df_str value)
{
    struct df_wf_command *end = df_wf_command_add(wf, kind);
    end->value = value;
    return end;
}

/* Cancelled is what was asked to end and hands that up; a step's own DF_ERR_CANCELLED in a run nobody cancelled is a failure. */
static void put_end(struct df_wf *wf, enum df_code code)
{
    if (code == DF_OK && wf->goes_on) {
        end_with(wf, DF_COMMAND_CONTINUE, wf->next_input);
        return;
    }
    if (code == DF_OK) {
        end_with(wf, DF_COMMAND_COMPLETE, df_arena_dup(wf->arena, wf->result));
        return;
    }
    bool cancelled = code == DF_ERR_CANCELLED && wf->cancelled;
    struct df_str why = df_arena_dup(wf->arena, df_str_c(wf->err.message));
    end_with(wf, cancelled ? DF_COMMAND_CANCELLED : DF_COMMAND_FAIL, why)->code = code;
}

static void body(void *arg)
{
    struct df_wf *wf = arg;
    enum df_code code = wf->begin.workflow->run(wf, wf->begin.input, &wf->result, &wf->err);
    put_end(wf, code);
    wf->returned = true;
}

struct df_wf *df_wf_new(struct df_wf_host *host, const struct df_wf_begin *begin)
{
    struct df_arena *arena = df_arena_new();
    struct df_wf *wf = DF_NEW(arena, struct df_wf);
    *wf = (struct df_wf){
        .arena = arena, .fibers = host->fibers, .begin = *begin, .now_ms = begin->now_ms, .random = begin->seed};
    wf->begin.id = df_arena_dup(arena, begin->id);
    wf->begin.project_id = df_arena_dup(arena, begin->project_id);
    wf->begin.input = df_arena_dup(arena, begin->input);
    wf->tasks_end = &wf->tasks;
    wf->signals_end = &wf->signals;
    return wf;
}

void df_wf_free(struct df_wf *wf)
{
    if (wf->fiber)
        df_fiber_free(wf->fiber);
    df_arena_free(wf->arena);
}

void df_wf_know_patch(struct df_wf *wf, struct df_str id)
{
    struct wf_patch *patch = DF_NEW(wf->arena, struct wf_patch);
    *patch = (struct wf_patch){df_arena_dup(wf->arena, id), true, true, wf->patches};
    wf->patches = patch;
}

static void resume(struct df_wf *wf)
{
    if (df_fiber_resume(wf->fiber))
        return;
    df_fiber_free(wf->fiber);
    wf->fiber = NULL;
}

void df_wf_begin(struct df_wf *wf, bool replaying)
{
    wf->replaying = replaying;
    wf->fiber = df_fiber_new(wf->fibers, body, wf);
    resume(wf);
}

struct df_wf_command *df_wf_command_add(struct df_wf *wf, enum df_wf_command_kind kind)
{
    if (wf->n_taken)
        wf->n_commands = wf->n_taken = 0;
    if (wf->n_commands == wf->cap_commands) {
        size_t cap = wf->cap_commands ? 2 * wf->cap_commands : 4;
        wf->commands = df_arena_grow(wf->arena, wf->commands, wf->cap_commands * sizeof *wf->commands,
                                     cap * sizeof *wf->commands);
        wf->cap_commands = cap;
    }
    struct df_wf_command *command = &wf->commands[wf->n_commands++];
    *command = (struct df_wf_command){.kind = kind};
    if (kind >= DF_COMMAND_COMPLETE)
        wf->end = command;
    return command;
}

size_t df_wf_take_commands(struct df_wf *wf, const struct df_wf_command **ret)
{
    size_t n = wf->n_taken ? 0 : wf->n_commands;
    *ret = wf->commands;
    wf->n_taken = wf->n_commands;
    return n;
}

/* It is the last command, so no later one takes its place. */
const struct df_wf_command *df_wf_end(const struct df_wf *wf)
{
    return wf->returned ? wf->end : NULL;
}

struct df_wf_task *df_wf_task_find(const struct df_wf *wf, uint32_t seq)
{
    for (struct df_wf_task *task = wf->tasks; task; task = task->next)
        if (task->seq == seq)
            return task;
    return NULL;
}

bool df_wf_is_open(const struct df_wf *wf, uint32_t seq)
{
    const struct df_wf_task *task = df_wf_task_find(wf, seq);
    return task && !task->done;
}

static const char *word(enum df_wf_command_kind kind)
{
    return kind == DF_COMMAND_STEP ? "step" : kind == DF_COMMAND_TIMER ? "timer" : "child";
}

static enum df_wf_command_kind asked_by(enum df_wf_event_kind kind)
{
    return kind == DF_EVENT_STEP ? DF_COMMAND_STEP : kind == DF_EVENT_TIMER ? DF_COMMAND_TIMER : DF_COMMAND_CHILD;
}

static enum df_code misfit(const struct df_wf *wf, const struct df_wf_event *event, const struct df_wf_task *task,
                           struct df_error *err)
{
    const char *was = word(asked_by(event->kind));
    if (task)
        return df_fail(err, DF_ERR_FAILED,
                       "the code of %s has changed: call %u was the %s %.*s in its history, and is the %s %.*s now",
                       wf->begin.workflow->name, event->seq, was, DF_FMT(event->name), word(task->kind),
                       DF_FMT(task->name));
    return df_fail(err, DF_ERR_FAILED,
                   "the code of %s has changed: call %u was the %s %.*s in its history, and is not there now",
                   wf->begin.workflow->name, event->seq, was, DF_FMT(event->name));
}

/* What is answered is looked for no more: a long history is replayed in the time of its length. */
static void unlink_task(struct df_wf *wf, struct df_wf_task *task)
{
    struct df_wf_task **at = &wf->tasks;
    while (*at != task)
        at = &(*at)->next;
    *at = task->next;
    if (wf->tasks_end == &task->next)
        wf->tasks_end = at;
}

static enum df_code answer(struct df_wf *wf, const struct df_wf_event *event, struct df_error *err)
{
    struct df_wf_task *task = df_wf_task_find(wf, event->seq);
    if (!task || task->kind != asked_by(event->kind) || !df_str_eq(task->name, event->name))
        return misfit(wf, event, task, err);
    if (task->done) /* cancelled meanwhile */
        return DF_OK;
    unlink_task(wf, task);
    task->done = true;
    task->code = event->code;
    task->value = df_arena_dup(wf->arena, event->value);
    return DF_OK;
}

static void take_signal(struct df_wf *wf, const struct df_wf_event *event)
{
    struct wf_signal *signal = DF_NEW(wf->arena, struct wf_signal);
    signal->name = df_arena_dup(wf->arena, event->name);
    signal->payload = df_arena_dup(wf->arena, event->value);
    *wf->signals_end = signal;
    wf->signals_end = &signal->next;
}

enum df_code df_wf_apply(struct df_wf *wf, const struct df_wf_event *event, bool replaying, struct df_error *err)
{
    wf->replaying = replaying;
    if (event->at_ms > wf->now_ms)
        wf->now_ms = event->at_ms;
    if (event->kind == DF_EVENT_PATCH || event->kind == DF_EVENT_ATTEMPT)
        return DF_OK;
    if (event->kind == DF_EVENT_SIGNAL)
        take_signal(wf, event);
    else if (event->kind == DF_EVENT_CANCEL)
        wf->cancelled = true;
    else
        DF_TRY(answer(wf, event, err));
    if (wf->fiber)
        resume(wf);
    return DF_OK;
}

struct df_str df_wf_waiting(const struct df_wf *wf, struct df_arena *arena)
{
    struct df_buf out;
    df_buf_init(&out, arena, SIZE_MAX / 2);
    for (const struct df_wf_task *task = wf->tasks; task; task = task->next)
        if (!task->done)
            df_buf_printf(&out, "%s%u %s%s%.*s", out.n ? "\n" : "", task->seq, word(task->kind),
                          task->name.n ? " " : "", DF_FMT(task->name));
    if (wf->wants.n)
        df_buf_printf(&out, "%s%u signal %.*s", out.n ? "\n" : "", wf->wants_seq, DF_FMT(wf->wants));
    return df_buf_str(&out);
}

size_t df_wf_untaken(const struct df_wf *wf, struct df_wf_signal *ret, size_t limit)
{
    size_t n = 0;
    for (const struct wf_signal *signal = wf->signals; signal; signal = signal->next, n++)
        if (n < limit)
            ret[n] = (struct df_wf_signal){signal->name, signal->payload};
    return n;
}

struct df_str df_wf_status(const struct df_wf *wf)
{
    return wf->status;
}
