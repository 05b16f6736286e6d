#include "adapter/engine_parts.h"
#include "base/wait.h"

static bool alive(struct df_step_link *link)
{
    struct engine_job *job = (struct engine_job *)link;
    job->alive_ms = df_monotonic_coarse_ms();
    return !job->called_off;
}

void engine_jobs_init(struct engine_jobs *jobs)
{
    *jobs = (struct engine_jobs){NULL, &jobs->first};
}

struct engine_job *engine_jobs_take(struct engine_jobs *jobs)
{
    struct engine_job *first = jobs->first;
    engine_jobs_init(jobs);
    return first;
}

static void put(struct engine_jobs *jobs, struct engine_job *job)
{
    job->next = NULL;
    *jobs->end = job;
    jobs->end = &job->next;
}

static void take_out(struct engine_jobs *jobs, const struct engine_job *job)
{
    struct engine_job **at = &jobs->first;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    if (jobs->end == &job->next)
        jobs->end = at;
}

/* ---- Runners. A job costs no thread of its own to be woken: who has done one does the next, and calls a further one only while some
 * wait, so that many short ones are done by few and long ones by as many as may be. All with the worker's lock held. */

static void run_jobs(void *arg);

static void call_runner(struct df_engine_worker *worker)
{
    if (worker->calling || !worker->queue.first || worker->stopping ||
        worker->runners >= (unsigned)worker->options.steps)
        return;
    /* Not taken: too many that were called off do not end. Whichever ends is followed by another try. */
    worker->calling = df_pool_submit(worker->pool, run_jobs, worker);
    worker->runners += worker->calling;
}

static struct engine_job *next_job(struct df_engine_worker *worker)
{
    struct engine_job *job = worker->stopping ? NULL : worker->queue.first;
    if (!job)
        return NULL;
    take_out(&worker->queue, job);
    job->stage = JOB_RUNNING;
    job->alive_ms = df_monotonic_coarse_ms();
    job->began_ms = job->alive_ms;
    call_runner(worker);
    return job;
}

static void finish(struct df_engine_worker *worker, struct engine_job *job)
{
    job->stage = JOB_FINISHED;
    put(&worker->finished, job);
    worker->n_finished += !job->called_off;
    if (worker->asleep || job->called_off || worker->n_finished == worker->under_way)
        pthread_cond_signal(&worker->wake);
}

static void run_jobs(void *arg)
{
    struct df_engine_worker *worker = arg;
    bool counted = true;
    pthread_mutex_lock(&worker->lock);
    worker->calling = false;
    for (struct engine_job *job; counted && (job = next_job(worker));) {
        pthread_mutex_unlock(&worker->lock);
        job->code = job->step->run(&job->call, &job->result, &job->err);
        pthread_mutex_lock(&worker->lock);
        counted = !job->called_off; /* else another was called in this one's place */
        finish(worker, job);
    }
    worker->runners -= counted;
    if (worker->stopping)
        pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
}

/* ---- The thread's. */

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
    put(&worker->ready, job);
}

/* One that waits to begin is taken off; one under way ends by itself, and is not listened to. */
void engine_job_call_off(struct engine_job *job)
{
    struct df_engine_worker *worker = job->worker;
    pthread_mutex_lock(&worker->lock);
    enum engine_job_stage stage = job->stage;
    job->run = NULL;
    job->called_off = true;
    worker->under_way -= stage != JOB_READY;
    worker->n_finished -= stage == JOB_FINISHED;
    worker->runners -= stage == JOB_RUNNING;
    if (stage <= JOB_QUEUED)
        take_out(stage == JOB_READY ? &worker->ready : &worker->queue, job);
    pthread_mutex_unlock(&worker->lock);
    if (stage <= JOB_QUEUED)
        engine_job_free(job);
}

void engine_jobs_begin(struct df_engine_worker *worker)
{
    if (worker->stopping)
        return;
    pthread_mutex_lock(&worker->lock);
    for (struct engine_job *job = engine_jobs_take(&worker->ready), *next; job; job = next) {
        next = job->next;
        job->stage = JOB_QUEUED;
        put(&worker->queue, job);
        worker->under_way++;
    }
    call_runner(worker);
    pthread_mutex_unlock(&worker->lock);
}

/* How long it may go on, in ms; not above 0 when its time is over, and then *ret_err says why. One that waits for a runner may have begun
 * by the time the thread is asleep, but no earlier than now. */
static int64_t time_left(const struct engine_job *job, int64_t now_ms, struct df_error *ret_err)
{
    int64_t began_ms = job->began_ms ? job->began_ms : now_ms;
    int64_t alive_ms = job->began_ms ? job->alive_ms : now_ms;
    int64_t left_ms = began_ms + job->timeout_ms - now_ms;
    int64_t silent_ms = job->heartbeat_ms ? alive_ms + job->heartbeat_ms - now_ms : left_ms;
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
        int64_t left_ms = job ? time_left(job, now_ms, &err) : INT64_MAX;
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
