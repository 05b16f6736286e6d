/* What workflow code is written against, the same for every engine (port/engine.h; docs/workflows.md). A workflow is straight-line
 * C that survives the process: whoever takes the run up again calls the function from its beginning, and each call below that
 * was answered before gives the same answer again, without doing it again.
 *
 * The rule, that of Temporal: between the calls below the code is deterministic. No I/O, no clock, no random numbers, no threads, no
 * mutable statics, nothing that depends on an address; all of that belongs into steps. Memory comes from df_wf_arena: the function may be dropped
 * at any call and never return, so what `cleanup` or free() would give back is lost. The stack has 256 KiB.
 *
 * What is promised: the result of a step is stored exactly once, and its effect happens at least once: a process can be killed between
 * an effect and its result. Each step has a key (df_step_call.key), the same in every attempt, for whoever must see the effect once.
 *
 * Inputs, results and payloads are JSON texts, or empty for none, of at most DF_WORKFLOW_VALUE_BYTES; those handed in are copied,
 * those handed out live as long as the run is in memory.
 *
 * Cancelling: a call that waits ends with DF_ERR_CANCELLED, and so does every later one, at once, but under df_wf_shield. Code that
 * hands DF_ERR_CANCELLED up ends as cancelled; code that does not, as what it returns. */
#ifndef DF_WORKFLOW_WORKFLOW_H
#define DF_WORKFLOW_WORKFLOW_H

#include "base/arena.h"
#include "base/error.h"

enum { DF_WORKFLOW_VALUE_BYTES = 1024 * 1024, DF_WORKFLOW_NAME_BYTES = 128, DF_WORKFLOW_ID_BYTES = 200 };

struct df_wf;      /* a run */
struct df_wf_task; /* something of it that is under way: a step, a timer, a child. Lives as long as the run */

/* DF_OK: the run is completed, with *ret_result. Anything else: it has failed with that code and sentence. */
typedef enum df_code df_workflow_fn(struct df_wf *wf, struct df_str input, struct df_str *ret_result,
                                    struct df_error *err);

/* 0 in a field is its default. */
struct df_step_options {
    int attempts;           /* in all; default 5, 1 for a single one */
    int64_t timeout_ms;     /* of one attempt; default 60 s. Its result is not taken later */
    int64_t backoff_ms;     /* before the second attempt, twice as long before each next; default 1 s */
    int64_t backoff_max_ms; /* default 100 times backoff_ms */
    int64_t heartbeat_ms; /* an attempt that does not call df_step_alive for so long has failed; default: it need not */
    bool
        remote; /* for what is long or heavy. Temporal: an activity by way of the server, which any worker may do; else a local one,
                           * several times cheaper, by the worker that has the run. The embedded engine: by that worker either way */
};

/* Does a step and waits for its result. options may be NULL. The error is that of its last attempt. */
enum df_code df_wf_step(struct df_wf *wf, const char *name, struct df_str input, const struct df_step_options *options,
                        struct df_str *ret, struct df_error *err);
enum df_code df_wf_sleep(struct df_wf *wf, int64_t ms, struct df_error *err);
/* The oldest signal of that name that was not taken yet. *ret_got is false when timeout_ms have passed without one; 0 waits for ever. */
enum df_code df_wf_wait_signal(struct df_wf *wf, const char *name, int64_t timeout_ms, bool *ret_got,
                               struct df_str *ret_payload, struct df_error *err);
/* Runs another workflow as a child and waits for its result. id: empty for one made of the parent's. The child of a parent that
 * ends before it is cancelled. */
enum df_code df_wf_child(struct df_wf *wf, const char *workflow, struct df_str id, struct df_str input,
                         struct df_str *ret, struct df_error *err);

/* The same without waiting: several go on at once. */
struct df_wf_task *df_wf_start_step(struct df_wf *wf, const char *name, struct df_str input,
                                    const struct df_step_options *options);
