#include "adapter/test_cell.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILE_BYTES = 64 << 20, OPEN_FILES = 512 };
static const rlim_t MEMORY_BYTES = (rlim_t)4 << 30;

static void limit(int what, rlim_t value)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)what, &now) != 0)
        return;
    if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max)
        value = now.rlim_max;
    now = (struct rlimit){value, value};
    setrlimit((__rlimit_resource_t)what, &now);
}

static bool put_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text);
}

/* The same user and group inside: files belong to whom they belonged. */
static bool map_ids(const struct df_test_cell *cell)
{
    char line[64];
    put_file("/proc/self/setgroups", "deny");
    snprintf(line, sizeof line, "%u %u 1", cell->uid, cell->uid);
    if (!put_file("/proc/self/uid_map", line))
        return false;
    snprintf(line, sizeof line, "%u %u 1", cell->gid, cell->gid);
    return put_file("/proc/self/gid_map", line);
}

/* The folder becomes a mount of its own that stays writable, then everything else is read-only. */
static void close_disk(const struct df_test_cell *cell)
{
#ifdef SYS_mount_setattr
    struct mount_attr closed = {.attr_set = MOUNT_ATTR_RDONLY}, open_again = {.attr_clr = MOUNT_ATTR_RDONLY};
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount(cell->folder, cell->folder, NULL, MS_BIND, NULL) != 0)
        return;
    if (syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &closed, sizeof closed) == 0)
        syscall(SYS_mount_setattr, AT_FDCWD, cell->folder, 0, &open_again, sizeof open_again);
#else
    (void)cell;
#endif
}

/* For systems whose users may have no namespaces: no socket but of the machine's own kind. Source: seccomp(2). */
static bool refuse_sockets(void)
{
    static struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
#if defined(__x86_64__)
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
#elif defined(__aarch64__)
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_AARCH64, 1, 0),
#else
        BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0),
#endif
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

bool df_test_cell_enter(const struct df_test_cell *cell)
{
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 1); /* /proc/self is root's otherwise; exec would say the same */
    bool alone = unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC) == 0;
    if (alone && map_ids(cell))
        close_disk(cell);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_AS, MEMORY_BYTES);
    limit(RLIMIT_CPU, (rlim_t)cell->cpu_s);
    limit(RLIMIT_FSIZE, FILE_BYTES);
    limit(RLIMIT_NOFILE, OPEN_FILES);
    return alone || refuse_sockets();
}
