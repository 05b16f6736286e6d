#include "adapter/engine_parts.h"
#include "base/wait.h"

static bool alive(struct df_step_link *link)
{
    struct engine_job *job = (struct engine_job *)link;
    job->alive_ms = df_monotonic_coarse_ms();
    return !job->called_off;
}

static void run_job(void *arg)
{
    struct engine_job *job = arg;
    struct df_engine_worker *worker = job->worker;
    job->code = job->step->run(&job->call, &job->result, &job->err);
    pthread_mutex_lock(&worker->lock);
    job->next = NULL;
    *worker->finished_end = job;
    worker->finished_end = &job->next;
    worker->n_finished++;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
}

void engine_job_add(struct engine_run *run, struct engine_step *step)
{
    struct df_engine_worker *worker = run->worker;
    struct df_arena *arena = df_arena_new();
    struct engine_job *job = DF_NEW(arena, struct engine_job);
    *job = (struct engine_job){.link = {alive},
                               .worker = worker,
                               .arena = arena,
                               .run = run,
                               .seq = step->command.seq,
                               .step = df_workflow_step_find(worker->options.table, step->command.name),
                               .timeout_ms = step->command.options.timeout_ms,
                               .heartbeat_ms = step->command.options.heartbeat_ms};
    job->call = (struct df_step_call){.input = df_arena_dup(arena, step->command.value),
                                      .project_id = df_arena_dup(arena, run->row.project_id),
                                      .workflow_id = df_arena_dup(arena, run->row.id),
                                      .key = df_wf_step_key(run->row.id, run->row.round, job->seq, arena),
                                      .attempt = step->attempt,
                                      .arena = arena,
                                      .app = worker->options.table->app,
                                      .link = &job->link};
    step->job = job;
    *worker->ready_end = job;
    worker->ready_end = &job->next;
}

/* One that waits to begin is taken off; one under way ends by itself, and is not listened to. */
void engine_job_call_off(struct engine_job *job)
{
    struct df_engine_worker *worker = job->worker;
    job->called_off = true;
    job->run = NULL;
    for (struct engine_job **at = &worker->ready; *at; at = &(*at)->next)
        if (*at == job) {
            *at = job->next;
            if (worker->ready_end == &job->next)
                worker->ready_end = at;
            df_arena_free(job->arena);
            return;
        }
    worker->under_way--;
}

void engine_jobs_begin(struct df_engine_worker *worker)
{
    while (worker->ready && worker->under_way < (unsigned)worker->options.steps) {
        struct engine_job *job = worker->ready, *next = job->next;
        job->next = NULL;
        job->began_ms = df_monotonic_coarse_ms();
        job->alive_ms = job->began_ms;
        if (!df_pool_submit(worker->pool, run_job, job)) {
            /* Too many that were called off do not end: this one waits for them. */
            job->began_ms = 0;
            job->next = next;
            return;
        }
        worker->ready = next;
        if (!next)
            worker->ready_end = &worker->ready;
        worker->under_way++;
    }
}

/* How long it may go on, in ms; not above 0 when its time is over, and then *ret_err says why. */
static int64_t time_left(const struct engine_job *job, int64_t now_ms, struct df_error *ret_err)
{
    int64_t left_ms = job->began_ms + job->timeout_ms - now_ms;
    int64_t silent_ms = job->heartbeat_ms ? job->alive_ms + job->heartbeat_ms - now_ms : left_ms;
    ret_err->retry_after_s = 0;
    if (left_ms <= 0)
        df_fail_at(ret_err, DF_ERR_TIMED_OUT, "the step took longer than %lld ms", (long long)job->timeout_ms);
    else if (silent_ms <= 0)
        df_fail_at(ret_err, DF_ERR_TIMED_OUT, "the step gave no sign of life for %lld ms",
                   (long long)job->heartbeat_ms);
    return silent_ms < left_ms ? silent_ms : left_ms;
}

static bool give_one_up(struct engine_run *run, int64_t now_ms, int64_t *ret_wait_ms)
{
    for (struct engine_step *step = run->steps; step && !run->leaves; step = step->next) {
        struct engine_job *job = step->job;
        struct df_error err;
        int64_t left_ms = job && job->began_ms ? time_left(job, now_ms, &err) : INT64_MAX;
        if (left_ms <= 0) {
            engine_run_attempt(run, job, DF_ERR_TIMED_OUT, DF_STR_NONE, &err);
            engine_job_call_off(job);
            return true;
        }
        *ret_wait_ms = left_ms < *ret_wait_ms ? left_ms : *ret_wait_ms;
    }
    return false;
}

/* What follows from one may take others away. */
void engine_jobs_late(struct engine_run *run, int64_t *ret_wait_ms)
{
    int64_t now_ms = df_monotonic_ms();
    while (give_one_up(run, now_ms, ret_wait_ms))
        continue;
}

void engine_job_free(struct engine_job *job)
{
    df_arena_free(job->arena);
}
