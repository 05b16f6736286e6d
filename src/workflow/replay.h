/* The replay core that every engine stands on: runs a workflow's function as a coroutine, takes what it asks for as commands, and is
 * told answers as events. It does no I/O and knows no engine. The same events in the same order give the same commands: the function
 * is resumed after each event, not after a batch of them.
 *
 * An engine: df_wf_new, df_wf_know_patch for each marker of the history, df_wf_begin, then df_wf_apply for each event of the
 * history with replaying = true but for those that come now; after each, df_wf_take_commands. Commands of a replay whose answer
 * is in the history are to be dropped: df_wf_is_open tells at its end which still wait. df_wf_free at any time.
 * One thread at a time for a host and all its runs. */
#ifndef DF_WORKFLOW_REPLAY_H
#define DF_WORKFLOW_REPLAY_H

#include "workflow/workflow.h"

/* Stacks, kept for the next run. */
struct df_wf_host;
struct df_wf_host *df_wf_host_new(void);
/* After its runs. */
void df_wf_host_free(struct df_wf_host *host);

struct df_wf_begin {
    const struct df_workflow *workflow;
    struct df_str id, project_id;
    struct df_str input;
    uint64_t seed;  /* of df_wf_random */
    int64_t now_ms; /* when the run was started */
};
/* Copies what it is given. */
struct df_wf *df_wf_new(struct df_wf_host *host, const struct df_wf_begin *begin);
/* Also in the middle: the function does not return then. */
void df_wf_free(struct df_wf *wf);

enum df_wf_event_kind {
    DF_EVENT_STEP = 1, /* answers the command of that seq: code and value, the result or the error's sentence */
    DF_EVENT_TIMER,
    DF_EVENT_CHILD,
    DF_EVENT_SIGNAL,  /* name, value */
    DF_EVENT_CANCEL,  /* someone asked the run to end */
    DF_EVENT_PATCH,   /* a marker, by its name; df_wf_apply passes it over */
    DF_EVENT_ATTEMPT, /* an attempt of the step failed and there will be another; likewise */
};
struct df_wf_event {
    enum df_wf_event_kind kind;
    uint32_t seq;        /* of STEP, TIMER, CHILD, ATTEMPT */
    struct df_str name;  /* of the step, the child's workflow, the signal, the marker; empty for a timer */
    enum df_code code;   /* DF_OK, or how it failed */
    struct df_str value; /* the result, the payload, or the sentence */
    int64_t at_ms;       /* df_wf_now from then on */
    int64_t due_ms;      /* of ATTEMPT: when the next is due */
};

void df_wf_know_patch(struct df_wf *wf, struct df_str id);
/* To the first call that waits. Replaying: the history goes on from here (df_wf_patched is false where it has no marker). */
void df_wf_begin(struct df_wf *wf, bool replaying);
/* Tells and resumes. DF_ERR_FAILED: the event does not fit what the code asks for; the sentence says what is there and what is asked. The run
 * is of no use then. An answer to what was cancelled meanwhile is passed over, and so is one to a run that has ended. */
enum df_code df_wf_apply(struct df_wf *wf, const struct df_wf_event *event, bool replaying, struct df_error *err);

enum df_wf_command_kind {
    DF_COMMAND_STEP = 1,
    DF_COMMAND_TIMER,
    DF_COMMAND_CHILD,
    DF_COMMAND_CANCEL, /* of the command of that seq: nobody waits for it any more */
    DF_COMMAND_PATCH,  /* write a marker of that name, so that every replay knows it */
    DF_COMMAND_KNOWN_PATCH, /* the code asks for a marker that df_wf_know_patch told of: for engines that want to hear where */
    /* The run ends: the last one. */
    DF_COMMAND_COMPLETE,
    DF_COMMAND_FAIL,      /* code, value */
    DF_COMMAND_CANCELLED, /* likewise */
    DF_COMMAND_CONTINUE,  /* value: the next input */
};
/* Strings live as long as the run. */
struct df_wf_command {
    enum df_wf_command_kind kind;
    enum df_wf_command_kind of;     /* of CANCEL: what is cancelled */
    uint32_t seq;                   /* 1, 2, 3, ..., over all kinds; some are left out */
    struct df_str name;             /* of the step, the workflow of the child, the marker */
    struct df_str id;               /* of a child */
    struct df_str value;            /* input, result, the error's sentence */
    struct df_step_options options; /* defaults filled in */
    int64_t ms, due_ms;             /* of a timer: how long, and until when */
    enum df_code code;
};
/* Those since the last call, in order; valid until the next df_wf_apply. */
size_t df_wf_take_commands(struct df_wf *wf, const struct df_wf_command **ret);
/* The last command, once the function has returned; else NULL. */
const struct df_wf_command *df_wf_end(const struct df_wf *wf);
/* Whether the command of that seq still waits for its answer. */
bool df_wf_is_open(const struct df_wf *wf, uint32_t seq);

/* What the run waits for, one line each, in order: "3 step charge", "4 timer", "5 child sentry-context", "6 signal approve". Of equal
 * code and history it is equal. */
struct df_str df_wf_waiting(const struct df_wf *wf, struct df_arena *arena);
/* The signals that came and were not taken, in order: ret has room for `limit`. Their number. */
struct df_wf_signal {
    struct df_str name, payload;
};
size_t df_wf_untaken(const struct df_wf *wf, struct df_wf_signal *ret, size_t limit);
/* The text of df_wf_set_status; empty before. */
struct df_str df_wf_status(const struct df_wf *wf);
/* "ID/3", or "ID/2.3" in the second round after a continue-as-new: the key of the step of that seq. */
struct df_str df_wf_step_key(struct df_str id, int64_t round, uint32_t seq, struct df_arena *arena);
/* What an attempt that failed is to be followed by: 0 for nothing, else when the next is due. */
int64_t df_step_next_ms(const struct df_step_options *options, int attempt, enum df_step_retry retry,
                        const struct df_error *err, int64_t now_ms);

#endif
