/* kill -9 of workers on Temporal at any moment. A worker is this program again, for the library of Temporal's core does not outlive a
 * fork. DEVFLOW_TEST_KILLS: how many (10). Included once, by engine_contract.c. */
#ifndef DF_TEST_ENGINE_TEMPORAL_KILLS_H
#define DF_TEST_ENGINE_TEMPORAL_KILLS_H

/* What `contract_engine --worker ADDRESS FOLDER` is: works until it is killed. */
static void __attribute__((noreturn)) temporal_worker(char **words)
{
    snprintf(temporal_address, sizeof temporal_address, "%s", words[0]);
    snprintf(folder, sizeof folder, "%s", words[1]);
    snprintf(world.effects, sizeof world.effects, "%s/effects", folder);
    snprintf(world.open_gate, sizeof world.open_gate, "%s/gate", folder);
    open_engine();
    work(0, world_first);
    for (;;)
        nap(1000);
}

static pid_t temporal_worker_start(void)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl("/proc/self/exe", "contract_engine", "--worker", temporal_address, folder, (char *)NULL);
    _exit(127);
}

static void expect_everything_once(const char *id)
{
    struct df_workflow_happening *told;
    size_t n;
    bool more;
    unsigned seen = 0, answers = 0;
    expect_result(id, "[4,\"now\",3,[1,2]]");
    OK(engine->ops->history(engine, df_str_c(id), 0, arena, &told, &n, &more, &err));
    for (size_t i = 0; i < n; i++) {
        if (strcmp(told[i].kind, "step") != 0)
            continue;
        if (seen & (1U << told[i].seq))
            fail_msg("%s: answer %u was stored twice", id, told[i].seq);
        seen |= 1U << told[i].seq;
        answers++;
    }
    assert_int_equal(answers, 3);
}

static void kills_of_workers_lose_nothing(void **state)
{
    enum { EACH = 4 };
    const char *wish = getenv("DEVFLOW_TEST_KILLS");
    unsigned long long kills = 10;
    int runs = 0;
    (void)state;
    df_str_to_u64(df_str_c(wish ? wish : "10"), &kills);
    for (unsigned long long i = 0; i < kills; i++) {
        for (int k = 0; k < EACH; k++) {
            const char *id = df_arena_printf(arena, "r%d", runs++).p;
            start(id, "everything", "4");
            say(id, "go", "\"now\"");
        }
        pid_t child = temporal_worker_start();
        nap(100 + df_random_u32() % 900);
        assert_int_equal(waitpid(child, NULL, WNOHANG), 0); /* it works */
        kill(child, SIGKILL);
        wait_for_child(child);
    }
    work(0, world_first);
    for (int i = 0; i < runs; i++)
        expect_everything_once(df_arena_printf(arena, "r%d", i).p);
    printf("%llu kills, %d runs: all completed, each answer stored once; %d effects of %d steps\n", kills, runs,
           effects("echo") + effects("third"), 7 * runs);
    check_replays(world_first);
}

#endif
