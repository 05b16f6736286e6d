#include "adapter/temporal_parts.h"
#include "base/fatal.h"
#include "base/pool.h"
#include "base/wait.h"
#include "workflow/step_link.h"

#include <limits.h>
#include <stdlib.h>

/* coresdk.activity_task.ActivityTask and Start */
enum { TOKEN = 1, START = 3, CANCEL = 4 };
enum {
    START_EXECUTION = 3,
    START_TYPE = 5,
    START_HEADERS = 6,
    START_INPUT = 7,
    START_ATTEMPT = 12,
    START_HEARTBEAT = 15,
    START_RETRIES = 16
};
/* coresdk.activity_result.ActivityExecutionResult */
enum { DONE = 1, FAILED = 2, CALLED_OFF = 3 };
enum { THREADS_SPARE = 3 }; /* times the steps at once: those that do not heed their time-out */

struct temporal_step {
    struct df_step_link link;
    struct temporal_steps *steps;
    struct df_arena *arena;
    struct df_str token;
    const struct df_workflow_step *step; /* NULL: unknown here */
    struct df_str name;
    struct df_step_call call;
    struct df_step_options options; /* for df_step_next_ms */
    bool beats;
    atomic_bool called_off;
    bool answered; /* under the lock */
    struct temporal_step *next, **at;
};

struct temporal_steps {
    struct temporal *t;
    struct df_worker_options options;
    struct df_pool *pool;
    pthread_mutex_t lock;
    pthread_cond_t fewer;
    struct dft_worker *worker; /* NULL while there is none to answer to */
    struct temporal_step *first;
};

struct temporal_steps *temporal_steps_new(struct temporal *t, const struct df_worker_options *options)
{
    struct temporal_steps *steps = df_must(calloc(1, sizeof *steps));
    steps->t = t;
    steps->options = *options;
    pthread_mutex_init(&steps->lock, NULL);
    df_cond_init(&steps->fewer);
    steps->pool = df_pool_new("steps", (unsigned)options->steps * (1 + THREADS_SPARE), 65536);
    return steps;
}

void temporal_steps_open(struct temporal_steps *steps, struct dft_worker *worker)
{
    pthread_mutex_lock(&steps->lock);
    steps->worker = worker;
    pthread_mutex_unlock(&steps->lock);
}

/* ---- Answers. */

static void send(struct temporal_steps *steps, const struct df_buf *completion)
{
    struct dft_error why;
    const struct dft_view bytes = {(const uint8_t *)completion->p, completion->n};
    if (steps->worker && steps->t->library->complete_activity(steps->worker, bytes, &why) != DFT_OK)
        temporal_tell(&steps->options, true, "the result of a step could not be handed over", DF_STR_NONE,
                      df_str_c(why.text));
}

static struct df_temporal_failure failure_of(const struct temporal_step *step, enum df_code code, struct df_error *err)
{
    const int64_t now_ms = 1;
    err->code = code;
    int64_t next_ms = df_step_next_ms(&step->options, step->call.attempt, step->call.retry, err, now_ms);
    return (struct df_temporal_failure){.code = code,
                                        .sentence = df_str_c(err->message),
                                        .final = next_ms == 0,
                                        .next_ms = err->retry_after_s && next_ms ? next_ms - now_ms : 0};
}

static void put_result(const struct temporal_step *step, enum df_code code, struct df_str result, struct df_error *err,
                       struct df_buf *to)
{
    df_pb_put_bytes(to, TOKEN, step->token);
    size_t whole = df_pb_open(to, 2);
    if (code == DF_OK) {
        size_t done = df_pb_open(to, DONE);
        df_temporal_put_payload(to, 1, result);
        df_pb_close(to, done);
    } else if (step->called_off) {
        size_t off = df_pb_open(to, CALLED_OFF);
        df_temporal_put_called_off(to, 1);
        df_pb_close(to, off);
    } else {
        struct df_temporal_failure failure = failure_of(step, code, err);
        size_t failed = df_pb_open(to, FAILED);
        df_temporal_put_failure(to, 1, &failure);
        df_pb_close(to, failed);
    }
    df_pb_close(to, whole);
}

static void answer(struct temporal_step *step, enum df_code code, struct df_str result, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO =
        df_arena_new(); /* the step's own may be in use by the step, where it is answered for */
    struct df_buf completion;
    df_buf_init(&completion, scratch, DF_TEMPORAL_MESSAGE_BYTES);
    if (code == DF_OK && result.n > DF_WORKFLOW_VALUE_BYTES) {
        code = df_fail(err, DF_ERR_FAILED, "the result of the step has %zu bytes; at most %d", result.n,
                       DF_WORKFLOW_VALUE_BYTES);
        step->call.retry = DF_RETRY_NEVER;
    }
    put_result(step, code, result, err, &completion);
    send(step->steps, &completion);
}

/* ---- One attempt. */

static bool alive(struct df_step_link *link)
{
    struct temporal_step *step = (struct temporal_step *)link;
    struct temporal_steps *steps = step->steps;
    if (step->beats && !step->called_off) {
        char bytes[512];
        size_t n = step->token.n < 300 ? step->token.n : 0;
        struct dft_error why;
        /* ActivityHeartbeat: its token in field 1, of at most two bytes of length. */
        bytes[0] = 0x0a;
        bytes[1] = (char)((n & 0x7f) | 0x80);
        bytes[2] = (char)(n >> 7);
        if (n)
            memcpy(bytes + 3, step->token.p, n);
        pthread_mutex_lock(&steps->lock);
        if (steps->worker && n && !step->answered)
            (void)steps->t->library->heartbeat(steps->worker, (struct dft_view){(const uint8_t *)bytes, n + 3}, &why);
        pthread_mutex_unlock(&steps->lock);
    }
    return !step->called_off;
}

