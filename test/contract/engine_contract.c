/* Every workflow engine is held to this. An engine is opened by a row of `engines` below: it says how, and what is known to differ. */
#include "unit.h"

#include "engine_workflows.h"

#include "engine_temporal.h"

#include "adapter/database.h"
#include "adapter/engine_parts.h"
#include "base/wait.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { WAIT_MS = 60 * 1000, WORKERS = 4, STEPS = 8 };

static struct df_arena *arena;
static struct df_store *store;
static struct df_engine *engine;
static struct df_engine_worker *workers[WORKERS];
static struct df_workflow_table tables[WORKERS];
static struct world world;
static char folder[64], url[512];
static const char *server; /* PostgreSQL's URL; NULL while SQLite is held to the contract */
static struct df_error err;
static int deaths_allowed; /* 0: as by default */
static int64_t kept_ms;    /* retention; 0: for ever */

#define OK(call)                                    \
    do {                                            \
        if ((call) != DF_OK)                        \
            fail_msg("%s: %s", #call, err.message); \
    } while (0)

static void open_engine(void)
{
    const struct df_clock *clock;
    if (temporal_program) {
        engine = temporal_open(&err);
        if (!engine)
            fail_msg("%s", err.message);
        return;
    }
    OK(df_database_open(df_str_c(url), 8, &store, &clock, &err));
    engine = df_sql_engine_new(store, &(const struct df_sql_engine_options){.shared = server != NULL,
                                                                            .lease_ms = server ? 600 : 0,
                                                                            .retention_ms = kept_ms,
                                                                            .deaths = deaths_allowed});
}

static void work(int at, const struct df_workflow *workflows)
{
    tables[at] = (struct df_workflow_table){workflows, WORLD_N, world_steps, WORLD_STEPS, &world};
    OK(engine->ops->work(engine, &(const struct df_worker_options){.table = &tables[at], .steps = STEPS}, &workers[at],
                         &err));
}

static void stop_work(void)
{
    for (int i = 0; i < WORKERS; i++) {
        if (workers[i])
            engine->ops->stop(workers[i], 5000);
        workers[i] = NULL;
    }
}

static void close_engine(void)
{
    stop_work();
    engine->ops->free(engine);
    if (!temporal_program)
        store->ops->close(store);
}

static void make_schema(int number)
{
    PGconn *c = PQconnectdb(server);
    PQclear(PQexec(c, df_arena_printf(arena, "CREATE SCHEMA engine_%d_%d", (int)getpid(), number).p));
    PQfinish(c);
    snprintf(url, sizeof url, "%s?options=-csearch_path%%3Dengine_%d_%d", server, (int)getpid(), number);
}

static int setup(void **state)
{
    static int number;
    (void)state;
    arena = df_arena_new();
    snprintf(folder, sizeof folder, "/tmp/devflow-engine-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    memset(&world, 0, sizeof world);
    deaths_allowed = 0;
    kept_ms = 0;
    snprintf(world.effects, sizeof world.effects, "%s/effects", folder);
    snprintf(world.open_gate, sizeof world.open_gate, "%s/gate", folder);
    if (temporal_program)
        temporal_server_start(folder);
    else if (server)
        make_schema(++number);
    else
        snprintf(url, sizeof url, "sqlite:%s/store.db", folder);
    open_engine();
    return 0;
}

static int teardown(void **state)
{
    static const char *const parts[] = {"store.db",        "store.db-wal", "store.db-shm", "store.db.lock",
                                        "effects",         "gate",         "temporal.db",  "temporal.db-wal",
                                        "temporal.db-shm", "temporal.log"};
    (void)state;
    close_engine();
    if (temporal_program)
        temporal_server_stop();
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        unlink(df_arena_printf(arena, "%s/%s", folder, parts[i]).p);
    rmdir(folder);
    df_arena_free(arena);
    return 0;
}

/* ---- What tests say. */

static void start(const char *id, const char *name, const char *input)
{
    OK(engine->ops->start(engine,
                          &(const struct df_workflow_start){.id = df_str_c(id),
                                                            .name = df_str_c(name),
                                                            .project_id = DF_S("shop"),
                                                            .issue = DF_S("SHOP-1"),
                                                            .input = df_str_c(input)},
                          arena, NULL, NULL, &err));
}

static void say(const char *id, const char *name, const char *payload)
{
    OK(engine->ops->signal(engine, df_str_c(id), df_str_c(name), df_str_c(payload), &err));
}

static struct df_workflow_run look(const char *id)
{
    struct df_workflow_run run;
    OK(engine->ops->find(engine, df_str_c(id), arena, &run, &err));
    return run;
}

static struct df_workflow_run wait_until(const char *id, enum df_workflow_status status)
{
    int64_t until_ms = df_monotonic_ms() + WAIT_MS;
    struct df_workflow_run run = {.status = DF_WORKFLOW_STATUSES}; /* a child may take a moment to be there */
    while (run.status != status && df_monotonic_ms() < until_ms) {
        if (engine->ops->find(engine, df_str_c(id), arena, &run, &err) != DF_OK || run.status != status)
            nap(5);
    }
    if (run.status == DF_WORKFLOW_STATUSES)
        fail_msg("%s: %s", id, err.message);
    if (run.status != status)
        fail_msg("%s is %s, not %s: %.*s, waiting for %.*s", id, df_workflow_status_name(run.status),
                 df_workflow_status_name(status), DF_FMT(run.reason), DF_FMT(run.waiting));
    return run;
}

static void wait_for(const char *id, const char *waiting)
{
    int64_t until_ms = df_monotonic_ms() + WAIT_MS;
    struct df_workflow_run run = {.id = DF_STR_NONE};
    while (engine->ops->find(engine, df_str_c(id), arena, &run, &err) != DF_OK ||
           df_str_find(run.waiting, df_str_c(waiting)) < 0) {
        if (df_monotonic_ms() > until_ms)
            fail_msg("%s waits for \"%.*s\", not for %s", id, DF_FMT(run.waiting), waiting);
        nap(5);
    }
}

static void expect_result(const char *id, const char *result)
{
    assert_str(wait_until(id, DF_WORKFLOW_COMPLETED).result, result);
}

/* Lines of the effects that begin so. */
static int effects(const char *start_of_line)
{
    char line[512];
    int n = 0;
    FILE *in = fopen(world.effects, "re");
    while (in && fgets(line, sizeof line, in))
        n += strncmp(line, start_of_line, strlen(start_of_line)) == 0;
    if (in)
        fclose(in);
    return n;
}

/* ---- The checker: a history replayed twice asks for the same both times, and ends as the run did. */

static struct df_str asked_for(const struct df_workflow_run *run, const struct engine_row *row,
                               const struct engine_event *events, size_t n, const struct df_workflow_table *table)
{
    struct df_wf_host *host = df_wf_host_new();
    struct df_buf out;
    df_buf_init(&out, arena, 1 << 20);
    struct df_wf *wf = df_wf_new(host, &(const struct df_wf_begin){.workflow = df_workflow_find(table, run->name),
                                                                   .id = run->id,
                                                                   .project_id = run->project_id,
                                                                   .input = run->input,
                                                                   .seed = (uint64_t)row->seed + (uint64_t)row->round,
                                                                   .now_ms = row->round_ms});
    for (size_t i = 0; i < n; i++)
        if (events[i].event.kind == DF_EVENT_PATCH)
            df_wf_know_patch(wf, events[i].event.name);
    for (size_t i = 0; i <= n; i++) {
        const struct df_wf_command *commands;
        if (i == 0)
            df_wf_begin(wf, true);
        else
            OK(df_wf_apply(wf, &events[i - 1].event, true, &err));
        size_t n_commands = df_wf_take_commands(wf, &commands);
        for (size_t k = 0; k < n_commands; k++)
            df_buf_printf(&out, "%zu: %d %u %.*s %.*s %.*s %lld %d\n", i, (int)commands[k].kind, commands[k].seq,
                          DF_FMT(commands[k].name), DF_FMT(commands[k].id), DF_FMT(commands[k].value),
                          (long long)commands[k].due_ms, commands[k].options.attempts);
    }
    if (run->status == DF_WORKFLOW_COMPLETED)
        assert_true(df_wf_end(wf) && df_str_eq(df_wf_end(wf)->value, run->result));
    df_wf_free(wf);
    df_wf_host_free(host);
    return df_buf_str(&out);
}

/* Temporal's core is that checker: a worker that has nothing in memory replays a run to answer for it, and does not if it differs. */
static void check_replays_on_temporal(const struct df_workflow *workflows)
{
    struct df_workflow_run *runs;
    size_t n;
    stop_work();
    work(0, workflows);
    OK(engine->ops->list(engine, &(const struct df_workflow_filter){.limit = 1000}, arena, &runs, &n, &err));
    for (size_t i = 0; i < n; i++) {
        struct df_workflow_run run = look(df_arena_cstr(arena, runs[i].id));
        const struct df_workflow_table table = {.workflows = workflows, .n_workflows = WORLD_N};
        if (!run.waiting.p && df_workflow_find(&table, run.name))
            fail_msg("%.*s is not deterministic, or nobody answers for it", DF_FMT(run.id));
    }
}

static void check_replays(const struct df_workflow *workflows)
{
    if (temporal_program) {
        check_replays_on_temporal(workflows);
        return;
    }
    const struct df_workflow_table table = {workflows, WORLD_N, world_steps, WORLD_STEPS, &world};
    struct df_workflow_run *runs;
    size_t n_runs;
    OK(engine->ops->list(engine, &(const struct df_workflow_filter){.limit = 1000}, arena, &runs, &n_runs, &err));
    for (size_t i = 0; i < n_runs; i++) {
        struct df_workflow_run run = look(df_arena_cstr(arena, runs[i].id));
        struct sql_rows rows = {.arena = arena, .size = sizeof(struct engine_row), .read = engine_read_row};
        struct engine_event *events;
        size_t n;
        if (!df_workflow_find(&table, run.name))
            continue;
        OK(SQL_RUN(sql_db_of(store), "SELECT " ENGINE_ROW_COLUMNS " FROM workflow_runs WHERE id = $1", sql_gather,
                   &rows, NULL, &err, SQL_T(run.id)));
        OK(engine_load_history(sql_db_of(store), run.id, arena, &events, &n, &err));
        struct df_str first = asked_for(&run, rows.items, events, n, &table);
        struct df_str second = asked_for(&run, rows.items, events, n, &table);
        if (!df_str_eq(first, second))
            fail_msg("%.*s is not deterministic:\n%.*s\n%.*s", DF_FMT(run.name), DF_FMT(first), DF_FMT(second));
    }
}

/* ---- The tests. */

static void does_steps_in_order(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "line", "{\"x\":1}");
    expect_result("a", "[{\"x\":1},2]");
    assert_int_equal(effects("echo a/1 1"), 1);
    assert_int_equal(effects("echo a/2 1"), 1);
    check_replays(world_first);
}

static void an_id_is_started_once(void **state)
{
    const struct df_workflow_start again = {.id = DF_S("a"), .name = DF_S("line"), .input = DF_S("1")};
    struct df_workflow_start ignoring = again, wrong = again;
    struct df_str id;
    bool started = true;
    (void)state;
    start("a", "line", "1");
    assert_int_equal(engine->ops->start(engine, &again, arena, NULL, NULL, &err), DF_ERR_EXISTS);
    ignoring.ignore_existing = true;
    OK(engine->ops->start(engine, &ignoring, arena, &id, &started, &err));
    assert_str(id, "a");
    assert_false(started);
    work(0, world_first);
    expect_result("a", "[1,2]");
    assert_int_equal(engine->ops->start(engine, &again, arena, NULL, NULL, &err), DF_ERR_EXISTS);
    wrong.id = DF_S("with space");
    assert_int_equal(engine->ops->start(engine, &wrong, arena, NULL, NULL, &err), DF_ERR_INVALID);
    wrong.id = DF_STR_NONE;
    OK(engine->ops->start(engine, &wrong, arena, &id, &started, &err));
    assert_true(started && df_str_starts(id, DF_S("line-")));
}

static void tries_steps_again(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "third", "");
    start("b", "stubborn", "");
    expect_result("a", "3");
    struct df_workflow_run b = wait_until("b", DF_WORKFLOW_FAILED);
    assert_int_equal(b.code, DF_ERR_BUSY);
    assert_str(b.reason, "never");
    assert_int_equal(effects("stubborn"), 1);
    assert_int_equal(effects("third a/1"), 3);
    check_replays(world_first);
}

