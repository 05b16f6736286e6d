/* What a provider answers to a token request, and Sentry's errors: the first byte picks the status. */
#include "fuzz.h"

#include "domain/link_header.h"
#include "domain/sentry_error.h"
#include "provider/catalogue.h"
#include "service/token_endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const int statuses[] = {200, 201, 302, 400, 401, 403, 404, 429, 500, 503};
    if (n == 0)
        return 0;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str body = df_str_n((const char *)data + 1, n - 1);
    int status = statuses[data[0] % (sizeof statuses / sizeof *statuses)];
    struct df_token_answer answer;
    struct df_error err;
    if (df_token_answer_read(&df_provider_sentry, status, body, 1764000000000, arena, &answer, &err) == DF_OK) {
        fuzz_check(status < 300 && !df_secret_is_empty(answer.access_token));
        fuzz_check(memchr(df_secret_reveal(answer.access_token).p, '\n', df_secret_reveal(answer.access_token).n) ==
                   NULL);
    }
    const struct df_sentry_fault fault = {status, body, body, DF_STR_NONE, "this issue"};
    fuzz_check(df_sentry_error(&fault, 1764000000000, arena, &err) != DF_OK && err.message[0]);
    fuzz_check(df_link_cursor(body, "next", arena).n <= body.n);
    return 0;
}
