/* Counts the steps by which a process can be seen from outside (what it sends, what it receives, what it writes to files and
 * asks to be on disk) and kills it when it is about to take the n-th; or lets the n-th fail. */
/* Programs of either file offset size are counted: the functions with and without "64" must keep their names. */
#undef _FILE_OFFSET_BITS

#include "control.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The far end's port of a socket, the last part of a file's name. */
static void name_step(char *to, const char *what, int fd)
{
    struct sockaddr_in peer;
    socklen_t n = sizeof peer;
    char link[32], path[256];
    if (getpeername(fd, (struct sockaddr *)&peer, &n) == 0 && peer.sin_family == AF_INET) {
        snprintf(to, FAULTS_STEP_BYTES, "%s %d", what, ntohs(peer.sin_port));
        return;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t got = readlink(link, path, sizeof path - 1);
    path[got < 0 ? 0 : got] = 0;
    const char *slash = strrchr(path, '/');
    snprintf(to, FAULTS_STEP_BYTES, "%s %.20s", what, slash ? slash + 1 : path);
}

static void step(const char *what, int fd)
{
    struct faults_control *c = faults_control();
    if (!c || !c->armed)
        return;
    char name[FAULTS_STEP_BYTES];
    int32_t n = ++c->steps;
    name_step(name, what, fd);
    /* Byte by byte: counting may have begun anew meanwhile, and another thread may be at the same step. */
    for (size_t i = 0; n <= FAULTS_STEPS && i < sizeof name; i++)
        __atomic_store_n(&c->step[n - 1][i], name[i], __ATOMIC_RELAXED);
    if (n == c->kill_at || (c->kill_port && faults_leads_to(fd, c->kill_port)))
        kill(getpid(), SIGKILL);
}

/* Event descriptors and pipes wake this process's own threads; nobody else sees them. */
static int is_outward(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode)) && fd > STDERR_FILENO;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Each the C library's function of this name, with a step before it, or a failure instead. */
#define STEP(type, name, fd, parameters, arguments) \
    type name parameters                            \
    {                                               \
        static __typeof__(&name) real;              \
        if (!real)                                  \
            real = REAL(name);                      \
        if (is_outward(fd))                         \
            step(#name, fd);                        \
        if (faults_fails_on(fd))                    \
            return -1;                              \
        return real arguments;                      \
    }

STEP(ssize_t, send, s, (int s, const void *p, size_t n, int flags), (s, p, n, flags))
STEP(ssize_t, sendto, s, (int s, const void *p, size_t n, int flags, const struct sockaddr *to, socklen_t to_n),
     (s, p, n, flags, to, to_n))
STEP(ssize_t, sendmsg, s, (int s, const struct msghdr *m, int flags), (s, m, flags))
STEP(ssize_t, recv, s, (int s, void *p, size_t n, int flags), (s, p, n, flags))
STEP(ssize_t, write, fd, (int fd, const void *p, size_t n), (fd, p, n))
STEP(ssize_t, writev, fd, (int fd, const struct iovec *v, int n), (fd, v, n))
STEP(ssize_t, pwrite, fd, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
STEP(ssize_t, pwrite64, fd, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
STEP(ssize_t, sendfile64, to, (int to, int from, off64_t *at, size_t n), (to, from, at, n))
STEP(int, fsync, fd, (int fd), (fd))
STEP(int, fdatasync, fd, (int fd), (fd))
STEP(int, ftruncate64, fd, (int fd, off64_t n), (fd, n))

/* No steps of their own: what they do is not seen from outside. */
#define FAIL(type, name, fails, parameters, arguments) \
    type name parameters                               \
    {                                                  \
        static __typeof__(&name) real;                 \
        if (!real)                                     \
            real = REAL(name);                         \
        if (fails)                                     \
            return -1;                                 \
        return real arguments;                         \
    }

static int no_space(void)
{
    if (!faults_fails(FAULTS_DISK))
        return 0;
    errno = ENOSPC;
    return 1;
}

static int refused(const struct sockaddr *to)
{
    const struct faults_control *c = faults_control();
    /* The port stands at the same place for both families. */
    if (!c || (to->sa_family != AF_INET && to->sa_family != AF_INET6) ||
        ntohs(((const struct sockaddr_in *)(const void *)to)->sin_port) != c->fail_port ||
        !faults_fails(FAULTS_NETWORK))
        return 0;
    errno = ECONNREFUSED;
    return 1;
}

static int reset(int fd)
{
    const struct faults_control *c = faults_control();
    return c && c->fail == FAULTS_NETWORK && faults_fails_on(fd);
}

FAIL(ssize_t, read, reset(fd), (int fd, void *p, size_t n), (fd, p, n))
FAIL(int, connect, refused(to), (int fd, const struct sockaddr *to, socklen_t n), (fd, to, n))
FAIL(int, mkdir, no_space(), (const char *path, mode_t mode), (path, mode))
FAIL(int, rename, no_space(), (const char *from, const char *to), (from, to))

#define OPEN(name)                                                \
    int name(const char *path, int flags, ...)                    \
    {                                                             \
        static __typeof__(&name) real;                            \
        va_list more;                                             \
        va_start(more, flags);                                    \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
        va_end(more);                                             \
        if (!real)                                                \
            real = REAL(name);                                    \
        if ((flags & O_CREAT) && no_space())                      \
            return -1;                                            \
        return real(path, flags, mode);                           \
    }

OPEN(open)
OPEN(open64)
