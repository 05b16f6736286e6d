#include "base/file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

bool df_file_write_all(int fd, struct df_str text)
{
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno != EINTR)
            return false;
        text = df_str_from(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

bool df_file_make_folders(struct df_str path, unsigned mode, struct df_arena *scratch)
{
    for (size_t i = 1; i < path.n; i++)
        if (path.p[i] == '/' && mkdir(df_arena_cstr(scratch, df_str_n(path.p, i)), mode) != 0 && errno != EEXIST)
            return false;
    return true;
}
