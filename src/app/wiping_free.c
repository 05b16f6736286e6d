/* The program's free and realloc, for all libraries in it: what is given back is wiped first. libcurl, OpenSSL, libpq, the
 * HTTP server and the JSON reader all hold tokens in buffers of their own, and only some can be told to wipe them. Only with
 * glibc, whose own functions do the rest, and not under a sanitizer, which has its own. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void __libc_free(void *p);

void free(void *p)
{
    if (p)
        explicit_bzero(p, malloc_usable_size(p));
    __libc_free(p);
}

/* glibc's would give the old block back by itself. */
void *realloc(void *p, size_t n)
{
    size_t had = p ? malloc_usable_size(p) : 0;
    if (p && n == 0) {
        free(p);
        return NULL;
    }
    if (n <= had && n >= had / 2 && p)
        return p;
    void *moved = malloc(n ? n : 1);
    if (moved && p) {
        memcpy(moved, p, had < n ? had : n);
        free(p);
    }
    return moved;
}
