/* What every unit test includes: cmocka's own prerequisites in its order, and comparison of counted strings. */
#ifndef DF_TEST_UNIT_H
#define DF_TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

#define assert_str(actual, expected)                                    \
    do {                                                                \
        struct df_str actual_ = (actual);                               \
        const char *expected_ = (expected);                             \
        if (!df_str_is(actual_, expected_))                             \
            fail_msg("\"%.*s\" != \"%s\"", DF_FMT(actual_), expected_); \
    } while (0)

#endif
