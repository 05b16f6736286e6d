#include "unit.h"

#include "base/wait.h"
#include "service/flights.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

enum { CALLERS = 16, ROUNDS = 300, THREADS = 8, MANY = 5000 };

/* A provider that answers when the gate is opened. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int inside, runs;
} gate;

static struct df_flights *flights;
static char no_1[] = "no 1", no_2[] = "no 2"; /* what the outcome must say */
static atomic_int slow_runs, fast_runs, landed_calls, wrong, ended_early, aboard[CALLERS];

static enum df_code fly(void *arg, const struct df_flight *flight, struct df_error *err)
{
    (void)arg;
    if (df_str_starts(flight->lane, DF_S("slow"))) {
        pthread_mutex_lock(&gate.lock);
        gate.inside++;
        gate.runs++;
        pthread_cond_broadcast(&gate.changed);
        while (!gate.open)
            pthread_cond_wait(&gate.changed, &gate.lock);
        gate.inside--;
        pthread_mutex_unlock(&gate.lock);
        atomic_fetch_add(&slow_runs, 1);
        return df_fail(err, DF_ERR_PROVIDER, "no %d", (int)flight->version);
    }
    if (df_str_is(flight->lane, "endless")) {
        while (!df_flights_must_end(flights))
            df_flights_pause(flights, 60 * 1000);
        atomic_fetch_add(&ended_early, 1);
        return df_fail(err, DF_ERR_INTERRUPTED, "ended");
    }
    if (df_str_is(flight->lane, "alone")) {
        int which = flight->project_id.p[0] - 'a';
        if (atomic_fetch_add(&aboard[which], 1) != 0)
            atomic_fetch_add(&wrong, 1);
        atomic_fetch_sub(&aboard[which], 1);
    }
    atomic_fetch_add(&fast_runs, 1);
    return DF_OK;
}

static struct df_flight flight_of(const char *project, const char *lane, int64_t version)
{
    return (struct df_flight){.project_id = df_str_c(project),
                              .provider = DF_S("SENTRY"),
                              .lane = df_str_c(lane),
                              .version = version,
                              .urgent = true};
}

static int setup(void **state)
{
    (void)state;
    pthread_mutex_init(&gate.lock, NULL);
    pthread_cond_init(&gate.changed, NULL);
    gate.open = false;
    gate.inside = gate.runs = 0;
    slow_runs = fast_runs = landed_calls = wrong = ended_early = 0;
    flights = df_flights_new(THREADS, MANY, fly, NULL);
    return 0;
}

