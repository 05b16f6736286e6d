/* The part of the engine's contract that projects and the audit log need; a piece of engine_contract.c, whose names it uses. */
#ifndef DF_TEST_ENGINE_PROJECTS_H
#define DF_TEST_ENGINE_PROJECTS_H

static void start_in(const char *project, const char *id, const char *name, const char *input)
{
    const struct df_workflow_start run = {
        .id = df_str_c(id), .name = df_str_c(name), .project_id = df_str_c(project), .input = df_str_c(input)};
    OK(engine->ops->start(engine, &run, arena, NULL, NULL, &err));
}

static bool is_there(const char *id)
{
    struct df_workflow_run run;
    enum df_code code = engine->ops->find(engine, df_str_c(id), arena, &run, &err);
    if (code != DF_OK && code != DF_ERR_WORKFLOW)
        fail_msg("%s: %s", id, err.message);
    return code == DF_OK;
}

/* Lists of Temporal's may be behind: whoever deletes a project asks again, too. */
static void leave_shop(int64_t before_ms)
{
    static const char *const gone[] = {"waits", "sleeps", "has-a-child", "has-a-child/1", "parked", "ended"};
    int64_t until_ms = df_monotonic_ms() + WAIT_MS;
    for (;;) {
        size_t left = 0, there = 0;
        OK(engine->ops->leave_project(engine, DF_S("shop"), before_ms, &left, &err));
        for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
            there += is_there(gone[i]);
        if (left == 0 && there == 0)
            return;
        if (df_monotonic_ms() > until_ms)
            fail_msg("%zu runs of the project are left, %zu are known", left, there);
        nap(20);
    }
}

static void a_deleted_project_leaves_no_run(void **state)
{
    (void)state;
    work(0, world_first);
    start_in("shop", "ended", "line", "1");
    start_in("shop", "parked", "unheard-of", "");
    start_in("shop", "waits", "patient", "");
    start_in("shop", "has-a-child", "patient", "\"child\"");
    start_in("shop", "sleeps", "days", "");
    wait_until("ended", DF_WORKFLOW_COMPLETED);
    wait_until("parked", DF_WORKFLOW_PARKED);
    wait_for("waits", "signal never");
    wait_for("has-a-child/1", "signal never");
    wait_for("sleeps", "timer");
    int64_t child_ms = look("has-a-child/1").started_ms, sleeps_ms = look("sleeps").started_ms;
    int64_t before_ms = (child_ms > sleeps_ms ? child_ms : sleeps_ms) + 1;
    nap(10);
    start_in("shop", "another-shops", "patient", ""); /* of the same id, made later */
    start_in("other", "others", "patient", "");
    leave_shop(before_ms);
    assert_int_equal(effects("echo waits/2"), 1); /* its code has seen it, and cleaned up */
    wait_for("another-shops", "signal never");
    wait_for("others", "signal never");
    assert_int_equal(look("another-shops").status, DF_WORKFLOW_RUNNING);
    assert_int_equal(look("others").status, DF_WORKFLOW_RUNNING);
    OK(engine->ops->leave_project(engine, DF_S("none"), INT64_MAX / 2, &(size_t){0}, &err));
}

/* ---- The audit log, where the engine writes it. */

static size_t audit_rows(struct df_audit_entry **ret)
{
    size_t n;
    OK(store->ops->audit_list(store, 0, 1000, arena, ret, &n, &err));
    return n;
}

static struct df_engine *noting(const char *action)
{
    struct df_audit_entry *entry = DF_NEW(arena, struct df_audit_entry);
    *entry = (struct df_audit_entry){
        .actor = DF_S("local"), .action = df_str_c(action), .result = DF_S("ok"), .request_id = DF_S("r-1")};
    return engine->ops->noting(engine, entry, arena);
}

static void what_is_asked_is_written_with_its_row(void **state)
{
    static const struct df_workflow_start run = {
        .id = {"a", 1}, .name = {"approve", 7}, .project_id = {"shop", 4}, .input = {"0", 1}};
    static const char *const actions[] = {"workflow.start", "workflow.signal", "workflow.cancel", "workflow.retry"};
    struct df_engine *start_it = noting(actions[0]), *tell = noting(actions[1]), *end = noting(actions[2]);
    struct df_audit_entry *rows;
    (void)state;
    OK(start_it->ops->start(start_it, &run, arena, NULL, NULL, &err));
    assert_int_equal(start_it->ops->start(start_it, &run, arena, NULL, NULL, &err), DF_ERR_EXISTS);
    OK(tell->ops->signal(tell, DF_S("a"), DF_S("other"), DF_STR_NONE, &err));
    assert_int_equal(tell->ops->signal(tell, DF_S("none"), DF_S("x"), DF_STR_NONE, &err), DF_ERR_WORKFLOW);
    OK(end->ops->cancel(end, DF_S("a"), &err));
    OK(noting(actions[3])->ops->retry(noting(actions[3]), DF_S("a"), &err));
    start("b", "approve", "0"); /* nobody asked */
    assert_int_equal(audit_rows(&rows), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_str(rows[i].action, actions[i]);
        assert_str(rows[i].project_id, "shop");
        assert_str(rows[i].target, "a");
        assert_str(rows[i].actor, "local");
    }
}

/* A log that takes no row refuses the change. */
static void without_its_row_nothing_is_changed(void **state)
{
    static const struct df_workflow_start run = {.id = {"a", 1}, .name = {"approve", 7}, .project_id = {"shop", 4}};
    struct df_engine *start_it = noting("workflow.start"), *tell = noting("workflow.signal");
    struct df_workflow_happening *told;
    size_t n;
    bool more;
    (void)state;
    start("there", "approve", "0");
    OK(SQL_RUN_PLAIN(sql_db_of(store), "ALTER TABLE audit RENAME TO elsewhere", NULL, NULL, &err));
    assert_int_not_equal(start_it->ops->start(start_it, &run, arena, NULL, NULL, &err), DF_OK);
    assert_int_not_equal(tell->ops->signal(tell, DF_S("there"), DF_S("approve"), DF_S("1"), &err), DF_OK);
    OK(SQL_RUN_PLAIN(sql_db_of(store), "ALTER TABLE elsewhere RENAME TO audit", NULL, NULL, &err));
    assert_false(is_there("a"));
    work(0, world_first);
    wait_for("there", "signal approve");
    OK(engine->ops->history(engine, DF_S("there"), 0, arena, &told, &n, &more, &err));
    for (size_t i = 0; i < n; i++)
        assert_string_not_equal(told[i].kind, "signal");
}

#endif
