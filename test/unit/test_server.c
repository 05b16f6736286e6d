#include "unit.h"

#include "http/server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MANY = 1000, LONG_MS = 60000, LATE_MS = 20, HASTE_MS = 300, STORE_THREADS = 4 };

/* What the handlers share with the test: tickets that wait for someone to resume them. */
struct world {
    struct df_server *server;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct df_parked *tickets[MANY];
    size_t n_tickets;
    atomic_int runs;
    bool open; /* what lets `hold` go */
};

static void keep_ticket(struct world *w, struct df_parked *ticket)
{
    pthread_mutex_lock(&w->lock);
    w->tickets[w->n_tickets++] = ticket;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static void await_tickets(struct world *w, size_t n)
{
    pthread_mutex_lock(&w->lock);
    while (w->n_tickets < n)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

static void resume_all(struct world *w)
{
    for (size_t i = 0; i < w->n_tickets; i++)
        df_parked_resume(w->tickets[i]);
    w->n_tickets = 0;
}

static bool quick(void *app, const struct df_request *request, struct df_reply *reply)
{
    (void)app;
    df_buf_put_c(&reply->body, "quick ");
    df_buf_put_str(&reply->body, request->body);
    reply->status = 201;
    return !df_str_is(request->body, "slow");
}

static enum df_code slow(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    (void)app, (void)request, (void)err;
    df_buf_put_c(&reply->body, "slow");
    return DF_OK;
}

static const char *const said[] = {"first", "resumed", "too late", "stopping"};

static enum df_code park(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    (void)err;
    struct world *w = app;
    w->runs++;
    df_buf_put_c(&reply->body, said[request->resumed]);
    if (request->resumed == DF_FIRST_RUN)
        keep_ticket(w, df_request_park(request, df_str_is(request->params[0], "late") ? LATE_MS : LONG_MS));
    return DF_OK;
}

/* Parks three times, woken each time before it has returned. */
static enum df_code park_awake(void *app, const struct df_request *request, struct df_reply *reply,
                               struct df_error *err)
{
    (void)err;
    struct world *w = app;
    df_buf_printf(&reply->body, "run %d", ++w->runs);
    if (w->runs < 4)
        df_parked_resume(df_request_park(request, LONG_MS));
    return DF_OK;
}

static enum df_code park_for_ever(void *app, const struct df_request *request, struct df_reply *reply,
                                  struct df_error *err)
{
    (void)reply, (void)err;
    keep_ticket(app, df_request_park(request, LONG_MS));
    return DF_OK;
}

static enum df_code hold(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    (void)request, (void)err;
    struct world *w = app;
    w->runs++;
    pthread_mutex_lock(&w->lock);
    while (!w->open)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
    df_buf_put_c(&reply->body, "held");
    return DF_OK;
}

static enum df_code load(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    (void)app, (void)err;
    df_buf_printf(&reply->body, "%u", df_server_load(request).under_way);
    return DF_OK;
}

static void render_error(void *app, const struct df_request *request, const struct df_error *err,
                         struct df_reply *reply)
{
    (void)app, (void)request;
    df_buf_put_c(&reply->body, err->message);
}

static const struct df_route routes[] = {
    {.method = "POST", .path = "/quick", .wait = DF_WAIT_STORE, .run = slow, .quick = quick},
    {.method = "GET", .path = "/park/:how", .wait = DF_WAIT_UPSTREAM, .run = park},
    {.method = "GET", .path = "/awake", .wait = DF_WAIT_STORE, .run = park_awake},
    {.method = "GET", .path = "/hold", .wait = DF_WAIT_STORE, .run = hold},
    {.method = "GET", .path = "/load", .wait = DF_WAIT_NOTHING, .run = load},
    {.method = "GET", .path = "/ever", .wait = DF_WAIT_STORE, .run = park_for_ever},
};

static int set_up(void **state, unsigned queue_ms)
{
    struct world *w = calloc(1, sizeof *w);
    struct df_error err;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    const struct df_server_config config = {.host = "127.0.0.1",
                                            .prefix = "",
                                            .routes = routes,
                                            .n_routes = sizeof routes / sizeof *routes,
                                            .app = w,
                                            .body_limit_bytes = 1024,
                                            .queue_ms = queue_ms,
                                            .render_error = render_error};
    *state = w;
    return df_server_start(&config, &w->server, &err) == DF_OK ? 0 : -1;
}

static int setup(void **state)
{
    return set_up(state, 0);
}

static int setup_hasty(void **state)
{
    return set_up(state, HASTE_MS);
}

static int teardown(void **state)
{
    struct world *w = *state;
    if (w->server)
        df_server_stop(w->server, 1000);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
    return 0;
}

static int ask(const struct world *w, const char *request)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)df_server_port(w->server))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    return fd;
}

