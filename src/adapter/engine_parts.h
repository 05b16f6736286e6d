/* Between the files of the embedded engine: engine_client.c answers the port's questions, engine_rows.c has the rows, engine_worker.c the
 * worker's thread, engine_run.c a run in memory, engine_jobs.c attempts of steps, engine_batch.c what one commit writes. */
#ifndef DF_ADAPTER_ENGINE_PARTS_H
#define DF_ADAPTER_ENGINE_PARTS_H

#include "adapter/sql_engine.h"
#include "adapter/sql_store.h"
#include "base/pool.h"
#include "workflow/replay.h"
#include "workflow/step_link.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    ENGINE_WORKERS = 8,
    ENGINE_RUNS = 256,
    ENGINE_LEASE_MS = 10 * 1000,
    ENGINE_STEPS = 16,
    ENGINE_DEATHS = 30,
    ENGINE_SUSPECT = 3,
    ENGINE_ID_BYTES = 12
};

/* The port's engine: the one there is, or one for a single change that is to be in the audit log. */
struct sql_engine_face {
    struct df_engine base;
    struct sql_engine *engine;
    struct df_store *store; /* noting that change */
};

struct sql_engine {
    struct sql_engine_face face;
    struct sql_db *db;
    struct df_sql_engine_options options;
    pthread_mutex_t lock;
    struct df_engine_worker *workers[ENGINE_WORKERS]; /* of this process, to be woken */
};
static inline struct sql_engine *engine_of(struct df_engine *engine)
{
    return ((struct sql_engine_face *)engine)->engine;
}
/* There may be something to do; any thread. */
void engine_wake(struct sql_engine *engine);
void engine_worker_wake(struct df_engine_worker *worker);

/* ---- Rows. */

struct engine_row {
    struct df_str id, name, project_id, issue, input;
    enum df_workflow_status status;
    struct df_str result, code, reason, state, waiting, parent_id;
    int64_t waits_at, parent_seq, seed, round, round_ms, inbox, due_ms, started_ms, closed_ms;
    int64_t tries,
        tries_at; /* how often it was taken up, and at which row of its history, since it last went to sleep */
};
#define ENGINE_ROW_COLUMNS                                                                                                      \
    "id, name, project_id, issue, input, status, result, code, reason, state, waiting, parent_id, waits_at, parent_seq, seed, " \
    "round, round_ms, inbox, due_ms, started_ms, closed_ms, tries, tries_at"
void engine_read_row(const struct sql_cell *row, struct df_arena *arena, void *item);

/* A row of the history, or of the inbox (then n is its number there). */
struct engine_event {
    int64_t n;
    struct df_wf_event event;
};
#define ENGINE_EVENT_COLUMNS "n, kind, seq, name, code, value, at_ms"
void engine_read_event(const struct sql_cell *row, struct df_arena *arena, void *item);

/* A new row; false in *ret_new when the id is taken. */
enum df_code engine_insert_run(struct sql_db *db, struct sql_tx *tx, const struct df_workflow_start *start,
                               struct df_str parent_id, int64_t parent_seq, int64_t now_ms, bool *ret_new,
                               struct df_error *err);
/* A message for a run that is running or parked; *ret_there is false when it is neither. */
enum df_code engine_post(struct sql_db *db, struct sql_tx *tx, struct df_str run_id, const struct df_wf_event *message,
                         bool *ret_there, struct df_error *err);
/* History, messages and row, if it has ended. */
enum df_code engine_forget_run(struct sql_db *db, struct df_str run_id, struct df_error *err);
/* Both in whole, in order. */
enum df_code engine_load_history(struct sql_db *db, struct df_str run_id, struct df_arena *arena,
                                 struct engine_event **ret, size_t *ret_n, struct df_error *err);
enum df_code engine_load_inbox(struct sql_db *db, struct df_str run_id, struct df_arena *arena,
                               struct engine_event **ret, size_t *ret_n, struct df_error *err);

/* ---- The port's; engine_project.c. */
enum df_code engine_cancel(struct df_engine *base, struct df_str id, struct df_error *err);
enum df_code engine_leave_project(struct df_engine *base, struct df_str project_id, int64_t started_before_ms,
                                  size_t *ret_left, struct df_error *err);

/* ---- A worker. */

struct engine_run;

/* An attempt of a step, from when it is due until its end is seen. READY until the batch that asked for it is committed, QUEUED until one of
 * the worker's runners takes it, HEARD once the thread has it again: between the two the stage is under the worker's lock. */
enum engine_job_stage { JOB_READY, JOB_QUEUED, JOB_RUNNING, JOB_FINISHED, JOB_HEARD };
struct engine_job {
    struct df_step_link link; /* first: df_step_alive finds the job by it */
    struct df_engine_worker *worker;
    struct df_arena *arena;
    struct engine_run *run; /* NULL once nobody waits for it: then it frees itself when it ends */
    uint32_t seq;
    const struct df_workflow_step *step;
    struct df_step_call call;
    int64_t timeout_ms, heartbeat_ms;
    enum engine_job_stage stage;
    atomic_bool called_off;
    _Atomic int64_t began_ms, alive_ms; /* of the monotonic clock; 0: not begun */
    enum df_code code;
    struct df_str result;
    struct df_error err;
    struct engine_job *next;
};

struct engine_jobs {
    struct engine_job *first, **end;
};

/* A step that the run waits for. */
struct engine_step {
    struct df_wf_command command;
    int attempt;    /* the next one, or the one under way */
    int64_t due_ms; /* when that may begin */
    struct engine_job *job;
    struct engine_step *next;
};
struct engine_wait { /* a timer, or a child */
    struct df_wf_command command;
    struct engine_wait *next;
};

