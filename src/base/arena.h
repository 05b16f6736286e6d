/* One arena for each request, job or command: allocations are freed together, and wiped, for they have held tokens.
 * Not for sharing between threads; hand the whole arena over instead. Running out of memory aborts: input is bounded at
 * the edge. Under AddressSanitizer each object is a malloc of its own, so that overflows between neighbours are seen. */
#ifndef DF_BASE_ARENA_H
#define DF_BASE_ARENA_H

#include "base/str.h"

#include <stdarg.h>

struct df_arena;

struct df_arena *df_arena_new(void);
/* Wipes and frees everything; NULL is allowed. */
void df_arena_free(struct df_arena *arena);

/* Zeroed, aligned for any type, never NULL. */
void *df_arena_alloc(struct df_arena *arena, size_t n);
/* A block grown from old_n to n bytes, its contents kept, the new part not zeroed; in place when it was the last one. */
void *df_arena_grow(struct df_arena *arena, void *p, size_t old_n, size_t n);

/* Bytes handed out so far, for limits and tests. */
size_t df_arena_used(const struct df_arena *arena);

/* NUL-terminated copies. */
char *df_arena_cstr(struct df_arena *arena, struct df_str s);
struct df_str df_arena_dup(struct df_arena *arena, struct df_str s);
struct df_str df_arena_printf(struct df_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define DF_NEW(arena, type) ((type *)df_arena_alloc((arena), sizeof(type)))
#define DF_NEW_ARRAY(arena, type, n) ((type *)df_arena_alloc((arena), sizeof(type) * (n)))

static inline void df_arena_freep(struct df_arena **arena)
{
    df_arena_free(*arena);
}
/* struct df_arena *arena DF_ARENA_AUTO = df_arena_new(); */
#define DF_ARENA_AUTO __attribute__((cleanup(df_arena_freep)))

#endif
