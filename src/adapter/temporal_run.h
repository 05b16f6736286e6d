/* One run of a worker on Temporal: what it waits for, and the commands that its code asks for, as coresdk's messages. */
#ifndef DF_ADAPTER_TEMPORAL_RUN_H
#define DF_ADAPTER_TEMPORAL_RUN_H

#include "adapter/temporal_parts.h"
#include "base/json.h"

struct temporal_open {
    uint32_t seq;    /* the code's */
    uint32_t number; /* Temporal's: another one in each later attempt of a local activity */
    uint32_t timer;  /* of the pause before that attempt; 0: none */
    enum df_wf_command_kind kind;
    struct df_str name;
    struct df_wf_command command; /* of a step */
    bool local;
    int attempt;
    int64_t since_ms;
    struct temporal_open *next;
};

struct temporal_run {
    struct temporal *t;
    struct df_arena *arena;
    struct df_str run_id, id, type;
    struct temporal_about about;
    struct df_wf *wf;           /* NULL: this program has no such workflow */
    struct df_str fault;        /* why it cannot go on; empty while it can */
    const struct df_json *kept; /* signals of the round before */
    struct temporal_open *open, *spare;
    uint32_t aliases;
    struct temporal_run *next;
};

struct temporal_open *temporal_open_find(struct temporal_run *run, enum df_wf_command_kind kind, uint32_t number);
/* The step that pauses on that timer. */
struct temporal_open *temporal_open_waiting(struct temporal_run *run, uint32_t timer);
void temporal_open_forget(struct temporal_run *run, struct temporal_open *open);

/* Appends a command of coresdk.workflow_completion.Success. */
void temporal_put_command(struct temporal_run *run, const struct df_wf_command *command, struct df_buf *to);
/* What DoBackoff asks for: a timer, and after it the local activity again. */
void temporal_put_backoff(struct temporal_run *run, struct temporal_open *open, struct df_str later, struct df_buf *to);
void temporal_put_again(struct temporal_run *run, struct temporal_open *open, struct df_buf *to);

#endif
