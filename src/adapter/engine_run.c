#include "adapter/engine_parts.h"

static void touch(struct engine_run *run)
{
    if (run->touched)
        return;
    run->touched = true;
    run->next_touched = run->worker->touched;
    run->worker->touched = run;
}

void engine_run_park(struct engine_run *run, struct df_str reason)
{
    if (run->leaves)
        return;
    touch(run);
    engine_batch_park(run, reason);
    run->news = "a workflow is parked";
    run->news_why = df_arena_dup(run->arena, reason);
}

static void add_step(struct engine_run *run, const struct df_wf_command *command)
{
    if (!df_workflow_step_find(run->worker->options.table, command->name)) {
        engine_run_park(run, df_arena_printf(run->arena, "this devflow has no step %.*s", DF_FMT(command->name)));
        return;
    }
    struct engine_step *step = DF_NEW(run->arena, struct engine_step);
    *step = (struct engine_step){.command = *command, .attempt = 1, .next = run->steps};
    run->steps = step;
}

static void add_wait(struct engine_run *run, struct engine_wait **list, const struct df_wf_command *command)
{
    struct engine_wait *wait = DF_NEW(run->arena, struct engine_wait);
    *wait = (struct engine_wait){*command, *list};
    *list = wait;
}

static struct engine_step *find_step(struct engine_run *run, uint32_t seq)
{
    struct engine_step *step = run->steps;
    while (step && step->command.seq != seq)
        step = step->next;
    return step;
}

static void forget_step(struct engine_run *run, uint32_t seq)
{
    for (struct engine_step **at = &run->steps; *at; at = &(*at)->next)
        if ((*at)->command.seq == seq) {
            *at = (*at)->next;
            return;
        }
}

static bool forget_wait(struct engine_wait **list, uint32_t seq)
{
    for (struct engine_wait **at = list; *at; at = &(*at)->next)
        if ((*at)->command.seq == seq) {
            *at = (*at)->next;
            return true;
        }
    return false;
}

static void called_off(struct engine_run *run, const struct df_wf_command *command)
{
    if (command->of == DF_COMMAND_TIMER)
        forget_wait(&run->timers, command->seq);
    if (command->of == DF_COMMAND_STEP) {
        struct engine_step *step = find_step(run, command->seq);
        if (step && step->job)
            engine_job_call_off(step->job);
        forget_step(run, command->seq);
    }
    for (struct engine_wait *child = run->children; child && command->of == DF_COMMAND_CHILD; child = child->next)
        if (child->command.seq == command->seq) {
            engine_batch_cancel_child(run, &child->command);
            forget_wait(&run->children, command->seq);
            return;
        }
}

static void heed(struct engine_run *run, const struct df_wf_command *command)
{
    switch (command->kind) {
    case DF_COMMAND_STEP:
        add_step(run, command);
        break;
    case DF_COMMAND_TIMER:
        add_wait(run, &run->timers, command);
        break;
    case DF_COMMAND_CHILD:
        add_wait(run, &run->children, command);
        engine_batch_child(run, command);
        break;
    case DF_COMMAND_CANCEL:
        called_off(run, command);
        break;
    case DF_COMMAND_PATCH:
        engine_batch_event(run, &(const struct df_wf_event){
                                    .kind = DF_EVENT_PATCH, .name = command->name, .at_ms = engine_now(run->worker)});
        break;
    default: /* the end: settled with the batch */
        break;
    }
}

static void heed_all(struct engine_run *run)
{
    const struct df_wf_command *commands;
    size_t n = df_wf_take_commands(run->wf, &commands);
    for (size_t i = 0; i < n && !run->leaves; i++)
        heed(run, &commands[i]);
    touch(run);
}

void engine_run_event(struct engine_run *run, struct df_wf_event event)
{
    struct df_error err;
    if (run->leaves)
        return;
    event.at_ms = engine_now(run->worker);
    engine_batch_event(run, &event);
    if (df_wf_apply(run->wf, &event, false, &err) != DF_OK)
        engine_run_park(run, df_str_c(err.message));
    else
        heed_all(run);
}

static void answer(struct engine_run *run, struct engine_step *step, enum df_code code, struct df_str value)
{
    struct df_str name = step->command.name;
    uint32_t seq = step->command.seq;
    forget_step(run, seq);
    engine_run_event(
        run, (struct df_wf_event){.kind = DF_EVENT_STEP, .seq = seq, .name = name, .code = code, .value = value});
}

