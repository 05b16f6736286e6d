/* What came from outside and is to start workflows: Sentry's webhooks and the time slots of schedules, rows of the inbox. Plain data;
 * strings are views. Times are ms since the epoch, 0 for none. */
#ifndef DF_DOMAIN_INBOX_H
#define DF_DOMAIN_INBOX_H

#include "base/str.h"

#include <stdint.h>

enum df_inbox_status {
    DF_INBOX_PENDING,
    DF_INBOX_STARTED, /* what it asked for was started */
    DF_INBOX_NOTHING, /* it asks for nothing */
    DF_INBOX_GIVEN_UP,
};

struct df_inbox_message {
    struct df_str id; /* made of what it says, so that the same one twice is one */
    struct df_str project_id;
    struct df_str resource, action; /* "issue", "created"; of a schedule: "schedule" and its name */
    struct df_str issue;            /* numeric; empty: it is about none */
    struct df_str facts;            /* JSON: what rules ask for (sentry_hook.h); of a schedule: what to do */
    int64_t received_ms;
    int64_t attempts;
    int64_t due_ms; /* 0: there will be no other attempt */
    enum df_inbox_status status;
    struct df_str outcome; /* what was started, or why nothing, or the last error; one line */
    int64_t ended_ms;
};

/* What a project needs to take Sentry's webhooks. */
struct df_hook_secret {
    struct df_str project_id;
    struct df_str sealed_secret; /* of the internal integration: base/crypto.h */
    int64_t updated_ms;
};

const char *df_inbox_status_name(enum df_inbox_status status);

#endif
