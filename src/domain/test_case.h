/* A Sentry event as the helper of a language gets it, to make a regression test of: exceptions with their frames and variables,
 * the request, what went before, and which frames to call, in the order to try them. Everything in it comes from outside; the
 * helper treats it as data. Secrets and personal data are replaced by harmless values of the same kind (stand_in.h), the same one
 * wherever a value stands, for a test is written down and handed on. Pure functions, any thread. */
#ifndef DF_DOMAIN_TEST_CASE_H
#define DF_DOMAIN_TEST_CASE_H

#include "domain/event.h"
#include "domain/stand_in.h"

enum {
    DF_TEST_CANDIDATES = 48,       /* frames tried at most */
    DF_TEST_FRAMES = 1200,         /* of a stack; more are left out in the middle */
    DF_TEST_CASE_BYTES = 32 << 20, /* of the text made of an event */
    DF_TEST_NAME_BYTES = 120,      /* of a test file's name, its ending included */
};

/* What a test is called after: the short ID of the issue, or nothing (the event's ID is taken), and its address, or nothing. */
struct df_test_subject {
    struct df_str issue, url;
    struct df_str id; /* Sentry's number of it, or nothing; not told to helpers */
};

/* False when the event has no exception with a frame: then there is nothing to call. One line of JSON is put into w's buffer.
 * scrub: with the rules that hold; its stand_ins are set here. */
bool df_test_case_write(const struct df_event *event, const struct df_test_subject *subject, struct df_scrub *scrub,
                        struct df_json_writer *w);

/* Whether a helper's name for its file may be used: [A-Za-z0-9_], and dots between them, one at least; not too long. */
bool df_test_name_valid(struct df_str name);

#endif
