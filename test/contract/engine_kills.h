/* kill -9 of a process that does workflows: at each of its calls of the database in turn, before and after the call, and at any moment. Included once, by
 * engine_contract.c. DEVFLOW_TEST_KILLS: how many of the latter (30). */
#ifndef DF_TEST_ENGINE_KILLS_H
#define DF_TEST_ENGINE_KILLS_H

#include "base/crypto.h"

/* A driver that counts its calls, and ends the process at one of them. */
static const struct sql_driver *true_driver;
static struct sql_driver counting;
static atomic_int calls_left;
static bool kill_after;

static void count_call(bool after)
{
    if (after == kill_after && atomic_fetch_sub(&calls_left, 1) == 1)
        kill(getpid(), SIGKILL);
}

static enum df_code counted_run(struct sql_db *db, const struct sql_statement *s, int *ret_changed, struct df_error *e)
{
    count_call(false);
    enum df_code code = true_driver->run(db, s, ret_changed, e);
    count_call(true);
    return code;
}

static enum df_code counted_step(struct sql_tx *tx, const struct sql_statement *s, int *ret_changed, struct df_error *e)
{
    count_call(false);
    enum df_code code = true_driver->step(tx, s, ret_changed, e);
    count_call(true);
    return code;
}

static enum df_code counted_end(struct sql_tx *tx, enum df_code code, struct df_error *e)
{
    count_call(false);
    code = true_driver->end(tx, code, e);
    count_call(true);
    return code;
}

/* In a process of its own: works until it is killed, or all is done. 0 in `at`: no call kills. */
static pid_t work_in_child(int at, bool after)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    open_engine();
    struct sql_db *db = sql_db_of(store);
    true_driver = db->driver;
    counting = *true_driver;
    counting.run = counted_run;
    counting.step = counted_step;
    counting.end = counted_end;
    calls_left = at;
    kill_after = after;
    db->driver = &counting;
    work(0, world_first);
    for (;;)
        nap(1000);
}

static void wait_for_child(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        continue;
}

static void expect_everything(const char *id)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof(struct engine_event), .read = engine_read_event};
    int steps = 0;
    expect_result(id, "[4,\"now\",3,[1,2]]");
    OK(SQL_RUN(sql_db_of(store), "SELECT " ENGINE_EVENT_COLUMNS " FROM workflow_history WHERE run_id = $1 ORDER BY n",
               sql_gather, &rows, NULL, &err, SQL_T(df_str_c(id))));
    unsigned seen = 0;
    for (size_t i = 0; i < rows.n; i++) {
        const struct df_wf_event *e = &((struct engine_event *)rows.items)[i].event;
        if (e->kind != DF_EVENT_STEP && e->kind != DF_EVENT_CHILD && e->kind != DF_EVENT_TIMER)
            continue;
        if (seen & (1U << e->seq))
            fail_msg("%s: answer %u was stored twice", id, e->seq);
        seen |= 1U << e->seq;
        steps++;
    }
    assert_int_equal(steps, 5);
}

static void a_kill_at_every_call_of_the_database_loses_nothing(void **state)
{
    enum { CALLS = 46, STEP = 5 };
    (void)state;
    int step = getenv("DEVFLOW_TEST_KILLS") ? 1 : STEP;
    for (int at = 1; at < CALLS; at += step) {
        const char *id = df_arena_printf(arena, "r%d", at).p;
        start(id, "everything", "4");
        say(id, "go", "\"now\"");
        close_engine();
        pid_t child = work_in_child(at, at % 2);
        /* It may be done before it comes to that call. */
        for (int i = 0; i < 40 && waitpid(child, NULL, WNOHANG) == 0; i++)
            nap(10);
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) > 0)
            continue;
        open_engine();
        work(0, world_first);
        expect_everything(id);
        stop_work();
    }
    check_replays(world_first);
}

static void what_keeps_killing_its_worker_is_parked(void **state)
{
    enum { MOST = 12 };
    int deaths = 0;
    (void)state;
    start("a", "deadly", "");
    deaths_allowed = 4;
    while (look("a").status == DF_WORKFLOW_RUNNING && deaths < MOST) {
        close_engine();
        pid_t child = work_in_child(0, false);
        for (int i = 0; i < 1000 && effects("deadly") == deaths && i >= 0; i++)
            nap(10);
        if (effects("deadly") == deaths) /* parked */
            kill(child, SIGKILL);
        wait_for_child(child);
        deaths = effects("deadly");
        open_engine();
        if (deaths == deaths_allowed) {
            work(0, world_first);
            wait_until("a", DF_WORKFLOW_PARKED);
        }
    }
    assert_int_equal(deaths, deaths_allowed);
    assert_true(df_str_find(look("a").reason, DF_S("workers in a row have died at work on it")) > 0);
}

static void kills_at_any_moment_lose_nothing(void **state)
{
    enum { RUNS = 40 };
    const char *wish = getenv("DEVFLOW_TEST_KILLS");
    unsigned long long number = 30;
    int runs = 0;
    (void)state;
    df_str_to_u64(df_str_c(wish ? wish : "30"), &number);
    int kills = (int)number;
    for (int i = 0; i < kills; i++) {
        for (int k = 0; k < RUNS * 30 / (kills > 30 ? kills : 30) + 1; k++) {
            const char *id = df_arena_printf(arena, "r%d", runs++).p;
            start(id, "everything", "4");
            say(id, "go", "\"now\"");
        }
        close_engine();
        pid_t child = work_in_child(0, false);
        nap(df_random_u32() % 120);
        kill(child, SIGKILL);
        wait_for_child(child);
        open_engine();
    }
    work(0, world_first);
    for (int i = 0; i < runs; i++)
        expect_everything(df_arena_printf(arena, "r%d", i).p);
    printf("%d kills, %d runs: all completed, each answer stored once; %d effects of %d steps\n", kills, runs,
           effects("echo") + effects("third"), 7 * runs);
    check_replays(world_first);
}

#endif
