#include "unit.h"

#include "base/arena.h"
#include "service/flights.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { CALLERS = 16, ROUNDS = 200 };

static struct df_flights *flights;
static atomic_int runs, ran, failed_alike;

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

static enum df_code slow_failure(void *arg, struct df_error *err)
{
    (void)arg;
    atomic_fetch_add(&runs, 1);
    pause_ms(100);
    return df_fail(err, DF_ERR_PROVIDER, "no");
}

static void *call(void *arg)
{
    struct df_error err;
    bool mine;
    enum df_code code = df_flights_run(flights, DF_S("one"), slow_failure, NULL, &mine, &err);
    atomic_fetch_add(&ran, mine);
    atomic_fetch_add(&failed_alike, code == DF_ERR_PROVIDER && strcmp(err.message, "no") == 0);
    return arg;
}

static void one_works_and_all_get_its_outcome(void **state)
{
    (void)state;
    pthread_t threads[CALLERS];
    flights = df_flights_new();
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call, NULL), 0);
    for (int i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    df_flights_free(flights);
    assert_int_equal(runs, ran);
    assert_int_equal(failed_alike, CALLERS);
    assert_true(runs < CALLERS / 2); /* all but stragglers that came after the first had landed */
}

static atomic_int inside[2];

static enum df_code alone(void *arg, struct df_error *err)
{
    atomic_int *mine = arg;
    enum df_code code = DF_OK;
    if (atomic_fetch_add(mine, 1) != 0)
        code = df_fail(err, DF_ERR_INTERNAL, "two at once");
    atomic_fetch_sub(mine, 1);
    return code;
}

static void *hammer(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        bool mine;
        struct df_error err;
        int which = i % 2;
        if (df_flights_run(flights, which ? DF_S("b") : DF_S("a"), alone, &inside[which], &mine, &err) != DF_OK)
            return &inside[which];
    }
    return arg;
}

static void never_two_at_once_for_a_key(void **state)
{
    (void)state;
    pthread_t threads[CALLERS];
    flights = df_flights_new();
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, NULL), 0);
    for (int i = 0; i < CALLERS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    df_flights_free(flights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_works_and_all_get_its_outcome),
        cmocka_unit_test(never_two_at_once_for_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
