/* A worker over a core made up here: what its stop does when a poll of the core does not end. */
#include "unit.h"

#include "adapter/temporal_parts.h"
#include "base/wait.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { LIMIT_MS = 60 * 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* Under the lock. */
static bool hangs, stopped, let_go;
static int polling, made, freed, disconnected, given_back, said;
static bool fails;

static int core_connect(const struct dft_address *address, struct dft_connection **ret, struct dft_error *err)
{
    (void)address;
    (void)err;
    *ret = (struct dft_connection *)&lock;
    return DFT_OK;
}

static void core_disconnect(struct dft_connection *connection)
{
    disconnected += connection != NULL;
}

/* Field 1 of what ListSearchAttributes answers, and so on: none. */
static int core_call(struct dft_connection *connection, const char *method, struct dft_view request, uint32_t timeout,
                     struct dft_bytes *ret, struct dft_error *err)
{
    (void)connection, (void)method, (void)request, (void)timeout, (void)err;
    *ret = (struct dft_bytes){NULL, 0};
    return DFT_OK;
}

static int core_worker_new(struct dft_connection *connection, const struct dft_worker_options *options,
                           struct dft_worker **ret, struct dft_error *err)
{
    (void)connection, (void)options, (void)err;
    pthread_mutex_lock(&lock);
    *ret = (struct dft_worker *)&changed;
    stopped = false;
    made++;
    pthread_mutex_unlock(&lock);
    return DFT_OK;
}

/* Of the polls the one for steps fails where one is to. */
static int poll_until(const bool *end, struct dft_bytes *ret)
{
    pthread_mutex_lock(&lock);
    polling++;
    pthread_cond_broadcast(&changed);
    while (!*end && !(fails && end == &stopped))
        pthread_cond_wait(&changed, &lock);
    bool failed = !*end;
    polling--;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    if (failed)
        return DFT_UNAVAILABLE;
    if (end == &stopped)
        return DFT_ENDED;
    *ret = (struct dft_bytes){malloc(1), 0}; /* it had a task, after all */
    return DFT_OK;
}

static int core_poll_workflow(struct dft_worker *worker, struct dft_bytes *ret, struct dft_error *err)
{
    (void)worker;
    err->text[0] = '\0';
    return poll_until(hangs ? &let_go : &stopped, ret);
}

static int core_poll_activity(struct dft_worker *worker, struct dft_bytes *ret, struct dft_error *err)
{
    (void)worker;
    err->text[0] = '\0';
    return poll_until(&stopped, ret);
}

static void core_worker_stop(struct dft_worker *worker)
{
    (void)worker;
    pthread_mutex_lock(&lock);
    stopped = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void core_worker_free(struct dft_worker *worker)
{
    freed += worker != NULL;
}

static void core_free(struct dft_bytes bytes)
{
    free(bytes.data);
    pthread_mutex_lock(&lock);
    given_back += bytes.data != NULL;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static const struct df_temporal_library core = {.connect = core_connect,
                                                .disconnect = core_disconnect,
                                                .call = core_call,
                                                .free = core_free,
                                                .worker_new = core_worker_new,
                                                .poll_workflow = core_poll_workflow,
                                                .poll_activity = core_poll_activity,
                                                .worker_stop = core_worker_stop,
                                                .worker_free = core_worker_free};

static void tell(void *arg, bool trouble, const char *what, struct df_str id, struct df_str message)
{
    (void)arg, (void)trouble, (void)id, (void)message;
    pthread_mutex_lock(&lock);
    said += strstr(what, "does not end") != NULL;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void wait_until(const int *number, int least)
{
    pthread_mutex_lock(&lock);
    while (*number < least)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static struct df_engine *open_engine(struct df_engine_worker **ret)
{
    static const struct df_workflow_table nothing = {.n_workflows = 0};
    struct df_arena *arena = df_arena_new();
    struct temporal *t = DF_NEW(arena, struct temporal);
    t->engine.ops = &temporal_ops;
    t->library = &core;
    t->arena = arena;
    t->settings = (struct df_temporal_settings){
        .address = DF_S("core:7233"), .ns = DF_S("default"), .task_queue = DF_S("devflow")};
    t->target = df_arena_cstr(arena, DF_S("http://core:7233"));
    t->identity = t->target;
    t->polls_end_ms = 200;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->connected, NULL);
    pthread_mutex_init(&t->attributes_lock, NULL);
    struct df_error err;
    assert_int_equal(temporal_ops.work(&t->engine,
                                       &(const struct df_worker_options){.table = &nothing, .steps = 1, .tell = tell},
                                       ret, &err),
                     DF_OK);
    wait_until(&polling, 2);
    return &t->engine;
}

static int setup(void **state)
{
    (void)state;
    hangs = stopped = let_go = fails = false;
    polling = made = freed = disconnected = given_back = said = 0;
    return 0;
}

static void a_stop_ends_both_polls(void **state)
{
    struct df_engine_worker *worker;
    (void)state;
    struct df_engine *engine = open_engine(&worker);
    engine->ops->stop(worker, 100);
    engine->ops->free(engine);
    assert_int_equal(freed, 1);
    assert_int_equal(disconnected, 1);
    assert_int_equal(said, 0);
}

/* What it had is given back when it ends at last, and nothing that was freed is touched: a sanitizer's build looks. */
static void a_stop_leaves_a_poll_that_does_not_end(void **state)
{
    struct df_engine_worker *worker;
    (void)state;
    hangs = true;
    struct df_engine *engine = open_engine(&worker);
    int64_t began_ms = df_monotonic_ms();
    engine->ops->stop(worker, 100);
    assert_in_range(df_monotonic_ms() - began_ms, 200, LIMIT_MS);
    engine->ops->free(engine);
    assert_int_equal(freed, 0);
    assert_int_equal(disconnected, 0);
    assert_int_equal(said, 1);
    pthread_mutex_lock(&lock);
    assert_int_equal(polling, 1);
    let_go = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    wait_until(&given_back, 1);
    assert_int_equal(freed, 0);
}

/* No second worker is made beside it, and the stop ends that, too. */
static void a_worker_that_begins_anew_waits_for_it(void **state)
{
    struct df_engine_worker *worker;
    (void)state;
    hangs = true;
    struct df_engine *engine = open_engine(&worker);
    pthread_mutex_lock(&lock);
    fails = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    wait_until(&said, 1);
    assert_int_equal(made, 1);
    engine->ops->stop(worker, 100);
    engine->ops->free(engine);
    assert_int_equal(said, 2);
    assert_int_equal(freed, 0);
    pthread_mutex_lock(&lock);
    let_go = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    wait_until(&given_back, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_stop_ends_both_polls, setup),
        cmocka_unit_test_setup(a_stop_leaves_a_poll_that_does_not_end, setup),
        cmocka_unit_test_setup(a_worker_that_begins_anew_waits_for_it, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
