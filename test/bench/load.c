/* Asks one server over many kept connections and says how long answers took.
 * usage: load PORT PATH CONNECTIONS REQUESTS RATE FIRST KEYS
 * Each request posts {"projectId":"pN"}, N going round in FIRST .. FIRST+KEYS-1. RATE is requests a second on average, at
 * even times whatever the server does (an answer's time counts from when its request was due); 0: each connection asks again
 * as soon as it is answered. DEVFLOW_API_KEY, where it is set, goes along as X-API-Key. Prints JSON: requests, failed (not 200), seconds, p50_us, p99_us, max_us. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_BYTES = 16384, EVENTS = 256 };

struct asker {
    int fd;
    bool busy;
    int64_t since_ns;
    size_t got;
    char answer[ANSWER_BYTES];
};

struct load {
    const char *path, *key;
    int port, epoll;
    long connections, requests, rate, first, keys;
    struct asker *askers;
    long *idle, n_idle;
    long sent, done, failed;
    int64_t start_ns, *took_ns;
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *zeroed(long n, size_t size)
{
    void *p = calloc((size_t)n, size);
    if (!p)
        die("memory");
    return p;
}

static long number(const char *text)
{
    return strtol(text, NULL, 10);
}

static void open_askers(struct load *l)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)l->port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (long i = 0; i < l->connections; i++) {
        struct asker *a = &l->askers[i];
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = a};
        a->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (a->fd < 0 || connect(a->fd, (struct sockaddr *)&at, sizeof at) != 0 ||
            setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0 ||
            epoll_ctl(l->epoll, EPOLL_CTL_ADD, a->fd, &e) != 0)
            die("connect");
        l->idle[l->n_idle++] = i;
    }
}

static void ask(struct load *l, struct asker *a, int64_t due_ns)
{
    char text[512], body[64];
    int body_n = snprintf(body, sizeof body, "{\"projectId\":\"p%ld\"}", l->first + l->sent % l->keys);
    int n = snprintf(text, sizeof text,
                     "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: bench\r\nAccept: application/json\r\n"
                     "Content-Type: application/json\r\n%s%s%sContent-Length: %d\r\n\r\n%s",
                     l->path, l->port, l->key ? "X-API-Key: " : "", l->key ? l->key : "", l->key ? "\r\n" : "", body_n,
                     body);
    a->busy = true;
    a->got = 0;
    a->since_ns = due_ns;
    l->sent++;
    if (send(a->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        die("send");
}

/* Whether the answer is whole; every server measured here says Content-Length. */
static bool is_whole(const struct asker *a)
{
    const char *end = strstr(a->answer, "\r\n\r\n");
    const char *length = strcasestr(a->answer, "\r\nContent-Length:");
    if (!end)
        return false;
    if (!length || length > end)
        die("an answer without Content-Length");
    return a->got >= (size_t)(end + 4 - a->answer) + strtoul(length + 17, NULL, 10);
}

static void take(struct load *l, struct asker *a)
{
    ssize_t n = recv(a->fd, a->answer + a->got, ANSWER_BYTES - 1 - a->got, 0);
    if (n <= 0)
        die("a connection was closed");
    a->got += (size_t)n;
    a->answer[a->got] = 0;
    if (!a->busy || !is_whole(a))
        return;
    l->took_ns[l->done++] = now_ns() - a->since_ns;
    l->failed += strncmp(a->answer, "HTTP/1.1 200", 12) != 0;
    a->busy = false;
    l->idle[l->n_idle++] = a - l->askers;
}

/* Sends what is due; how long until the next is. */
static int64_t send_due(struct load *l)
{
    while (l->sent < l->requests && l->n_idle) {
        int64_t now = now_ns(), due = now;
        if (l->rate)
            due = l->start_ns + l->sent * (1000000000 / l->rate);
        if (due > now)
            return due - now;
        ask(l, &l->askers[l->idle[--l->n_idle]], due);
    }
    return 1000000000;
}

static void run(struct load *l)
{
    struct epoll_event events[EVENTS];
    l->start_ns = now_ns();
    while (l->done < l->requests) {
        int64_t pause_ns = send_due(l);
        struct timespec pause = {pause_ns / 1000000000, pause_ns % 1000000000};
        int n = epoll_pwait2(l->epoll, events, EVENTS, &pause, NULL);
        for (int i = 0; i < n; i++)
            take(l, events[i].data.ptr);
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double us_of(const struct load *l, long rank)
{
    return (double)l->took_ns[rank] / 1e3;
}

static void report(struct load *l)
{
    double seconds = (double)(now_ns() - l->start_ns) / 1e9;
    qsort(l->took_ns, (size_t)l->done, sizeof *l->took_ns, by_size);
    printf("{\"requests\":%ld,\"failed\":%ld,\"seconds\":%.6f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}\n",
           l->done, l->failed, seconds, us_of(l, l->done / 2), us_of(l, l->done * 99 / 100), us_of(l, l->done - 1));
}

int main(int argc, char **argv)
{
    struct rlimit files;
    if (argc != 8)
        return 2;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct load l = {.port = (int)strtol(argv[1], NULL, 10),
                     .path = argv[2],
                     .key = getenv("DEVFLOW_API_KEY"),
                     .connections = number(argv[3]),
                     .requests = number(argv[4])};
    l.rate = number(argv[5]);
    l.first = number(argv[6]);
    l.keys = number(argv[7]);
    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    l.askers = zeroed(l.connections, sizeof *l.askers);
    l.idle = zeroed(l.connections, sizeof *l.idle);
    l.took_ns = zeroed(l.requests, sizeof *l.took_ns);
    open_askers(&l);
    run(&l);
    report(&l);
    return 0;
}