static void a_failed_run_goes_on_from_the_step_that_failed(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "gated", "1");
    struct df_workflow_run run = wait_until("a", DF_WORKFLOW_FAILED);
    assert_int_equal(run.code, DF_ERR_FORBIDDEN);
    assert_int_equal(engine->ops->signal(engine, DF_S("a"), DF_S("x"), DF_STR_NONE, &err), DF_ERR_ENDED);
    fclose(fopen(world.open_gate, "we"));
    OK(engine->ops->retry(engine, DF_S("a"), &err));
    expect_result("a", "\"through\"");
    /* Temporal goes back to the workflow task: cheap steps of it are done again. */
    assert_int_equal(effects("echo"), temporal_program ? 2 : 1);
    assert_int_equal(effects("gated a/2 1"), 2);
    assert_int_equal(engine->ops->retry(engine, DF_S("a"), &err), DF_ERR_ENDED);
    assert_int_equal(engine->ops->retry(engine, DF_S("none"), &err), DF_ERR_WORKFLOW);
    check_replays(world_first);
}

static void sleeps(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "sleepy", "");
    expect_result("a", "true");
    check_replays(world_first);
}

/* A run that is taken up hides no other that is due after it. */
static void sleeps_beside_a_long_step(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "approve", "2000");
    while (look("a").waiting.n == 0 && look("a").status == DF_WORKFLOW_RUNNING)
        nap(5);
    start("b", "patient", "\"step\"");
    while (effects("long b/1") == 0)
        nap(5);
    expect_result("a", "\"late\"");
    assert_int_equal(look("b").status, DF_WORKFLOW_RUNNING);
    assert_true(df_str_find(look("b").waiting, DF_S("signal")) < 0);
    OK(engine->ops->cancel(engine, DF_S("b"), &err));
    wait_until("b", DF_WORKFLOW_CANCELLED);
}

