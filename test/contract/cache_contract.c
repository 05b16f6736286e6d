/* What port/cache.h promises, held to each adapter. */
#include "unit.h"

#include "adapter/memory_cache.h"

#include <pthread.h>

enum { LIMIT_BYTES = 64 * 1024, THREADS = 4, ROUNDS = 2000 };

static int64_t now_ms;

static int64_t fake_now(const struct df_clock *clock)
{
    (void)clock;
    return now_ms;
}

static const struct df_clock clock_of_test = {fake_now};

static struct df_arena *arena;
static struct df_cache *cache;

static int setup(void **state)
{
    (void)state;
    now_ms = 1000000;
    arena = df_arena_new();
    cache = df_memory_cache_new(&clock_of_test, LIMIT_BYTES);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cache->ops->free(cache);
    df_arena_free(arena);
    return 0;
}

static bool holds(const char *key, const char *expected)
{
    struct df_str value;
    bool found = cache->ops->get(cache, df_str_c(key), arena, &value, NULL);
    if (found && expected)
        assert_str(value, expected);
    return found;
}

static void put(const char *key, const char *value, int64_t ttl_ms)
{
    cache->ops->put(cache, df_str_c(key), df_str_c(value), ttl_ms);
}

static void gives_back_what_was_put_and_nothing_else(void **state)
{
    (void)state;
    assert_false(holds("k", NULL));
    put("k", "v", 1000);
    put("k2", "", 1000);
    assert_true(holds("k", "v") && holds("k2", ""));
    assert_false(holds("", NULL) || holds("K", NULL));
    put("k", "newer", 1000);
    assert_true(holds("k", "newer"));
    cache->ops->remove(cache, DF_S("k"));
    cache->ops->remove(cache, DF_S("never there"));
    assert_false(holds("k", NULL));
    assert_true(holds("k2", ""));
    assert_int_equal(cache->ops->ping(cache, NULL), DF_OK);
}

static void keeps_any_bytes(void **state)
{
    (void)state;
    struct df_str value, bytes = DF_S("a\0b\xFF\n");
    cache->ops->put(cache, DF_S("bytes"), bytes, 1000);
    assert_true(cache->ops->get(cache, DF_S("bytes"), arena, &value, NULL));
    assert_true(df_str_eq(value, bytes));
}

static void forgets_when_the_time_is_over(void **state)
{
    (void)state;
    put("k", "v", 1000);
    now_ms += 999;
    assert_true(holds("k", "v"));
    now_ms += 1;
    assert_false(holds("k", NULL));
    put("k", "v", 0);
    assert_false(holds("k", NULL));
    put("k", "old", 1000);
    put("k", "gone", -5);
    assert_false(holds("k", NULL));
}

/* The bound is in bytes, and what was used last stays. */
static void stays_within_its_bound(void **state)
{
    (void)state;
    char value[1024];
    size_t kept = 0;
    memset(value, 'x', sizeof value);
    for (int i = 0; i < 200; i++) {
        struct df_str key = df_arena_printf(arena, "key-%d", i);
        cache->ops->put(cache, key, df_str_n(value, sizeof value), 1000);
        assert_true(holds("key-0", NULL));
    }
    for (int i = 0; i < 200; i++)
        kept += holds(df_arena_printf(arena, "key-%d", i).p, NULL);
    assert_true(kept * sizeof value <= LIMIT_BYTES);
    assert_true(kept * sizeof value > LIMIT_BYTES / 2);
    assert_true(holds("key-199", NULL));
    char *large = df_arena_alloc(arena, 2 * LIMIT_BYTES);
    cache->ops->put(cache, DF_S("large"), df_str_n(large, 2 * LIMIT_BYTES), 1000);
    assert_false(holds("large", NULL));
}

static void peeks_evicts_and_counts_what_is_in_memory(void **state)
{
    (void)state;
    struct df_str value;
    struct df_cache_stats before, after;
    cache->ops->stats(cache, &before);
    put("k", "v", 1000);
    put("k2", "v2", 1000);
    cache->ops->stats(cache, &after);
    assert_int_equal(after.entries, before.entries + 2);
    assert_true(after.bytes > before.bytes && after.bytes <= after.limit_bytes);
    assert_true(cache->ops->peek(cache, DF_S("k"), arena, &value));
    assert_str(value, "v");
    cache->ops->evict(cache, DF_S("k"));
    assert_false(cache->ops->peek(cache, DF_S("k"), arena, &value));
    assert_true(cache->ops->peek(cache, DF_S("k2"), arena, &value));
    cache->ops->evict(cache, DF_STR_NONE);
    assert_false(cache->ops->peek(cache, DF_S("k2"), arena, &value));
    cache->ops->stats(cache, &after);
    assert_int_equal(after.bytes, before.bytes);
}

/* What was looked up before an eviction must not come back after it. */
static void fills_nothing_older_than_an_eviction(void **state)
{
    (void)state;
    uint64_t ticket = df_memory_cache_ticket(cache, DF_S("k"));
    df_memory_cache_fill(cache, DF_S("k"), DF_S("v"), 1000, ticket);
    assert_true(holds("k", "v"));
    cache->ops->evict(cache, DF_S("k"));
    df_memory_cache_fill(cache, DF_S("k"), DF_S("v"), 1000, ticket);
    assert_false(holds("k", NULL));
    ticket = df_memory_cache_ticket(cache, DF_S("k"));
    cache->ops->evict(cache, DF_STR_NONE);
    df_memory_cache_fill(cache, DF_S("k"), DF_S("v"), 1000, ticket);
    assert_false(holds("k", NULL));
}

static void *busy(void *arg)
{
    struct df_arena *mine DF_ARENA_AUTO = df_arena_new();
    for (int i = 0; i < ROUNDS; i++) {
        struct df_str value, key = df_arena_printf(mine, "key-%d", (i * 7 + (int)(intptr_t)arg) % 50);
        cache->ops->put(cache, key, key, 1000);
        if (cache->ops->get(cache, key, mine, &value, NULL) && !df_str_eq(value, key))
            return arg;
        if (i % 5 == 0)
            cache->ops->remove(cache, key);
    }
    return NULL;
}

static void serves_many_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, busy, (void *)(i + 1)), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gives_back_what_was_put_and_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_any_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(forgets_when_the_time_is_over, setup, teardown),
        cmocka_unit_test_setup_teardown(stays_within_its_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(peeks_evicts_and_counts_what_is_in_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(fills_nothing_older_than_an_eviction, setup, teardown),
        cmocka_unit_test_setup_teardown(serves_many_threads, setup, teardown),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
