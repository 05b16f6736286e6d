#include "base/arena.h"
#include "base/fatal.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define ONE_OBJECT_A_BLOCK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_OBJECT_A_BLOCK 1
#endif
#endif
#ifndef ONE_OBJECT_A_BLOCK
#define ONE_OBJECT_A_BLOCK 0
#endif

enum { BLOCK_BYTES = 4096, LARGE_BYTES = 2048 };

struct block {
    struct block *next;
    size_t used, cap;
    alignas(max_align_t) char bytes[];
};

struct df_arena {
    struct block *head; /* the block small objects are cut from is always the first */
    size_t used;
};

static struct block *block_new(size_t cap)
{
    if (cap > SIZE_MAX - sizeof(struct block))
        df_out_of_memory();
    struct block *b = malloc(sizeof *b + cap);
    if (!b)
        df_out_of_memory();
    b->next = NULL;
    b->used = 0;
    b->cap = cap;
    return b;
}

static void block_free(struct block *b)
{
    explicit_bzero(b->bytes, b->used);
    free(b);
}

struct df_arena *df_arena_new(void)
{
    struct df_arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        df_out_of_memory();
    return arena;
}

void df_arena_free(struct df_arena *arena)
{
    if (!arena)
        return;
    for (struct block *b = arena->head, *next; b; b = next) {
        next = b->next;
        block_free(b);
    }
    free(arena);
}

static size_t rounded(size_t n)
{
    if (ONE_OBJECT_A_BLOCK)
        return n;
    if (n > SIZE_MAX - alignof(max_align_t))
        df_out_of_memory();
    return (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

/* A large object gets a block of its own, put behind the head so that small ones still share that. */
static void *alloc_alone(struct df_arena *arena, size_t n)
{
    struct block *b = block_new(n);
    b->used = n;
    if (arena->head && !ONE_OBJECT_A_BLOCK) {
        b->next = arena->head->next;
        arena->head->next = b;
    } else {
        b->next = arena->head;
        arena->head = b;
    }
    return b->bytes;
}

static void *alloc_raw(struct df_arena *arena, size_t n)
{
    n = rounded(n ? n : 1);
    arena->used += n;
    if (ONE_OBJECT_A_BLOCK || n >= LARGE_BYTES)
        return alloc_alone(arena, n);
    struct block *b = arena->head;
    if (!b || b->cap - b->used < n) {
        b = block_new(BLOCK_BYTES);
        b->next = arena->head;
        arena->head = b;
    }
    void *p = b->bytes + b->used;
    b->used += n;
    return p;
}

void *df_arena_alloc(struct df_arena *arena, size_t n)
{
    void *p = alloc_raw(arena, n);
    memset(p, 0, n);
    return p;
}

/* A block that held only this object is given back at once: a buffer that doubles would otherwise keep every half. */
static bool release_alone(struct df_arena *arena, const void *p)
{
    for (struct block **at = &arena->head; *at; at = &(*at)->next) {
        struct block *b = *at;
        if (b->bytes != (const char *)p || b->used != b->cap)
            continue;
        *at = b->next;
        arena->used -= b->used;
        block_free(b);
        return true;
    }
    return false;
}

void *df_arena_grow(struct df_arena *arena, void *p, size_t old_n, size_t n)
{
    if (!p)
        return alloc_raw(arena, n);
    size_t had = rounded(old_n ? old_n : 1), want = rounded(n ? n : 1);
    if (want <= had)
        return p;
    struct block *b = arena->head;
    if (!ONE_OBJECT_A_BLOCK && b && b->bytes + b->used == (char *)p + had && b->cap - b->used >= want - had) {
        b->used += want - had;
        arena->used += want - had;
        return p;
    }
    void *copy = alloc_raw(arena, n);
    memcpy(copy, p, old_n);
    if (ONE_OBJECT_A_BLOCK || had >= LARGE_BYTES)
        release_alone(arena, p);
    return copy;
}

size_t df_arena_used(const struct df_arena *arena)
{
    return arena->used;
}

char *df_arena_cstr(struct df_arena *arena, struct df_str s)
{
    char *c = alloc_raw(arena, s.n + 1);
    if (s.n)
        memcpy(c, s.p, s.n);
    c[s.n] = '\0';
    return c;
}

struct df_str df_arena_dup(struct df_arena *arena, struct df_str s)
{
    return df_str_n(df_arena_cstr(arena, s), s.n);
}

struct df_str df_arena_printf(struct df_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        df_out_of_memory();
    char *c = alloc_raw(arena, (size_t)n + 1);
    vsnprintf(c, (size_t)n + 1, format, again);
    va_end(again);
    return df_str_n(c, (size_t)n);
}
