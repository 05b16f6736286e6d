/* The part of Sentry's issue search the sandbox understands: is:, level:, issue:, project:, has:, any tag's key (release:,
 * environment:, ...), each with ! before it or * in its value, and free text. Pure. */
#ifndef DF_SANDBOX_QUERY_H
#define DF_SANDBOX_QUERY_H

#include "sandbox/store.h"

enum { SANDBOX_TERMS_MAX = 16 };

struct sandbox_term {
    struct df_str key, value; /* free text has no key */
    bool negated;
};

struct sandbox_query {
    struct sandbox_term terms[SANDBOX_TERMS_MAX];
    size_t n;
};

/* Else *ret_fault is a sentence in Sentry's words. */
bool sandbox_query_parse(struct df_str text, struct df_arena *arena, struct sandbox_query *ret,
                         struct df_str *ret_fault);
bool sandbox_query_matches(const struct sandbox_query *query, const struct sandbox_issue *issue, struct df_str project);

/* "24h", "14d", "90d", "2w", "30m" in milliseconds; false for anything else. */
bool sandbox_period_parse(struct df_str text, int64_t *ret_ms);

#endif
