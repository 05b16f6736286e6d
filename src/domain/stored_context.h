/* The context of an issue as a workflow stored it, scrubbed: one for each issue of a project, the latest. Plain data. */
#ifndef DF_DOMAIN_STORED_CONTEXT_H
#define DF_DOMAIN_STORED_CONTEXT_H

#include "base/str.h"

#include <stdint.h>

struct df_stored_context {
    struct df_str project_id;
    struct df_str issue; /* the short ID where Sentry gives one, else the number */
    struct df_str title, markdown;
    struct df_str workflow_id; /* who stored it */
    int64_t stored_ms;
};

#endif
