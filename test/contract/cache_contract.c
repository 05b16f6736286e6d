/* What port/cache.h promises, held to each adapter: memory, Redis (a real server, killed and started again), and the two in
 * tiers. */
#include "unit.h"

#include "adapter/memory_cache.h"
#include "adapter/redis_cache.h"
#include "adapter/tiered_cache.h"
#include "base/metrics.h"
#include "redis_server.h"

#include <pthread.h>
#include <time.h>

enum { LIMIT_BYTES = 64 * 1024, THREADS = 4, ROUNDS = 2000, FENCE_MS = 2000, PAUSE_MS = 1000 };

static int64_t now_ms;

static int64_t fake_now(const struct df_clock *clock)
{
    (void)clock;
    return now_ms;
}

static const struct df_clock clock_of_test = {fake_now};

static struct df_arena *arena;
static struct df_cache *cache;
static struct redis_server server;
static bool real_time; /* for the adapter under test time passes in Redis too */
static int ups, downs;

static void changed(void *arg, bool up, struct df_str why)
{
    (void)arg;
    ups += up;
    downs += !up;
    assert_true(up ? why.n == 0 : why.n > 0);
}

static struct df_redis_settings settings(void)
{
    return (struct df_redis_settings){.host = DF_S("127.0.0.1"), .port = server.port};
}

static int begin(struct df_cache *made, bool real)
{
    now_ms = 1000000;
    ups = downs = 0;
    arena = df_arena_new();
    cache = made;
    real_time = real;
    return 0;
}

static int setup_memory(void **state)
{
    (void)state;
    return begin(df_memory_cache_new(&clock_of_test, LIMIT_BYTES), false);
}

static struct df_cache *redis_new(void)
{
    struct df_redis_settings s = settings();
    assert_true(redis_says(server.port, "FLUSHALL", "+OK"));
    return df_redis_cache_new(&s, changed, NULL);
}

static int setup_redis(void **state)
{
    (void)state;
    return begin(redis_new(), true);
}

static int setup_tiered(void **state)
{
    (void)state;
    return begin(df_tiered_cache_new(df_memory_cache_new(&clock_of_test, LIMIT_BYTES), redis_new()), true);
}

static int teardown(void **state)
{
    (void)state;
    cache->ops->free(cache);
    df_arena_free(arena);
    return 0;
}

static int start_redis(void **state)
{
    (void)state;
    redis_start(&server);
    return 0;
}

static int end_redis(void **state)
{
    (void)state;
    redis_kill(&server);
    return 0;
}

static void pass_ms(int ms)
{
    now_ms += ms;
    if (real_time)
        poll(NULL, 0, ms);
}

static bool holds(const char *key, const char *expected)
{
    struct df_str value;
    bool found = cache->ops->get(cache, df_str_c(key), arena, &value, NULL);
    if (found && expected)
        assert_str(value, expected);
    return found;
}

static bool in_memory(const char *key)
{
    struct df_str value;
    return cache->ops->peek(cache, df_str_c(key), arena, &value);
}

static void put(const char *key, const char *value, int64_t ttl_ms)
{
    cache->ops->put(cache, df_str_c(key), df_str_c(value), ttl_ms);
}

static void gives_back_what_was_put_and_nothing_else(void **state)
{
    (void)state;
    assert_false(holds("k", NULL));
    put("k", "v", 9000);
    put("k2", "", 9000);
    assert_true(holds("k", "v") && holds("k2", ""));
    assert_false(holds("", NULL) || holds("K", NULL));
    put("k", "newer", 9000);
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
    struct df_str value, bytes = DF_S("a\0b\xFF\r\n"), key = DF_S("k y\0\n*%b");
    int64_t left_ms = 0;
    cache->ops->put(cache, key, bytes, 9000);
    assert_true(cache->ops->get(cache, key, arena, &value, &left_ms));
    assert_true(df_str_eq(value, bytes));
    assert_true(left_ms > 0 && left_ms <= 9000);
}

static void forgets_when_the_time_is_over(void **state)
{
    (void)state;
    put("k", "v", 2000);
    put("longer", "v", 60000);
    pass_ms(500);
    assert_true(holds("k", "v"));
    pass_ms(1600);
    assert_false(holds("k", NULL));
    assert_true(holds("longer", "v"));
    put("k", "v", 0);
    assert_false(holds("k", NULL));
    put("longer", "gone", -5);
    assert_false(holds("longer", NULL));
}

