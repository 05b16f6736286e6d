/* The replay core alone, with no store and no engine. A workflow is led through histories: at each of its waits, every answer that could come next
 * comes next in one of them (a step's result or failure, a timer, a child's end, a signal, a cancellation), up to a depth. Then the checker runs the
 * workflow twice over each history and fails where anything differs from the first time: what it asks for, waits for, says of itself, ends with.
 * So are this program's own workflows, and those below, which use every call there is. */
#include "unit.h"

#include "base/buf.h"
#include "worker/workflows.h"
#include "workflow/replay.h"

enum { DEPTH = 9, HISTORIES = 1500, EVENTS = DEPTH + 8, TEXT_BYTES = 1 << 20, ANSWERS = 64, SEED = 42 };

static struct df_wf_host *host;
static struct df_error err;

/* ---- A history, and what was seen on the way. */

struct history {
    struct df_arena *arena;
    const struct df_workflow *workflow;
    struct df_wf_event events[EVENTS];
    size_t n;
    struct df_buf seen;
};

static void see_command(struct df_buf *seen, const struct df_wf_command *c)
{
    bool patch = c->kind == DF_COMMAND_PATCH || c->kind == DF_COMMAND_KNOWN_PATCH;
    df_buf_printf(seen, "%d %d %u %.*s %.*s %.*s %d %d %lld %lld\n", patch ? DF_COMMAND_PATCH : (int)c->kind,
                  (int)c->of, c->seq, DF_FMT(c->name), DF_FMT(c->id), DF_FMT(c->value), (int)c->code,
                  c->options.attempts, (long long)c->ms, (long long)c->due_ms);
}

static void see(struct df_wf *wf, struct history *h, const struct df_wf_command *commands, size_t n)
{
    struct df_wf_signal untaken[EVENTS];
    struct df_str waiting = df_wf_waiting(wf, h->arena), status = df_wf_status(wf);
    for (size_t i = 0; i < n; i++)
        see_command(&h->seen, &commands[i]);
    df_buf_printf(&h->seen, "-- %.*s; %.*s; %zu; %lld; %s\n", DF_FMT(waiting), DF_FMT(status),
                  df_wf_untaken(wf, untaken, EVENTS), (long long)df_wf_now(wf), df_wf_end(wf) ? "ended" : "goes on");
}

static void see_commands(struct df_wf *wf, struct history *h)
{
    const struct df_wf_command *commands;
    size_t n = df_wf_take_commands(wf, &commands);
    see(wf, h, commands, n);
}

static struct df_wf *begun(struct history *h)
{
    return df_wf_new(host, &(const struct df_wf_begin){.workflow = h->workflow,
                                                       .id = DF_S("run"),
                                                       .project_id = DF_S("shop"),
                                                       .input = DF_S("{\"issue\":\"SHOP-1\"}"),
                                                       .seed = SEED,
                                                       .now_ms = 1000});
}

/* Replayed, as an engine does it, from the history that is whole. What was seen; NULL when the code does not fit. */
static struct df_str replayed(const struct history *first, struct df_arena *arena)
{
    struct history h = *first;
    h.arena = arena;
    df_buf_init(&h.seen, arena, TEXT_BYTES);
    struct df_wf *wf = begun(&h);
    for (size_t i = 0; i < h.n; i++)
        if (h.events[i].kind == DF_EVENT_PATCH)
            df_wf_know_patch(wf, h.events[i].name);
    df_wf_begin(wf, true);
    see_commands(wf, &h);
    bool fits = true;
    for (size_t i = 0; i < h.n && fits; i++) {
        fits = df_wf_apply(wf, &h.events[i], true, &err) == DF_OK;
        if (fits && h.events[i].kind != DF_EVENT_PATCH)
            see_commands(wf, &h);
    }
    df_wf_free(wf);
    return fits ? df_buf_str(&h.seen) : DF_STR_NONE;
}

static bool is_the_same_twice(const struct history *h)
{
    bool same = true;
    for (int i = 0; i < 2 && same; i++)
        same = df_str_eq(replayed(h, h->arena), df_buf_str(&h->seen));
    return same;
}

