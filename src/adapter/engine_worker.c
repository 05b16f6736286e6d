#include "adapter/engine_parts.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    CLAIM_AT_ONCE = 64,
    POLL_MS = 250,
    LOOK_AGAIN_MS = 60 * 1000,
    TROUBLE_PAUSE_MS = 1000,
    GATHER_US = 400,
    FORGET_EACH_MS = 600 * 1000,
    FORGET_AT_ONCE = 200,
    STUCK_ALLOWED = 3, /* times the steps at once: those that do not heed their time-out */
};

void engine_tell(const struct df_engine_worker *worker, bool trouble, const char *what, struct df_str id,
                 struct df_str message)
{
    if (worker->options.tell)
        worker->options.tell(worker->options.tell_arg, trouble, what, id, message);
}

int64_t engine_now(const struct df_engine_worker *worker)
{
    return df_now_ms(worker->db->clock);
}

static bool is_shared(const struct df_engine_worker *worker)
{
    return worker->engine->options.shared;
}

/* ---- Settling and committing. */

static void leave_or_stay(struct df_engine_worker *worker)
{
    struct engine_run *run = worker->touched, *next;
    worker->touched = NULL;
    for (; run; run = next) {
        next = run->next_touched;
        run->touched = false;
        if (run->leaves && run->news)
            engine_tell(worker, true, run->news, run->row.id, run->news_why);
        if (run->leaves)
            engine_run_drop(run);
    }
}

static void drop_all(struct df_engine_worker *worker)
{
    worker->touched = NULL;
    engine_batch_empty(worker->batch);
    while (worker->runs)
        engine_run_drop(worker->runs);
}

static enum df_code commit(struct df_engine_worker *worker, struct df_error *err)
{
    int64_t next_ms = 0, now_ms = engine_now(worker);
    for (struct engine_run *run = worker->touched; run; run = run->next_touched) {
        engine_run_due(run, now_ms, &next_ms); /* it may have been taken up for that */
        engine_run_settle(run);
    }
    if (engine_batch_is_empty(worker->batch)) {
        leave_or_stay(worker);
        return DF_OK;
    }
    /* Answers alone make nothing due. */
    worker->more_due |= engine_batch_has_news(worker->batch);
    DF_TRY(engine_batch_commit(worker, err));
    leave_or_stay(worker);
    return DF_OK;
}

/* ---- Taking runs up. */

static void take_first(const struct sql_cell *row, void *arg)
{
    *(int64_t *)arg = row[0].i;
}

static enum df_code look(struct df_engine_worker *worker, struct df_error *err)
{
    worker->next_due_ms = 0;
    worker->more_due = false;
    worker->looked_ms = df_monotonic_ms();
    return SQL_RUN(worker->db,
                   "SELECT due_ms FROM workflow_runs WHERE due_ms > 0 AND owner IN ('', $1) AND status = 0"
                   " ORDER BY due_ms LIMIT 1",
                   take_first, &worker->next_due_ms, NULL, err, SQL_T(worker->id));
}

static bool has_suspect(const struct df_engine_worker *worker)
{
    for (const struct engine_run *run = worker->runs; run; run = run->next)
        if (run->row.tries >= ENGINE_SUSPECT)
            return true;
    return false;
}

/* Runs that were there when workers died are taken one at a time, so that it shows which of them it is. */
static enum df_code claim_suspect(struct df_engine_worker *worker, struct sql_tx *tx, struct sql_rows *rows,
                                  struct df_error *err)
{
    if (has_suspect(worker))
        return DF_OK;
    return SQL_STEP(worker->db, tx,
                    "UPDATE workflow_runs SET owner = $1, due_ms = 0, tries = tries + 1 WHERE id IN (SELECT id FROM"
                    " workflow_runs WHERE tries > 2 AND due_ms > 0 AND due_ms <= $2 AND owner = '' AND status = 0"
                    " ORDER BY due_ms LIMIT 1) RETURNING " ENGINE_ROW_COLUMNS,
                    sql_gather, rows, NULL, err, SQL_T(worker->id), SQL_I(engine_now(worker)));
}

