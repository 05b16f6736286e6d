#include "unit.h"

#include "base/pool.h"

#include <pthread.h>

enum { THREADS = 4, SHARE = THREADS / 2, QUEUED = 16, HOG = 1, OTHER = 2 };

/* Jobs stay at work until the test opens the gate, and write down in which order they began. */
struct world {
    struct df_pool *pool;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    char began[2 * QUEUED];
    size_t n;
};

struct job {
    struct world *world;
    char name;
};

static void work(void *arg)
{
    const struct job *job = arg;
    struct world *w = job->world;
    pthread_mutex_lock(&w->lock);
    w->began[w->n++] = job->name;
    pthread_cond_broadcast(&w->changed);
    while (!w->open)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

static void await_begun(struct world *w, size_t n)
{
    pthread_mutex_lock(&w->lock);
    while (w->n < n)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

static void open_gate(struct world *w)
{
    pthread_mutex_lock(&w->lock);
    w->open = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static int start(void **state)
{
    static struct world world;
    world = (struct world){.pool = df_pool_new("test", THREADS, QUEUED - THREADS)};
    pthread_mutex_init(&world.lock, NULL);
    pthread_cond_init(&world.changed, NULL);
    *state = &world;
    return 0;
}

static int stop(void **state)
{
    struct world *w = *state;
    df_pool_free(w->pool);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    return 0;
}

static void others_run_beside_one_who_floods(void **state)
{
    struct world *w = *state;
    struct job hog = {w, 'h'}, other = {w, 'o'}, nobody = {w, 'n'};
    size_t taken = 0;
    while (df_pool_submit_for(w->pool, HOG, work, &hog))
        taken++;
    /* Half of the queue waits, and as many as had begun before the queue was full. */
    assert_in_range(taken, QUEUED / 2, QUEUED / 2 + SHARE);
    await_begun(w, SHARE);
    assert_true(df_pool_submit_for(w->pool, OTHER, work, &other));
    await_begun(w, SHARE + 1);
    assert_true(df_pool_submit(w->pool, work, &nobody));
    await_begun(w, THREADS);
    assert_memory_equal(w->began, "hhon", THREADS);
    assert_int_equal(df_pool_load(w->pool).running, THREADS);
    open_gate(w);
    df_pool_drain(w->pool);
    assert_int_equal(w->n, taken + 2);
}

static void who_has_his_share_waits_for_his_own_to_end(void **state)
{
    struct world *w = *state;
    struct job first = {w, 'f'}, later = {w, 'l'};
    for (unsigned i = 0; i < SHARE; i++)
        assert_true(df_pool_submit_for(w->pool, HOG, work, &first));
    await_begun(w, SHARE);
    assert_true(df_pool_submit_for(w->pool, HOG, work, &later));
    assert_int_equal(df_pool_load(w->pool).waiting, 1);
    open_gate(w);
    await_begun(w, SHARE + 1);
    df_pool_drain(w->pool);
    assert_memory_equal(w->began, "ffl", SHARE + 1);
}

static void takes_nothing_once_it_drains(void **state)
{
    struct world *w = *state;
    struct job job = {w, 'a'};
    df_pool_drain(w->pool);
    assert_false(df_pool_submit(w->pool, work, &job));
    assert_false(df_pool_submit_for(w->pool, HOG, work, &job));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(others_run_beside_one_who_floods, start, stop),
        cmocka_unit_test_setup_teardown(who_has_his_share_waits_for_his_own_to_end, start, stop),
        cmocka_unit_test_setup_teardown(takes_nothing_once_it_drains, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