/* ---- Leading a run: which answer comes next is a digit of `choices`. */

struct leader {
    struct history h;
    struct df_wf *wf;
    struct df_wf_command open[ANSWERS]; /* what was asked for; is it still, df_wf_is_open tells */
    size_t n_open;
    int signals;
    bool cancelled;
};

static void add_event(struct leader *l, struct df_wf_event event)
{
    event.name = df_arena_dup(l->h.arena, event.name); /* it outlives the run */
    event.at_ms = 1000 + 10 * (int64_t)(l->h.n + 1);
    l->h.events[l->h.n++] = event;
}

/* Patch markers are written where they are asked for. */
static void note_commands(struct leader *l)
{
    const struct df_wf_command *commands;
    size_t n = df_wf_take_commands(l->wf, &commands);
    see(l->wf, &l->h, commands, n);
    for (size_t i = 0; i < n; i++) {
        enum df_wf_command_kind kind = commands[i].kind;
        if (kind == DF_COMMAND_PATCH)
            add_event(l, (struct df_wf_event){.kind = DF_EVENT_PATCH, .name = commands[i].name});
        else if (kind <= DF_COMMAND_CHILD && l->n_open < ANSWERS)
            l->open[l->n_open++] = commands[i];
    }
}

static size_t answers(const struct leader *l, struct df_wf_event *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_open; i++) {
        const struct df_wf_command *c = &l->open[i];
        bool timer = c->kind == DF_COMMAND_TIMER;
        struct df_wf_event answer = {.kind = timer                        ? DF_EVENT_TIMER
                                             : c->kind == DF_COMMAND_STEP ? DF_EVENT_STEP
                                                                          : DF_EVENT_CHILD,
                                     .seq = c->seq,
                                     .name = c->name,
                                     .value = timer ? DF_STR_NONE : DF_S("{\"n\":1}")};
        if (!df_wf_is_open(l->wf, c->seq) || n + 4 > ANSWERS)
            continue;
        ret[n++] = answer;
        answer.code = DF_ERR_BUSY;
        answer.value = DF_S("it has failed");
        if (!timer)
            ret[n++] = answer;
    }
    if (l->signals < 2)
        ret[n++] = (struct df_wf_event){.kind = DF_EVENT_SIGNAL, .name = DF_S("go"), .value = DF_S("2")};
    if (!l->cancelled)
        ret[n++] = (struct df_wf_event){.kind = DF_EVENT_CANCEL};
    return n;
}

/* Adds to the history; how many answers there were to choose from, 0 at its end. */
static size_t lead_one(struct leader *l, size_t choice)
{
    struct df_wf_event possible[ANSWERS];
    size_t n = df_wf_end(l->wf) || l->h.n >= EVENTS - 4 ? 0 : answers(l, possible);
    if (n == 0)
        return 0;
    add_event(l, possible[choice % n]);
    l->signals += possible[choice % n].kind == DF_EVENT_SIGNAL;
    l->cancelled |= possible[choice % n].kind == DF_EVENT_CANCEL;
    assert_int_equal(df_wf_apply(l->wf, &l->h.events[l->h.n - 1], false, &err), DF_OK);
    note_commands(l);
    return n;
}

/* One history; *ret_same: whether it is seen the same way twice. `of` tells of each choice how many there were. */
static size_t lead(const struct df_workflow *workflow, const size_t *choices, size_t *of, bool *ret_same)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct leader l = {.h = {.arena = arena, .workflow = workflow}};
    size_t depth = 0;
    df_buf_init(&l.h.seen, arena, TEXT_BYTES);
    l.wf = begun(&l.h);
    df_wf_begin(l.wf, false);
    note_commands(&l);
    while (depth < DEPTH && (of[depth] = lead_one(&l, choices[depth])) > 0)
        depth++;
    df_wf_free(l.wf);
    *ret_same = is_the_same_twice(&l.h);
    return depth;
}