static void open_gate(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

static void await_inside(int n)
{
    pthread_mutex_lock(&gate.lock);
    while (gate.inside < n)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

static int teardown(void **state)
{
    (void)state;
    open_gate();
    df_flights_stop(flights, 10 * 1000);
    df_flights_free(flights);
    return 0;
}

static void count_landing(void *arg, enum df_code code, const struct df_error *err)
{
    const char *expected = arg;
    if (code != DF_ERR_PROVIDER || strcmp(err->message, expected) != 0)
        atomic_fetch_add(&wrong, 1);
    atomic_fetch_add(&landed_calls, 1);
}

static void *wait_blocked(void *arg)
{
    struct df_error err;
    const struct df_flight flight = flight_of("one", "slow", 1);
    if (df_flights_wait(flights, &flight, 60 * 1000, &err) != DF_ERR_PROVIDER || strcmp(err.message, "no 1") != 0)
        atomic_fetch_add(&wrong, 1);
    return arg;
}

static void await_landings(int n)
{
    for (int64_t until = df_monotonic_ms() + 10 * 1000; landed_calls < n && df_monotonic_ms() < until;)
        sched_yield();
    assert_int_equal(landed_calls, n);
}

static void one_flies_and_all_get_its_outcome(void **state)
{
    (void)state;
    pthread_t threads[CALLERS];
    const struct df_flight flight = flight_of("one", "slow", 1);
    assert_true(df_flights_join(flights, &flight, count_landing, no_1));
    await_inside(1);
    for (int i = 0; i < CALLERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, wait_blocked, NULL), 0);
        assert_true(df_flights_join(flights, &flight, count_landing, no_1));
    }
    assert_true(df_flights_join(flights, &flight, NULL, NULL));
    pthread_mutex_lock(&gate.lock);
    assert_int_equal(gate.runs, 1);
    pthread_mutex_unlock(&gate.lock);
    open_gate();
    for (int i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    await_landings(CALLERS + 1);
    assert_int_equal(wrong, 0);
}

static void who_wants_a_newer_version_flies_after(void **state)
{
    (void)state;
    const struct df_flight older = flight_of("one", "slow", 1), newer = flight_of("one", "slow", 2);
    assert_true(df_flights_join(flights, &older, count_landing, no_1));
    await_inside(1);
    assert_true(df_flights_join(flights, &newer, count_landing, no_2));
    assert_true(df_flights_join(flights, &older, count_landing, no_1));
    open_gate();
    await_landings(3);
    assert_int_equal(wrong, 0);
    assert_int_equal(slow_runs, 2);
}

static void a_waiter_leaves_and_the_flight_goes_on(void **state)
{
    (void)state;
    struct df_error err;
    const struct df_flight flight = flight_of("one", "slow", 1);
    assert_int_equal(df_flights_wait(flights, &flight, 20, &err), DF_ERR_PROVIDER_TIMEOUT);
    assert_true(err.retry_after_s > 0);
    assert_true(df_flights_join(flights, &flight, count_landing, no_1));
    open_gate();
    await_landings(1);
    assert_int_equal(slow_runs, 1);
}

static void a_slow_host_leaves_threads_to_others(void **state)
{
    (void)state;
    char name[16];
    struct df_error err;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "p%d", i);
        const struct df_flight flight = flight_of(name, i % 2 ? "slow" : "slow too", 1);
        assert_true(df_flights_join(flights, &flight, NULL, NULL));
    }
    await_inside(THREADS / 2 + THREADS / 4);
    const struct df_flight other = flight_of("other", "fast", 1);
    assert_int_equal(df_flights_wait(flights, &other, 10 * 1000, &err), DF_OK);
    assert_int_equal(slow_runs, 0);
    pthread_mutex_lock(&gate.lock);
    assert_true(gate.inside < THREADS);
    pthread_mutex_unlock(&gate.lock);
}

static void too_many_are_refused(void **state)
{
    (void)state;
    char name[16];
    struct df_error err;
    int taken = 0;
    for (int i = 0; i < MANY + 100; i++) {
        snprintf(name, sizeof name, "p%d", i);
        const struct df_flight flight = flight_of(name, "slow", 1);
        taken += df_flights_join(flights, &flight, NULL, NULL);
    }
    assert_true(taken >= MANY && taken <= MANY + THREADS);
    const struct df_flight more = flight_of("more", "slow", 1);
    assert_int_equal(df_flights_wait(flights, &more, 1000, &err), DF_ERR_BUSY);
}

static void *hammer(void *arg)
{
    struct df_error err;
    for (int i = 0; i < ROUNDS; i++) {
        const char project[2] = {(char)('a' + i % 3), '\0'};
        const struct df_flight flight = flight_of(project, "alone", i);
        if (df_flights_wait(flights, &flight, 60 * 1000, &err) != DF_OK)
            atomic_fetch_add(&wrong, 1);
    }
    return arg;
}

static void never_two_at_once_for_a_connection(void **state)
{
    (void)state;
    pthread_t threads[CALLERS];
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, NULL), 0);
    for (int i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(wrong, 0);
}

static void count_refusal(void *arg, enum df_code code, const struct df_error *err)
{
    (void)arg;
    if (code == DF_OK || !err->message[0])
        atomic_fetch_add(&wrong, 1);
    atomic_fetch_add(&landed_calls, 1);
}

static void stopping_answers_everybody(void **state)
{
    (void)state;
    char name[16];
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "p%d", i);
        const struct df_flight flight = flight_of(name, "endless", 1);
        assert_true(df_flights_join(flights, &flight, count_refusal, NULL));
    }
    df_flights_stop(flights, 50);
    assert_int_equal(landed_calls, 50);
    assert_int_equal(wrong, 0);
    assert_true(ended_early <= THREADS / 2);
    const struct df_flight late = flight_of("late", "fast", 1);
    assert_false(df_flights_join(flights, &late, count_refusal, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_flies_and_all_get_its_outcome),
        TEST(who_wants_a_newer_version_flies_after),
        TEST(a_waiter_leaves_and_the_flight_goes_on),
        TEST(a_slow_host_leaves_threads_to_others),
        TEST(too_many_are_refused),
        TEST(never_two_at_once_for_a_connection),
        TEST(stopping_answers_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
