#include "adapter/temporal_parts.h"
#include "base/fatal.h"
#include "base/version.h"
#include "base/wait.h"

#include <stdlib.h>

enum {
    DEFAULT_STEPS = 16,
    CACHED_RUNS = 1000,
    TASKS_AT_ONCE = 100,
    STICKY_MS = 5000,
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 15000,
    CHECK_EACH_MS = 10000,
    GRACE_MS = 24 * 3600 * 1000, /* what is under way is told to end by temporal_stop, not by the core */
};

/* A manager's thread connects, looks after the server and replaces the worker when its polls fail. */
struct df_engine_worker {
    struct temporal *t;
    struct df_worker_options options;
    struct temporal_runs *runs;
    struct temporal_steps *steps;
    struct dft_worker *core;
    struct temporal_polls *polls;
    pthread_t manager;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping, failed; /* failed: a poll ended that nobody stopped */
    bool in_trouble;       /* and it has been said; these three under the lock */
    int64_t until_ms;
};

/* Whether it was otherwise before. Any of the three threads. */
static bool turn(struct df_engine_worker *w, bool trouble)
{
    pthread_mutex_lock(&w->lock);
    bool turned = w->in_trouble != trouble;
    w->in_trouble = trouble;
    pthread_mutex_unlock(&w->lock);
    return turned;
}

static void say_trouble(struct df_engine_worker *w, const struct df_error *err)
{
    if (turn(w, true))
        temporal_tell(&w->options, true, "the worker waits for Temporal, and goes on trying", DF_STR_NONE,
                      df_str_c(err->message));
}

static void say_well(struct df_engine_worker *w)
{
    if (turn(w, false))
        temporal_tell(&w->options, false, "Temporal answers again", DF_STR_NONE, w->t->settings.address);
}

/* True when that much time has passed, false when something has changed. */
static bool pause_ms(struct df_engine_worker *w, int64_t ms)
{
    int64_t until_ms = df_monotonic_ms() + ms;
    pthread_mutex_lock(&w->lock);
    while (!w->stopping && !w->failed && df_cond_wait_until(&w->changed, &w->lock, until_ms))
        continue;
    bool quiet = !w->stopping && !w->failed;
    pthread_mutex_unlock(&w->lock);
    return quiet;
}

static bool is_stopping(struct df_engine_worker *w)
{
    pthread_mutex_lock(&w->lock);
    bool stopping = w->stopping;
    pthread_mutex_unlock(&w->lock);
    return stopping;
}

/* ---- Polling. */