static void take_out(struct temporal_step *step)
{
    if (step->next)
        step->next->at = step->at;
    *step->at = step->next;
    pthread_cond_broadcast(&step->steps->fewer);
}

static void run(void *arg)
{
    struct temporal_step *step = arg;
    struct temporal_steps *steps = step->steps;
    struct df_error err = {.code = DF_OK};
    struct df_str result = DF_STR_NONE;
    enum df_code code = step->step ? step->step->run(&step->call, &result, &err)
                                   : df_fail(&err, DF_ERR_BUSY, "this devflow has no step %.*s", DF_FMT(step->name));
    pthread_mutex_lock(&steps->lock);
    if (!step->answered)
        answer(step, code, result, &err);
    take_out(step);
    pthread_mutex_unlock(&steps->lock);
    df_arena_free(step->arena);
}

/* The policy comes back with the task, so that a pause the step asks for is weighed as the embedded engine does. */
static struct df_step_options options_of(struct df_str start)
{
    struct df_str retries = df_pb_bytes(start, START_RETRIES);
    uint64_t attempts = df_pb_int(retries, 4);
    return (struct df_step_options){.attempts = attempts > 0 && attempts < INT_MAX ? (int)attempts : INT_MAX,
                                    .backoff_ms = df_pb_ms(retries, 1),
                                    .backoff_max_ms = df_pb_ms(retries, 3)};
}

static struct temporal_step *step_new(struct temporal_steps *steps, struct df_str task)
{
    struct df_arena *arena = df_arena_new();
    struct temporal_step *step = DF_NEW(arena, struct temporal_step);
    struct df_str kept = df_arena_dup(arena, task), start = df_pb_bytes(kept, START);
    step->link.alive = alive;
    step->steps = steps;
    step->arena = arena;
    step->token = df_pb_bytes(kept, TOKEN);
    step->name = df_pb_bytes(start, START_TYPE);
    step->step = df_workflow_step_find(steps->options.table, step->name);
    step->options = options_of(start);
    step->beats = df_pb_ms(start, START_HEARTBEAT) > 0;
    step->call = (struct df_step_call){.input = df_temporal_payload(df_pb_bytes(start, START_INPUT)),
                                       .project_id = df_temporal_text(start, START_HEADERS, TEMPORAL_PROJECT, arena),
                                       .workflow_id = df_pb_bytes(df_pb_bytes(start, START_EXECUTION), 1),
                                       .key = df_temporal_text(start, START_HEADERS, TEMPORAL_KEY, arena),
                                       .attempt = (int)df_pb_int(start, START_ATTEMPT),
                                       .arena = arena,
                                       .app = steps->options.table->app,
                                       .link = &step->link};
    return step;
}

static void call_off(struct temporal_steps *steps, struct df_str token)
{
    pthread_mutex_lock(&steps->lock);
    for (struct temporal_step *step = steps->first; step; step = step->next)
        if (df_str_eq(step->token, token))
            step->called_off = true;
    pthread_mutex_unlock(&steps->lock);
}

void temporal_step_task(struct temporal_steps *steps, struct df_str task)
{
    if (df_pb_has(task, CANCEL)) {
        call_off(steps, df_pb_bytes(task, TOKEN));
        return;
    }
    struct temporal_step *step = step_new(steps, task);
    pthread_mutex_lock(&steps->lock);
    step->next = steps->first;
    step->at = &steps->first;
    if (step->next)
        step->next->at = &step->next;
    steps->first = step;
    pthread_mutex_unlock(&steps->lock);
    if (!df_pool_submit(steps->pool, run, step))
        df_die("the steps of a worker hang: none of them heeds its time-out");
}

/* ---- The end. */

static void answer_for_the_rest(struct temporal_steps *steps)
{
    for (struct temporal_step *step = steps->first; step; step = step->next) {
        struct df_error err;
        if (step->answered) /* to the worker before this one */
            continue;
        step->called_off = false;
        answer(step, df_fail(&err, DF_ERR_BUSY, "the worker stopped before the step ended"), DF_STR_NONE, &err);
        step->called_off = step->answered = true;
    }
}

void temporal_steps_close(struct temporal_steps *steps, int64_t until_ms, bool ending)
{
    pthread_mutex_lock(&steps->lock);
    while (steps->first && df_cond_wait_until(&steps->fewer, &steps->lock, until_ms))
        continue;
    if (ending && steps->first && steps->options.cut_short)
        steps->options.cut_short(steps->options.cut_short_arg);
    answer_for_the_rest(steps);
    pthread_mutex_unlock(&steps->lock);
}

/* What was called off ends as soon as it hears it. */
void temporal_steps_free(struct temporal_steps *steps)
{
    df_pool_drain(steps->pool);
    df_pool_free(steps->pool);
    pthread_mutex_destroy(&steps->lock);
    pthread_cond_destroy(&steps->fewer);
    free(steps);
}