static void takes_signals_in_order(void **state)
{
    (void)state;
    start("a", "approve", "0");
    say("a", "approve", "1"); /* before it runs */
    work(0, world_first);
    wait_for("a", "signal approve");
    assert_str(look("a").state, "{\"wants\":\"approve\"}");
    say("a", "other", "0");
    say("a", "approve", "2");
    expect_result("a", "[1,2]");
    assert_str(look("a").state, "{\"wants\":null}");
    start("b", "approve", "50");
    expect_result("b", "\"late\"");
    assert_int_equal(engine->ops->signal(engine, DF_S("none"), DF_S("x"), DF_STR_NONE, &err), DF_ERR_WORKFLOW);
    check_replays(world_first);
}

static void steps_go_on_at_once(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "parallel", "");
    expect_result("a", "[1,0,1,2,3,4]");
    assert_true(world.most_at_once > 1);
    check_replays(world_first);
}

/* More than the threads there are, then with all threads held by steps that do not heed their end. */
static void as_many_steps_at_once_as_allowed(void **state)
{
    enum { RUNS = 6 };
    (void)state;
    for (int i = 0; i < RUNS; i++)
        start(df_arena_printf(arena, "p%d", i).p, "parallel", "");
    work(0, world_first);
    for (int i = 0; i < RUNS; i++)
        expect_result(df_arena_printf(arena, "p%d", i).p, "[1,0,1,2,3,4]");
    assert_in_range(world.most_at_once, 2, STEPS);
    for (int i = 0; i < STEPS; i++)
        start(df_arena_printf(arena, "s%d", i).p, "slow", "\"silent\"");
    while (effects("long s") < STEPS)
        nap(5);
    start("after", "line", "1");
    expect_result("after", "[1,2]");
    for (int i = 0; i < STEPS; i++)
        expect_result(df_arena_printf(arena, "s%d", i).p, "\"done\"");
    check_replays(world_first);
}

