#include "cli/output_file.h"
#include "base/file.h"
#include "cli/terminal.h"

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

/* Owner and group before the mode, which a change of them may cut; where they cannot be kept it is the user's own. */
static bool dress(int fd, const struct stat *as)
{
    mode_t mask = umask(0);
    umask(mask);
    if (!as)
        return fchmod(fd, 0644 & ~mask) == 0;
    bool owned = fchown(fd, as->st_uid, as->st_gid) == 0;
    return fchmod(fd, as->st_mode & (owned ? 07777 : 0777)) == 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size && a->st_mode == b->st_mode &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* ESTALE: it is not as it was. */
static bool is_as_it_was(const char *path, const struct stat *was)
{
    struct stat now;
    if (!was || (stat(path, &now) == 0 && is_same(&now, was)))
        return true;
    errno = ESTALE;
    return false;
}

/* as: what it is to look like, and still is when it is replaced; NULL: a new file. */
static bool write_beside(const char *path, char *temporary, const struct stat *as, struct df_str text)
{
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = df_file_write_all(fd, text) && dress(fd, as) && fsync(fd) == 0;
    good = close(fd) == 0 && good && is_as_it_was(path, as) && rename(temporary, path) == 0;
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
    bool good = special ? write_straight(path, text) : write_beside(target, temporary, NULL, text);
    int fault = errno;
    free(linked);
    return good ? DF_OK : df_fail(err, DF_ERR_FAILED, "%s cannot be written: %s", path, strerror(fault));
}

enum df_code df_output_file_replace(struct df_arena *arena, const char *path, const struct stat *st, struct df_str text,
                                    struct df_error *err)
{
    struct stat now;
    char *linked = realpath(path, NULL);
    struct df_str target = df_arena_dup(arena, df_str_c(linked ? linked : path));
    free(linked);
    if (stat(path, &now) < 0)
        return df_fail(err, DF_ERR_FAILED, "%s cannot be written: %s", path, strerror(errno));
    if (!S_ISREG(now.st_mode))
        return df_fail(err, DF_ERR_FAILED, "%s is no regular file; - is standard input and output", path);
    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0) /* renaming over it would not ask */
        return df_fail(err, DF_ERR_FAILED, "%s cannot be written: %s", path, strerror(errno));
    char *temporary = df_arena_cstr(arena, df_arena_printf(arena, "%.*s.XXXXXX", DF_FMT(target)));
    if (write_beside(df_arena_cstr(arena, target), temporary, st, text))
        return DF_OK;
    return errno == ESTALE
               ? df_fail(err, DF_ERR_FAILED, "%s was changed meanwhile and is left as it is; run it again", path)
               : df_fail(err, DF_ERR_FAILED, "%s cannot be written: %s", path, strerror(errno));
}

enum df_code df_output_text(struct df_cli *cli, const char *path, const char *what, struct df_str text,
                            struct df_error *err)
{
    if (!path || strcmp(path, "-") == 0) {
        df_term_text(cli, text);
        return DF_OK;
    }
    DF_TRY(df_output_file_write(cli->arena, path, text, err));
    fprintf(stderr, "%s written to %s (%zu bytes)\n", what, path, text.n);
    return DF_OK;
}
