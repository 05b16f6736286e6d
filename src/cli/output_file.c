#include "cli/output_file.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_straight(const char *path, struct df_str text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = df_file_write_all(fd, text);
    return close(fd) == 0 && good;
}

static bool write_beside(const char *path, char *temporary, struct df_str text)
{
    mode_t mask = umask(0);
    umask(mask);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = df_file_write_all(fd, text) && fchmod(fd, 0644 & ~mask) == 0 && fsync(fd) == 0;
    good = close(fd) == 0 && good && rename(temporary, path) == 0;
    int fault = errno;
    if (!good)
        unlink(temporary);
    errno = fault;
    return good;
}

enum df_code df_output_file_write(struct df_arena *arena, const char *path, struct df_str text, struct df_error *err)
{
    struct stat st;
    bool special = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    char *linked = realpath(path, NULL); /* a symbolic link stays one; its target is replaced */
    const char *target = linked ? linked : path;
    char *temporary = df_arena_cstr(arena, df_arena_printf(arena, "%s.XXXXXX", target));
    bool good = special ? write_straight(path, text) : write_beside(target, temporary, text);
    int fault = errno;
    free(linked);
    return good ? DF_OK : df_fail(err, DF_ERR_FAILED, "%s cannot be written: %s", path, strerror(fault));
}
