/* Regression tests from events: which language, what its helper is told, and what becomes of its answer. The helper is trusted to
 * run and judge tests, not to name files. Any thread; a call takes up to its time. */
#ifndef DF_SERVICE_TESTGEN_H
#define DF_SERVICE_TESTGEN_H

#include "domain/test_case.h"
#include "port/test_language.h"

/* An event as helpers get it (domain/test_case.h), one line of JSON. */
struct df_testgen_case {
    struct df_str json, platform;
};
/* scrub: with the project's rules, or zeroed but for the arena. DF_ERR_INVALID when there is no call in the event to repeat. */
enum df_code df_testgen_case_make(const struct df_event *event, const struct df_test_subject *subject,
                                  struct df_scrub *scrub, struct df_testgen_case *ret, struct df_error *err);

struct df_testgen_request {
    struct df_testgen_case test_case;
    const char *source, *out; /* absolute folders: the checkout; where the test will lie */
    const char *language;     /* NULL: that of the event */
    const char *interpreter;  /* NULL: the checkout's own */
    int timeout_s;
    void (*progress)(void *arg, struct df_str sentence);
    bool (*stop)(void *arg);
    void *arg;
};

struct df_testgen_result {
    bool reproduced;
    struct df_str language, file, text, function, exception, reason;
    const struct df_json *add, *notes; /* lists of sentences, or NULL */
    int64_t attempts;
    struct df_str issue_id; /* Sentry's number, where the test was made of an issue by the service */
};

enum { DF_TESTGEN_TIMEOUT_S = 60, DF_TESTGEN_TIMEOUT_MAX_S = 3600 };

enum df_code df_testgen_run(struct df_test_lab *lab, const struct df_testgen_request *request, struct df_arena *arena,
                            struct df_testgen_result *ret, struct df_error *err);

/* The result as JSON, without the text of the test where with_text is false; path, when not NULL, is where it was written. */
void df_testgen_put_json(struct df_json_writer *w, const struct df_testgen_result *result, const char *path,
                         bool with_text);

#endif
