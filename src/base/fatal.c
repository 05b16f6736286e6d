#include "base/fatal.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* In one piece, for other threads may be writing too, and once, for the next may be out of memory as well. */
void df_die(const char *why)
{
    static atomic_flag dying = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&dying))
        pause();
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
