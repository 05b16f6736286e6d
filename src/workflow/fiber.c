#include "workflow/fiber.h"
#include "base/fatal.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <dlfcn.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

enum { STACK_BYTES = 256 * 1024, GUARD_BYTES = 4096, KEPT_STACKS = 256 };

/* Who switches to whom, as the sanitizers want to know it. */
struct place {
    ucontext_t context;
    void *fake_stack;
    const void *bottom;
    size_t bytes;
    void *fiber;
};

struct df_fiber_host {
    struct place here;
    void *stacks[KEPT_STACKS];
    size_t n_stacks;
};

struct df_fiber {
    struct df_fiber_host *host;
    struct place there;
    void *stack;
    void (*run)(void *arg);
    void *arg;
    bool ended;
};

/* The sanitizer's own swapcontext knows nothing of fibers and warns of itself; we tell it of them, so libc's is the right one. */
static int swap(ucontext_t *from, ucontext_t *to)
{
#if defined(__SANITIZE_ADDRESS__)
    static int (*libcs)(ucontext_t *from, const ucontext_t *to);
    if (!libcs)
        *(void **)&libcs = dlsym(dlopen("libc.so.6", RTLD_NOLOAD | RTLD_LAZY), "swapcontext");
    return libcs(from, to);
#else
    return swapcontext(from, to);
#endif
}

static void switch_places(struct place *from, struct place *to, bool last)
{
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(last ? NULL : &from->fake_stack, to->bottom, to->bytes);
#endif
#if defined(__SANITIZE_THREAD__)
    from->fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    (void)last;
    swap(&from->context, &to->context);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(from->fake_stack, &to->bottom, &to->bytes);
#endif
}

static void *stack_new(struct df_fiber_host *host)
{
    if (host->n_stacks)
        return host->stacks[--host->n_stacks];
    void *stack = mmap(NULL, STACK_BYTES + GUARD_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED || mprotect(stack, GUARD_BYTES, PROT_NONE) != 0)
        df_out_of_memory();
    return stack;
}

/* What a run had on it may be of a token's kind, and pages that were touched are memory. */
static void stack_free(struct df_fiber_host *host, void *stack)
{
    char *low = (char *)stack + GUARD_BYTES;
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(low, STACK_BYTES);
#endif
    if (host->n_stacks == KEPT_STACKS) {
        munmap(stack, STACK_BYTES + GUARD_BYTES);
        return;
    }
    enum { SHALLOW_BYTES = 16 * 1024 };
    madvise(low, STACK_BYTES - SHALLOW_BYTES, MADV_DONTNEED);
    host->stacks[host->n_stacks++] = stack;
}

struct df_fiber_host *df_fiber_host_new(void)
{
    return df_must(calloc(1, sizeof(struct df_fiber_host)));
}

void df_fiber_host_free(struct df_fiber_host *host)
{
    while (host->n_stacks)
        munmap(host->stacks[--host->n_stacks], STACK_BYTES + GUARD_BYTES);
    free(host);
}

/* makecontext hands on numbers alone: who starts is in a word of the thread for as long as the switch takes. */
static _Thread_local struct df_fiber *starting;

static void entry(void)
{
    struct df_fiber *fiber = starting;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(NULL, &fiber->host->here.bottom, &fiber->host->here.bytes);
#endif
    fiber->run(fiber->arg);
    fiber->ended = true;
    switch_places(&fiber->there, &fiber->host->here, true);
}

struct df_fiber *df_fiber_new(struct df_fiber_host *host, void (*run)(void *arg), void *arg)
{
    struct df_fiber *fiber = df_must(calloc(1, sizeof *fiber));
    *fiber = (struct df_fiber){.host = host, .stack = stack_new(host), .run = run, .arg = arg};
    fiber->there.bottom = (char *)fiber->stack + GUARD_BYTES;
    fiber->there.bytes = STACK_BYTES;
    getcontext(&fiber->there.context);
    fiber->there.context.uc_stack.ss_sp = (char *)fiber->stack + GUARD_BYTES;
    fiber->there.context.uc_stack.ss_size = STACK_BYTES;
    fiber->there.context.uc_link = NULL;
    makecontext(&fiber->there.context, entry, 0);
#if defined(__SANITIZE_THREAD__)
    fiber->there.fiber = __tsan_create_fiber(0);
#endif
    return fiber;
}

bool df_fiber_resume(struct df_fiber *fiber)
{
    starting = fiber;
    switch_places(&fiber->host->here, &fiber->there, false);
    return !fiber->ended;
}

void df_fiber_yield(struct df_fiber *fiber)
{
    switch_places(&fiber->there, &fiber->host->here, false);
}

void df_fiber_free(struct df_fiber *fiber)
{
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(fiber->there.fiber);
#endif
    stack_free(fiber->host, fiber->stack);
    free(fiber);
}
