#include "app/config_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENV_FILE_LIMIT_BYTES = 256 * 1024, SECRET_FILE_LIMIT_BYTES = 64 * 1024 };

void df_config_fault(struct df_config_report *report, struct df_str sentence)
{
    if (report->n_faults < DF_CONFIG_NOTES)
        report->faults[report->n_faults++] = sentence;
}

void df_config_warning(struct df_config_report *report, struct df_str sentence)
{
    if (report->n_warnings < DF_CONFIG_NOTES)
        report->warnings[report->n_warnings++] = sentence;
}

#define FAULT(s, ...) df_config_fault((s)->report, df_arena_printf((s)->arena, __VA_ARGS__))
#define WARNING(s, ...) df_config_warning((s)->report, df_arena_printf((s)->arena, __VA_ARGS__))

/* The whole of a file, without stdio, whose buffers would keep it. False, a fault said under that name, when it cannot be read
 * or is too large. */
static bool read_whole(struct df_config_source *s, const char *name, int fd, size_t limit, struct df_str *ret)
{
    char *text = df_arena_alloc(s->scratch, limit + 1);
    size_t n = 0;
    ssize_t got;
    while ((got = read(fd, text + n, limit + 1 - n)) > 0 && n <= limit)
        n += (size_t)got;
    if (got < 0)
        FAULT(s, "%s cannot be read: %s", name, strerror(errno));
    else if (n > limit)
        FAULT(s, "%s is larger than %zu bytes", name, limit);
    *ret = df_str_n(text, n);
    return got >= 0 && n <= limit;
}

static bool others_may_read(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (st.st_mode & 077) != 0;
}

void df_config_source_open(struct df_config_source *s)
{
    struct df_str text;
    unsigned line;
    int fd = open(".env", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT)
            FAULT(s, ".env cannot be read: %s", strerror(errno));
        return;
    }
    if (others_may_read(fd))
        WARNING(s, ".env can be read by other users of this machine: chmod 600 .env");
    if (read_whole(s, ".env", fd, ENV_FILE_LIMIT_BYTES, &text) &&
        !df_env_parse(text, s->scratch, &s->file, &s->n_file, &line))
        FAULT(s, ".env line %u is not of the form NAME=VALUE: correct it, or begin it with #", line);
    close(fd);
}

/* The memory of the process's first environment is what /proc/PID/environ shows, a name that stands there twice included. */
static void wipe_from_environment(const char *name)
{
    size_t n = strlen(name);
    for (char **entry = environ; entry && *entry; entry++)
        if (strncmp(*entry, name, n) == 0 && (*entry)[n] == '=')
            explicit_bzero(*entry + n + 1, strlen(*entry + n + 1));
    unsetenv(name);
}

static struct df_str take_from_environment(struct df_config_source *s, const char *name, bool secret)
{
    const char *set = getenv(name);
    if (!set)
        return DF_STR_NONE;
    struct df_str value = df_arena_dup(s->scratch, df_str_trim(df_str_c(set)));
    if (secret)
        wipe_from_environment(name);
    return value;
}

static struct df_str find_plain(struct df_config_source *s, const char *name, bool secret, const char **ret_from)
{
    struct df_str value = take_from_environment(s, name, secret);
    *ret_from = value.n ? "environment" : NULL;
    for (size_t i = s->n_file; i-- > 0 && !value.n;)
        if (df_str_is(s->file[i].name, name) && s->file[i].value.n) {
            *ret_from = ".env";
            value = s->file[i].value;
        }
    return value;
}

static struct df_str read_secret_file(struct df_config_source *s, const char *name, struct df_str path)
{
    struct df_str text = DF_STR_NONE;
    int fd = open(df_arena_cstr(s->scratch, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        FAULT(s, "%s=%.*s cannot be read: %s", name, DF_FMT(path), strerror(errno));
        return text;
    }
    if (others_may_read(fd))
        WARNING(s, "%s=%.*s can be read by other users of this machine: chmod 600 it", name, DF_FMT(path));
    if (!read_whole(s, name, fd, SECRET_FILE_LIMIT_BYTES, &text))
        text = DF_STR_NONE;
    else if (df_str_trim(text).n == 0)
        FAULT(s, "%s=%.*s is empty: put the value in that file", name, DF_FMT(path));
    close(fd);
    return df_str_trim(text);
}

struct df_str df_config_source_find(struct df_config_source *s, const char *name, bool secret, const char **ret_from)
{
    const char *file_from;
    struct df_str value = find_plain(s, name, secret, ret_from);
    if (!secret)
        return value;
    const char *file_name = df_arena_printf(s->scratch, "%s_FILE", name).p;
    struct df_str path = find_plain(s, file_name, false, &file_from);
    if (path.n == 0)
        return value;
    if (value.n) {
        FAULT(s, "%s and %s are both set: keep one of them", name, df_arena_printf(s->arena, "%s", file_name).p);
        return value;
    }
    *ret_from = "file";
    return read_secret_file(s, df_arena_printf(s->arena, "%s", file_name).p, path);
}

bool df_config_read_file(struct df_config_report *report, struct df_arena *arena, const char *name, const char *path,
                         size_t limit_bytes, struct df_str *ret)
{
    struct df_config_source s = {.arena = arena, .scratch = arena, .report = report};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        FAULT(&s, "%s cannot be read: %s: %s; correct the path, or unset it", name, path, strerror(errno));
        return false;
    }
    bool read = read_whole(&s, name, fd, limit_bytes, ret);
    close(fd);
    return read;
}