/* What has not begun when a worker stops is left to the next one. */
static void a_stop_begins_nothing(void **state)
{
    enum { RUNS = 10 };
    (void)state;
    for (int i = 0; i < RUNS; i++)
        start(df_arena_printf(arena, "p%d", i).p, "parallel", "");
    work(0, world_first);
    while (world.at_once == 0)
        nap(1);
    stop_work();
    assert_int_equal(world.at_once, 0);
    int64_t stored = 0;
    OK(SQL_RUN_PLAIN(sql_db_of(store), "SELECT count(*) FROM workflow_history", sql_take_int, &stored, &err));
    assert_in_range(stored, 1, 5 * RUNS - 1);
    work(0, world_first);
    for (int i = 0; i < RUNS; i++)
        expect_result(df_arena_printf(arena, "p%d", i).p, "[1,0,1,2,3,4]");
    check_replays(world_first);
}

static void children_answer_their_parents(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "parent", "7");
    expect_result("a", "{\"child\":[7,2],\"other\":\"busy: never\"}");
    assert_str(look("a/1").parent_id, "a");
    assert_str(look("a/1").project_id, "shop");
    check_replays(world_first);
}

static void cancelling_is_seen_by_the_code(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "patient", "");
    start("b", "patient", "\"step\"");
    start("c", "patient", "\"child\"");
    wait_for("a", "signal never");
    wait_for("c/1", "signal never");
    while (effects("long b/1") == 0)
        nap(5);
    OK(engine->ops->cancel(engine, DF_S("a"), &err));
    OK(engine->ops->cancel(engine, DF_S("b"), &err));
    OK(engine->ops->cancel(engine, DF_S("c"), &err));
    wait_until("a", DF_WORKFLOW_CANCELLED);
    wait_until("b", DF_WORKFLOW_CANCELLED);
    wait_until("c", DF_WORKFLOW_CANCELLED);
    wait_until("c/1", DF_WORKFLOW_CANCELLED);
    assert_int_equal(effects("echo a/2"), 1); /* the cleaning up */
    assert_int_equal(engine->ops->cancel(engine, DF_S("a"), &err), DF_ERR_ENDED);
    assert_int_equal(engine->ops->retry(engine, DF_S("a"), &err), DF_ERR_ENDED);
    assert_int_equal(engine->ops->cancel(engine, DF_S("none"), &err), DF_ERR_WORKFLOW);
    for (int i = 0; !world.heard_end && i < WAIT_MS / 10; i++)
        nap(10);
    assert_true(world.heard_end);
    check_replays(world_first);
}

