/* A language that regression tests are generated in, and what runs its helper.
 *
 * A language is one file of src/adapter with one struct df_test_language, and a helper written in that language, embedded in the
 * program and run by the checkout's own interpreter. The contract of a helper:
 * - It is started in an empty folder that is its own to write, with its files in it; the rest of the disk can only be read where
 *   the system allows that much, there is no network, memory and time are bounded, and the environment has no secrets.
 * - Standard input has one line, a JSON object: "source" (the checkout's absolute path), "out" (where the test will lie),
 *   "deadline_s", and "event" (domain/test_case.h). All of "event" comes from outside: only literals may reach the test.
 * - Standard output has JSON objects, one a line: {"progress":"..."} any number of times, and at the end one
 *   {"result":{"status":"reproduced"|"not_reproduced","file":NAME,"text":TEST,"function":..., "exception":...,
 *   "reason":SENTENCE,"add":[SENTENCES],"notes":[SENTENCES],"attempts":N}}. NAME is as df_test_name_valid asks.
 * - It is killed after "deadline_s", so it says its result in time, whatever is still running then. Before that it may say the
 *   same object as {"late":{...}}: what counts if it comes no further. The last one does.
 * - "reproduced" is said only of a test that was run and raised the event's exception in the event's function; otherwise TEST
 *   is a test that is skipped and says why. What the program under test prints never reaches standard output.
 * - Whatever it leaves running is killed with it.
 *
 * A language whose programs are not run here has no helper but an outline: from the same input it makes the same result, always
 * "not_reproduced", its test one that is skipped and shows the call, the conditions and the values of the event. */
#ifndef DF_PORT_TEST_LANGUAGE_H
#define DF_PORT_TEST_LANGUAGE_H

#include "base/arena.h"
#include "base/error.h"

struct df_helper_file {
    const char *name;
    const char *text;
    size_t n;
};

struct df_test_job;

struct df_test_language {
    const char *name;                   /* "python": also the platform of events in it */
    const char *const *platforms;       /* further ones; ends with NULL; NULL: none */
    const char *program;                /* the interpreter where the checkout has none of its own: "python3" */
    const char *const *own;             /* where a checkout keeps its own, relative to it; ends with NULL */
    const char *const *options;         /* of the interpreter, before the helper's name; ends with NULL */
    const struct df_helper_file *files; /* the first one is started; ends with one without a name */
    /* Instead of a program: the result of job->input, at once. NULL where a helper runs. */
    enum df_code (*outline)(const struct df_test_job *job, struct df_arena *arena, struct df_str *ret,
                            struct df_error *err);
};

struct df_test_job {
    const struct df_test_language *language;
    const char *source, *interpreter; /* interpreter: NULL for the checkout's own */
    struct df_str input;              /* the line of standard input, without its end */
    int timeout_s;
    void (*progress)(void *arg, struct df_str sentence); /* may be NULL */
    bool (*stop)(void *arg);                             /* asked several times a second; may be NULL */
    void *arg;
};

/* Runs helpers. Any thread. */
struct df_test_lab {
    const struct df_test_lab_ops *ops;
};

struct df_test_lab_ops {
    /* The language of that name, or of that platform of events, or NULL. */
    const struct df_test_language *(*language)(struct df_str name);
    /* The last line that the helper printed, which is its result, or the last "late" one when the time was over. DF_ERR_INVALID when there is no interpreter, DF_ERR_FAILED
     * when the helper ended without a result or could not be started, DF_ERR_INTERRUPTED when stop said so. */
    enum df_code (*run)(struct df_test_lab *lab, const struct df_test_job *job, struct df_arena *arena,
                        struct df_str *ret, struct df_error *err);
};

#endif
