/* Between the files of the replay core. */
#ifndef DF_WORKFLOW_REPLAY_PARTS_H
#define DF_WORKFLOW_REPLAY_PARTS_H

#include "base/buf.h"
#include "workflow/fiber.h"
#include "workflow/replay.h"

struct df_wf_task {
    enum df_wf_command_kind kind; /* STEP, TIMER, CHILD */
    uint32_t seq;                 /* 0: never asked for, as the run was cancelled */
    struct df_str name;
    bool done;
    enum df_code code;
    struct df_str value;
    struct df_wf_task *next; /* in order of seq; those that are answered are not in the list */
};

struct wf_signal {
    struct df_str name, payload;
    struct wf_signal *next;
};

struct wf_patch {
    struct df_str id;
    bool taken;
    bool told; /* by df_wf_know_patch, and not asked for yet */
    struct wf_patch *next;
};

struct df_wf {
    struct df_arena *arena;
    struct df_fiber_host *fibers;
    struct df_fiber *fiber;
    struct df_wf_begin begin;
    uint32_t seq; /* the last given out */
    int64_t now_ms;
    uint64_t random;
    bool replaying, cancelled, returned;
    unsigned shields;
    struct df_wf_task *tasks, **tasks_end;
    struct wf_signal *signals, **signals_end; /* not taken yet */
    struct wf_patch *patches;
    struct df_str status;
    struct df_str wants; /* the signal it waits for; empty for none */
    uint32_t wants_seq;
    struct df_str next_input; /* of a continue-as-new */
    bool goes_on;
    struct df_wf_command *commands, *end;
    size_t n_commands, cap_commands, n_taken;
    struct df_str result;
    struct df_error err;
};

struct df_wf_command *df_wf_command_add(struct df_wf *wf, enum df_wf_command_kind kind);
struct df_wf_task *df_wf_task_find(const struct df_wf *wf, uint32_t seq);

#endif