static size_t read_all(int fd, char *got, size_t room)
{
    size_t n = 0;
    ssize_t more;
    while (n + 1 < room && (more = read(fd, got + n, room - n - 1)) > 0)
        n += (size_t)more;
    close(fd);
    got[n] = '\0';
    return n;
}

/* The whole answer to a request that said Connection: close. */
static void read_answer(int fd, const char *status, const char *body)
{
    char got[4096];
    read_all(fd, got, sizeof got);
    const char *end = strstr(got, "\r\n\r\n");
    assert_non_null(end);
    assert_memory_equal(got, status, strlen(status));
    assert_string_equal(end + 4, body);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
#define POST(path, n, body) \
    "POST " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " #n "\r\n\r\n" body

/* Until the server has so many requests, of which the pool holds some and the others wait for it. */
static void await_load(const struct world *w, unsigned n)
{
    char got[4096];
    const char *body;
    do {
        read_all(ask(w, GET("/load")), got, sizeof got);
        body = strstr(got, "\r\n\r\n");
        assert_non_null(body);
    } while (strtoul(body + 4, NULL, 10) < n + 1);
}

static void let_go(struct world *w)
{
    pthread_mutex_lock(&w->lock);
    w->open = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static void does_no_work_for_who_left_the_queue(void **state)
{
    struct world *w = *state;
    int held[STORE_THREADS], patient[3], impatient[3];
    char got[16];
    for (int i = 0; i < STORE_THREADS; i++)
        held[i] = ask(w, GET("/hold"));
    await_load(w, STORE_THREADS);
    for (int i = 0; i < 3; i++) {
        patient[i] = ask(w, GET("/hold"));
        impatient[i] = ask(w, GET("/hold"));
        assert_int_equal(shutdown(impatient[i], SHUT_WR), 0);
    }
    await_load(w, STORE_THREADS + 6);
    usleep(600 * 1000); /* it is looked at who has waited for half a second */
    let_go(w);
    for (int i = 0; i < STORE_THREADS; i++)
        read_answer(held[i], "HTTP/1.1 200 ", "held");
    for (int i = 0; i < 3; i++) {
        read_answer(patient[i], "HTTP/1.1 200 ", "held");
        assert_int_equal(read_all(impatient[i], got, sizeof got), 0);
    }
    assert_int_equal(w->runs, STORE_THREADS + 3);
}

static void does_not_wait_for_ever_in_the_queue(void **state)
{
    struct world *w = *state;
    int held[STORE_THREADS], late;
    for (int i = 0; i < STORE_THREADS; i++)
        held[i] = ask(w, GET("/hold"));
    while (w->runs < STORE_THREADS)
        usleep(1000);
    late = ask(w, GET("/hold"));
    await_load(w, STORE_THREADS + 1);
    usleep(2 * HASTE_MS * 1000);
    let_go(w);
    for (int i = 0; i < STORE_THREADS; i++)
        read_answer(held[i], "HTTP/1.1 200 ", "held");
    read_answer(late, "HTTP/1.1 503 ", "too many requests are waiting; try again in a second");
    assert_int_equal(w->runs, STORE_THREADS);
}

static void answers_quickly_or_not(void **state)
{
    const struct world *w = *state;
    read_answer(ask(w, POST("/quick", 4, "body")), "HTTP/1.1 201 ", "quick body");
    read_answer(ask(w, POST("/quick", 4, "slow")), "HTTP/1.1 200 ", "slow");
}

static void parks_many_without_threads(void **state)
{
    struct world *w = *state;
    int fds[MANY];
    for (int i = 0; i < MANY; i++)
        fds[i] = ask(w, GET("/park/long"));
    await_tickets(w, MANY);
    read_answer(ask(w, POST("/quick", 4, "slow")), "HTTP/1.1 200 ", "slow");
    resume_all(w);
    for (int i = 0; i < MANY; i++)
        read_answer(fds[i], "HTTP/1.1 200 ", "resumed");
    assert_int_equal(w->runs, 2 * MANY);
}

static void wakes_before_the_handler_returns(void **state)
{
    const struct world *w = *state;
    read_answer(ask(w, GET("/awake")), "HTTP/1.1 200 ", "run 4");
}

static void keeps_deadlines(void **state)
{
    struct world *w = *state;
    int patient = ask(w, GET("/park/long"));
    await_tickets(w, 1);
    read_answer(ask(w, GET("/park/late")), "HTTP/1.1 200 ", "too late");
    resume_all(w); /* of the late one too, which does nothing now */
    read_answer(patient, "HTTP/1.1 200 ", "resumed");
    assert_int_equal(w->runs, 4);
}

static void stops_with_parked_requests(void **state)
{
    struct world *w = *state;
    int polite = ask(w, GET("/park/long")), stubborn = ask(w, GET("/ever"));
    await_tickets(w, 2);
    df_server_stop(w->server, 20);
    w->server = NULL;
    read_answer(polite, "HTTP/1.1 200 ", "stopping");
    read_answer(stubborn, "HTTP/1.1 503 ", "too many requests are waiting; try again in a second");
    resume_all(w);
}

/* The ticket is resumed later: by then the request is gone. */
static void lets_go_of_who_hangs_up(void **state)
{
    struct world *w = *state;
    char byte;
    int patient = ask(w, GET("/park/long")), impatient = ask(w, GET("/park/long"));
    await_tickets(w, 2);
    assert_int_equal(shutdown(impatient, SHUT_WR), 0);
    assert_int_equal(read(impatient, &byte, 1), 0);
    close(impatient);
    resume_all(w);
    read_answer(patient, "HTTP/1.1 200 ", "resumed");
    assert_int_equal(w->runs, 3);
}

static void *resume_while_stopping(void *arg)
{
    resume_all(arg);
    return NULL;
}

static void stops_while_some_are_resumed(void **state)
{
    struct world *w = *state;
    int fds[100];
    pthread_t thread;
    for (int i = 0; i < 100; i++)
        fds[i] = ask(w, GET("/park/long"));
    await_tickets(w, 100);
    assert_int_equal(pthread_create(&thread, NULL, resume_while_stopping, w), 0);
    df_server_stop(w->server, 0);
    w->server = NULL;
    pthread_join(thread, NULL);
    for (int i = 0; i < 100; i++)
        close(fds[i]);
    assert_int_equal(w->runs, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_quickly_or_not, setup, teardown),
        cmocka_unit_test_setup_teardown(does_no_work_for_who_left_the_queue, setup, teardown),
        cmocka_unit_test_setup_teardown(does_not_wait_for_ever_in_the_queue, setup_hasty, teardown),
        cmocka_unit_test_setup_teardown(parks_many_without_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(wakes_before_the_handler_returns, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_deadlines, setup, teardown),
        cmocka_unit_test_setup_teardown(lets_go_of_who_hangs_up, setup, teardown),
        cmocka_unit_test_setup_teardown(stops_with_parked_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(stops_while_some_are_resumed, setup, teardown),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
