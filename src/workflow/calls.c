#include "workflow/replay_parts.h"

enum { DEFAULT_ATTEMPTS = 5, DEFAULT_TIMEOUT_MS = 60 * 1000, DEFAULT_BACKOFF_MS = 1000, BACKOFF_GROWTH = 100 };

static bool is_called_off(const struct df_wf *wf)
{
    return wf->cancelled && wf->shields == 0;
}

static enum df_code called_off(struct df_error *err)
{
    return df_fail(err, DF_ERR_CANCELLED, "the workflow was cancelled");
}

/* What is asked for once the run is cancelled is done at once, without a number: a replay does the same at the same place. */
static struct df_wf_task *task_new(struct df_wf *wf, enum df_wf_command_kind kind, struct df_str name)
{
    struct df_wf_task *task = DF_NEW(wf->arena, struct df_wf_task);
    *task = (struct df_wf_task){.kind = kind, .name = df_arena_dup(wf->arena, name)};
    if (is_called_off(wf)) {
        task->done = true;
        task->code = DF_ERR_CANCELLED;
        task->value = DF_S("the workflow was cancelled");
        return task;
    }
    task->seq = ++wf->seq;
    *wf->tasks_end = task;
    wf->tasks_end = &task->next;
    return task;
}

static struct df_wf_command *command_for(struct df_wf *wf, const struct df_wf_task *task)
{
    struct df_wf_command *command = df_wf_command_add(wf, task->kind);
    command->seq = task->seq;
    command->name = task->name;
    return command;
}

static struct df_step_options filled(const struct df_step_options *given)
{
    struct df_step_options o = given ? *given : (struct df_step_options){0};
    o.attempts = o.attempts > 0 ? o.attempts : DEFAULT_ATTEMPTS;
    o.timeout_ms = o.timeout_ms > 0 ? o.timeout_ms : DEFAULT_TIMEOUT_MS;
    o.backoff_ms = o.backoff_ms > 0 ? o.backoff_ms : DEFAULT_BACKOFF_MS;
    o.backoff_max_ms = o.backoff_max_ms > 0 ? o.backoff_max_ms : BACKOFF_GROWTH * o.backoff_ms;
    return o;
}

struct df_wf_task *df_wf_start_step(struct df_wf *wf, const char *name, struct df_str input,
                                    const struct df_step_options *options)
{
    struct df_wf_task *task = task_new(wf, DF_COMMAND_STEP, df_str_c(name));
    if (task->done)
        return task;
    struct df_wf_command *command = command_for(wf, task);
    command->value = df_arena_dup(wf->arena, input);
    command->options = filled(options);
    return task;
}

struct df_wf_task *df_wf_start_timer(struct df_wf *wf, int64_t ms)
{
    struct df_wf_task *task = task_new(wf, DF_COMMAND_TIMER, DF_STR_NONE);
    if (task->done)
        return task;
    struct df_wf_command *command = command_for(wf, task);
    command->ms = ms > 0 ? ms : 0;
    command->due_ms = wf->now_ms + command->ms;
    return task;
}

struct df_wf_task *df_wf_start_child(struct df_wf *wf, const char *workflow, struct df_str id, struct df_str input)
{
    struct df_wf_task *task = task_new(wf, DF_COMMAND_CHILD, df_str_c(workflow));
    if (task->done)
        return task;
    struct df_wf_command *command = command_for(wf, task);
    command->value = df_arena_dup(wf->arena, input);
    command->id = id.n ? df_arena_dup(wf->arena, id)
                       : df_arena_printf(wf->arena, "%.*s/%u", DF_FMT(wf->begin.id), task->seq);
    return task;
}

bool df_wf_done(const struct df_wf_task *task)
{
    return task->done;
}

void df_wf_cancel(struct df_wf *wf, struct df_wf_task *task)
{
    if (task->done)
        return;
    task->done = true;
    task->code = DF_ERR_CANCELLED;
    task->value = DF_S("it was cancelled");
    struct df_wf_command *command = command_for(wf, task);
    command->kind = DF_COMMAND_CANCEL;
    command->of = task->kind;
}

static enum df_code outcome(const struct df_wf_task *task, struct df_str *ret, struct df_error *err)
{
    if (task->code != DF_OK)
        return df_fail(err, task->code, "%.*s", DF_FMT(task->value));
    if (ret)
        *ret = task->value;
    return DF_OK;
}

enum df_code df_wf_join(struct df_wf *wf, struct df_wf_task *task, struct df_str *ret, struct df_error *err)
{
    while (!task->done && !is_called_off(wf))
        df_fiber_yield(wf->fiber);
    if (!task->done) {
        df_wf_cancel(wf, task);
        return called_off(err);
    }
    return outcome(task, ret, err);
}

static bool any_done(struct df_wf_task *const *tasks, size_t n, size_t *ret_index)
{
    for (size_t i = 0; i < n; i++)
        if (tasks[i]->done) {
            *ret_index = i;
            return true;
        }
    return false;
}

