/* Workflows and steps that hold an engine to workflow/workflow.h, for any engine. What steps did is appended to a file, a line each, so that it
 * is known also of a process that was killed: "NAME KEY ATTEMPT". */
#ifndef DF_TEST_ENGINE_WORKFLOWS_H
#define DF_TEST_ENGINE_WORKFLOWS_H

#include "base/buf.h"
#include "workflow/workflow.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct world {
    char effects[512];   /* the file */
    char open_gate[512]; /* a file: "gated" steps fail as long as it is not there */
    atomic_int at_once, most_at_once;
    atomic_bool heard_end;
    bool changed; /* the code is that of a later release */
};

static void nap(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static void note(const struct df_step_call *call, const char *name)
{
    const struct world *world = call->app;
    char line[512];
    int n = snprintf(line, sizeof line, "%s %.*s %d\n", name, DF_FMT(call->key), call->attempt);
    int fd = open(world->effects, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)n) != n)
        abort();
    close(fd);
}

/* ---- Steps. */

static enum df_code step_echo(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    (void)err;
    note(call, "echo");
    *ret = call->input;
    return DF_OK;
}

static enum df_code step_deadly(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    (void)ret;
    (void)err;
    note(call, "deadly");
    kill(getpid(), SIGKILL);
    return DF_OK;
}

static enum df_code step_third(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    note(call, "third");
    if (call->attempt < 3)
        return df_fail(err, DF_ERR_BUSY, "not yet");
    *ret = df_arena_printf(call->arena, "%d", call->attempt);
    return DF_OK;
}

static enum df_code step_gated(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    note(call, "gated");
    if (access(((struct world *)call->app)->open_gate, F_OK) != 0)
        return df_fail(err, DF_ERR_FORBIDDEN, "the gate is closed");
    *ret = DF_S("\"through\"");
    return DF_OK;
}

static enum df_code step_stubborn(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    note(call, "stubborn");
    call->retry = DF_RETRY_NEVER;
    (void)ret;
    return df_fail(err, DF_ERR_BUSY, "never");
}

static enum df_code step_together(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    struct world *world = call->app;
    (void)err;
    int now = atomic_fetch_add(&world->at_once, 1) + 1, most = world->most_at_once;
    while (now > most && !atomic_compare_exchange_weak(&world->most_at_once, &most, now))
        continue;
    nap(100);
    atomic_fetch_sub(&world->at_once, 1);
    *ret = call->input;
    return DF_OK;
}

/* Goes on until it is told, at most half a minute; "silent" says nothing meanwhile. */
static enum df_code step_long(struct df_step_call *call, struct df_str *ret, struct df_error *err)
{
    bool silent = df_str_is(call->input, "\"silent\"");
    note(call, "long");
    *ret = DF_S("\"done\"");
    if (call->attempt > 1)
        return DF_OK;
    for (int i = 0; i < 3000; i++) {
        if (silent ? i > 100 : !df_step_alive(call)) {
            ((struct world *)call->app)->heard_end = true;
            return df_fail(err, DF_ERR_BUSY, "told to end");
        }
        nap(10);
    }
    return DF_OK;
}

/* ---- Workflows. */

static enum df_code wf_line(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    struct df_str a, b;
    DF_TRY(df_wf_step(wf, "echo", input, NULL, &a, err));
    DF_TRY(df_wf_step(wf, "echo", DF_S("2"), NULL, &b, err));
    *ret = df_arena_printf(df_wf_arena(wf), "[%.*s,%.*s]", DF_FMT(a), DF_FMT(b));
    return DF_OK;
}

static enum df_code wf_third(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    (void)input;
    return df_wf_step(wf, "third", DF_STR_NONE, &(const struct df_step_options){.attempts = 4, .backoff_ms = 20}, ret,
                      err);
}

static enum df_code wf_gated(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    struct df_str first;
    DF_TRY(df_wf_step(wf, "echo", input, NULL, &first, err));
    return df_wf_step(wf, "gated", DF_STR_NONE, &(const struct df_step_options){.backoff_ms = 10}, ret, err);
}

static enum df_code wf_stubborn(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    (void)input;
    return df_wf_step(wf, "stubborn", DF_STR_NONE, NULL, ret, err);
}

static enum df_code wf_sleepy(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    int64_t before = df_wf_now(wf);
    (void)input;
    DF_TRY(df_wf_sleep(wf, 300, err));
    *ret = df_arena_printf(df_wf_arena(wf), "%s", df_wf_now(wf) - before >= 300 ? "true" : "false");
    return DF_OK;
}