struct engine_run {
    struct df_engine_worker *worker;
    struct df_arena *arena;
    struct engine_row row;
    struct df_wf *wf;
    int64_t n;    /* of its history */
    int64_t seen; /* of its inbox */
    struct engine_step *steps;
    struct engine_wait *timers, *children;
    struct df_str state;  /* as it is in the row, or will be by this batch */
    bool touched, leaves; /* by this batch */
    const char *news;     /* to be told once it is committed */
    struct df_str news_why;
    struct engine_run *next, *next_touched;
};

struct engine_batch;
struct df_engine_worker {
    struct sql_engine *engine;
    struct sql_db *db;
    struct df_worker_options options;
    struct df_arena *arena;
    struct df_str id; /* its row's; empty while it has none */
    char id_bytes[2 * ENGINE_ID_BYTES + 1];
    struct df_wf_host *host;
    struct df_pool *pool;
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct engine_jobs queue, finished;
    unsigned under_way;  /* in the queue, running or finished; without those that were called off */
    unsigned n_finished; /* of them */
    unsigned runners;    /* threads that do jobs, without those held by one that was called off */
    bool calling;        /* one of them has not begun yet */
    bool asleep;         /* the thread waits for the first that ends, not for all */
    atomic_bool news, stopping;
    int64_t stop_by_ms; /* of the monotonic clock */

    /* The thread's own. */
    struct engine_run *runs, *touched;
    size_t n_runs;
    struct engine_jobs ready; /* to begin after the commit */
    struct engine_batch *batch;
    int64_t renewed_ms, looked_ms, swept_ms, forgot_ms; /* of the monotonic clock */
    bool more_due, lost;                                /* lost: what it owned is to be freed first */
    int64_t next_due_ms;                                /* of the database's clock; 0: none known */
};

void engine_tell(const struct df_engine_worker *worker, bool trouble, const char *what, struct df_str id,
                 struct df_str message);
int64_t engine_now(const struct df_engine_worker *worker);

/* The port's. */
enum df_code engine_work(struct df_engine *base, const struct df_worker_options *options, struct df_engine_worker **ret,
                         struct df_error *err);
void engine_stop(struct df_engine_worker *worker, unsigned drain_ms);

/* ---- A run in memory. */

/* Replays it; it is in worker->runs then, or parked by the batch. */
enum df_code engine_run_load(struct df_engine_worker *worker, const struct engine_row *row, struct df_error *err);
/* Takes what is in its inbox. */
enum df_code engine_run_take_inbox(struct engine_run *run, struct df_error *err);
/* Something has come: written, and the code resumed. */
void engine_run_event(struct engine_run *run, struct df_wf_event event);
/* An attempt has ended: with job->code, or by a time-out. */
void engine_run_attempt(struct engine_run *run, struct engine_job *job, enum df_code code, struct df_str result,
                        const struct df_error *err);
/* Timers and attempts that are due at now_ms; *ret_next_ms: when the next will be, if sooner. */
void engine_run_due(struct engine_run *run, int64_t now_ms, int64_t *ret_next_ms);
/* At the end of a batch: what it waits for, or its end. */
void engine_run_settle(struct engine_run *run);
void engine_run_park(struct engine_run *run, struct df_str reason);
/* Out of memory; what it has under way is called off. */
void engine_run_drop(struct engine_run *run);

/* ---- Attempts. */

/* To begin once the batch is committed. */
void engine_job_add(struct engine_run *run, struct engine_step *step);
void engine_job_call_off(struct engine_job *job);
/* Hands the ready ones over, to be done as many at once as may be. Nothing once the worker stops. */
void engine_jobs_begin(struct df_engine_worker *worker);
void engine_jobs_init(struct engine_jobs *jobs);
/* Of all in the list, which is empty then. */
struct engine_job *engine_jobs_take(struct engine_jobs *jobs);
/* Those of a run that took too long; *ret_wait_ms: until the next may, if sooner. */
void engine_jobs_late(struct engine_run *run, int64_t *ret_wait_ms);
void engine_job_free(struct engine_job *job);

/* ---- What one commit writes. */

struct engine_batch *engine_batch_new(void);
void engine_batch_free(struct engine_batch *batch);
bool engine_batch_is_empty(const struct engine_batch *batch);
bool engine_batch_has_news(const struct engine_batch *batch);                     /* more than rows of histories */
void engine_batch_event(struct engine_run *run, const struct df_wf_event *event); /* its next row */
void engine_batch_took(struct engine_run *run, int64_t up_to);
void engine_batch_state(struct engine_run *run);
void engine_batch_tries(struct engine_run *run);
void engine_batch_child(struct engine_run *run, const struct df_wf_command *command);
void engine_batch_cancel_child(struct engine_run *run, const struct df_wf_command *command);
void engine_batch_wait(struct engine_run *run, int64_t due_ms);
void engine_batch_end(struct engine_run *run, const struct df_wf_command *end);
void engine_batch_park(struct engine_run *run, struct df_str reason);
void engine_batch_empty(struct engine_batch *batch);
/* One transaction, with the worker's lease: where that was lost nothing is written. Empties the batch in any case. */
enum df_code engine_batch_commit(struct df_engine_worker *worker, struct df_error *err);

/* ---- The lease. */

enum df_code engine_lease_take(struct df_engine_worker *worker, struct df_error *err);
/* Within a transaction. DF_ERR_STORE when the row is gone: then nothing more of it may be stored. */
enum df_code engine_lease_renew(struct df_engine_worker *worker, struct sql_tx *tx, struct df_error *err);
enum df_code engine_lease_give(struct df_engine_worker *worker, struct df_error *err);
/* Frees what dead workers own. */
enum df_code engine_lease_sweep(struct df_engine_worker *worker, struct df_error *err);

#endif
