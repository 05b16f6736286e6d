#include "service/token_fate.h"
#include "domain/rate_reset.h"

enum {
    HOLD_MS = 30 * 1000, /* a 429 without a time */
};

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
    return refused && fate->elapsed_ms < DF_LATE_MS ? DF_REFRESH_NOT_DONE : DF_REFRESH_NO_ANSWER;
}

enum df_code df_late_refusal(const char *title, int64_t elapsed_ms, struct df_error *err)
{
    return df_fail(err, DF_ERR_PROVIDER,
                   "%s answered 401 only after %d s, as it does when it is overloaded; it is tried again", title,
                   (int)(elapsed_ms / 1000));
}

enum df_code df_token_fate_judge(struct df_token_fate *fate, const char *title, enum df_code code,
                                 const struct df_http_answer *answer, const char *reset_header, int64_t now_ms,
                                 struct df_error *err)
{
    if (fate->status == 401 && fate->elapsed_ms >= DF_LATE_MS)
        code = df_late_refusal(title, fate->elapsed_ms, err);
    fate->held = code == DF_ERR_RATE_LIMITED;
    bool says = answer && (fate->held || fate->status == 503);
    fate->retry_ms = says ? df_rate_hold_until_ms(answer->headers, answer->n_headers, reset_header, now_ms) : 0;
    if (fate->held && !fate->retry_ms)
        fate->retry_ms = now_ms + HOLD_MS;
    if (fate->retry_ms && err)
        err->retry_after_s = (int)((fate->retry_ms - now_ms + 999) / 1000);
    fate->outcome = outcome_of(fate, code);
    return code;
}