/* Two of "approve" in order, or "late". input: the time-out in ms. */
static enum df_code wf_approve(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    unsigned long long ms = 0;
    struct df_str one, two;
    bool got;
    df_str_to_u64(input, &ms);
    df_wf_set_status(wf, DF_S("{\"wants\":\"approve\"}"));
    DF_TRY(df_wf_wait_signal(wf, "approve", (int64_t)ms, &got, &one, err));
    *ret = DF_S("\"late\"");
    if (!got)
        return DF_OK;
    DF_TRY(df_wf_wait_signal(wf, "approve", 0, &got, &two, err));
    df_wf_set_status(wf, DF_S("{\"wants\":null}"));
    *ret = df_arena_printf(df_wf_arena(wf), "[%.*s,%.*s]", DF_FMT(one), DF_FMT(two));
    return DF_OK;
}

static enum df_code wf_parallel(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    struct df_wf_task *tasks[5];
    size_t first;
    (void)input;
    for (size_t i = 0; i < 5; i++)
        tasks[i] = df_wf_start_step(wf, "together", df_arena_printf(df_wf_arena(wf), "%zu", i), NULL);
    struct df_wf_task *timer = df_wf_start_timer(wf, 60 * 60 * 1000);
    DF_TRY(df_wf_join_any(wf, (struct df_wf_task *[]){timer, tasks[3]}, 2, &first, err));
    df_wf_cancel(wf, timer);
    struct df_buf out;
    df_buf_init(&out, df_wf_arena(wf), 256);
    df_buf_printf(&out, "[%zu", first);
    for (size_t i = 0; i < 5; i++) {
        struct df_str each;
        DF_TRY(df_wf_join(wf, tasks[i], &each, err));
        df_buf_printf(&out, ",%.*s", DF_FMT(each));
    }
    df_buf_put_char(&out, ']');
    *ret = df_buf_str(&out);
    return DF_OK;
}

static enum df_code wf_parent(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    struct df_str child;
    struct df_error why;
    DF_TRY(df_wf_child(wf, "line", DF_STR_NONE, input, &child, err));
    enum df_code code = df_wf_child(wf, "stubborn", DF_STR_NONE, DF_STR_NONE, NULL, &why);
    *ret = df_arena_printf(df_wf_arena(wf), "{\"child\":%.*s,\"other\":\"%s: %s\"}", DF_FMT(child), df_code_name(code),
                           why.message);
    return DF_OK;
}

static enum df_code wf_deadly(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    return df_wf_step(wf, "deadly", input, NULL, ret, err);
}

static enum df_code wf_orphans(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    return df_wf_child(wf, "unheard-of", DF_STR_NONE, input, ret, err);
}

static enum df_code wf_days(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    (void)input, (void)ret;
    return df_wf_sleep(wf, 10LL * 24 * 3600 * 1000, err);
}

/* Waits for ever; cleans up when it is cancelled. */
static enum df_code wf_patient(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    bool got;
    (void)ret;
    if (df_str_is(input, "\"child\""))
        return df_wf_child(wf, "patient", DF_STR_NONE, DF_STR_NONE, NULL, err);
    if (df_str_is(input, "\"step\""))
        DF_TRY(df_wf_step(wf, "long", DF_S("1"), NULL, NULL, err));
    enum df_code code = df_wf_wait_signal(wf, "never", 0, &got, NULL, err);
    if (code == DF_ERR_CANCELLED && df_wf_cancelled(wf)) {
        df_wf_shield(wf, true);
        DF_TRY(df_wf_step(wf, "echo", DF_S("\"cleaned\""), NULL, NULL, err));
        df_wf_shield(wf, false);
    }
    return code;
}

static enum df_code wf_slow(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    bool silent = df_str_is(input, "\"silent\"");
    const struct df_step_options options = {.attempts = 2,
                                            .backoff_ms = 10,
                                            .timeout_ms = silent ? 60000 : 300,
                                            .heartbeat_ms = silent ? 300 : 0,
                                            .remote = true};
    return df_wf_step(wf, "long", input, &options, ret, err);
}

static enum df_code wf_rounds(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    unsigned long long left = 0;
    bool got;
    df_str_to_u64(input, &left);
    DF_TRY(df_wf_step(wf, "echo", input, NULL, NULL, err));
    if (left > 0)
        return df_wf_continue_as_new(wf, df_arena_printf(df_wf_arena(wf), "%llu", left - 1));
    return df_wf_wait_signal(wf, "last", 0, &got, ret, err);
}