static void poll_failed(void *arg, int status, const struct dft_error *why)
{
    struct df_engine_worker *w = arg;
    struct df_error err;
    (void)temporal_fail(w->t, status, why->text, &err);
    say_trouble(w, &err);
    pthread_mutex_lock(&w->lock);
    w->failed = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static void take_activation(void *arg, struct df_str activation)
{
    struct df_engine_worker *w = arg;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_buf completion;
    struct dft_error why;
    df_buf_init(&completion, arena, DF_TEMPORAL_MESSAGE_BYTES);
    temporal_activate(w->runs, activation, &completion);
    const struct dft_view bytes = {(const uint8_t *)completion.p, completion.n};
    if (w->t->library->complete_workflow(w->core, bytes, &why) != DFT_OK)
        temporal_tell(&w->options, true, "the answer of a workflow could not be handed over", DF_STR_NONE,
                      df_str_c(why.text));
}

static void take_task(void *arg, struct df_str task)
{
    temporal_step_task(((struct df_engine_worker *)arg)->steps, task);
}

/* ---- Beginning and ending a worker of the core. */

static enum df_code core_begin(struct df_engine_worker *w, struct df_error *err)
{
    struct temporal *t = w->t;
    struct dft_connection *connection;
    struct dft_error why;
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    DF_TRY(temporal_connect(t, &connection, err));
    DF_TRY(temporal_check(t, err));
    (void)temporal_attributes(t);
    if (is_stopping(w))
        return df_fail(err, DF_ERR_BUSY, "the worker stops");
    const struct dft_worker_options options = {.ns = df_arena_cstr(scratch, t->settings.ns),
                                               .task_queue = df_arena_cstr(scratch, t->settings.task_queue),
                                               .build_id = DF_VERSION,
                                               .cached_runs = CACHED_RUNS,
                                               .workflow_tasks = TASKS_AT_ONCE,
                                               .activities = (uint32_t)w->options.steps,
                                               .local_activities = (uint32_t)w->options.steps,
                                               .sticky_timeout = STICKY_MS,
                                               .grace = GRACE_MS};
    int status = t->library->worker_new(connection, &options, &w->core, &why);
    if (status != DFT_OK)
        return temporal_fail(t, status, why.text, err);
    w->failed = false;
    w->runs = temporal_runs_new(t, &w->options);
    temporal_steps_open(w->steps, w->core);
    w->polls = temporal_polls_begin(t->library, w->core,
                                    &(const struct temporal_poll_to){w, take_activation, take_task, poll_failed});
    return DF_OK;
}

/* A stop does not wait for ever for a poll that does not end; a worker that is to begin anew does, for two of one queue in one process the
 * core does not have. */
static bool polls_end(struct df_engine_worker *w)
{
    static const char what[] = "a poll of Temporal's core does not end";
    bool said = false;
    while (!temporal_polls_wait(w->polls, df_monotonic_ms() + w->t->polls_end_ms)) {
        bool stopping = is_stopping(w);
        if (stopping || !said)
            temporal_tell(&w->options, true, what, DF_STR_NONE,
                          stopping ? DF_S("the stop waits for it no longer") : DF_S("the worker waits for it"));
        said = true;
        if (stopping)
            break;
    }
    return temporal_polls_end(w->polls);
}

static void core_end(struct df_engine_worker *w)
{
    pthread_mutex_lock(&w->lock);
    bool ending = w->stopping;
    int64_t until_ms = ending ? w->until_ms : df_monotonic_ms();
    pthread_mutex_unlock(&w->lock);
    w->t->library->worker_stop(w->core);
    temporal_steps_close(w->steps, until_ms, ending);
    bool ended = polls_end(w);
    temporal_steps_open(w->steps, NULL);
    if (ended)
        w->t->library->worker_free(w->core);
    else
        w->t->held = true;
    w->core = NULL;
    temporal_runs_free(w->runs);
    w->runs = NULL;
}

static void look_after(struct df_engine_worker *w)
{
    struct df_error err;
    while (pause_ms(w, CHECK_EACH_MS))
        if (temporal_check(w->t, &err) == DF_OK)
            say_well(w);
        else
            say_trouble(w, &err);
}

static void *manage(void *arg)
{
    struct df_engine_worker *w = arg;
    struct df_error err;
    int64_t wait_ms = FIRST_PAUSE_MS;
    while (!is_stopping(w)) {
        if (core_begin(w, &err) == DF_OK) {
            say_well(w);
            wait_ms = FIRST_PAUSE_MS;
            look_after(w);
            core_end(w);
        } else if (!is_stopping(w)) {
            say_trouble(w, &err);
        }
        pthread_mutex_lock(&w->lock);
        w->failed = false;
        pthread_mutex_unlock(&w->lock);
        pause_ms(w, wait_ms);
        wait_ms = wait_ms * 2 < LONGEST_PAUSE_MS ? wait_ms * 2 : LONGEST_PAUSE_MS;
    }
    return NULL;
}

enum df_code temporal_work(struct df_engine *engine, const struct df_worker_options *options,
                           struct df_engine_worker **ret, struct df_error *err)
{
    struct df_engine_worker *w = df_must(calloc(1, sizeof *w));
    w->t = (struct temporal *)engine;
    w->options = *options;
    w->options.steps = options->steps > 0 ? options->steps : DEFAULT_STEPS;
    pthread_mutex_init(&w->lock, NULL);
    df_cond_init(&w->changed);
    w->steps = temporal_steps_new(w->t, &w->options);
    if (pthread_create(&w->manager, NULL, manage, w)) {
        temporal_steps_free(w->steps);
        free(w);
        return df_fail(err, DF_ERR_INTERNAL, "no thread for the worker");
    }
    *ret = w;
    return DF_OK;
}

void temporal_stop(struct df_engine_worker *w, unsigned drain_ms)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    w->until_ms = df_monotonic_ms() + drain_ms;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->manager, NULL);
    temporal_steps_free(w->steps);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->changed);
    free(w);
}
