#include "unit.h"

#include "adapter/curl_http.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A server that gives every request the same scripted bytes and keeps what it was sent. */
struct script {
    const char *answer;
    size_t n;
    bool keep_open, silent;
    int listener, port;
    char got[8192];
    int dies_at;  /* closes without an answer at that request */
    int together; /* answers only once that many requests are in, all of them then */
    int held[8];
    atomic_int connections, requests;
    atomic_bool stop;
    pthread_t thread;
};

/* One request at a time, whole: headers, then "hello" where a body of 5 bytes is announced. */
static bool read_request(struct script *s, int fd)
{
    size_t n = 0;
    do {
        ssize_t got = read(fd, s->got + n, sizeof s->got - n - 1);
        if (got <= 0)
            return false;
        s->got[n += (size_t)got] = '\0';
    } while (!strstr(s->got, "\r\n\r\n") || (strstr(s->got, "Content-Length: 5") && !strstr(s->got, "\r\n\r\nhello")));
    return true;
}

static bool answer(struct script *s, int fd)
{
    if (!read_request(s, fd) || ++s->requests == s->dies_at)
        return false;
    if (s->requests <= s->together) {
        s->held[s->requests - 1] = fd;
        for (int i = 0; s->requests == s->together && i < s->together; i++)
            if (write(s->held[i], s->answer, s->n) != (ssize_t)s->n)
                return false;
        return true;
    }
    return s->silent || (write(fd, s->answer, s->n) == (ssize_t)s->n && s->keep_open);
}

static void *serve(void *arg)
{
    struct script *s = arg;
    struct pollfd fds[128] = {{.fd = s->listener, .events = POLLIN}};
    nfds_t n = 1;
    while (!s->stop) {
        poll(fds, n, 10);
        for (nfds_t i = 1; i < n; i++)
            if (fds[i].revents && !answer(s, fds[i].fd)) {
                close(fds[i].fd);
                fds[i--] = fds[--n];
            }
        if (fds[0].revents && n < 128) {
            fds[n++] = (struct pollfd){.fd = accept(s->listener, NULL, NULL), .events = POLLIN};
            s->connections++;
        }
    }
    while (--n)
        close(fds[n].fd);
    return NULL;
}

static void start(struct script *s, const char *answer)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    s->answer = answer;
    s->n = s->n ? s->n : strlen(answer);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->listener, 8), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &n), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct script *s)
{
    s->stop = true;
    pthread_join(s->thread, NULL);
    close(s->listener);
}

struct fixture {
    struct df_arena *arena;
    struct df_http_client *client;
    struct df_http_answer answer;
    struct df_error err;
};

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){.arena = df_arena_new(), .client = df_curl_http_new("devflow-test")};
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->client->ops->free(f->client);
    df_arena_free(f->arena);
    return 0;
}

static enum df_code send_to(struct fixture *f, int port, struct df_http_request request)
{
    request.url = df_arena_printf(f->arena, "http://127.0.0.1:%d/path?q=1", port);
    if (!request.method)
        request.method = "GET";
    return df_http_send(f->client, &request, f->arena, &f->answer, &f->err);
}

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: first\r\nx-one: second\r\n\r\nworld"

static void sends_and_reads(void **state)
{
    struct fixture *f = *state;
    struct script s = {.keep_open = true};
    start(&s, OK_ANSWER);
    struct df_param headers[] = {{DF_S("Accept"), DF_S("application/json")}, {DF_S("X-Empty"), DF_STR_NONE}};
    struct df_http_request request = {.method = "POST",
                                      .headers = headers,
                                      .n_headers = 2,
                                      .bearer = df_secret_of(DF_S("token")),
                                      .body = df_secret_of(DF_S("hello")),
                                      .content_type = DF_S("text/plain")};
    assert_int_equal(send_to(f, s.port, request), DF_OK);
    assert_int_equal(f->answer.status, 200);
    assert_str(f->answer.body, "world");
    assert_str(df_http_header(&f->answer, "X-ONE"), "first");
    const char *sent[] = {"POST /path?q=1 HTTP/1.1\r\n",
                          "\r\nAuthorization: Bearer token\r\n",
                          "\r\nContent-Type: text/plain\r\n",
                          "\r\nAccept: application/json\r\n",
                          "\r\nX-Empty:",
                          "\r\nUser-Agent: devflow-test\r\n",
                          "\r\n\r\nhello"};
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++)
        if (!strstr(s.got, sent[i]))
            fail_msg("%s not in %s", sent[i], s.got);
    assert_null(strstr(s.got, "Expect"));
    stop(&s);
}

