/* Between the files of the engine over Temporal. */
#ifndef DF_ADAPTER_TEMPORAL_PARTS_H
#define DF_ADAPTER_TEMPORAL_PARTS_H

#include "adapter/temporal_engine.h"
#include "adapter/temporal_library.h"
#include "adapter/temporal_message.h"
#include "workflow/replay.h"

#include <pthread.h>
#include <stdatomic.h>

#define TEMPORAL_PROJECT "DevFlowProject" /* search attributes, and keys of the memo */
#define TEMPORAL_ISSUE "DevFlowIssue"
#define TEMPORAL_ROUND "DevFlowRound"
#define TEMPORAL_KEY "DevFlowKey"
#define TEMPORAL_SIGNALS "DevFlowSignals"
#define TEMPORAL_QUERY "devflow"

enum { TEMPORAL_CALL_MS = 10000, TEMPORAL_QUERY_MS = 5000 };

struct temporal {
    struct df_engine engine;
    const struct df_temporal_library *library;
    struct df_arena *arena;
    struct df_temporal_settings settings;
    char *target, *identity;
    pthread_mutex_t lock;
    pthread_cond_t connected;          /* or the attempt has failed */
    struct dft_connection *connection; /* NULL until the server has answered once; later the library mends it itself */
    bool connecting;
    int64_t failed_ms; /* the last attempt, of the monotonic clock; 0: none */
    struct df_error failure;
    atomic_int attributes; /* enum below */
    pthread_mutex_t attributes_lock;
    int64_t attributes_asked_ms; /* under that lock */
    int64_t polls_end_ms;        /* how long a stop waits for the core's polls to end */
    bool held;                   /* one did not, and may still use the connection */
};
enum { TEMPORAL_ATTRIBUTES_UNKNOWN, TEMPORAL_ATTRIBUTES_THERE, TEMPORAL_ATTRIBUTES_MISSING };

/* ---- temporal_link.c */
enum df_code temporal_connect(struct temporal *t, struct dft_connection **ret, struct df_error *err);
/* One call; the response in the arena. DF_ERR_WORKFLOW for what is not found, DF_ERR_EXISTS, DF_ERR_INVALID, else
 * DF_ERR_ENGINE with a sentence that says what to look at. */
enum df_code temporal_call(struct temporal *t, const char *method, const struct df_buf *request, uint32_t timeout_ms,
                           struct df_arena *arena, struct df_str *ret, struct df_error *err);
/* A sentence for what the library said. */
enum df_code temporal_fail(const struct temporal *t, int status, const char *text, struct df_error *err);
/* A request that begins with the namespace in field 1. */
struct df_buf temporal_request(const struct temporal *t, struct df_arena *arena);
/* Whether runs can be found by project and issue: creates the search attributes where they are not. */
bool temporal_attributes(struct temporal *t);
/* DescribeNamespace: whether all is well. */
enum df_code temporal_check(struct temporal *t, struct df_error *err);
/* Memo and SearchAttributes of a run, in the fields of these numbers of a start, a child or what goes on as new. */
struct temporal_about {
    struct df_str project_id, issue;
    int64_t round;
    bool bare; /* no search attributes, whatever the server has */
};
void temporal_put_about(struct temporal *t, struct df_buf *to, uint32_t memo, bool memo_is_message, uint32_t attributes,
                        const struct temporal_about *about);

/* ---- temporal_client.c, temporal_project.c, temporal_look.c, temporal_history.c */
extern const struct df_engine_ops temporal_ops;
enum df_code temporal_start(struct df_engine *, const struct df_workflow_start *, struct df_arena *, struct df_str *,
                            bool *, struct df_error *);
enum df_code temporal_signal(struct df_engine *, struct df_str, struct df_str, struct df_str, struct df_error *);
enum df_code temporal_cancel(struct df_engine *, struct df_str, struct df_error *);
enum df_code temporal_retry(struct df_engine *, struct df_str, struct df_error *);
enum df_code temporal_leave_project(struct df_engine *, struct df_str, int64_t, size_t *, struct df_error *);
enum df_code temporal_find(struct df_engine *, struct df_str, struct df_arena *, struct df_workflow_run *,
                           struct df_error *);
