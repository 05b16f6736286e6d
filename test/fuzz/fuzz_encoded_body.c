/* A compressed body as an SDK sends it, the first byte being the encoding: never more than the limit, whatever it inflates to. */
#include "fuzz.h"

#include "sandbox/envelope.h"

enum { LIMIT_BYTES = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const encodings[] = {"", "gzip", "deflate", "br", "GZIP", "identity"};
    if (n == 0)
        return 0;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str encoding = df_str_c(encodings[data[0] % (sizeof encodings / sizeof *encodings)]), body;
    struct df_error err = {0};
    if (df_envelope_decode(df_str_n((const char *)data + 1, n - 1), encoding, LIMIT_BYTES, arena, &body, &err) == DF_OK)
        fuzz_check(body.n <= (encoding.n ? LIMIT_BYTES : n));
    else
        fuzz_check(err.message[0]);
    return 0;
}