/* Every choice in turn, as a clock counts; the number of histories. False in *ret_same at the first that differs. */
static size_t explore(const struct df_workflow *workflow, bool *ret_same)
{
    size_t choices[DEPTH] = {0}, of[DEPTH] = {0}, histories = 0;
    for (;;) {
        size_t depth = lead(workflow, choices, of, ret_same);
        histories++;
        while (depth > 0 && choices[depth - 1] + 1 >= of[depth - 1])
            choices[--depth] = 0;
        if (!*ret_same || depth == 0 || histories == HISTORIES)
            return histories;
        choices[depth - 1]++;
    }
}

/* ---- Workflows that use all there is. */

static enum df_code wf_line(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *e)
{
    struct df_str first;
    df_wf_set_status(wf, DF_S("\"first\""));
    DF_TRY(df_wf_step(wf, "first", input, NULL, &first, e));
    df_wf_set_status(wf, DF_S("\"second\""));
    DF_TRY(df_wf_sleep(wf, 1000, e));
    return df_wf_step(wf, "second", first, &(const struct df_step_options){.attempts = 2, .remote = true}, ret, e);
}

static enum df_code wf_crowd(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *e)
{
    size_t first;
    struct df_wf_task *tasks[] = {df_wf_start_step(wf, "a", input, NULL), df_wf_start_timer(wf, 500),
                                  df_wf_start_child(wf, "line", DF_STR_NONE, input)};
    DF_TRY(df_wf_join_any(wf, tasks, 3, &first, e));
    if (first == 1)
        df_wf_cancel(wf, tasks[0]);
    (void)df_wf_join(wf, tasks[0], NULL, e);
    enum df_code code = df_wf_join(wf, tasks[2], ret, e);
    *ret = df_arena_printf(df_wf_arena(wf), "[%zu,%d,\"%.*s\"]", first, (int)code, DF_FMT(df_wf_uuid(wf)));
    return code == DF_ERR_CANCELLED ? code : DF_OK;
}

static enum df_code wf_told(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *e)
{
    bool got;
    struct df_str payload = DF_STR_NONE;
    enum df_code code = df_wf_wait_signal(wf, "go", 60000, &got, &payload, e);
    if (code == DF_ERR_CANCELLED) {
        df_wf_shield(wf, true);
        DF_TRY(df_wf_step(wf, "clean", input, NULL, NULL, e));
        df_wf_shield(wf, false);
        return code;
    }
    if (df_wf_patched(wf, "greets"))
        DF_TRY(df_wf_step(wf, "greet", payload, NULL, NULL, e));
    return got ? df_wf_wait_signal(wf, "go", 0, &got, ret, e) : DF_OK;
}

static enum df_code wf_chance(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *e)
{
    *ret = df_arena_printf(df_wf_arena(wf), "[%llu,%lld]", (unsigned long long)df_wf_random(wf),
                           (long long)df_wf_now(wf));
    if (df_wf_random(wf) % 2)
        DF_TRY(df_wf_step(wf, "odd", *ret, NULL, NULL, e));
    DF_TRY(df_wf_step(wf, "then", input, NULL, NULL, e));
    return df_wf_now(wf) % 20 ? df_wf_continue_as_new(wf, *ret) : DF_OK;
}

/* ---- And some that break the rule. */

static int broken_runs;

static enum df_code wf_counts_its_runs(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *e)
{
    const char *name = broken_runs++ % 2 ? "even" : "odd";
    return df_wf_step(wf, name, input, NULL, ret, e);
}

static enum df_code wf_has_a_mutable_result(struct df_wf *wf, struct df_str input, struct df_str *ret,
                                            struct df_error *e)
{
    DF_TRY(df_wf_step(wf, "one", input, NULL, NULL, e));
    *ret = df_arena_printf(df_wf_arena(wf), "%d", broken_runs++);
    return DF_OK;
}

static enum df_code wf_says_another_thing(struct df_wf *wf, struct df_str input, struct df_str *ret, struct df_error *e)
{
    df_wf_set_status(wf, df_arena_printf(df_wf_arena(wf), "%d", broken_runs++));
    return df_wf_step(wf, "one", input, NULL, ret, e);
}

/* ---- The tests. */

