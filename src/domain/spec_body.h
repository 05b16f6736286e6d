/* What a specification says of a Sentry issue: the context, and what follows from it for who builds: how urgent, what recurs, the crash
 * as Given, When, Then, and the regression test where one was made. Nothing in it depends on when it is asked: no age, no window of the last hours; the same issue and event
 * give the same bytes. Scrubbed, and safe as domain/context.h is. Pure functions, any thread. */
#ifndef DF_DOMAIN_SPEC_BODY_H
#define DF_DOMAIN_SPEC_BODY_H

#include "domain/context.h"
#include "domain/stored_test.h"
#include "domain/urgency.h"

enum { DF_SPEC_BODY_CHARS = 12000, DF_SPEC_ALIKE = 8 };

/* What the issue has in common with others of its project. */
struct df_spec_pattern {
    struct df_str short_ids[DF_SPEC_ALIKE]; /* of the others */
    size_t n_short_ids, n_more;
    struct df_str reason; /* why they are alike */
    struct df_str kept;   /* instead of all that: what the block says of it already (df_spec_recurs) */
};

/* What a block that nobody changed says of what recurs; empty: nothing. For when it cannot be asked anew. */
struct df_str df_spec_recurs(struct df_str block);

/* Markdown whose headings begin at level 1. pattern: NULL where nothing recurs. test: NULL where none was made of the issue. */
struct df_str df_spec_body(const struct df_context *context, const struct df_context_options *options,
                           const struct df_spec_pattern *pattern, const struct df_stored_test *test,
                           struct df_arena *arena);

#endif