/* The bound is in bytes, everything counted, and what was used last stays. */
static void stays_within_its_bound(void **state)
{
    (void)state;
    struct df_cache_stats stats;
    char value[1024];
    size_t kept = 0;
    memset(value, 'x', sizeof value);
    for (int i = 0; i < 200; i++) {
        struct df_str key = df_arena_printf(arena, "key-%d", i);
        cache->ops->put(cache, key, df_str_n(value, sizeof value), 60000);
        assert_true(in_memory("key-0"));
        cache->ops->stats(cache, &stats);
        assert_true(stats.bytes <= stats.limit_bytes && stats.limit_bytes <= LIMIT_BYTES);
    }
    for (int i = 0; i < 200; i++)
        kept += in_memory(df_arena_printf(arena, "key-%d", i).p);
    assert_int_equal(kept, stats.entries);
    assert_true(kept * sizeof value > LIMIT_BYTES / 2);
    assert_true(in_memory("key-199"));
    char *large = df_arena_alloc(arena, 2 * LIMIT_BYTES);
    cache->ops->put(cache, DF_S("large"), df_str_n(large, 2 * LIMIT_BYTES), 60000);
    assert_false(in_memory("large"));
}

static void peeks_evicts_and_counts_what_is_in_memory(void **state)
{
    (void)state;
    struct df_str value;
    struct df_cache_stats before, after;
    cache->ops->stats(cache, &before);
    put("k", "v", 9000);
    put("k2", "v2", 9000);
    cache->ops->stats(cache, &after);
    assert_int_equal(after.entries, before.entries + 2);
    assert_true(after.bytes > before.bytes && after.bytes <= after.limit_bytes);
    assert_true(cache->ops->peek(cache, DF_S("k"), arena, &value));
    assert_str(value, "v");
    cache->ops->evict(cache, DF_S("k"));
    assert_false(in_memory("k"));
    assert_true(in_memory("k2"));
    cache->ops->evict(cache, DF_STR_NONE);
    assert_false(in_memory("k2"));
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
        cache->ops->put(cache, key, key, 9000);
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
    assert_int_equal(downs, 0);
}

/* Another process, for what is shared. */
static struct df_cache *another_node(void)
{
    struct df_redis_settings s = settings();
    return df_tiered_cache_new(df_memory_cache_new(&clock_of_test, LIMIT_BYTES), df_redis_cache_new(&s, NULL, NULL));
}

static void shares_with_other_processes(void **state)
{
    (void)state;
    struct df_str value;
    struct df_cache *other = another_node();
    put("k", "v", 9000);
    assert_false(other->ops->peek(other, DF_S("k"), arena, &value));
    assert_true(other->ops->get(other, DF_S("k"), arena, &value, NULL));
    assert_str(value, "v");
    assert_true(other->ops->peek(other, DF_S("k"), arena, &value));
    other->ops->remove(other, DF_S("k"));
    cache->ops->evict(cache, DF_S("k"));
    assert_false(holds("k", NULL));
    other->ops->free(other);
}

/* A node that read before the removal puts after it: no one else may get that. */
static void refuses_for_a_while_what_was_removed(void **state)
{
    (void)state;
    struct df_str value;
    struct df_cache *late = another_node();
    put("k", "new", 9000);
    cache->ops->remove(cache, DF_S("k"));
    late->ops->put(late, DF_S("k"), DF_S("old"), 9000);
    assert_false(holds("k", NULL));
    assert_true(late->ops->get(late, DF_S("k"), arena, &value, NULL)); /* its own memory: the look at the row ends it */
    late->ops->remove(late, DF_S("k"));
    poll(NULL, 0, FENCE_MS + 50);
    late->ops->put(late, DF_S("k"), DF_S("newer"), 9000);
    assert_true(holds("k", "newer"));
    late->ops->free(late);
}

static double elapsed_ms(const struct timespec *from)
{
    struct timespec to;
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (double)(to.tv_sec - from->tv_sec) * 1e3 + (double)(to.tv_nsec - from->tv_nsec) / 1e6;
}

