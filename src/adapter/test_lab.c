#include "adapter/test_lab.h"
#include "adapter/test_cell.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OUTPUT_BYTES = 16 << 20,
    TOLD_BYTES = 300,
    POLL_MS = 100,
    GRACE_S = 15,
    END_MS = 2000,
    ARGUMENTS = 16,
    VARIABLES = 24
};

/* A helper under way. */
struct helper {
    const struct df_test_job *job;
    struct df_arena *arena;
    char *folder;
    const char *interpreter;
    pid_t pid;
    int in, out, told; /* our ends: its standard input, output and error */
    struct df_buf lines, errors;
    struct df_str last, late; /* the last line; what counts when the time is over before there is a result */
    size_t written;
    int64_t until_ms;
    bool over; /* the time is */
};

static const struct df_test_language *const languages[] = {
    &df_test_language_python, &df_test_language_node, &df_test_language_java,
    &df_test_language_go,     &df_test_language_ruby, &df_test_language_php,
};

static bool goes_by(const struct df_test_language *language, struct df_str name)
{
    if (df_str_is(name, language->name))
        return true;
    for (size_t i = 0; language->platforms && language->platforms[i]; i++)
        if (df_str_is(name, language->platforms[i]))
            return true;
    return false;
}

static const struct df_test_language *find_language(struct df_str name)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (goes_by(languages[i], name))
            return languages[i];
    return NULL;
}

/* The first program of this name in PATH, or NULL. */
static const char *in_path(struct helper *h, const char *name)
{
    struct df_str folders = df_str_c(getenv("PATH")), folder;
    while (df_str_split(&folders, ':', &folder)) {
        struct df_str path = df_arena_printf(h->arena, "%.*s/%s", DF_FMT(folder), name);
        if (folder.n && access(path.p, X_OK) == 0)
            return path.p;
    }
    return NULL;
}

/* What a caller names, as a shell takes it: a name alone is looked for in PATH, a path is of this folder, which the helper leaves. Links
 * stay: an environment's own Python is one. */
static const char *named_interpreter(struct helper *h, const char *given)
{
    char folder[PATH_MAX];
    const char *found = strchr(given, '/') ? NULL : in_path(h, given);
    if (found || *given == '/' || !getcwd(folder, sizeof folder))
        return found ? found : given;
    return df_arena_printf(h->arena, "%s/%s", folder, given).p;
}

/* Of the checkout, of an activated environment, or the first in PATH. */
static enum df_code find_interpreter(struct helper *h, struct df_error *err)
{
    const struct df_test_language *language = h->job->language;
    const char *active = getenv("VIRTUAL_ENV");
    struct df_str path;
    h->interpreter = h->job->interpreter ? named_interpreter(h, h->job->interpreter) : NULL;
    for (size_t i = 0; !h->interpreter && language->own[i]; i++) {
        path = df_arena_printf(h->arena, "%s/%s", h->job->source, language->own[i]);
        if (access(path.p, X_OK) == 0)
            h->interpreter = path.p;
    }
    if (!h->interpreter && active) {
        path = df_arena_printf(h->arena, "%s/bin/%s", active, language->program);
        if (access(path.p, X_OK) == 0)
            h->interpreter = path.p;
    }
    if (!h->interpreter)
        h->interpreter = in_path(h, language->program);
    if (!h->interpreter || access(h->interpreter, X_OK) != 0)
        return df_fail(err, DF_ERR_INVALID, "no interpreter to run the checkout with: %s is not to be found",
                       h->interpreter ? h->interpreter : language->program);
    return DF_OK;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path); /* the folder is a temporary one */
    return 0;
}

static void remove_folder(const char *folder)
{
    enum { OPEN_AT_ONCE = 16 };
    nftw(folder, remove_one, OPEN_AT_ONCE, FTW_DEPTH | FTW_PHYS);
}

static enum df_code make_folder(struct helper *h, struct df_error *err)
{
    const char *below = getenv("TMPDIR");
    struct df_str pattern = df_arena_printf(h->arena, "%s/devflow-test-XXXXXX", below && *below ? below : "/tmp");
    char *made = df_arena_cstr(h->arena, pattern);
    if (!mkdtemp(made))
        return df_fail(err, DF_ERR_FAILED, "no folder for the helper in %s: %s", below ? below : "/tmp",
                       strerror(errno));
    h->folder = made;
    for (const struct df_helper_file *file = h->job->language->files; file->name; file++) {
        struct df_str path = df_arena_printf(h->arena, "%s/%s", h->folder, file->name);
        int fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bool good = fd >= 0 && df_file_write_all(fd, df_str_n(file->text, file->n));
        if (fd >= 0)
            close(fd);
        if (!good)
            return df_fail(err, DF_ERR_FAILED, "%s cannot be written: %s", path.p, strerror(errno));
    }
    return DF_OK;
}