static enum df_code claim_rows(struct df_engine_worker *worker, size_t limit, struct sql_rows *rows,
                               struct df_error *err)
{
    struct sql_db *db = worker->db;
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, DF_S("workflow claim"), &tx, err));
    enum df_code code = engine_lease_renew(worker, tx, err);
    if (code == DF_OK)
        code = SQL_STEP(
            db, tx,
            "UPDATE workflow_runs SET owner = $1, due_ms = 0, tries = tries + 1 WHERE id IN (SELECT id FROM workflow_runs"
            " WHERE due_ms > 0 AND due_ms <= $2 AND owner = '' AND status = 0 AND tries < 3 ORDER BY due_ms LIMIT $3)"
            " RETURNING " ENGINE_ROW_COLUMNS,
            sql_gather, rows, NULL, err, SQL_T(worker->id), SQL_I(engine_now(worker)), SQL_I((int64_t)limit));
    if (code == DF_OK)
        code = claim_suspect(worker, tx, rows, err);
    return db->driver->end(tx, code, err);
}

static enum df_code claim(struct df_engine_worker *worker, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct sql_rows rows = {.arena = scratch, .size = sizeof(struct engine_row), .read = engine_read_row};
    size_t room = worker->n_runs < worker->engine->options.runs ? worker->engine->options.runs - worker->n_runs : 0;
    size_t limit = room < CLAIM_AT_ONCE ? room : CLAIM_AT_ONCE;
    if (limit == 0)
        return DF_OK;
    DF_TRY(claim_rows(worker, limit, &rows, err));
    for (size_t i = 0; i < rows.n; i++)
        DF_TRY(engine_run_load(worker, &((struct engine_row *)rows.items)[i], err));
    worker->more_due = rows.n > 0; /* what is due next is not known: these were */
    return DF_OK;
}

struct asked {
    struct df_engine_worker *worker;
    struct engine_run **runs; /* room for all in memory */
    size_t n;
};

static void take_asked(const struct sql_cell *row, void *arg)
{
    struct asked *asked = arg;
    for (struct engine_run *run = asked->worker->runs; run; run = run->next)
        if (df_str_eq(run->row.id, row[0].s))
            asked->runs[asked->n++] = run;
}

/* The mark goes first: what comes after it marks again. */
static enum df_code take_messages(struct df_engine_worker *worker, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct asked asked = {worker, DF_NEW_ARRAY(scratch, struct engine_run *, worker->n_runs), 0};
    DF_TRY(SQL_RUN(worker->db,
                   "UPDATE workflow_runs SET due_ms = 0 WHERE owner = $1 AND due_ms > 0 AND due_ms <= $2 RETURNING id",
                   take_asked, &asked, NULL, err, SQL_T(worker->id), SQL_I(engine_now(worker))));
    for (size_t i = 0; i < asked.n; i++)
        DF_TRY(engine_run_take_inbox(asked.runs[i], err));
    return DF_OK;
}

static bool has_work_for_looking(const struct df_engine_worker *worker, int64_t now_ms)
{
    int64_t mono_ms = df_monotonic_ms();
    return worker->news || worker->more_due || (worker->next_due_ms && worker->next_due_ms <= now_ms) ||
           mono_ms - worker->looked_ms >= (is_shared(worker) ? POLL_MS : LOOK_AGAIN_MS);
}

static enum df_code take_up(struct df_engine_worker *worker, struct df_error *err)
{
    if (!has_work_for_looking(worker, engine_now(worker)))
        return DF_OK;
    worker->news = false;
    DF_TRY(look(worker, err));
    if (worker->next_due_ms == 0 || worker->next_due_ms > engine_now(worker))
        return DF_OK;
    if (worker->runs)
        DF_TRY(take_messages(worker, err));
    worker->next_due_ms = 0;
    return worker->stopping ? DF_OK : claim(worker, err);
}

/* ---- What has happened since. */

static struct engine_job *take_finished(struct df_engine_worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    struct engine_job *jobs = engine_jobs_take(&worker->finished);
    worker->under_way -= worker->n_finished;
    worker->n_finished = 0;
    pthread_mutex_unlock(&worker->lock);
    for (struct engine_job *job = jobs; job; job = job->next)
        job->stage = JOB_HEARD;
    return jobs;
}

static void hear_finished(struct df_engine_worker *worker)
{
    for (struct engine_job *job = take_finished(worker), *next; job; job = next) {
        next = job->next;
        if (job->run)
            engine_run_attempt(job->run, job, job->code, job->result, &job->err);
        engine_job_free(job);
    }
}