enum df_code df_wf_join_any(struct df_wf *wf, struct df_wf_task *const *tasks, size_t n, size_t *ret_index,
                            struct df_error *err)
{
    while (!any_done(tasks, n, ret_index)) {
        if (is_called_off(wf))
            return called_off(err);
        df_fiber_yield(wf->fiber);
    }
    return DF_OK;
}

enum df_code df_wf_step(struct df_wf *wf, const char *name, struct df_str input, const struct df_step_options *options,
                        struct df_str *ret, struct df_error *err)
{
    return df_wf_join(wf, df_wf_start_step(wf, name, input, options), ret, err);
}

enum df_code df_wf_sleep(struct df_wf *wf, int64_t ms, struct df_error *err)
{
    return df_wf_join(wf, df_wf_start_timer(wf, ms), NULL, err);
}

enum df_code df_wf_child(struct df_wf *wf, const char *workflow, struct df_str id, struct df_str input,
                         struct df_str *ret, struct df_error *err)
{
    return df_wf_join(wf, df_wf_start_child(wf, workflow, id, input), ret, err);
}

static bool take(struct df_wf *wf, struct df_str name, struct df_str *ret_payload)
{
    for (struct wf_signal **at = &wf->signals; *at; at = &(*at)->next) {
        struct wf_signal *signal = *at;
        if (!df_str_eq(signal->name, name))
            continue;
        *at = signal->next;
        if (wf->signals_end == &signal->next)
            wf->signals_end = at;
        if (ret_payload)
            *ret_payload = signal->payload;
        return true;
    }
    return false;
}

/* A number of its own, with a time-out or without: it is part of what a changed code is known by. */
enum df_code df_wf_wait_signal(struct df_wf *wf, const char *name, int64_t timeout_ms, bool *ret_got,
                               struct df_str *ret_payload, struct df_error *err)
{
    struct df_str wanted = df_arena_dup(wf->arena, df_str_c(name));
    if (is_called_off(wf))
        return called_off(err);
    wf->wants_seq = ++wf->seq;
    bool got = take(wf, wanted, ret_payload);
    struct df_wf_task *timer = !got && timeout_ms > 0 ? df_wf_start_timer(wf, timeout_ms) : NULL;
    wf->wants = got ? DF_STR_NONE : wanted;
    while (!got && !(timer && timer->done) && !is_called_off(wf)) {
        df_fiber_yield(wf->fiber);
        got = take(wf, wanted, ret_payload);
    }
    wf->wants = DF_STR_NONE;
    bool late = timer && timer->done;
    if (timer)
        df_wf_cancel(wf, timer);
    if (!got && !late)
        return called_off(err);
    if (ret_got)
        *ret_got = got;
    return DF_OK;
}

int64_t df_wf_now(const struct df_wf *wf)
{
    return wf->now_ms;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t df_wf_random(struct df_wf *wf)
{
    uint64_t z = wf->random += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

/* RFC 9562 section 5.4. */
struct df_str df_wf_uuid(struct df_wf *wf)
{
    uint64_t high = (df_wf_random(wf) & ~0xF000ULL) | 0x4000U;
    uint64_t low = (df_wf_random(wf) & ~(3ULL << 62)) | (2ULL << 62);
    return df_arena_printf(wf->arena, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
                           (unsigned)(high >> 16) & 0xFFFFU, (unsigned)high & 0xFFFFU, (unsigned)(low >> 48),
                           (unsigned long long)(low & 0xFFFFFFFFFFFFULL));
}

bool df_wf_cancelled(const struct df_wf *wf)
{
    return wf->cancelled;
}

void df_wf_shield(struct df_wf *wf, bool on)
{
    if (on)
        wf->shields++;
    else if (wf->shields)
        wf->shields--;
}

void df_wf_set_status(struct df_wf *wf, struct df_str json)
{
    wf->status = df_arena_dup(wf->arena, json);
}

bool df_wf_patched(struct df_wf *wf, const char *id)
{
    for (struct wf_patch *patch = wf->patches; patch; patch = patch->next)
        if (df_str_is(patch->id, id)) {
            if (patch->told)
                df_wf_command_add(wf, DF_COMMAND_KNOWN_PATCH)->name = patch->id;
            patch->told = false;
            return patch->taken;
        }
    struct wf_patch *patch = DF_NEW(wf->arena, struct wf_patch);
    *patch = (struct wf_patch){df_arena_dup(wf->arena, df_str_c(id)), !wf->replaying, false, wf->patches};
    wf->patches = patch;
    if (patch->taken)
        df_wf_command_add(wf, DF_COMMAND_PATCH)->name = patch->id;
    return patch->taken;
}

enum df_code df_wf_continue_as_new(struct df_wf *wf, struct df_str input)
{
    wf->goes_on = true;
    wf->next_input = df_arena_dup(wf->arena, input);
    return DF_OK;
}

struct df_str df_wf_id(const struct df_wf *wf)
{
    return wf->begin.id;
}

struct df_str df_wf_project(const struct df_wf *wf)
{
    return wf->begin.project_id;
}

struct df_arena *df_wf_arena(struct df_wf *wf)
{
    return wf->arena;
}
