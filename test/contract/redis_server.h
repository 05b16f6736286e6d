/* A real redis-server for a test of its own, which it may kill and start again: on a free port of loopback, nothing on disk. */
#ifndef DF_TEST_REDIS_SERVER_H
#define DF_TEST_REDIS_SERVER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct redis_server {
    pid_t pid;
    int port;
};

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int free_port(void)
{
    struct sockaddr_in at = loopback(0);
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    close(fd);
    return ntohs(at.sin_port);
}

/* Sends one inline command; true when the answer begins with `expected`. */
static bool redis_says(int port, const char *command, const char *expected)
{
    char answer[512] = "";
    struct sockaddr_in at = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (struct sockaddr *)&at, sizeof at) == 0 && dprintf(fd, "%s\r\n", command) > 0 &&
              read(fd, answer, sizeof answer - 1) > 0 && strncmp(answer, expected, strlen(expected)) == 0;
    close(fd);
    return ok;
}

static void redis_start(struct redis_server *server)
{
    char port[16];
    server->port = server->port ? server->port : free_port();
    snprintf(port, sizeof port, "%d", server->port);
    server->pid = fork();
    if (server->pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly",
               "no", "--dir", "/tmp", (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 500 && !redis_says(server->port, "PING", "+PONG"); i++)
        poll(NULL, 0, 20);
    assert_true(redis_says(server->port, "PING", "+PONG"));
}

static void redis_kill(struct redis_server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

#endif
