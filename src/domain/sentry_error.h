/* What an answer of Sentry's API means when it is no success. `detail` may be text, an object or a list, the body a bare JSON
 * string or HTML; all are read, none is handed on whole. Pure. Source: observed answers of sentry.io and self-hosted ones. */
#ifndef DF_DOMAIN_SENTRY_ERROR_H
#define DF_DOMAIN_SENTRY_ERROR_H

#include "base/json.h"

/* What the answer tells about an error; views into the body or the arena. */
struct df_sentry_fault {
    int status;
    struct df_str body;
    struct df_str rate_limit_reset; /* X-Sentry-Rate-Limit-Reset, epoch seconds, or empty */
    struct df_str retry_after;      /* seconds, or empty */
    const char *what;               /* what was asked for: "this issue" */
};

/* DF_ERR_RECONNECT (401), DF_ERR_PROVIDER_FORBIDDEN (403, and 401 for single sign-on or two factors),
 * DF_ERR_PROVIDER_NOT_FOUND, DF_ERR_RATE_LIMITED with err->retry_after_s, DF_ERR_INVALID (400: Sentry's own words),
 * DF_ERR_PROVIDER for the rest. now_ms 0: the time is not known, then rate_limit_reset tells nothing. */
enum df_code df_sentry_error(const struct df_sentry_fault *fault, int64_t now_ms, struct df_arena *arena,
                             struct df_error *err);

#endif