static void steps_that_take_too_long_are_given_up(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "slow", "1");
    expect_result("a", "\"done\"");
    assert_int_equal(effects("long a/1"), 2);
    start("b", "slow", "\"silent\"");
    expect_result("b", "\"done\"");
    assert_int_equal(effects("long b/1"), 2);
    check_replays(world_first);
}

static void goes_on_as_new(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "rounds", "3");
    say("a", "last", "\"end\"");
    expect_result("a", "\"end\"");
    assert_int_equal(look("a").round, 4);
    assert_int_equal(effects("echo a/1 1"), 1);
    assert_int_equal(effects("echo a/4.1 1"), 1);
    check_replays(world_first);
}

static void chance_and_time_are_the_same_in_every_replay(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "chance", "");
    wait_until("a", DF_WORKFLOW_COMPLETED);
    check_replays(world_first);
}

static void changed_code_parks_a_run(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "release", "");
    wait_for("a", "signal go");
    stop_work();
    work(0, world_broken);
    say("a", "go", "1");
    struct df_workflow_run run = wait_until("a", DF_WORKFLOW_PARKED);
    assert_true(df_str_find(run.reason, DF_S("the code of release has changed")) == 0);
    say("a", "go", "2"); /* is kept */
    stop_work();
    work(0, world_first);
    OK(engine->ops->retry(engine, DF_S("a"), &err));
    expect_result("a", "\"old\"");
    check_replays(world_first);
}