struct df_wf_task *df_wf_start_timer(struct df_wf *wf, int64_t ms);
struct df_wf_task *df_wf_start_child(struct df_wf *wf, const char *workflow, struct df_str id, struct df_str input);
/* Waits for it; any number of times. ret may be NULL. */
enum df_code df_wf_join(struct df_wf *wf, struct df_wf_task *task, struct df_str *ret, struct df_error *err);
/* Waits until one of them is done: *ret_index is the first in the array that is. Its result: df_wf_join. */
enum df_code df_wf_join_any(struct df_wf *wf, struct df_wf_task *const *tasks, size_t n, size_t *ret_index,
                            struct df_error *err);
bool df_wf_done(const struct df_wf_task *task);
/* Gives it up: it is done, with DF_ERR_CANCELLED. A step may have had its effect; a child is asked to end. */
void df_wf_cancel(struct df_wf *wf, struct df_wf_task *task);

/* The time as of the last answer, ms since the epoch: it stands still between the calls above. */
int64_t df_wf_now(const struct df_wf *wf);
/* Random, and the same in every replay. Not for secrets. */
uint64_t df_wf_random(struct df_wf *wf);
/* "5f0c2a9e-7b1d-4c38-9a51-0d3c5e7f9b21", version 4 */
struct df_str df_wf_uuid(struct df_wf *wf);

/* Someone asked the run to end. */
bool df_wf_cancelled(const struct df_wf *wf);
/* Between true and false, calls go on as if nobody had asked: to clean up. */
void df_wf_shield(struct df_wf *wf, bool on);
/* What a query of the run's status answers from now on, a JSON text. */
void df_wf_set_status(struct df_wf *wf, struct df_str json);
/* For changed code: false in runs that passed here before the change, true in others, and always the same in one run.
 *     if (df_wf_patched(wf, "charge-in-euros")) new(); else old(); */
bool df_wf_patched(struct df_wf *wf, const char *id);
/* return df_wf_continue_as_new(wf, input); ends this run's history and goes on from the beginning, under the same id, with that
 * input. For what runs for ever: a history of thousands of rows is slow to replay. Signals not taken are kept. */
enum df_code df_wf_continue_as_new(struct df_wf *wf, struct df_str input);
/* What the run is known by, and its project. */
struct df_str df_wf_id(const struct df_wf *wf);
struct df_str df_wf_project(const struct df_wf *wf);
struct df_arena *df_wf_arena(struct df_wf *wf);

/* ---- Steps: where everything happens that is not deterministic. They run on threads of the worker, several at once. */

enum df_step_retry {
    DF_RETRY_BY_CODE, /* as df_step_is_final says */
    DF_RETRY_NEVER,   /* another attempt would fail the same way */
    DF_RETRY_YES,
};
struct df_step_link; /* the engine's */
struct df_step_call {
    struct df_str input, project_id, workflow_id;
    struct df_str key;        /* of this step of this run, the same in every attempt */
    int attempt;              /* from 1; may repeat a number when a worker was killed */
    struct df_arena *arena;   /* of this attempt */
    void *app;                /* the table's */
    enum df_step_retry retry; /* the step sets it when it fails; what else says how: err->retry_after_s, at the least */
    struct df_step_link *link;
};
/* The result is in call->arena or static. */
typedef enum df_code df_step_fn(struct df_step_call *call, struct df_str *ret_result, struct df_error *err);

/* The attempt is alive. False when nobody waits for it any more (cancelled, timed out, the worker stops): it should end soon. */
bool df_step_alive(const struct df_step_call *call);
/* Codes that another attempt would not change: what the caller, a missing thing or a setting is at fault for. */
bool df_step_is_final(enum df_code code);

/* ---- What a worker can do: rows. */

struct df_workflow {
    const char *name;    /* "sentry-context" */
    const char *summary; /* one line */
    df_workflow_fn *run;
};
struct df_workflow_step {
    const char *name;
    df_step_fn *run;
};
struct df_workflow_table {
    const struct df_workflow *workflows;
    size_t n_workflows;
    const struct df_workflow_step *steps;
    size_t n_steps;
    void *app; /* for the steps */
};
/* NULL where there is none. */
const struct df_workflow *df_workflow_find(const struct df_workflow_table *table, struct df_str name);
const struct df_workflow_step *df_workflow_step_find(const struct df_workflow_table *table, struct df_str name);

#endif
