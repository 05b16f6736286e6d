/* The engine over Temporal in this suite: a real server of its own for each test, from the program that DEVFLOW_TEST_TEMPORAL names
 * (./dev temporal). */
#ifndef DF_TEST_ENGINE_TEMPORAL_H
#define DF_TEST_ENGINE_TEMPORAL_H

#include "adapter/temporal_engine.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

static const char *temporal_program; /* NULL while other engines are held to the contract */
static pid_t temporal_server;
static char temporal_address[64];

static struct sockaddr_in at_port(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int free_port(void)
{
    struct sockaddr_in at = at_port(0);
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) || getsockname(fd, (struct sockaddr *)&at, &n))
        abort();
    close(fd);
    return ntohs(at.sin_port);
}

static void temporal_server_start(const char *folder)
{
    int port = free_port();
    snprintf(temporal_address, sizeof temporal_address, "127.0.0.1:%d", port);
    char number[16], http[16], metrics[16], database[256], log[256];
    snprintf(number, sizeof number, "%d", port);
    snprintf(http, sizeof http, "%d", free_port());
    snprintf(metrics, sizeof metrics, "%d", free_port());
    snprintf(database, sizeof database, "%s/temporal.db", folder);
    snprintf(log, sizeof log, "%s/temporal.log", folder);
    temporal_server = fork();
    if (temporal_server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(fd, 1);
        dup2(fd, 2);
        execl(temporal_program, temporal_program, "server", "start-dev", "--headless", "--port", number, "--http-port",
              http, "--metrics-port", metrics, "--db-filename", database, "--log-level", "error", (char *)NULL);
        _exit(127);
    }
}

static void temporal_server_stop(void)
{
    kill(temporal_server, SIGKILL);
    waitpid(temporal_server, NULL, 0);
}

static struct df_temporal_settings temporal_settings(void)
{
    return (struct df_temporal_settings){
        .address = df_str_c(temporal_address), .ns = DF_S("default"), .task_queue = DF_S("devflow")};
}

/* Until the server takes requests. */
static struct df_engine *temporal_open(struct df_error *err)
{
    struct df_temporal_settings settings = temporal_settings();
    struct df_engine *opened;
    struct df_workflow_counts counts;
    if (df_temporal_engine_new(&settings, &opened, err) != DF_OK)
        return NULL;
    for (int i = 0; i < 600; i++) {
        if (opened->ops->counts(opened, &counts, err) == DF_OK)
            return opened;
        nap(100);
    }
    return NULL;
}

#endif
