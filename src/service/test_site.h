/* Regression tests made where the service runs: of which checkouts, one at a time, and what becomes of them in the tracker. The
 * checkouts are the operator's (TEST_CHECKOUTS); nothing a caller sends is ever a path. Any thread; a call takes as long as the
 * generator is given. */
#ifndef DF_SERVICE_TEST_SITE_H
#define DF_SERVICE_TEST_SITE_H

#include "domain/ticket.h"
#include "service/devflow.h"
#include "service/testgen.h"

#include <stdatomic.h>

struct df_test_checkout {
    struct df_str project_id;
    const char *folder; /* absolute */
};

struct df_test_site {
    struct df_test_lab *lab;
    const struct df_test_checkout *checkouts;
    size_t n_checkouts;
    atomic_flag busy; /* one at a time: each may take two processors */
};

struct df_test_wish {
    struct df_str project_id;
    struct df_str issue;         /* a number, short ID, event id or URL; or empty, with */
    const struct df_json *event; /* an event in the API's or the ingest form; else NULL */
    const char *language;        /* NULL: the event's own */
    int timeout_s;               /* 0: DF_TESTGEN_TIMEOUT_S */
};
enum { DF_TEST_SITE_TIMEOUT_MAX_S = 300, DF_TEST_SITE_RETRY_S = 15 };

/* What became of it is stored for the issue, where one is named (domain/stored_test.h). DF_ERR_CHECKOUT when the project has no checkout
 * here, DF_ERR_BUSY with retry_after_s while another test is made. */
enum df_code df_test_site_generate(const struct df_devflow *d, const struct df_test_wish *wish, struct df_arena *arena,
                                   struct df_testgen_result *ret, struct df_error *err);

/* The event of an issue as helpers get it, scrubbed with the project's rules. */
enum df_code df_test_site_case(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                               struct df_arena *arena, struct df_testgen_case *ret, struct df_test_subject *ret_subject,
                               struct df_error *err);

/* A comment with the test on the ticket of that issue, once however often it is asked for; *ret_found false when there is no
 * ticket yet: none is made for a test. */
enum df_code df_test_site_attach(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                 const struct df_testgen_result *result, struct df_arena *arena, struct df_ticket *ret,
                                 bool *ret_found, struct df_error *err);

#endif
