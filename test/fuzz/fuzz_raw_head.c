/* The follower of raw bytes sees the same in one piece and in many, changes nothing but what follows a wrong length, and leaves the
 * line ends even there. The first byte says how long the pieces are. */
#include "fuzz.h"

#include "http/raw_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2)
        return 0;
    const size_t step = (size_t)data[0] + 1, length = n - 1;
    char *whole = malloc(length), *pieces = malloc(length);
    if (!whole || !pieces)
        abort();
    memcpy(whole, data + 1, length);
    memcpy(pieces, data + 1, length);
    struct df_raw_head one = {0}, many = {0};
    df_raw_head_feed(&one, whole, length);
    for (size_t at = 0; at < length; at += step)
        df_raw_head_feed(&many, pieces + at, length - at < step ? length - at : step);
    fuzz_check(one.state == many.state && (one.fault == NULL) == (many.fault == NULL) &&
               one.body_left == many.body_left);
    fuzz_check(memcmp(whole, pieces, length) == 0);
    for (size_t i = 0; i < length; i++)
        fuzz_check((whole[i] == '\n') == (data[i + 1] == '\n'));
    if (one.state != DF_RAW_SPOILED)
        fuzz_check(memcmp(whole, data + 1, length) == 0);
    free(whole);
    free(pieces);
    return 0;
}