void engine_run_attempt(struct engine_run *run, struct engine_job *job, enum df_code code, struct df_str result,
                        const struct df_error *given)
{
    struct df_error err = *given;
    enum df_step_retry retry = job->call.retry;
    struct engine_step *step = find_step(run, job->seq);
    if (step)
        step->job = NULL;
    if (!step || run->leaves)
        return;
    if (code == DF_OK && result.n > DF_WORKFLOW_VALUE_BYTES) {
        code = df_fail(&err, DF_ERR_FAILED, "the result of the step has %zu bytes; at most %d", result.n,
                       DF_WORKFLOW_VALUE_BYTES);
        retry = DF_RETRY_NEVER;
    }
    if (code == DF_OK) {
        answer(run, step, DF_OK, result);
        return;
    }
    err.code = code;
    int64_t due_ms = df_step_next_ms(&step->command.options, step->attempt, retry, &err, engine_now(run->worker));
    if (due_ms == 0) {
        answer(run, step, code, df_str_c(err.message));
        return;
    }
    step->attempt++;
    step->due_ms = due_ms;
    engine_run_event(run, (struct df_wf_event){.kind = DF_EVENT_ATTEMPT,
                                               .seq = job->seq,
                                               .name = step->command.name,
                                               .code = code,
                                               .value = df_str_c(err.message),
                                               .due_ms = due_ms});
}

static void sooner(int64_t due_ms, int64_t *ret_next_ms)
{
    if (*ret_next_ms == 0 || due_ms < *ret_next_ms)
        *ret_next_ms = due_ms;
}

static struct engine_wait *first_timer(const struct engine_run *run)
{
    struct engine_wait *first = run->timers;
    for (struct engine_wait *timer = run->timers; timer; timer = timer->next)
        if (timer->command.due_ms < first->command.due_ms ||
            (timer->command.due_ms == first->command.due_ms && timer->command.seq < first->command.seq))
            first = timer;
    return first;
}

/* One timer at a time: what it sets off may take others away. */
void engine_run_due(struct engine_run *run, int64_t now_ms, int64_t *ret_next_ms)
{
    struct engine_wait *first;
    while ((first = first_timer(run)) && first->command.due_ms <= now_ms && !run->leaves) {
        forget_wait(&run->timers, first->command.seq);
        engine_run_event(run, (struct df_wf_event){.kind = DF_EVENT_TIMER, .seq = first->command.seq});
    }
    if (first)
        sooner(first->command.due_ms, ret_next_ms);
    for (struct engine_step *step = run->steps; step; step = step->next) {
        if (step->job || run->leaves)
            continue;
        if (step->due_ms <= now_ms)
            touch(run);
        else
            sooner(step->due_ms, ret_next_ms);
    }
}

static void set_off(struct engine_run *run, int64_t now_ms)
{
    for (struct engine_step *step = run->steps; step; step = step->next)
        if (!step->job && step->due_ms <= now_ms)
            engine_job_add(run, step);
}

static bool is_at_work(const struct engine_run *run)
{
    for (const struct engine_step *step = run->steps; step; step = step->next)
        if (step->job)
            return true;
    return false;
}

static int64_t wakes_at(const struct engine_run *run)
{
    int64_t due_ms = 0;
    for (const struct engine_wait *timer = run->timers; timer; timer = timer->next)
        sooner(timer->command.due_ms, &due_ms);
    for (const struct engine_step *step = run->steps; step; step = step->next)
        sooner(step->due_ms, &due_ms);
    return due_ms;
}

void engine_run_settle(struct engine_run *run)
{
    if (run->leaves)
        return;
    struct df_str state = df_wf_status(run->wf);
    bool news = state.p && state.p != run->state.p && !df_str_eq(state, run->state);
    run->state = state.p ? state : run->state;
    const struct df_wf_command *end = df_wf_end(run->wf);
    if (end) {
        run->news = end->kind == DF_COMMAND_FAIL ? "a workflow has failed" : NULL;
        run->news_why = end->value;
        engine_batch_end(run, end);
        return;
    }
    set_off(run, engine_now(run->worker));
    if (!is_at_work(run))
        engine_batch_wait(run, wakes_at(run));
    else if (news)
        engine_batch_state(run);
}

void engine_run_drop(struct engine_run *run)
{
    struct df_engine_worker *worker = run->worker;
    for (struct engine_run **at = &worker->runs; *at; at = &(*at)->next)
        if (*at == run) {
            *at = run->next;
            worker->n_runs--;
            break;
        }
    for (struct engine_step *step = run->steps; step; step = step->next)
        if (step->job)
            engine_job_call_off(step->job);
    if (run->wf)
        df_wf_free(run->wf);
    df_arena_free(run->arena);
}

/* ---- Taking one up. */

static void copy_row(struct engine_run *run, const struct engine_row *row)
{
    struct df_str *strings[] = {&run->row.id,    &run->row.name,    &run->row.project_id, &run->row.issue,
                                &run->row.state, &run->row.waiting, &run->row.parent_id};
    run->row = *row;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        *strings[i] = df_arena_dup(run->arena, *strings[i]);
    run->state = run->row.state;
}

static struct engine_run *add_run(struct df_engine_worker *worker, const struct engine_row *row)
{
    struct df_arena *arena = df_arena_new();
    struct engine_run *run = DF_NEW(arena, struct engine_run);
    *run = (struct engine_run){.worker = worker, .arena = arena, .seen = row->inbox, .next = worker->runs};
    copy_row(run, row);
    worker->runs = run;
    worker->n_runs++;
    return run;
}

struct heard {
    struct df_wf_command *items;
    size_t n, cap;
};

