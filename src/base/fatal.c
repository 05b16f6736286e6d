#include "base/fatal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* In one piece: other threads may be writing too. */
void df_die(const char *why)
{
    const struct iovec line[] = {
        {(void *)(uintptr_t)"devflow: ", 9}, {(void *)(uintptr_t)why, strlen(why)}, {(void *)(uintptr_t)"\n", 1}};
    ssize_t ignored = writev(STDERR_FILENO, line, sizeof line / sizeof *line);
    (void)ignored;
    abort();
}

void df_out_of_memory(void)
{
    df_die("out of memory");
}

void *df_must(void *p)
{
    if (!p)
        df_out_of_memory();
    return p;
}
