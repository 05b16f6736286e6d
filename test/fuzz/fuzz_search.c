/* A search in Sentry's words, as the sandbox takes it. */
#include "fuzz.h"

#include "sandbox/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct sandbox_query query;
    struct df_str fault = DF_STR_NONE;
    if (!sandbox_query_parse(df_str_n((const char *)data, n), arena, &query, &fault)) {
        fuzz_check(fault.n > 0);
        return 0;
    }
    fuzz_check(query.n <= SANDBOX_TERMS_MAX);
    for (size_t i = 0; i < query.n; i++)
        fuzz_check(query.terms[i].key.n + query.terms[i].value.n <= n);
    return 0;
}