enum df_code temporal_list(struct df_engine *, const struct df_workflow_filter *, struct df_arena *,
                           struct df_workflow_run **, size_t *, struct df_error *);
enum df_code temporal_counts(struct df_engine *, struct df_workflow_counts *, struct df_error *);
enum df_code temporal_history(struct df_engine *, struct df_str, int, struct df_arena *,
                              struct df_workflow_happening **, size_t *, bool *, struct df_error *);
/* WorkflowExecutionInfo, but for what only events tell. */
void temporal_read_info(struct df_str info, struct df_arena *arena, struct df_workflow_run *ret);
/* " AND NAME = 'VALUE'" of the query language of lists; nothing for an empty value. */
void temporal_put_equals(struct df_buf *query, const char *name, struct df_str value);
/* A ListWorkflowExecutionsResponse. */
enum df_code temporal_list_page(struct temporal *t, struct df_str query, struct df_str token, struct df_arena *arena,
                                struct df_str *ret, struct df_error *err);
/* Calls each with every event of the run, in order, until it returns false; pages live in the arena. */
enum df_code temporal_each_event(struct temporal *t, struct df_str id, struct df_arena *arena,
                                 bool (*each)(struct df_str event, void *arg), void *arg, struct df_error *err);

/* What the worker's owner is to know. */
static inline void temporal_tell(const struct df_worker_options *options, bool trouble, const char *what,
                                 struct df_str id, struct df_str message)
{
    if (options->tell)
        options->tell(options->tell_arg, trouble, what, id, message);
}

/* ---- temporal_run.c: activations, on one thread. */
struct temporal_runs;
struct temporal_runs *temporal_runs_new(struct temporal *t, const struct df_worker_options *options);
void temporal_runs_free(struct temporal_runs *runs);
/* Writes the WorkflowActivationCompletion of a WorkflowActivation. */
void temporal_activate(struct temporal_runs *runs, struct df_str activation, struct df_buf *completion);

/* ---- temporal_steps.c: activities. */
struct temporal_steps;
struct temporal_steps *temporal_steps_new(struct temporal *t, const struct df_worker_options *options);
/* A worker to answer to: between the two, tasks may come. */
void temporal_steps_open(struct temporal_steps *steps, struct dft_worker *worker);
void temporal_step_task(struct temporal_steps *steps, struct df_str task);
/* Waits for what is under way until that moment of the monotonic clock, then answers in its place. ending: for good, so what it waits for
 * is cut short. */
void temporal_steps_close(struct temporal_steps *steps, int64_t until_ms, bool ending);
/* Waits for the steps that were answered for: they use what is freed after this. */
void temporal_steps_free(struct temporal_steps *steps);

/* ---- temporal_polls.c: the two threads that ask a worker of the core for tasks. */
struct temporal_polls;
struct temporal_poll_to {
    void *arg;
    void (*workflow)(void *arg, struct df_str activation); /* each on a thread of its own */
    void (*activity)(void *arg, struct df_str task);
    void (*failed)(void *arg, int status, const struct dft_error *why); /* any of the two; its poll has ended */
};
struct temporal_polls *temporal_polls_begin(const struct df_temporal_library *library, struct dft_worker *core,
                                            const struct temporal_poll_to *to);
/* After the worker was stopped: whether both have ended by that moment of the monotonic clock. */
bool temporal_polls_wait(struct temporal_polls *polls, int64_t until_ms);
/* Frees it. False where one has still not ended: nothing of `to` is called any more, but the worker of the core is not to be freed. */
bool temporal_polls_end(struct temporal_polls *polls);

/* ---- temporal_worker.c */
enum df_code temporal_work(struct df_engine *, const struct df_worker_options *, struct df_engine_worker **,
                           struct df_error *);
void temporal_stop(struct df_engine_worker *, unsigned drain_ms);

#endif
