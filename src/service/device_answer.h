/* What a device authorization endpoint answers (RFC 8628 section 3.2), read strictly. */
#ifndef DF_SERVICE_DEVICE_ANSWER_H
#define DF_SERVICE_DEVICE_ANSWER_H

#include "service/devflow.h"

enum { DF_DEVICE_INTERVAL_LIMIT_S = 300 };

struct df_device_answer {
    struct df_secret device_code;
    struct df_str user_code, verification_uri, verification_uri_complete; /* the last may be empty */
    int64_t interval_s, expires_ms;
};

/* Pure, for the fuzz target. Codes are printable, pages are http or https URLs. */
enum df_code df_device_answer_read(const struct df_provider *provider, int status, struct df_str body, int64_t now_ms,
                                   struct df_arena *arena, struct df_device_answer *ret, struct df_error *err);

#endif
