#include "adapter/test_cell.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
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
#include <sys/wait.h>
#include <unistd.h>

enum { FILE_BYTES = 64 << 20, OPEN_FILES = 512, PROCESSES = 1024 };
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

/* Processes of its own, and a /proc that shows no others. The helper is the first of them: nothing inside can kill it, all end with it, and
 * its own files there, what it says to us among them, are hidden. It cannot be written: who runs this as root could set the kernel's
 * settings by it. Where it cannot be mounted, user namespaces still keep other processes' memory and environment to themselves. */
static void hide_processes(void)
{
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
    if (mount("proc", "/proc", "proc", flags, NULL) == 0)
        mount("none", "/proc/1", "tmpfs", flags, "size=4k,mode=0555");
}

/* Outside: until the first process inside has ended, and all others with it; SIGTERM ends it. Nothing of ours may be read by way of
 * this process. */
static _Noreturn void wait_outside(pid_t inside, const sigset_t *awaited)
{
    int status = 1;
    prctl(PR_SET_DUMPABLE, 0);
    close_range(0, ~0U, 0); /* whether the helper has ended is seen by its pipes */
    for (pid_t ended = 0; ended == 0; ended = waitpid(inside, &status, WNOHANG))
        if (sigwaitinfo(awaited, NULL) == SIGTERM)
            kill(inside, SIGKILL);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* The caller goes on as the first process inside. */
static bool fork_inside(void)
{
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGCHLD);
    sigprocmask(SIG_BLOCK, &awaited, NULL);
    pid_t inside = _Fork();
    if (inside > 0)
        wait_outside(inside, &awaited);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return inside == 0;
}

/* No rights over the namespaces, root's neither: the disk stays closed. A namespace made within could not open it again: its mounts are
 * locked (mount_namespaces(7)). */
static void drop_rights(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (int right = 0; prctl(PR_CAPBSET_DROP, right, 0, 0, 0) == 0; right++)
        continue;
    syscall(SYS_capset, &head, none);
}

#define ARGUMENT(i) offsetof(struct seccomp_data, args[i])
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define DENY(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), DENY(EPERM)
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (skip), 0)

/* What namespaces leave open, and all of the network where there are none: sockets by a path (a session's bus starts programs for
 * whoever asks, a container engine's socket is root), io_uring, which knows no such rules, keyrings, other processes' memory, more namespaces, and
 * signals to everyone. A pair of sockets is made by another call and is let be. Source: seccomp(2). */
static bool refuse_calls(bool alone)
{
    const unsigned v4 = alone ? AF_INET : ~0U, v6 = alone ? AF_INET6 : ~0U, netlink = alone ? AF_NETLINK : ~0U;
    struct sock_filter rules[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
#if defined(__x86_64__)
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
#elif defined(__aarch64__)
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_AARCH64, 1, 0),
#else
        BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0),
#endif
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__)
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* the numbers of x32 */
        DENY(ENOSYS),
#endif
        REFUSE(io_uring_setup),
        REFUSE(ptrace),
        REFUSE(process_vm_readv),
        REFUSE(process_vm_writev),
        REFUSE(pidfd_getfd),
        REFUSE(add_key),
        REFUSE(request_key),
        REFUSE(keyctl),
        REFUSE(bpf),
        REFUSE(perf_event_open),
        REFUSE(userfaultfd),
        REFUSE(unshare),
        REFUSE(setns),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        DENY(ENOSYS), /* clone does as well, whose flags can be seen */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),
        LOAD(ARGUMENT(0)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWUSER, 0, 1),
        DENY(EPERM),
        ALLOW,
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 0, 4),
        LOAD(ARGUMENT(0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ~0U, 0, 1),
        DENY(EPERM),
        ALLOW,
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5),
        LOAD(ARGUMENT(0)),
        UNLESS(v4, 3),
        UNLESS(v6, 2),
        UNLESS(netlink, 1),
        DENY(EACCES),
        ALLOW,
    };
    const struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

bool df_test_cell_enter(const struct df_test_cell *cell)
{
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 1); /* /proc/self is root's otherwise; exec would say the same */
    const int parts = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID;
    /* In a chroot, and where there are no user namespaces, root may still have the others. */
    bool own_ids = unshare(CLONE_NEWUSER | parts) == 0, alone = own_ids || unshare(parts) == 0;
    if (alone && (!own_ids || map_ids(cell)))
        close_disk(cell);
    if (alone && !fork_inside())
        return false;
    if (alone)
        hide_processes();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    drop_rights();
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_AS, MEMORY_BYTES);
    limit(RLIMIT_CPU, (rlim_t)cell->cpu_s);
    limit(RLIMIT_FSIZE, FILE_BYTES);
    limit(RLIMIT_NOFILE, OPEN_FILES);
    if (own_ids)
        limit(RLIMIT_NPROC, PROCESSES); /* counted within the namespace (Linux 5.14) */
    return refuse_calls(alone) || alone;
}