static void code_is_changed_with_a_patch(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "release", "");
    wait_for("a", "signal go");
    stop_work();
    work(0, world_second);
    start("b", "release", "");
    wait_for("b", "signal go");
    say("a", "go", "1");
    say("b", "go", "1");
    expect_result("a", "\"new\""); /* past its first wait the code is new to it */
    expect_result("b", "\"new\"");
    assert_int_equal(effects("echo a/"), 2);
    assert_int_equal(effects("echo b/"), 3);
    check_replays(world_second);
}

static void what_a_worker_does_not_know_is_parked(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "unheard-of", "");
    struct df_workflow_run run = wait_until("a", DF_WORKFLOW_PARKED);
    assert_str(run.reason, "this devflow has no workflow unheard-of");
    OK(engine->ops->cancel(engine, DF_S("a"), &err));
    wait_until("a", DF_WORKFLOW_CANCELLED);
}

static void a_parked_child_that_is_cancelled_answers_its_parent(void **state)
{
    (void)state;
    work(0, world_first);
    start("a", "orphans", "");
    wait_for("a", "child unheard-of");
    wait_until("a/1", DF_WORKFLOW_PARKED);
    OK(engine->ops->cancel(engine, DF_S("a/1"), &err));
    assert_int_equal(wait_until("a", DF_WORKFLOW_FAILED).code, DF_ERR_CANCELLED);
    check_replays(world_first);
}

static void lists_counts_and_tells(void **state)
{
    struct df_workflow_run *runs;
    struct df_workflow_happening *told;
    struct df_workflow_counts counts;
    size_t n;
    bool more;
    (void)state;
    work(0, world_first);
    start("a", "line", "1");
    start("b", "stubborn", "");
    start("c", "approve", "0");
    wait_until("a", DF_WORKFLOW_COMPLETED);
    wait_until("b", DF_WORKFLOW_FAILED);
    wait_for("c", "signal approve");
    OK(engine->ops->list(engine, &(const struct df_workflow_filter){.project_id = DF_S("shop")}, arena, &runs, &n,
                         &err));
    assert_int_equal(n, 3);
    OK(engine->ops->list(engine, &(const struct df_workflow_filter){.project_id = DF_S("other")}, arena, &runs, &n,
                         &err));
    assert_int_equal(n, 0);
    OK(engine->ops->list(engine, &(const struct df_workflow_filter){.by_status = true, .status = DF_WORKFLOW_FAILED},
                         arena, &runs, &n, &err));
    assert_int_equal(n, 1);
    assert_str(runs[0].id, "b");
    OK(engine->ops->counts(engine, &counts, &err));
    assert_true(counts.known);
    assert_int_equal(counts.by_status[DF_WORKFLOW_RUNNING], 1);
    OK(engine->ops->history(engine, DF_S("a"), 0, arena, &told, &n, &more, &err));
    assert_int_equal(n, 4);
    assert_false(more);
    assert_string_equal(told[0].kind, "started");
    assert_string_equal(told[1].kind, "step");
    assert_str(told[1].name, "echo");
    assert_string_equal(told[3].kind, "completed");
    assert_str(told[3].value, "[1,2]");
}

static void workers_share(void **state)
{
    enum { RUNS = 60 };
    (void)state;
    for (int i = 0; i < RUNS; i++)
        start(df_arena_printf(arena, "r%d", i).p, i % 2 ? "line" : "third", "5");
    for (int i = 0; i < WORKERS; i++)
        work(i, world_first);
    for (int i = 0; i < RUNS; i++)
        expect_result(df_arena_printf(arena, "r%d", i).p, i % 2 ? "[5,2]" : "3");
    assert_int_equal(effects("echo"), RUNS); /* nothing twice */
    assert_int_equal(effects("third"), 3 * RUNS / 2);
    check_replays(world_first);
}

