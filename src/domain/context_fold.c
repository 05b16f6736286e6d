#include "domain/context_parts.h"

enum { PERIOD_MAX = 8, TIMES_MIN = 3, FOLDS_MAX = 64 };

static bool same(const struct df_frame *a, const struct df_frame *b)
{
    return a->lineno == b->lineno && df_str_eq(a->function, b->function) && df_str_eq(a->filename, b->filename) &&
           df_str_eq(a->module, b->module) && df_str_eq(a->instruction_addr, b->instruction_addr);
}

static const struct df_frame *newest(const struct df_stacktrace *s, size_t i)
{
    return &s->frames[s->n - 1 - i];
}

/* How many frames from `at` on are the same as those `period` later. */
static size_t run_length(const struct df_stacktrace *s, size_t at, size_t period)
{
    size_t n = 0;
    while (at + n + period < s->n && same(newest(s, at + n), newest(s, at + n + period)))
        n++;
    return n;
}

static bool find_fold(const struct df_stacktrace *s, size_t at, struct df_fold *ret)
{
    for (size_t period = 1; period <= PERIOD_MAX && at + period < s->n; period++) {
        size_t times = run_length(s, at, period) / period + 1;
        if (times < TIMES_MIN)
            continue;
        *ret = (struct df_fold){at, period, times};
        return true;
    }
    return false;
}

size_t df_context_folds(const struct df_stacktrace *s, struct df_arena *arena, struct df_fold **ret)
{
    struct df_fold *folds = DF_NEW_ARRAY(arena, struct df_fold, FOLDS_MAX);
    size_t n = 0;
    for (size_t at = 0; at < s->n && n < FOLDS_MAX;) {
        if (find_fold(s, at, &folds[n])) {
            at += folds[n].period * folds[n].times;
            n++;
        } else {
            at++;
        }
    }
    *ret = folds;
    return n;
}