/* The same whoever replays it, however often. */
static enum df_code wf_chance(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    struct df_str id = df_wf_uuid(wf), stored;
    uint64_t number = df_wf_random(wf);
    int64_t now = df_wf_now(wf);
    (void)input;
    *ret = df_arena_printf(df_wf_arena(wf), "\"%.*s %llu %lld\"", DF_FMT(id), (unsigned long long)number,
                           (long long)now);
    DF_TRY(df_wf_step(wf, "echo", *ret, NULL, &stored, err));
    DF_TRY(df_wf_sleep(wf, 50, err));
    return df_str_eq(stored, *ret) ? DF_OK
                                   : df_fail(err, DF_ERR_FAILED, "%.*s is not %.*s", DF_FMT(*ret), DF_FMT(stored));
}

/* One function, two releases of it: which is the worker's table's choice. */
static enum df_code wf_release_1(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    bool got;
    (void)input;
    DF_TRY(df_wf_step(wf, "echo", DF_S("1"), NULL, NULL, err));
    DF_TRY(df_wf_wait_signal(wf, "go", 0, &got, NULL, err));
    return df_wf_step(wf, "echo", DF_S("\"old\""), NULL, ret, err);
}

static enum df_code wf_release_2(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    bool got;
    (void)input;
    DF_TRY(df_wf_step(wf, "echo", DF_S("1"), NULL, NULL, err));
    if (df_wf_patched(wf, "greets"))
        DF_TRY(df_wf_step(wf, "echo", DF_S("\"hello\""), NULL, NULL, err));
    DF_TRY(df_wf_wait_signal(wf, "go", 0, &got, NULL, err));
    return df_wf_step(wf, "echo", df_wf_patched(wf, "new words") ? DF_S("\"new\"") : DF_S("\"old\""), NULL, ret, err);
}

static enum df_code wf_release_broken(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    (void)input;
    DF_TRY(df_wf_step(wf, "third", DF_STR_NONE, NULL, NULL, err));
    return df_wf_step(wf, "echo", DF_S("\"broken\""), NULL, ret, err);
}

/* A bit of everything, short, for kills; needs the signal "go". */
static enum df_code wf_everything(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *err)
{
    const struct df_step_options quick = {.attempts = 50, .backoff_ms = 1};
    struct df_str a, b, c, d, payload;
    bool got;
    DF_TRY(df_wf_step(wf, "echo", input, &quick, &a, err));
    struct df_wf_task *side = df_wf_start_step(wf, "third", DF_STR_NONE, &quick);
    struct df_wf_task *child = df_wf_start_child(wf, "line", DF_STR_NONE, DF_S("1"));
    DF_TRY(df_wf_sleep(wf, 3, err));
    DF_TRY(df_wf_wait_signal(wf, "go", 0, &got, &payload, err));
    df_wf_set_status(wf, DF_S("\"gone\""));
    DF_TRY(df_wf_step(wf, "echo", payload, &quick, &b, err));
    DF_TRY(df_wf_join(wf, side, &c, err));
    DF_TRY(df_wf_join(wf, child, &d, err));
    *ret = df_arena_printf(df_wf_arena(wf), "[%.*s,%.*s,%.*s,%.*s]", DF_FMT(a), DF_FMT(b), DF_FMT(c), DF_FMT(d));
    return DF_OK;
}

static const struct df_workflow_step world_steps[] = {
    {"echo", step_echo},         {"third", step_third}, {"gated", step_gated},   {"stubborn", step_stubborn},
    {"together", step_together}, {"long", step_long},   {"deadly", step_deadly},
};
/* clang-format off */
#define WORLD_WORKFLOWS                                                                                           \
    {"line", "", wf_line}, {"third", "", wf_third}, {"gated", "", wf_gated}, {"stubborn", "", wf_stubborn},       \
        {"sleepy", "", wf_sleepy}, {"approve", "", wf_approve}, {"parallel", "", wf_parallel},                    \
        {"parent", "", wf_parent}, {"patient", "", wf_patient}, {"slow", "", wf_slow}, {"rounds", "", wf_rounds}, \
        {"days", "", wf_days}, {"chance", "", wf_chance}, {"orphans", "", wf_orphans}, {"deadly", "", wf_deadly}, {"everything", "", wf_everything}
/* clang-format on */
static const struct df_workflow world_first[] = {WORLD_WORKFLOWS, {"release", "", wf_release_1}};
static const struct df_workflow world_second[] = {WORLD_WORKFLOWS, {"release", "", wf_release_2}};
static const struct df_workflow world_broken[] = {WORLD_WORKFLOWS, {"release", "", wf_release_broken}};
enum { WORLD_N = sizeof world_first / sizeof *world_first, WORLD_STEPS = sizeof world_steps / sizeof *world_steps };

#endif
