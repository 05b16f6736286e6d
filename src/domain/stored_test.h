/* What became of the regression test that was made of an issue: one for each issue of a project. A test that fails as the event did
 * stays until a newer one does: on a source that has been mended the event cannot be repeated, and the test is still the issue's.
 * Plain data, and how a specification shows it. Pure functions, any thread. */
#ifndef DF_DOMAIN_STORED_TEST_H
#define DF_DOMAIN_STORED_TEST_H

#include "domain/scrub.h"

struct df_stored_test {
    struct df_str project_id, sentry_id;
    bool reproduced;
    struct df_str language, file, function, exception; /* function, exception: what it raised, and where */
    struct df_str reason;                              /* why it was not reproduced */
    struct df_str text;                                /* of the test; nothing where there is a reason */
    int64_t made_ms;
};

enum { DF_STORED_TEST_BYTES = 64 * 1024, DF_SPEC_TEST_BYTES = 8000, DF_SPEC_TEST_REASON_BYTES = 600 };

/* A section of Markdown at level 2, or nothing where test is NULL. The text stands in a fence it cannot leave; one longer than
 * DF_SPEC_TEST_BYTES is named and not shown, for half a test is none. */
void df_stored_test_put(const struct df_stored_test *test, struct df_scrub *scrub, struct df_buf *out);

#endif
