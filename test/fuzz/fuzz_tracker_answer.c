/* What Linear's GraphQL answers, the first byte choosing the status: data, or an error with a sentence, never neither. */
#include "fuzz.h"

#include "adapter/linear_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const int statuses[] = {200, 400, 401, 403, 429, 500};
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    if (n == 0)
        return 0;
    struct df_str text = df_str_n((const char *)data + 1, n - 1);
    struct df_param headers[] = {{DF_S("X-RateLimit-Requests-Remaining"), DF_S("0")},
                                 {DF_S("X-RateLimit-Requests-Reset"), df_str_head(text, 16)}};
    const struct df_http_answer answer = {
        .status = statuses[data[0] % 6], .body = text, .headers = headers, .n_headers = data[0] & 0x40 ? 2 : 0};
    const struct df_json *found = NULL;
    struct df_error err = {0};
    enum df_priority priority;
    enum df_code code = linear_answer_read(&answer, 1764000000000, arena, &found, &err);
    fuzz_check(code == DF_OK ? found != NULL : err.message[0] != '\0');
    fuzz_check(code != DF_ERR_RATE_LIMITED || (err.retry_after_s > 0 && err.retry_after_s <= 3600));
    (void)df_priority_parse(text, &priority);
    return 0;
}