/* What a program may need to find its parts and its language; nothing else of ours, for there are secrets in it. */
static char **make_environment(struct helper *h)
{
    static const char *const kept[] = {"PATH",       "LANG",          "LC_ALL",         "LC_CTYPE",
                                       "TZ",         "PYTHONPATH",    "NODE_PATH",      "VIRTUAL_ENV",
                                       "PYENV_ROOT", "PYENV_VERSION", "LD_LIBRARY_PATH"};
    char **env = DF_NEW_ARRAY(h->arena, char *, VARIABLES);
    size_t n = 0;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const char *value = getenv(kept[i]);
        if (value)
            env[n++] = df_arena_cstr(h->arena, df_arena_printf(h->arena, "%s=%s", kept[i], value));
    }
    const char *home = getenv("HOME");
    if (home && !getenv("PYENV_ROOT")) /* its shims look there, and HOME will be another */
        env[n++] = df_arena_cstr(h->arena, df_arena_printf(h->arena, "PYENV_ROOT=%s/.pyenv", home));
    env[n++] = df_arena_cstr(h->arena, df_arena_printf(h->arena, "HOME=%s", h->folder));
    env[n++] = df_arena_cstr(h->arena, df_arena_printf(h->arena, "TMPDIR=%s", h->folder));
    env[n++] = df_arena_cstr(h->arena, DF_S("PYTHONDONTWRITEBYTECODE=1"));
    env[n++] = df_arena_cstr(h->arena, DF_S("PYTHONIOENCODING=utf-8"));
    return env;
}

static char **make_arguments(struct helper *h)
{
    char **argv = DF_NEW_ARRAY(h->arena, char *, ARGUMENTS);
    size_t n = 0;
    argv[n++] = df_arena_cstr(h->arena, df_str_c(h->interpreter));
    for (size_t i = 0; h->job->language->options[i]; i++)
        argv[n++] = df_arena_cstr(h->arena, df_str_c(h->job->language->options[i]));
    argv[n++] = df_arena_cstr(h->arena, df_arena_printf(h->arena, "%s/%s", h->folder, h->job->language->files[0].name));
    return argv;
}

static void be_helper(const struct df_test_cell *cell, const int fds[3], char **argv, char **env)
{
    sigset_t none;
    sigemptyset(&none);
    if (dup2(fds[0], STDIN_FILENO) < 0 || dup2(fds[1], STDOUT_FILENO) < 0 || dup2(fds[2], STDERR_FILENO) < 0 ||
        chdir(cell->folder) != 0)
        _exit(DF_EXIT_FAILED);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    if (!df_test_cell_enter(cell))
        _exit(DF_EXIT_NO_PERMISSION);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execve(argv[0], argv, env);
    _exit(DF_EXIT_FAILED);
}

static enum df_code start(struct helper *h, struct df_error *err)
{
    int in[2], out[2], told[2];
    char **argv = make_arguments(h), **env = make_environment(h);
    const struct df_test_cell cell = {
        .folder = h->folder, .uid = getuid(), .gid = getgid(), .cpu_s = h->job->timeout_s + GRACE_S};
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0)
        return df_fail(err, DF_ERR_FAILED, "no pipes for the helper: %s", strerror(errno));
    h->pid = fork();
    if (h->pid == 0)
        be_helper(&cell, (const int[]){in[0], out[1], told[1]}, argv, env);
    close(in[0]);
    close(out[1]);
    close(told[1]);
    h->in = in[1];
    h->out = out[0];
    h->told = told[0];
    fcntl(h->in, F_SETFL, O_NONBLOCK);
    if (h->pid < 0)
        return df_fail(err, DF_ERR_FAILED, "the helper cannot be started: %s", strerror(errno));
    return DF_OK;
}

static void feed(struct helper *h)
{
    struct df_str rest = df_str_from(h->job->input, h->written < h->job->input.n ? h->written : h->job->input.n);
    ssize_t n = rest.n ? write(h->in, rest.p, rest.n) : write(h->in, "\n", 1);
    if (n > 0)
        h->written += (size_t)n;
    if ((n < 0 && errno != EAGAIN) || h->written > h->job->input.n) {
        close(h->in);
        h->in = -1;
    }
}

static void take_line(struct helper *h, struct df_str line)
{
    static const char head[] = "{\"progress\":\"";
    h->last = df_arena_dup(h->arena, line);
    if (df_str_starts(line, DF_S("{\"late\":")))
        h->late = h->last;
    struct df_str said = df_str_from(line, sizeof head - 1);
    if (!h->job->progress || !df_str_starts(line, DF_S("{\"progress\":\"")) || !df_str_ends(line, DF_S("\"}")))
        return;
    said.n -= 2;
    h->job->progress(h->job->arg, df_str_head(said, TOLD_BYTES));
}

