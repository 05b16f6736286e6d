/* Points in time and spans as others write them. What is read is written so that it reads back the same. */
#include "fuzz.h"

#include "base/time.h"
#include "cli/terminal.h"
#include "sandbox/query.h"

static const int64_t first_ms = -62135596800000, last_ms = 253402300799999; /* the years 1 to 9999 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data, n);
    int64_t ms, again;
    (void)df_term_age(text, arena);
    if (sandbox_period_parse(text, &ms))
        fuzz_check(ms >= 0);
    if (!df_time_parse(text, &ms))
        return 0;
    fuzz_check(ms > first_ms - 1000LL * 86400 * 1000 && ms < last_ms + 1000LL * 86400 * 1000);
    if (ms < first_ms || ms > last_ms)
        return 0;
    fuzz_check(df_time_parse(df_time_format_ms(ms, arena), &again) && again == ms);
    fuzz_check(df_time_parse(df_time_format(ms, arena), &again) && again <= ms && ms - again < 1000);
    return 0;
}
