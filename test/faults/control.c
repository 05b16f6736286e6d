#include "control.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct faults_control *control;

/* Not every child of the process under test has the file, or is to be disturbed. */
__attribute__((constructor(101))) static void map_control(void)
{
    const char *path = getenv("DEVFLOW_FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    control = at == MAP_FAILED ? NULL : at;
}

struct faults_control *faults_control(void)
{
    return control;
}

int faults_fails(int32_t kind)
{
    struct faults_control *c = control;
    if (!c || c->fail != kind)
        return 0;
    int32_t n = ++c->fail_calls, at = c->fail_at;
    return at && n >= at && n - at < c->fail_times;
}

static int is_file(int fd)
{
    struct stat st;
    return fd > STDERR_FILENO && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int faults_leads_to(int fd, int port)
{
    struct sockaddr_in6 peer;
    socklen_t n = sizeof peer;
    return getpeername(fd, (struct sockaddr *)&peer, &n) == 0 &&
           (peer.sin6_family == AF_INET || peer.sin6_family == AF_INET6) && ntohs(peer.sin6_port) == port;
}

int faults_fails_on(int fd)
{
    int32_t kind = control ? control->fail : 0;
    if (kind == FAULTS_DISK && is_file(fd) && faults_fails(kind)) {
        errno = ENOSPC;
        return 1;
    }
    if (kind == FAULTS_NETWORK && faults_leads_to(fd, control->fail_port) && faults_fails(kind)) {
        shutdown(fd, SHUT_RDWR); /* as the system does: nothing more comes of it */
        errno = ECONNRESET;
        return 1;
    }
    return 0;
}