static void take_lines(struct helper *h)
{
    struct df_str rest = df_buf_str(&h->lines);
    for (long at; (at = df_str_find_char(rest, '\n')) >= 0; rest = df_str_from(rest, (size_t)at + 1))
        take_line(h, df_str_n(rest.p, (size_t)at));
    size_t left = rest.n;
    if (left && left < h->lines.n)
        memmove(h->lines.p, rest.p, left);
    df_buf_cut(&h->lines, left);
}

/* False at the end of what it says. */
static bool drain(int fd, struct df_buf *to)
{
    char bytes[16384];
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n > 0 && to->n < OUTPUT_BYTES)
        df_buf_put(to, bytes, (size_t)n);
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Until it closes its output, is too late, or is to stop. */
static enum df_code listen_to(struct helper *h, struct df_error *err)
{
    bool errors_open = true;
    for (;;) {
        struct pollfd ends[] = {{h->out, POLLIN, 0}, {errors_open ? h->told : -1, POLLIN, 0}, {h->in, POLLOUT, 0}};
        if (poll(ends, 3, POLL_MS) < 0 && errno != EINTR)
            return df_fail(err, DF_ERR_FAILED, "the helper cannot be heard: %s", strerror(errno));
        if (ends[2].revents)
            feed(h);
        if (ends[1].revents)
            errors_open = drain(h->told, &h->errors);
        if (ends[0].revents && !drain(h->out, &h->lines))
            return DF_OK;
        take_lines(h);
        if (h->job->stop && h->job->stop(h->job->arg))
            return df_fail(err, DF_ERR_INTERRUPTED, "stopped; no test was written");
        h->over = df_monotonic_ms() > h->until_ms;
        if (h->over && h->late.n) {
            h->last = h->late;
            return DF_OK;
        }
        if (h->over)
            return df_fail(err, DF_ERR_FAILED, "no test within %d s", h->job->timeout_s);
        if (h->lines.n >= OUTPUT_BYTES)
            return df_fail(err, DF_ERR_FAILED, "the helper says more than %d MiB", OUTPUT_BYTES >> 20);
    }
}

/* The cell ends with all that is in it, so that nothing writes to the folder any more; where there is none, the helper's group has to do. */
static void kill_all(pid_t pid)
{
    const int64_t until_ms = df_monotonic_ms() + END_MS;
    kill(pid, SIGTERM);
    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (df_monotonic_ms() > until_ms) {
            kill(-pid, SIGKILL);
            kill(pid, SIGKILL);
        }
        poll(NULL, 0, 1);
    }
    kill(-pid, SIGKILL);
}

static void end(struct helper *h)
{
    const int ends[] = {h->in, h->out, h->told};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    if (h->pid > 0)
        kill_all(h->pid);
    if (h->folder)
        remove_folder(h->folder);
}

/* The last line of what it complained of: a traceback ends with what was raised. */
static struct df_str complaint(const struct helper *h)
{
    struct df_str text = df_str_trim(df_buf_str(&h->errors)), line = text;
    while (df_str_find_char(text, '\n') >= 0)
        line = text = df_str_from(text, (size_t)df_str_find_char(text, '\n') + 1);
    return df_str_head(line, TOLD_BYTES);
}

static enum df_code work(struct helper *h, struct df_str *ret, struct df_error *err)
{
    DF_TRY(find_interpreter(h, err));
    DF_TRY(make_folder(h, err));
    DF_TRY(start(h, err));
    h->until_ms = df_monotonic_ms() + (int64_t)h->job->timeout_s * 1000;
    DF_TRY(listen_to(h, err));
    if (!df_str_starts(h->last, DF_S("{\"result\"")) && !h->over)
        return df_fail(err, DF_ERR_FAILED, "the helper in %s ended without a result%s%.*s", h->interpreter,
                       h->errors.n ? ": " : "", DF_FMT(complaint(h)));
    *ret = h->last;
    return DF_OK;
}

static enum df_code run(struct df_test_lab *lab, const struct df_test_job *job, struct df_arena *arena,
                        struct df_str *ret, struct df_error *err)
{
    (void)lab;
    if (job->language->outline)
        return job->language->outline(job, arena, ret, err);
    struct helper h = {.job = job, .arena = arena, .in = -1, .out = -1, .told = -1};
    df_buf_init(&h.lines, arena, (size_t)OUTPUT_BYTES * 2);
    df_buf_init(&h.errors, arena, (size_t)OUTPUT_BYTES * 2);
    enum df_code code = work(&h, ret, err);
    end(&h);
    return code;
}

static const struct df_test_lab_ops ops = {.language = find_language, .run = run};
struct df_test_lab df_process_test_lab = {.ops = &ops};