static void loses_only_speed_while_redis_is_gone(void **state)
{
    (void)state;
    struct df_error err;
    struct df_cache_stats stats;
    struct timespec start;
    uint64_t errors = df_metric_get(DF_METRIC_CACHE_ERROR);
    put("k", "v", 60000);
    redis_kill(&server);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < 1000; i++) {
        holds("absent", NULL);
        put("k2", "v2", 60000);
        cache->ops->remove(cache, DF_S("k3"));
    }
    assert_true(elapsed_ms(&start) < 3000);
    assert_true(df_metric_get(DF_METRIC_CACHE_ERROR) >= errors + 3000);
    assert_int_equal(cache->ops->ping(cache, &err), DF_ERR_FAILED);
    assert_non_null(strstr(err.message, "127.0.0.1"));
    cache->ops->stats(cache, &stats);
    assert_true(stats.shared && !stats.shared_up);
    redis_start(&server);
    for (int i = 0; i < 100 && cache->ops->ping(cache, &err) != DF_OK; i++)
        poll(NULL, 0, PAUSE_MS / 10);
    assert_int_equal(cache->ops->ping(cache, &err), DF_OK);
    assert_true(ups == 1 && downs == 1);
    put("k4", "v4", 60000);
    assert_true(holds("k4", "v4"));
}

/* A restart between two requests is not even noticed: the connection of the pool is dead, the server is not. */
static void survives_a_restart_of_redis(void **state)
{
    (void)state;
    put("k", "v", 60000);
    redis_kill(&server);
    redis_start(&server);
    assert_int_equal(cache->ops->ping(cache, NULL), DF_OK);
    put("k2", "v2", 60000);
    assert_true(holds("k2", "v2"));
    assert_int_equal(downs, 0);
    assert_true(redis_says(server.port, "FLUSHALL", "+OK"));
    put("k3", "v3", 60000);
    assert_true(holds("k3", "v3"));
}

static void says_that_redis_refuses(const char *command, const char *undo, const char *expected)
{
    struct df_error err;
    struct df_cache_stats stats;
    put("k", "v", 60000);
    assert_true(redis_says(server.port, command, "+OK"));
    assert_int_equal(cache->ops->ping(cache, &err), DF_ERR_FAILED);
    if (!strstr(err.message, expected))
        fail_msg("%s", err.message);
    assert_true(holds("k", "v"));
    assert_true(redis_says(server.port, undo, "+OK"));
    assert_int_equal(cache->ops->ping(cache, &err), DF_OK);
    cache->ops->stats(cache, &stats);
    assert_true(stats.shared_up);
}

static void reads_on_when_redis_takes_no_writes(void **state)
{
    (void)state;
    says_that_redis_refuses("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "out of memory");
    says_that_redis_refuses("CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0", "error");
}

static enum df_code try_with(const struct df_redis_settings *s, struct df_error *err)
{
    struct df_cache *other = df_redis_cache_new(s, NULL, NULL);
    enum df_code code = other->ops->ping(other, err);
    other->ops->free(other);
    return code;
}

static void says_what_is_wrong_with_the_settings(void **state)
{
    (void)state;
    struct df_error err;
    struct df_redis_settings s = settings();
    assert_true(redis_says(server.port, "CONFIG SET requirepass pa$$word", "+OK"));
    assert_int_equal(try_with(&s, &err), DF_ERR_FAILED);
    assert_non_null(strstr(err.message, "set REDIS_PASSWORD"));
    s.password = df_secret_of(DF_S("hunter2"));
    assert_int_equal(try_with(&s, &err), DF_ERR_FAILED);
    assert_non_null(strstr(err.message, "refused the password"));
    assert_null(strstr(err.message, "hunter2"));
    s.password = df_secret_of(DF_S("pa$$word"));
    assert_int_equal(try_with(&s, &err), DF_OK);
    s.username = DF_S("default");
    s.database = 5;
    assert_int_equal(try_with(&s, &err), DF_OK);
    s.database = 5000;
    assert_int_equal(try_with(&s, &err), DF_ERR_FAILED);
    assert_non_null(strstr(err.message, "REDIS_DB"));
    s.port = free_port();
    assert_int_equal(try_with(&s, &err), DF_ERR_FAILED);
    assert_non_null(strstr(err.message, "cannot be reached"));
    redis_kill(&server); /* its password with it */
    redis_start(&server);
}

/* A server that is anything but Redis: answers `answer` to each connection, or nothing when it is empty. */
struct impostor {
    pthread_t thread;
    int fd, port;
    const char *answer;
};

static void *pretend(void *arg)
{
    struct impostor *i = arg;
    char sink[512];
    for (int fd; (fd = accept(i->fd, NULL, NULL)) >= 0; close(fd)) {
        while (read(fd, sink, sizeof sink) > 0)
            if (i->answer[0] && write(fd, i->answer, strlen(i->answer)) < 0)
                break;
    }
    return NULL;
}

static void impostor_start(struct impostor *i, const char *answer)
{
    struct sockaddr_in at = loopback(0);
    socklen_t n = sizeof at;
    i->answer = answer;
    i->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(i->fd, (struct sockaddr *)&at, n), 0);
    getsockname(i->fd, (struct sockaddr *)&at, &n);
    i->port = ntohs(at.sin_port);
    assert_int_equal(listen(i->fd, 8), 0);
    assert_int_equal(pthread_create(&i->thread, NULL, pretend, i), 0);
}