/* The server answers none before it has all three. */
static void sends_several_at_the_same_time(void **state)
{
    struct fixture *f = *state;
    struct script s = {.keep_open = true, .together = 3};
    start(&s, OK_ANSWER);
    struct df_str url = df_arena_printf(f->arena, "http://127.0.0.1:%d/path", s.port);
    const struct df_http_request requests[] = {{.method = "GET", .url = url},
                                               {.method = "GET", .url = DF_S("ftp://127.0.0.1/")},
                                               {.method = "GET", .url = url},
                                               {.method = "GET", .url = DF_S("http://127.0.0.1:1/")},
                                               {.method = "GET", .url = url}};
    struct df_http_result results[5];
    for (int round = 0; round < 2; round++) {
        f->client->ops->send_all(f->client, requests, 5, f->arena, results);
        for (int i = 0; i < 5; i += 2) {
            assert_int_equal(results[i].code, DF_OK);
            assert_int_equal(results[i].answer.status, 200);
            assert_str(results[i].answer.body, "world");
            assert_str(df_http_header(&results[i].answer, "X-One"), "first");
        }
        assert_int_equal(results[1].code, DF_ERR_PROVIDER);
        assert_non_null(strstr(results[1].err.message, "was not sent"));
        assert_int_equal(results[3].code, DF_ERR_PROVIDER);
        assert_non_null(strstr(results[3].err.message, "127.0.0.1:1"));
    }
    assert_int_equal(s.requests, 6);
    assert_int_equal(s.connections, 3); /* kept for the second round */
    f->client->ops->send_all(f->client, requests, 0, f->arena, results);
    stop(&s);
}

static void keeps_nothing_of_the_last_request(void **state)
{
    struct fixture *f = *state;
    struct script s = {.keep_open = true};
    start(&s, OK_ANSWER);
    assert_int_equal(send_to(f, s.port, (struct df_http_request){.bearer = df_secret_of(DF_S("token"))}), DF_OK);
    assert_int_equal(send_to(f, s.port, (struct df_http_request){0}), DF_OK);
    assert_null(strstr(s.got, "Authorization"));
    assert_int_equal(s.connections, 1);
    stop(&s);
}

/* libcurl would repeat it, had it gone over the old connection. */
static void sends_a_post_once(void **state)
{
    struct fixture *f = *state;
    struct script s = {.keep_open = true, .dies_at = 2};
    start(&s, OK_ANSWER);
    assert_int_equal(send_to(f, s.port, (struct df_http_request){0}), DF_OK);
    assert_int_equal(send_to(f, s.port, (struct df_http_request){.method = "POST"}), DF_ERR_PROVIDER);
    assert_int_equal(s.requests, 2);
    stop(&s);
}

static void tells_broken_answers(void **state)
{
    struct fixture *f = *state;
    const char *broken[] = {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nworld",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n", "", "SSH-2.0-x\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nworld"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct script s = {0};
        start(&s, broken[i]);
        assert_int_equal(send_to(f, s.port, (struct df_http_request){0}), DF_ERR_PROVIDER);
        assert_non_null(strstr(f->err.message, "127.0.0.1"));
        assert_null(strstr(f->err.message, "path"));
        stop(&s);
    }
}

static void bounds_answers(void **state)
{
    struct fixture *f = *state;
    struct script s = {0};
    start(&s, OK_ANSWER);
    assert_int_equal(send_to(f, s.port, (struct df_http_request){.answer_limit_bytes = 5}), DF_OK);
    assert_int_equal(send_to(f, s.port, (struct df_http_request){.answer_limit_bytes = 4}), DF_ERR_PROVIDER);
    stop(&s);
    struct df_buf many;
    df_buf_init(&many, f->arena, 100000);
    df_buf_put_c(&many, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 200; i++)
        df_buf_printf(&many, "X-%d: y\r\n", i);
    df_buf_put_c(&many, "\r\n");
    struct script headers = {0};
    start(&headers, many.p);
    assert_int_equal(send_to(f, headers.port, (struct df_http_request){0}), DF_ERR_PROVIDER);
    stop(&headers);
}

static bool at_once(void *arg)
{
    (void)arg;
    return true;
}

static void stops_waiting(void **state)
{
    struct fixture *f = *state;
    struct script s = {.silent = true};
    start(&s, "");
    assert_int_equal(send_to(f, s.port, (struct df_http_request){.timeout_ms = 100}), DF_ERR_PROVIDER_TIMEOUT);
    assert_int_equal(send_to(f, s.port, (struct df_http_request){.cancelled = at_once}), DF_ERR_INTERRUPTED);
    stop(&s);
    assert_int_equal(send_to(f, s.port, (struct df_http_request){0}), DF_ERR_PROVIDER); /* now nothing listens */
}

