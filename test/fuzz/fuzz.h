/* What every fuzz target includes. A target defines LLVMFuzzerTestOneInput and calls abort() through fuzz_check when a
 * promise of the module does not hold; memory faults are the sanitizers' to find. */
#ifndef DF_TEST_FUZZ_H
#define DF_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define fuzz_check(holds)                                                              \
    do {                                                                               \
        if (!(holds)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
            abort();                                                                   \
        }                                                                              \
    } while (0)

#endif
