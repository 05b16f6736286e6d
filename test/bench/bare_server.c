/* The least an HTTP server on this machine can take: one thread that reads what came and sends bytes that are ready, looking at none
 * of it. What ./dev bench resolve shows beside Node, for no server can take less.
 * usage: bare_server PORT BODY; answers each read with BODY under a head as long as the API's; ends with SIGTERM. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64, REQUEST = 4096, ANSWER = 8192 };

static int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(fd, (const struct sockaddr *)&at, sizeof at) || listen(fd, 128)) {
        perror("listen");
        exit(1);
    }
    return fd;
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        perror("epoll_ctl");
}

static void answer(int fd, const char *bytes, size_t n)
{
    char request[REQUEST];
    if (recv(fd, request, sizeof request, 0) <= 0 || send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
        close(fd);
}

int main(int argc, char **argv)
{
    static char bytes[ANSWER];
    struct epoll_event events[EVENTS];
    if (argc != 3)
        return 2;
    int n = snprintf(bytes, sizeof bytes,
                     "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: application/json\r\n"
                     "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                     "X-Request-Id: 00000000-0000-0000-0000-000000000000\r\nContent-Length: %zu\r\n\r\n%s",
                     strlen(argv[2]), argv[2]);
    if (n < 0 || (size_t)n >= sizeof bytes)
        return 2;
    int listener = listen_on((int)strtol(argv[1], NULL, 10)), epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, listener);
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                watch(epoll, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
            else
                answer(fd, bytes, (size_t)n);
        }
    }
}
