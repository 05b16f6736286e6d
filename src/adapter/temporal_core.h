/* What libdevflow-temporal.so (temporal/) gives the worker: Temporal's own core, crates temporalio-*, behind a few functions.
 *
 * Messages go in and out as protobuf bytes: the request and response of the call named, or coresdk's WorkflowActivation,
 * WorkflowActivationCompletion, ActivityTask, ActivityTaskCompletion and ActivityHeartbeat. The library is loaded once
 * (adapter/temporal_library.h) and never unloaded. Any thread; those that block say so. A panic of Rust never leaves a function: it
 * comes back as DFT_PANIC.
 *
 * What a ret_ parameter gives is the caller's, freed with the function named; arguments are read during the call only. Times in
 * ms. A function returns DFT_OK or says why in its struct dft_error, and leaves ret_ parameters untouched then. */
#ifndef DF_ADAPTER_TEMPORAL_CORE_H
#define DF_ADAPTER_TEMPORAL_CORE_H

#include <stddef.h>
#include <stdint.h>

/* Raised with every change of a function or struct here: the program loads a library of its own number only. */
#define DFT_ABI 1

/* What functions return. Values from 1 to 16 are gRPC's status codes, as the server gave them. */
enum {
    DFT_OK = 0,
    DFT_NOT_FOUND = 5,
    DFT_ALREADY_EXISTS = 6,
    DFT_PERMISSION = 7,
    DFT_UNAVAILABLE = 14,
    DFT_UNAUTHENTICATED = 16,
    DFT_ENDED = 100,   /* the worker was stopped and has no more tasks of this kind */
    DFT_INVALID = 101, /* what was given cannot be used: an address, a certificate, bytes that are no such message */
    DFT_PANIC = 102,
};

struct dft_error {
    char text[512]; /* UTF-8, ended by a zero */
};

struct dft_bytes {
    uint8_t *data;
    size_t size;
};

struct dft_view {
    const uint8_t *data; /* NULL: not given */
    size_t size;
};

struct dft_address {
    const char *target; /* "http://host:7233" or "https://host:7233" */
    const char *identity;
    const char *version; /* of DevFlow, for the server's statistics */
    struct dft_view api_key;
    struct dft_view ca, certificate, key; /* PEM */
    const char *server_name;              /* the name the certificate is to have; NULL: the target's */
    uint32_t timeout;                     /* to connect */
};

struct dft_worker_options {
    const char *ns, *task_queue, *build_id;
    uint32_t cached_runs; /* 0: every activation starts from the beginning of the history */
    uint32_t workflow_tasks, activities, local_activities; /* how many at once */
    uint32_t sticky_timeout; /* how long a task waits for the worker that has the run before any other may take it */
    uint32_t grace;          /* after a stop, until running activities are told to end */
};

struct dft_connection;
struct dft_worker;

uint32_t dft_abi(void);
/* Static text: the versions of the crates. */
const char *dft_version(void);
/* Once, before anything else. threads: of the run-time (0: one). say: told of what has no caller to return to, one line; from any
 * thread. */
int dft_start(uint32_t threads, void (*say)(const char *line), struct dft_error *err);
void dft_free(struct dft_bytes bytes);

/* Blocks for at most the time-out and one call. Freed with dft_disconnect. */
int dft_connect(const struct dft_address *address, struct dft_connection **ret_connection, struct dft_error *err);
/* After every worker of it was freed. NULL is nothing. */
void dft_disconnect(struct dft_connection *connection);
/* One call of WorkflowService or OperatorService by its name ("StartWorkflowExecution"); blocks, no retries. */
int dft_call(struct dft_connection *connection, const char *method, struct dft_view request, uint32_t timeout,
             struct dft_bytes *ret_response, struct dft_error *err);

/* Asks the server for the namespace; blocks, 15 s at most. Freed with dft_worker_free. */
int dft_worker_new(struct dft_connection *connection, const struct dft_worker_options *options,
                   struct dft_worker **ret_worker, struct dft_error *err);
/* Block until there is a task; DFT_ENDED after dft_worker_stop. One thread for each of the two. */
int dft_poll_workflow(struct dft_worker *worker, struct dft_bytes *ret_activation, struct dft_error *err);
int dft_poll_activity(struct dft_worker *worker, struct dft_bytes *ret_task, struct dft_error *err);
/* Hand an answer over and return at once; it is sent, and sent again if need be, behind. */
int dft_complete_workflow(struct dft_worker *worker, struct dft_view completion, struct dft_error *err);
int dft_complete_activity(struct dft_worker *worker, struct dft_view completion, struct dft_error *err);
int dft_heartbeat(struct dft_worker *worker, struct dft_view heartbeat, struct dft_error *err);
/* Takes the run out of the cache: its next activation begins anew. */
int dft_forget(struct dft_worker *worker, const char *run_id, struct dft_error *err);
/* Takes no new tasks; returns at once. Both polls then go on until DFT_ENDED. */
void dft_worker_stop(struct dft_worker *worker);
/* After both polls said DFT_ENDED; blocks until every answer was sent, 5 s at most. NULL is nothing. */
void dft_worker_free(struct dft_worker *worker);

#endif
