/* Port: the engine that keeps workflows (workflow/workflow.h) going: the embedded one, over the store, or Temporal. Whoever starts
 * workflows (webhooks, rules, a schedule, people) and whoever shows them uses this alone. Strings of answers live in the arena given.
 * Any thread. Nothing here waits for a workflow; all may wait for the database or the server.
 *
 * A workflow's id is its caller's choice and names one run for as long as that is kept (WORKFLOWS_RETENTION_DAYS after its end): an id made
 * of what the run is for, such as "sentry-context:PROJECT:REQUEST", starts it once however often it is asked for. */
#ifndef DF_PORT_ENGINE_H
#define DF_PORT_ENGINE_H

#include "domain/audit.h"
#include "domain/workflow_status.h"
#include "workflow/workflow.h"

struct df_workflow_start {
    struct df_str
        id; /* at most DF_WORKFLOW_ID_BYTES of printable ASCII without spaces; empty: a random one, NAME-HEX */
    struct df_str name;       /* the workflow's */
    struct df_str project_id; /* may be empty: seen by those who see every project */
    struct df_str issue;      /* what it is about, to search by; may be empty */
    struct df_str input;
    bool ignore_existing; /* DF_OK for an id that is taken, *ret_started false; else DF_ERR_EXISTS */
};

struct df_workflow_run {
    struct df_str id, name, project_id, issue, input;
    enum df_workflow_status status;
    struct df_str result;  /* of a completed one */
    enum df_code code;     /* of a failed or parked one */
    struct df_str reason;  /* likewise: a sentence */
    struct df_str state;   /* what the code said of itself: df_wf_set_status. Not in lists */
    struct df_str waiting; /* as df_wf_waiting; empty while it works, or where the engine does not know. Not in lists */
    struct df_str parent_id;               /* of a child */
    int64_t round;                         /* 1; one more with each continue-as-new */
    int64_t started_ms, closed_ms, due_ms; /* due: when it wakes by itself; 0 for none */
};

struct df_workflow_filter {
    struct df_str project_id, name, issue; /* empty: any */
    bool by_status;
    enum df_workflow_status status;
    int limit;         /* 1 to 1000; 0: 100 */
    int64_t before_ms; /* started before; 0: from the newest on */
};

/* One line of what happened to a run. */
struct df_workflow_happening {
    int64_t at_ms;
    const char
        *kind;    /* "started", "step", "attempt", "timer", "child", "signal", "cancel", "patch", "completed", ... */
    uint32_t seq; /* 0 where there is none */
    struct df_str name;
    enum df_code code;   /* of a step, attempt, child or end that failed */
    struct df_str value; /* a result, payload or sentence; a long one is cut */
    int64_t due_ms;      /* of an attempt: when the next is due */
};

struct df_workflow_counts {
    int64_t by_status[DF_WORKFLOW_STATUSES];
    bool known; /* whether the engine could count */
};

struct df_engine_worker; /* the engine's */
struct df_worker_options {
    const struct df_workflow_table *table; /* outlives the worker */
    int steps;                             /* at once; 0: 16 */
    struct df_str name;                    /* of the process, for the engine's own pages; may be empty */
    /* What happened, for the log: a literal, the run's id (may be empty), a sentence (likewise). Any thread; may be NULL. */
    void (*tell)(void *arg, bool trouble, const char *what, struct df_str id, struct df_str message);
    void *tell_arg;
    /* Called by stop when steps are still under way at the end of their time: what they wait for is to be cut short. May be NULL. */
    void (*cut_short)(void *arg);
    void *cut_short_arg;
};

struct df_engine;
struct df_engine_ops {
    const char *name; /* "embedded", "temporal" */
    /* DF_ERR_EXISTS, DF_ERR_INVALID. *ret_id (may be NULL): the id, in the arena; *ret_started (may be NULL): false when it was there. */
    enum df_code (*start)(struct df_engine *engine, const struct df_workflow_start *start, struct df_arena *arena,
                          struct df_str *ret_id, bool *ret_started, struct df_error *err);
    /* Of all of these DF_ERR_WORKFLOW when no run has that id. Once DF_OK is returned the message is not lost. A run that has
     * ended takes none: DF_ERR_ENDED. */
    enum df_code (*signal)(struct df_engine *engine, struct df_str id, struct df_str name, struct df_str payload,
                           struct df_error *err);
    enum df_code (*cancel)(struct df_engine *engine, struct df_str id, struct df_error *err);
    /* A failed run goes on from the step that failed, a parked one is tried again. DF_ERR_ENDED for what is completed or cancelled,
     * DF_OK for what is running. */
    enum df_code (*retry)(struct df_engine *engine, struct df_str id, struct df_error *err);
    enum df_code (*find)(struct df_engine *engine, struct df_str id, struct df_arena *arena,
                         struct df_workflow_run *ret, struct df_error *err);
    /* The newest first. */
    enum df_code (*list)(struct df_engine *engine, const struct df_workflow_filter *filter, struct df_arena *arena,
                         struct df_workflow_run **ret, size_t *ret_n, struct df_error *err);
    /* In order, at most `limit` (0: 1000), from the beginning; one more is left out when *ret_more. */
    enum df_code (*history)(struct df_engine *engine, struct df_str id, int limit, struct df_arena *arena,
                            struct df_workflow_happening **ret, size_t *ret_n, bool *ret_more, struct df_error *err);
    enum df_code (*counts)(struct df_engine *engine, struct df_workflow_counts *ret, struct df_error *err);
    /* A project was deleted: its runs that were started before that moment are asked to end, those parked are ended, and what has ended is
     * forgotten, result and all. *ret_left: how many are still to end; another call, any time later, goes on. */
    enum df_code (*leave_project)(struct df_engine *engine, struct df_str project_id, int64_t started_before_ms,
                                  size_t *ret_left, struct df_error *err);
    /* The same engine for one start, signal, cancel or retry, with that row of the audit log (an action "workflow.") in the same
     * transaction, project, target, time and count filled in; as port/store.h has it. NULL: this engine cannot, so the row is written after it. */
    struct df_engine *(*noting)(struct df_engine *engine, const struct df_audit_entry *entry, struct df_arena *arena);
    /* Does the workflows of the table until it is stopped, on threads of its own; trouble on the way is logged and tried again. */
    enum df_code (*work)(struct df_engine *engine, const struct df_worker_options *options,
                         struct df_engine_worker **ret, struct df_error *err);
    /* Takes nothing new, lets steps under way end, in drain_ms at most, gives its runs to others, and frees it. */
    void (*stop)(struct df_engine_worker *worker, unsigned drain_ms);
    void (*free)(struct df_engine *engine);
};
struct df_engine {
    const struct df_engine_ops *ops;
};

#endif
