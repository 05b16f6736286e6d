#include "base/file.h"

#include <errno.h>
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
