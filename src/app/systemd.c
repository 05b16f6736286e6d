#include "app/systemd.h"

#include "base/str.h"
#include "base/wait.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

void df_systemd_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t n = path ? strlen(path) : 0;
    if (n < 2 || n >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(to.sun_path, path, n);
    if (path[0] == '@') /* a name without a file */
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
    (void)sent; /* nobody to tell it to */
    close(fd);
}

void df_systemd_notify_reloading(void)
{
    char state[64];
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)df_monotonic_us());
    df_systemd_notify(state);
}

/* A number in the environment; 0 when there is none. */
static unsigned long long number(const char *name)
{
    const char *text = getenv(name);
    unsigned long long n = 0;
    return text && df_str_to_u64(df_str_c(text), &n) ? n : 0;
}

/* The variables are meant for the process they name, and not for those it may start. */
static bool is_for_us(const char *pid_name)
{
    return number(pid_name) == (unsigned long long)getpid();
}

unsigned df_systemd_watchdog_ms(void)
{
    unsigned long long us = number("WATCHDOG_USEC"), ms = us / 2000;
    if (getenv("WATCHDOG_PID") && !is_for_us("WATCHDOG_PID"))
        return 0;
    return ms > UINT32_MAX ? 0 : us && ms == 0 ? 1 : (unsigned)ms;
}

static bool is_tcp_listener(int fd, struct sockaddr_storage *ret)
{
    int listens = 0;
    socklen_t n = sizeof listens, address_n = sizeof *ret;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 && listens &&
           getsockname(fd, (struct sockaddr *)ret, &address_n) == 0 &&
           (ret->ss_family == AF_INET || ret->ss_family == AF_INET6);
}

static void name_address(const struct sockaddr_storage *at)
{
    char host[INET6_ADDRSTRLEN] = "", port[8];
    const struct sockaddr_in *four = (const struct sockaddr_in *)at;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)at;
    if (at->ss_family == AF_INET)
        inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
    else
        inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
    snprintf(port, sizeof port, "%u", ntohs(at->ss_family == AF_INET ? four->sin_port : six->sin6_port));
    setenv("API_HOST", host, 1);
    setenv("PORT", port, 1);
}

enum df_code df_systemd_listener(int *ret_fd, struct df_error *err)
{
    unsigned long long n = is_for_us("LISTEN_PID") ? number("LISTEN_FDS") : 0;
    struct sockaddr_storage at = {.ss_family = AF_UNSPEC};
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    *ret_fd = 0;
    if (n == 0)
        return DF_OK;
    if (n > 1 || !is_tcp_listener(FIRST_FD, &at))
        return df_fail(err, DF_ERR_CONFIG,
                       "the service manager handed over %s: give the .socket unit one ListenStream= with a port",
                       n > 1 ? "more than one socket" : "something else than a listening TCP socket");
    fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC);
    fcntl(FIRST_FD, F_SETFL, fcntl(FIRST_FD, F_GETFL) | O_NONBLOCK);
    name_address(&at);
    *ret_fd = FIRST_FD;
    return DF_OK;
}
