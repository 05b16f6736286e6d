/* When a provider wants to be asked again, from a header of any bytes: never before a second from now, never after an hour. */
#include "fuzz.h"

#include "domain/rate_reset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const int64_t now = 1764000000000, at = df_rate_reset_ms(df_str_n((const char *)data, n), now);
    fuzz_check(at == 0 || (at >= now + 1000 && at <= now + 3600 * 1000));
    return 0;
}
