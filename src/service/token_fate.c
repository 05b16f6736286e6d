#include "service/token_fate.h"
#include "domain/rate_reset.h"

enum {
    /* Sentry has answered 401 after 15 s on healthy installs: a proxy gave up, nobody looked at the credentials. */
    LATE_MS = 10 * 1000,
    HOLD_MS = 30 * 1000, /* a 429 without a time */
};

static int64_t retry_of(const struct df_http_answer *answer, const char *reset_header, int64_t now_ms)
{
    const char *const names[] = {"Retry-After", "X-Sentry-Rate-Limit-Reset", "RateLimit-Reset", "X-RateLimit-Reset",
                                 reset_header};
    int64_t at = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && at == 0; i++)
        if (names[i])
            at = df_rate_reset_ms(df_http_header(answer, names[i]), now_ms);
    return at;
}

/* A whole 4xx in time was written by someone who looked at the request and refused it; so were 429 and 503. Anything else may
 * be a gateway that gave up on a provider which goes on and replaces the pair: nothing is concluded. */
static enum df_refresh_outcome outcome_of(const struct df_token_fate *fate, enum df_code code)
{
    if (code == DF_OK)
        return DF_REFRESH_REPLACED;
    if (code == DF_ERR_RECONNECT)
        return DF_REFRESH_REFUSED;
    if (!fate->sent)
        return DF_REFRESH_NOT_DONE;
    bool refused = (fate->status >= 400 && fate->status < 500) || fate->status == 503 ||
                   code == DF_ERR_CLIENT_CREDENTIALS;
    return refused && fate->elapsed_ms < LATE_MS ? DF_REFRESH_NOT_DONE : DF_REFRESH_NO_ANSWER;
}

enum df_code df_token_fate_judge(struct df_token_fate *fate, const char *title, enum df_code code,
                                 const struct df_http_answer *answer, const char *reset_header, int64_t now_ms,
                                 struct df_error *err)
{
    bool late = fate->elapsed_ms >= LATE_MS;
    if (fate->status == 401 && late)
        code = df_fail(err, DF_ERR_PROVIDER,
                       "%s answered 401 only after %d s, as it does when it is overloaded; it is tried again", title,
                       (int)(fate->elapsed_ms / 1000));
    fate->held = code == DF_ERR_RATE_LIMITED;
    fate->retry_ms = answer && (fate->held || fate->status == 503) ? retry_of(answer, reset_header, now_ms) : 0;
    if (fate->held && !fate->retry_ms)
        fate->retry_ms = now_ms + HOLD_MS;
    if (fate->retry_ms && err)
        err->retry_after_s = (int)((fate->retry_ms - now_ms + 999) / 1000);
    fate->outcome = outcome_of(fate, code);
    return code;
}