/* How long nothing will be due, in ms. */
static int64_t hear_clock(struct df_engine_worker *worker)
{
    int64_t now_ms = engine_now(worker), next_ms = 0, wait_ms = LOOK_AGAIN_MS;
    for (struct engine_run *run = worker->runs; run; run = run->next) {
        engine_jobs_late(run, &wait_ms);
        engine_run_due(run, now_ms, &next_ms);
    }
    if (worker->next_due_ms && (next_ms == 0 || worker->next_due_ms < next_ms))
        next_ms = worker->next_due_ms;
    if (next_ms && next_ms - now_ms < wait_ms)
        wait_ms = next_ms > now_ms ? next_ms - now_ms : 0;
    if (is_shared(worker) && wait_ms > POLL_MS)
        wait_ms = POLL_MS;
    return wait_ms;
}

/* ---- The lease, and what is forgotten. */

/* Where nobody else can look there is nothing to hold but its name. */
static enum df_code hold_lease(struct df_engine_worker *worker, struct df_error *err)
{
    int64_t lease_ms = worker->engine->options.lease_ms, now_ms = df_monotonic_ms();
    if (worker->lost)
        DF_TRY(engine_lease_give(worker, err));
    worker->lost = false;
    if (worker->id.n == 0) {
        DF_TRY(engine_lease_take(worker, err));
        worker->more_due = true;
    }
    if (!is_shared(worker))
        return DF_OK;
    if (now_ms - worker->renewed_ms > lease_ms / 3)
        DF_TRY(engine_batch_commit(worker, err));
    if (now_ms - worker->swept_ms > lease_ms / 2) {
        worker->swept_ms = now_ms;
        DF_TRY(engine_lease_sweep(worker, err));
    }
    return DF_OK;
}

static enum df_code forget(struct df_engine_worker *worker, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct sql_rows old = {.arena = scratch, .size = sizeof(struct df_str), .read = sql_read_text};
    int64_t kept_ms = worker->engine->options.retention_ms, now_ms = df_monotonic_ms();
    if (kept_ms == 0 || (worker->forgot_ms && now_ms - worker->forgot_ms < FORGET_EACH_MS))
        return DF_OK;
    DF_TRY(SQL_RUN(worker->db,
                   "SELECT id FROM workflow_runs WHERE closed_ms > 0 AND closed_ms < $1 ORDER BY closed_ms LIMIT $2",
                   sql_gather, &old, NULL, err, SQL_I(engine_now(worker) - kept_ms), SQL_I(FORGET_AT_ONCE)));
    for (size_t i = 0; i < old.n; i++)
        DF_TRY(engine_forget_run(worker->db, ((struct df_str *)old.items)[i], err));
    worker->forgot_ms = old.n == FORGET_AT_ONCE ? 0 : now_ms;
    return DF_OK;
}

/* ---- The thread. */

/* Steps that end at the same time are written by one commit: those that were quick are waited for, a moment. */
static void gather(struct df_engine_worker *worker)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += GATHER_US * 1000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    while (worker->n_finished < worker->under_way && !worker->stopping)
        if (pthread_cond_timedwait(&worker->wake, &worker->lock, &until) != 0)
            return;
}

static bool is_at_rest(const struct df_engine_worker *worker)
{
    return !worker->news && !worker->finished.first && !(worker->stopping && worker->runners == 0);
}

static void wait_for_more(struct df_engine_worker *worker, int64_t wait_ms)
{
    int64_t until_ms = df_monotonic_ms() + wait_ms;
    pthread_mutex_lock(&worker->lock);
    if (wait_ms > 0)
        gather(worker);
    if (!worker->finished.first) {
        worker->asleep = true;
        while (is_at_rest(worker) && df_cond_wait_until(&worker->wake, &worker->lock, until_ms))
            continue;
        worker->asleep = false;
        if (worker->finished.first)
            gather(worker);
    }
    pthread_mutex_unlock(&worker->lock);
}

/* One round: what has happened is heard, written, and what follows is begun. How long to wait then. */
static enum df_code round_once(struct df_engine_worker *worker, int64_t *ret_wait_ms, struct df_error *err)
{
    DF_TRY(hold_lease(worker, err));
    hear_finished(worker);
    hear_clock(worker);
    DF_TRY(take_up(worker, err));
    DF_TRY(commit(worker, err));
    DF_TRY(forget(worker, err));
    engine_jobs_begin(worker);
    *ret_wait_ms = worker->more_due && !worker->stopping ? 0 : hear_clock(worker);
    if (worker->touched)
        *ret_wait_ms = 0;
    return DF_OK;
}

