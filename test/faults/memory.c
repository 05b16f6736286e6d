/* A machine whose memory is out at the n-th call of malloc and its like, by this program or a library of it. A library of its own,
 * for a sanitizer has its own malloc. */
#include "control.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static int is_out(void)
{
    if (!faults_fails(FAULTS_MEMORY))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n)
{
    return is_out() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return is_out() ? NULL : __libc_calloc(n, size);
}

/* The program has its own (src/app/wiping_free.c), made of malloc; this one is for commands and libraries without it. */
void *realloc(void *p, size_t n)
{
    return is_out() ? NULL : __libc_realloc(p, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    return is_out() ? NULL : __libc_memalign(alignment, n);
}

int posix_memalign(void **ret, size_t alignment, size_t n)
{
    void *p = is_out() ? NULL : __libc_memalign(alignment, n);
    if (p)
        *ret = p;
    return p ? 0 : ENOMEM;
}