static const struct df_workflow good[] = {
    {"line", "", wf_line}, {"crowd", "", wf_crowd}, {"told", "", wf_told}, {"chance", "", wf_chance}};
static const struct df_workflow bad[] = {
    {"counts", "", wf_counts_its_runs}, {"result", "", wf_has_a_mutable_result}, {"status", "", wf_says_another_thing}};

static void every_history_is_replayed_as_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bool same = false;
        size_t histories = explore(&good[i], &same);
        if (!same || histories < 20)
            fail_msg("%s: history %zu is not replayed as it was", good[i].name, histories);
    }
}

static void the_programs_own_workflows_are_deterministic(void **state)
{
    const struct df_workflow_table table = df_worker_table(NULL);
    (void)state;
    assert_true(table.n_workflows > 1);
    for (size_t i = 0; i < table.n_workflows; i++) {
        bool same = false;
        size_t histories = explore(&table.workflows[i], &same);
        if (!same || histories < 5)
            fail_msg("%s: history %zu is not replayed as it was", table.workflows[i].name, histories);
    }
}

static void what_breaks_the_rule_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool same = true;
        explore(&bad[i], &same);
        if (same)
            fail_msg("nobody sees what is wrong with %s", bad[i].name);
    }
}

/* Each event is of the history of one release, the code of another. */
static void what_does_not_fit_is_said(void **state)
{
    static const struct {
        struct df_wf_event event;
        const char *says;
    } cases[] = {
        {{.kind = DF_EVENT_STEP, .seq = 1, .name = {"other", 5}},
         "the code of line has changed: call 1 was the step other in its history, and is the step first now"},
        {{.kind = DF_EVENT_TIMER, .seq = 1},
         "the code of line has changed: call 1 was the timer  in its history, and is the step first now"},
        {{.kind = DF_EVENT_CHILD, .seq = 7, .name = {"line", 4}},
         "the code of line has changed: call 7 was the child line in its history, and is not there now"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct history h = {.workflow = &good[0]};
        struct df_wf *wf = begun(&h);
        df_wf_begin(wf, true);
        assert_int_equal(df_wf_apply(wf, &cases[i].event, true, &err), DF_ERR_FAILED);
        assert_string_equal(err.message, cases[i].says);
        df_wf_free(wf);
    }
}

static void attempts_have_their_pauses(void **state)
{
    const struct df_step_options options = {.attempts = 4, .backoff_ms = 100, .backoff_max_ms = 300};
    struct df_error busy = {.code = DF_ERR_BUSY}, invalid = {.code = DF_ERR_INVALID}, later = {.code = DF_ERR_BUSY};
    (void)state;
    later.retry_after_s = 5;
    assert_int_equal(df_step_next_ms(&options, 1, DF_RETRY_BY_CODE, &busy, 1000), 1100);
    assert_int_equal(df_step_next_ms(&options, 2, DF_RETRY_BY_CODE, &busy, 1000), 1200);
    assert_int_equal(df_step_next_ms(&options, 3, DF_RETRY_BY_CODE, &busy, 1000), 1300);
    assert_int_equal(df_step_next_ms(&options, 4, DF_RETRY_BY_CODE, &busy, 1000), 0);
    assert_int_equal(df_step_next_ms(&options, 1, DF_RETRY_BY_CODE, &invalid, 1000), 0);
    assert_int_equal(df_step_next_ms(&options, 1, DF_RETRY_YES, &invalid, 1000), 1100);
    assert_int_equal(df_step_next_ms(&options, 1, DF_RETRY_NEVER, &busy, 1000), 0);
    assert_int_equal(df_step_next_ms(&options, 1, DF_RETRY_BY_CODE, &later, 1000), 6000);
}

static int setup(void **state)
{
    (void)state;
    host = df_wf_host_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    df_wf_host_free(host);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_history_is_replayed_as_it_was),
        cmocka_unit_test(the_programs_own_workflows_are_deterministic),
        cmocka_unit_test(what_breaks_the_rule_is_found),
        cmocka_unit_test(what_does_not_fit_is_said),
        cmocka_unit_test(attempts_have_their_pauses),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