static void hear(struct engine_run *run, struct heard *heard, struct df_arena *scratch)
{
    const struct df_wf_command *commands;
    size_t n = df_wf_take_commands(run->wf, &commands);
    if (heard->n + n > heard->cap) {
        size_t cap = 2 * (heard->n + n);
        heard->items = df_arena_grow(scratch, heard->items, heard->cap * sizeof *commands, cap * sizeof *commands);
        heard->cap = cap;
    }
    if (n)
        memcpy(heard->items + heard->n, commands, n * sizeof *commands);
    heard->n += n;
}

/* What its history does not answer is asked for again. Children were asked for in the commit that followed; if that was not done, they are now. */
static void take_up(struct engine_run *run, const struct heard *heard)
{
    for (size_t i = 0; i < heard->n && !run->leaves; i++) {
        const struct df_wf_command *command = &heard->items[i];
        bool waits = command->kind <= DF_COMMAND_CHILD && df_wf_is_open(run->wf, command->seq);
        if (waits || (command->kind == DF_COMMAND_PATCH))
            heed(run, command);
    }
}

static void count_attempts(struct engine_run *run, const struct engine_event *events, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct engine_step *step = events[i].event.kind == DF_EVENT_ATTEMPT ? find_step(run, events[i].event.seq)
                                                                            : NULL;
        if (step) {
            step->attempt++;
            step->due_ms = events[i].event.due_ms;
        }
    }
}

static enum df_code replay(struct engine_run *run, const struct engine_event *events, size_t n, struct heard *heard,
                           struct df_arena *scratch, struct df_error *err)
{
    bool waited = run->row.waits_at == run->n && run->row.waiting.n;
    for (size_t i = 0; i < n; i++)
        if (events[i].event.kind == DF_EVENT_PATCH)
            df_wf_know_patch(run->wf, events[i].event.name);
    df_wf_begin(run->wf, n > 0 || waited);
    hear(run, heard, scratch);
    for (size_t i = 0; i < n; i++) {
        DF_TRY(df_wf_apply(run->wf, &events[i].event, i + 1 < n || waited, err));
        hear(run, heard, scratch);
    }
    struct df_str waiting = df_wf_waiting(run->wf, scratch);
    if (waited && !df_str_eq(waiting, run->row.waiting))
        return df_fail(
            err, DF_ERR_FAILED, "the code of %.*s has changed: it waited for \"%.*s\", and waits for \"%.*s\" now",
            DF_FMT(run->row.name), DF_FMT(df_str_head(run->row.waiting, 200)), DF_FMT(df_str_head(waiting, 200)));
    return DF_OK;
}

/* One whose step kills the process would do so for ever, and take all others with it. */
static bool keeps_killing(struct engine_run *run)
{
    if (run->row.tries <= 1)
        return false;
    if (run->n > run->row.tries_at) {
        run->row.tries = 1;
        run->row.tries_at = run->n;
        engine_batch_tries(run);
    }
    return run->row.tries > run->worker->engine->options.deaths;
}

enum df_code engine_run_load(struct df_engine_worker *worker, const struct engine_row *row, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct engine_event *events;
    struct heard heard = {.n = 0};
    struct df_error why;
    size_t n;
    DF_TRY(engine_load_history(worker->db, row->id, scratch, &events, &n, err));
    struct engine_run *run = add_run(worker, row);
    const struct df_workflow *workflow = df_workflow_find(worker->options.table, row->name);
    touch(run);
    if (!workflow) {
        engine_run_park(run, df_arena_printf(run->arena, "this devflow has no workflow %.*s", DF_FMT(row->name)));
        return DF_OK;
    }
    run->n = n ? events[n - 1].n : 0;
    if (keeps_killing(run)) {
        engine_run_park(run, df_arena_printf(run->arena, "%lld workers in a row have died at work on it",
                                             (long long)run->row.tries - 1));
        return DF_OK;
    }
    run->wf = df_wf_new(worker->host, &(const struct df_wf_begin){.workflow = workflow,
                                                                  .id = row->id,
                                                                  .project_id = row->project_id,
                                                                  .input = row->input,
                                                                  .seed = (uint64_t)row->seed + (uint64_t)row->round,
                                                                  .now_ms = row->round_ms});
    if (replay(run, events, n, &heard, scratch, &why) != DF_OK) {
        engine_run_park(run, df_str_c(why.message));
        return DF_OK;
    }
    take_up(run, &heard);
    count_attempts(run, events, n);
    return engine_run_take_inbox(run, err);
}

enum df_code engine_run_take_inbox(struct engine_run *run, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct engine_event *messages;
    int64_t taken = 0;
    size_t n;
    DF_TRY(engine_load_inbox(run->worker->db, run->row.id, scratch, &messages, &n, err));
    for (size_t i = 0; i < n && !run->leaves; i++) {
        const struct df_wf_event *message = &messages[i].event;
        taken = messages[i].n;
        if (message->kind == DF_EVENT_CHILD && !forget_wait(&run->children, message->seq))
            continue; /* nobody waits for it any more */
        engine_run_event(run, *message);
    }
    if (taken)
        engine_batch_took(run, taken);
    run->seen = taken > run->seen ? taken : run->seen;
    return DF_OK;
}
