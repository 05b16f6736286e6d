/* For tests that share one arena: `arena`, made by setup and freed by teardown of the group. */
#ifndef DF_TEST_UNIT_ARENA_H
#define DF_TEST_UNIT_ARENA_H

#include "unit.h"

static struct df_arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = df_arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    df_arena_free(arena);
    return 0;
}

#endif