static bool has_ended(struct df_engine_worker *worker)
{
    if (!worker->stopping)
        return false;
    pthread_mutex_lock(&worker->lock);
    bool ended = worker->runners == 0 || df_monotonic_ms() >= worker->stop_by_ms;
    pthread_mutex_unlock(&worker->lock);
    return ended;
}

/* What was not stored has not happened: all is taken up again from the rows, under a new lease. */
static void give_up(struct df_engine_worker *worker)
{
    drop_all(worker);
    worker->lost = true;
}

static void *run(void *arg)
{
    struct df_engine_worker *worker = arg;
    struct df_error err;
    while (!has_ended(worker)) {
        int64_t wait_ms = TROUBLE_PAUSE_MS;
        err = (struct df_error){0};
        if (round_once(worker, &wait_ms, &err) != DF_OK) {
            engine_tell(worker, true, "workflows wait for the database", DF_STR_NONE, df_str_c(err.message));
            give_up(worker);
            wait_ms = TROUBLE_PAUSE_MS;
        }
        if (worker->stopping && wait_ms > worker->stop_by_ms - df_monotonic_ms())
            wait_ms = worker->stop_by_ms - df_monotonic_ms();
        wait_for_more(worker, wait_ms > 0 ? wait_ms : 0);
    }
    /* What has ended by now is kept. */
    if (!worker->lost) {
        hear_finished(worker);
        (void)commit(worker, &err);
    }
    drop_all(worker);
    (void)engine_lease_give(worker, NULL);
    return NULL;
}

/* ---- Start and stop. */

void engine_worker_wake(struct df_engine_worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    worker->news = true;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
}

static enum df_code enlist(struct sql_engine *engine, struct df_engine_worker *from, struct df_engine_worker *to)
{
    enum df_code code = DF_ERR_BUSY;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < ENGINE_WORKERS && code != DF_OK; i++)
        if (engine->workers[i] == from) {
            engine->workers[i] = to;
            code = DF_OK;
        }
    pthread_mutex_unlock(&engine->lock);
    return code;
}

enum df_code engine_work(struct df_engine *base, const struct df_worker_options *options, struct df_engine_worker **ret,
                         struct df_error *err)
{
    struct df_engine_worker *worker = df_must(calloc(1, sizeof *worker));
    worker->engine = engine_of(base);
    worker->db = worker->engine->db;
    worker->options = *options;
    worker->options.steps = options->steps > 0 ? options->steps : ENGINE_STEPS;
    worker->arena = df_arena_new();
    worker->options.name = df_arena_dup(worker->arena, options->name);
    worker->host = df_wf_host_new();
    worker->batch = engine_batch_new();
    engine_jobs_init(&worker->ready);
    engine_jobs_init(&worker->queue);
    engine_jobs_init(&worker->finished);
    worker->more_due = true;
    worker->pool = df_pool_new("df-steps", (unsigned)worker->options.steps * (1 + STUCK_ALLOWED),
                               (size_t)worker->options.steps);
    pthread_mutex_init(&worker->lock, NULL);
    df_cond_init(&worker->wake);
    if (enlist(worker->engine, NULL, worker) != DF_OK || pthread_create(&worker->thread, NULL, run, worker) != 0)
        return df_fail(err, DF_ERR_BUSY, "no more workers can run in this process");
    *ret = worker;
    return DF_OK;
}

void engine_stop(struct df_engine_worker *worker, unsigned drain_ms)
{
    pthread_mutex_lock(&worker->lock);
    worker->stop_by_ms = df_monotonic_ms() + drain_ms;
    worker->stopping = true;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    enlist(worker->engine, worker, NULL);
    if (worker->options.cut_short && df_pool_load(worker->pool).running)
        worker->options.cut_short(worker->options.cut_short_arg);
    df_pool_drain(worker->pool); /* those that were called off, and end as soon as they hear it */
    df_pool_free(worker->pool);
    hear_finished(worker);
    df_wf_host_free(worker->host);
    engine_batch_free(worker->batch);
    pthread_cond_destroy(&worker->wake);
    pthread_mutex_destroy(&worker->lock);
    df_arena_free(worker->arena);
    free(worker);
}