/* On Temporal it is the namespace's retention. */
static void what_has_ended_is_forgotten_in_time(void **state)
{
    struct df_workflow_run run;
    (void)state;
    work(0, world_first);
    start("ended", "line", "1");
    start("waits", "approve", "0");
    say("waits", "approve", "1");
    expect_result("ended", "[1,2]");
    close_engine();
    kept_ms = 1;
    open_engine();
    work(0, world_first);
    for (int ms = 0; engine->ops->find(engine, DF_S("ended"), arena, &run, &err) != DF_ERR_WORKFLOW; ms += 10) {
        assert_true(ms < 60000);
        nap(10);
    }
    OK(engine->ops->find(engine, DF_S("waits"), arena, &run, &err));
    assert_int_equal(run.status, DF_WORKFLOW_RUNNING);
    close_engine();
    kept_ms = 0;
    open_engine();
    work(0, world_first);
    start("ended", "line", "5"); /* nothing of the first is left in the way of the second */
    say("waits", "approve", "2");
    expect_result("ended", "[5,2]");
    expect_result("waits", "[1,2]");
}

static void signals_and_sleep_race(void **state)
{
    enum { RUNS = 40 };
    (void)state;
    for (int i = 0; i < WORKERS; i++)
        work(i, world_first);
    for (int i = 0; i < RUNS; i++) {
        const char *id = df_arena_printf(arena, "r%d", i).p;
        start(id, "approve", "0");
        nap(i % 7);
        say(id, "approve", "1");
        nap(i % 3);
        say(id, "approve", "2");
    }
    for (int i = 0; i < RUNS; i++)
        expect_result(df_arena_printf(arena, "r%d", i).p, "[1,2]");
    check_replays(world_first);
}

#include "engine_kills.h"
#include "engine_projects.h"
#include "engine_temporal_kills.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* A name, with * and ?, does those tests alone. */
int main(int argc, char **argv)
{
    temporal_program = getenv("DEVFLOW_TEST_TEMPORAL");
    if (argc == 4 && strcmp(argv[1], "--worker") == 0)
        temporal_worker(argv + 2);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
#define CONTRACT                                                                                                      \
    TEST(does_steps_in_order), TEST(an_id_is_started_once), TEST(tries_steps_again),                                  \
        TEST(a_failed_run_goes_on_from_the_step_that_failed), TEST(sleeps), TEST(sleeps_beside_a_long_step),          \
        TEST(takes_signals_in_order), TEST(steps_go_on_at_once), TEST(children_answer_their_parents),                 \
        TEST(cancelling_is_seen_by_the_code), TEST(steps_that_take_too_long_are_given_up), TEST(goes_on_as_new),      \
        TEST(chance_and_time_are_the_same_in_every_replay), TEST(changed_code_parks_a_run),                           \
        TEST(code_is_changed_with_a_patch), TEST(what_a_worker_does_not_know_is_parked),                              \
        TEST(a_parked_child_that_is_cancelled_answers_its_parent), TEST(lists_counts_and_tells), TEST(workers_share), \
        TEST(signals_and_sleep_race), TEST(a_deleted_project_leaves_no_run)
    const struct CMUnitTest on_temporal[] = {CONTRACT, TEST(kills_of_workers_lose_nothing)};
    const struct CMUnitTest contract[] = {
        CONTRACT,
        TEST(as_many_steps_at_once_as_allowed),
        TEST(a_stop_begins_nothing),
        TEST(what_has_ended_is_forgotten_in_time),
        TEST(what_is_asked_is_written_with_its_row),
        TEST(without_its_row_nothing_is_changed),
        TEST(a_kill_at_every_call_of_the_database_loses_nothing),
        TEST(what_keeps_killing_its_worker_is_parked),
        TEST(kills_at_any_moment_lose_nothing),
    };
    if (temporal_program)
        return cmocka_run_group_tests_name("temporal", on_temporal, NULL, NULL);
    int failed = cmocka_run_group_tests_name("sqlite", contract, NULL, NULL);
    server = getenv("DEVFLOW_TEST_POSTGRES_URL");
    if (!server) {
        fprintf(stderr, "DEVFLOW_TEST_POSTGRES_URL names no PostgreSQL: run test/whole/servers.py, or ./dev test\n");
        return 1;
    }
    return failed + cmocka_run_group_tests_name("postgres", contract, NULL, NULL);
}
