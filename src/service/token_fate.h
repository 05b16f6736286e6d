/* What an answer of the token endpoint, or its absence, says about the refresh token that was sent: whether it was used, and when
 * to try again. The reasons are in docs/decisions/004-refresh-on-many-nodes.md. Pure. */
#ifndef DF_SERVICE_TOKEN_FATE_H
#define DF_SERVICE_TOKEN_FATE_H

#include "base/error.h"
#include "domain/refresh.h"
#include "port/http_client.h"

struct df_token_fate {
    int status;         /* of a whole answer; 0: none came */
    bool sent;          /* something of the request may have left */
    int64_t elapsed_ms; /* until the answer */
    int64_t retry_ms;   /* when the provider wants to be asked again; 0: it does not say */
    bool held;          /* it limits everybody's rate until then */
    enum df_refresh_outcome outcome;
};

/* Sentry has answered 401 after 15 s on healthy installs: a proxy gave up, nobody looked at the credentials. */
enum { DF_LATE_MS = 10 * 1000 };
/* What is said of such a 401: DF_ERR_PROVIDER. */
enum df_code df_late_refusal(const char *title, int64_t elapsed_ms, struct df_error *err);

/* Fills outcome, retry_ms and held, from status, sent, elapsed_ms, what the answer was read as (`code`, *err) and its headers
 * (NULL: none came). Returns the code, which an answer that came too late to mean what it says changes. */
enum df_code df_token_fate_judge(struct df_token_fate *fate, const char *title, enum df_code code,
                                 const struct df_http_answer *answer, const char *reset_header, int64_t now_ms,
                                 struct df_error *err);

#endif