static void impostor_stop(struct impostor *i)
{
    shutdown(i->fd, SHUT_RDWR);
    pthread_join(i->thread, NULL);
    close(i->fd);
}

static void is_not_held_up_by_what_is_not_redis(void **state)
{
    (void)state;
    static const char *const answers[] = {"",
                                          "HTTP/1.1 400 Bad Request\r\n\r\n",
                                          "*-1\r\n",
                                          ":1\r\n:2\r\n",
                                          "$5\r\nab",
                                          "*2\r\n$1\r\na\r\n:1\r\n",
                                          "+OK\r\n",
                                          "$-1\r\n",
                                          "$99999999999999999999\r\n",
                                          "*1000000\r\n"};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct impostor impostor;
        struct df_str value;
        struct timespec start;
        struct df_redis_settings s = settings();
        impostor_start(&impostor, answers[i]);
        s.port = impostor.port;
        struct df_cache *other = df_redis_cache_new(&s, NULL, NULL);
        clock_gettime(CLOCK_MONOTONIC, &start);
        for (int n = 0; n < 100; n++) {
            other->ops->put(other, DF_S("k"), DF_S("v"), 9000);
            assert_false(other->ops->get(other, DF_S("k"), arena, &value, NULL));
        }
        assert_true(elapsed_ms(&start) < 3000);
        other->ops->free(other);
        impostor_stop(&impostor);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
#define PORT_TESTS(adapter)                                                                                            \
    {#adapter ": gives back what was put", gives_back_what_was_put_and_nothing_else, setup_##adapter, teardown, NULL}, \
        {#adapter ": keeps any bytes", keeps_any_bytes, setup_##adapter, teardown, NULL},                              \
        {#adapter ": forgets", forgets_when_the_time_is_over, setup_##adapter, teardown, NULL},                        \
    {                                                                                                                  \
        #adapter ": serves many threads", serves_many_threads, setup_##adapter, teardown, NULL                         \
    }
#define MEMORY_TESTS(adapter)                                                                                     \
    {#adapter ": stays within its bound", stays_within_its_bound, setup_##adapter, teardown, NULL},               \
    {                                                                                                             \
        #adapter ": peeks and evicts", peeks_evicts_and_counts_what_is_in_memory, setup_##adapter, teardown, NULL \
    }
#define SHARED_TESTS(adapter)                                                                                       \
    {#adapter ": refuses what was removed", refuses_for_a_while_what_was_removed, setup_##adapter, teardown, NULL}, \
        {#adapter ": shares", shares_with_other_processes, setup_##adapter, teardown, NULL},                        \
        {#adapter ": Redis gone", loses_only_speed_while_redis_is_gone, setup_##adapter, teardown, NULL},           \
    {                                                                                                               \
        #adapter ": Redis restarted", survives_a_restart_of_redis, setup_##adapter, teardown, NULL                  \
    }
    const struct CMUnitTest tests[] = {
        PORT_TESTS(memory),
        PORT_TESTS(redis),
        PORT_TESTS(tiered),
        MEMORY_TESTS(memory),
        MEMORY_TESTS(tiered),
        SHARED_TESTS(redis),
        SHARED_TESTS(tiered),
        cmocka_unit_test_setup_teardown(fills_nothing_older_than_an_eviction, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(reads_on_when_redis_takes_no_writes, setup_redis, teardown),
        cmocka_unit_test_setup_teardown(says_what_is_wrong_with_the_settings, setup_redis, teardown),
        cmocka_unit_test_setup_teardown(is_not_held_up_by_what_is_not_redis, setup_redis, teardown),
    };
    return cmocka_run_group_tests_name("cache", tests, start_redis, end_redis);
}