static void refuses_what_must_not_be_sent(void **state)
{
    struct fixture *f = *state;
    struct df_param bad = {DF_S("X"), DF_S("a\r\nHost: evil")};
    assert_int_equal(send_to(f, 9, (struct df_http_request){.bearer = df_secret_of(DF_S("t\nHost: evil"))}),
                     DF_ERR_PROVIDER);
    assert_non_null(strstr(f->err.message, "not sent"));
    assert_null(strstr(f->err.message, "evil"));
    assert_int_equal(send_to(f, 9, (struct df_http_request){.headers = &bad, .n_headers = 1}), DF_ERR_PROVIDER);
    const char *urls[] = {"file:///etc/passwd", "http://user:pass@127.0.0.1:9/", "", "gopher://127.0.0.1/"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct df_http_request request = {.method = "GET", .url = df_str_c(urls[i])};
        assert_int_equal(df_http_send(f->client, &request, f->arena, &f->answer, &f->err), DF_ERR_PROVIDER);
        assert_non_null(strstr(f->err.message, "not sent"));
    }
}

static void follows_no_redirect_and_no_proxy(void **state)
{
    struct fixture *f = *state;
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    struct script s = {0};
    start(
        &s,
        "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(send_to(f, s.port, (struct df_http_request){0}), DF_OK);
    assert_int_equal(f->answer.status, 302);
    assert_str(df_http_header(&f->answer, "location"), "http://127.0.0.1:1/");
    assert_int_equal(df_http_header(&f->answer, "x-early").n, 0);
    assert_int_equal(f->answer.body.n, 0);
    stop(&s);
}

/* What a stream's callbacks are to give and do, and what they saw. */
struct passing {
    const char *body;
    size_t given;
    bool refuses_head, refuses_body;
    int status, heads;
    char got[64];
    size_t n_got;
};

static long give(void *arg, char *to, size_t room)
{
    struct passing *p = arg;
    size_t left = strlen(p->body) - p->given, n = left < 2 ? left : 2;
    assert_true(room >= 2);
    memcpy(to, p->body + p->given, n);
    p->given += n;
    return (long)n;
}

static bool see_head(void *arg, const struct df_http_answer *head)
{
    struct passing *p = arg;
    p->status = head->status;
    p->heads++;
    return !p->refuses_head;
}

static bool see_body(void *arg, const char *bytes, size_t n)
{
    struct passing *p = arg;
    assert_int_equal(p->heads, 1);
    memcpy(p->got + p->n_got, bytes, n);
    p->n_got += n;
    return !p->refuses_body;
}

static enum df_code pass(struct fixture *f, int port, const char *method, struct passing *p, bool public_only)
{
    const struct df_http_request request = {.method = method,
                                            .url = df_arena_printf(f->arena, "http://127.0.0.1:%d/path", port)};
    const struct df_http_stream stream = {.read = p->body ? give : NULL,
                                          .length = p->body ? (int64_t)strlen(p->body) : 0,
                                          .head = see_head,
                                          .write = see_body,
                                          .arg = p,
                                          .public_only = public_only};
    return f->client->ops->stream(f->client, &request, &stream, f->arena, &f->err);
}

static void streams(void **state)
{
    struct fixture *f = *state;
    struct script s = {.keep_open = true};
    start(
        &s,
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nworld");
    struct passing p = {.body = "hello"};
    assert_int_equal(pass(f, s.port, "PATCH", &p, false), DF_OK);
    assert_int_equal(p.status, 201);
    assert_int_equal(p.heads, 1);
    assert_memory_equal(p.got, "world", 5);
    assert_non_null(strstr(s.got, "PATCH /path HTTP/1.1\r\n"));
    assert_non_null(strstr(s.got, "\r\n\r\nhello"));
    assert_null(strstr(s.got, "Content-Type"));
    struct passing none = {0};
    assert_int_equal(pass(f, s.port, "POST", &none, false), DF_OK);
    assert_non_null(strstr(s.got, "Content-Length: 0\r\n"));
    stop(&s);
}

static void streams_no_further_than_wanted(void **state)
{
    struct fixture *f = *state;
    struct script s = {.keep_open = true};
    start(&s, OK_ANSWER);
    struct passing no_head = {.refuses_head = true}, no_body = {.refuses_body = true}, none = {0};
    assert_int_equal(pass(f, s.port, "GET", &no_head, false), DF_ERR_INTERRUPTED);
    assert_int_equal(no_head.n_got, 0);
    assert_int_equal(pass(f, s.port, "GET", &no_body, false), DF_ERR_INTERRUPTED);
    int seen = s.connections;
    assert_int_equal(pass(f, s.port, "POST", &none, true), DF_ERR_ADDRESS);
    assert_int_equal(s.connections, seen);
    assert_int_equal(pass(f, s.port, "GET", &none, false), DF_OK); /* leaves a connection open */
    int asked = s.requests;
    struct passing again = {0};
    assert_int_equal(pass(f, s.port, "GET", &again, true), DF_ERR_ADDRESS);
    assert_int_equal(s.requests, asked);
    stop(&s);
    struct script broken = {0};
    start(&broken, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nworld");
    struct passing half = {0};
    assert_int_equal(pass(f, broken.port, "GET", &half, false), DF_ERR_PROVIDER);
    assert_int_equal(half.n_got, 5);
    stop(&broken);
}

struct hammer {
    struct df_http_client *client;
    int port;
    int done;
};

static void *hammer(void *arg)
{
    struct hammer *h = arg;
    for (int i = 0; i < 20; i++) {
        struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
        struct df_http_request request = {.method = "GET",
                                          .url = df_arena_printf(arena, "http://127.0.0.1:%d/", h->port)};
        struct df_http_answer answer;
        h->done += df_http_send(h->client, &request, arena, &answer, NULL) == DF_OK;
    }
    return NULL;
}

static void serves_threads(void **state)
{
    struct fixture *f = *state;
    struct script s = {0};
    start(&s, OK_ANSWER);
    struct hammer h[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        h[i] = (struct hammer){f->client, s.port, 0};
        pthread_create(&threads[i], NULL, hammer, &h[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(h[i].done, 20);
    }
    stop(&s);
}

/* However it is written; no connection is tried. */
static void test_addresses_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool public_only;
    } rows[] = {
        {"http://127.0.0.1:1/", true},
        {"http://localhost:1/", true},
        {"http://2130706433:1/", true},
        {"http://0177.0.0.1:1/", true},
        {"http://0x7f.1:1/", true},
        {"http://127.1:1/", true},
        {"http://[::1]:1/", true},
        {"http://[::ffff:127.0.0.1]:1/", true},
        {"http://[64:ff9b::7f00:1]:1/", true},
        {"http://10.0.0.1/", true},
        {"http://[fd00::1]/", true},
        {"http://0.0.0.0:1/", true},
        {"http://169.254.169.254/", false},
        {"http://2852039166/", false},
        {"http://0xA9FEA9FE/", false},
        {"http://0251.0376.0251.0376/", false},
        {"http://[::ffff:169.254.169.254]/", false},
        {"http://[64:ff9b::a9fe:a9fe]/", false},
        {"http://[2002:a9fe:a9fe::1]/", false},
        {"http://[fd00:ec2::254]/", false},
        {"http://100.100.100.200/", false},
        {"http://168.63.129.16/", false},
        {"http://[::ffff:a83f:8110]/", false},
        {"http://[::ffff:0:a9fe:a9fe]/", false},
        {"http://[64:ff9b:1::a9fe:a9fe]/", false},
        {"http://[fe80::1]/", false},
    };
    struct df_http_client *client = df_curl_http_new("test");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
        const struct df_http_request request = {
            .method = "GET", .url = df_str_c(rows[i].url), .public_only = rows[i].public_only};
        struct df_http_answer answer;
        struct df_error err;
        enum df_code code = df_http_send(client, &request, arena, &answer, &err);
        if (code != DF_ERR_ADDRESS)
            fail_msg("%s: %s", rows[i].url, err.message);
    }
    client->ops->free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_that_are_refused),
        cmocka_unit_test_setup_teardown(sends_and_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(sends_several_at_the_same_time, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_nothing_of_the_last_request, setup, teardown),
        cmocka_unit_test_setup_teardown(sends_a_post_once, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_broken_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(bounds_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(stops_waiting, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_must_not_be_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(follows_no_redirect_and_no_proxy, setup, teardown),
        cmocka_unit_test_setup_teardown(serves_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(streams, setup, teardown),
        cmocka_unit_test_setup_teardown(streams_no_further_than_wanted, setup, teardown),
    };
    return cmocka_run_group_tests_name("curl_http", tests, NULL, NULL);
}
