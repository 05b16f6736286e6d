#include "adapter/temporal_parts.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <stdlib.h>

/* Of its two threads and its owner, whoever leaves last frees it: a poll may outlive the worker. */
struct temporal_polls {
    const struct df_temporal_library *library;
    struct dft_worker *core;
    struct temporal_poll_to to; /* not to be called once given up */
    pthread_t workflows, activities;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned users, at_work;
    bool given_up;
};

static void leave(struct temporal_polls *polls)
{
    pthread_mutex_lock(&polls->lock);
    bool last = --polls->users == 0;
    pthread_cond_broadcast(&polls->changed);
    pthread_mutex_unlock(&polls->lock);
    if (!last)
        return;
    pthread_cond_destroy(&polls->changed);
    pthread_mutex_destroy(&polls->lock);
    free(polls);
}

static bool begin_work(struct temporal_polls *polls)
{
    pthread_mutex_lock(&polls->lock);
    bool wanted = !polls->given_up;
    polls->at_work += wanted;
    pthread_mutex_unlock(&polls->lock);
    return wanted;
}

static void end_work(struct temporal_polls *polls)
{
    pthread_mutex_lock(&polls->lock);
    polls->at_work--;
    pthread_cond_broadcast(&polls->changed);
    pthread_mutex_unlock(&polls->lock);
}

static void poll_on(struct temporal_polls *polls, __typeof__(dft_poll_workflow) *poll,
                    void (*take)(void *arg, struct df_str task))
{
    int status = DFT_OK;
    bool wanted = true;
    while (wanted && status == DFT_OK) {
        struct dft_bytes got = {NULL, 0};
        struct dft_error why;
        status = poll(polls->core, &got, &why);
        wanted = begin_work(polls);
        if (wanted && status == DFT_OK)
            take(polls->to.arg, df_str_n((const char *)got.data, got.size));
        else if (wanted && status != DFT_ENDED)
            polls->to.failed(polls->to.arg, status, &why);
        if (wanted)
            end_work(polls);
        polls->library->free(got);
    }
    leave(polls);
}

static void *poll_workflows(void *arg)
{
    struct temporal_polls *polls = arg;
    poll_on(polls, polls->library->poll_workflow, polls->to.workflow);
    return NULL;
}

static void *poll_activities(void *arg)
{
    struct temporal_polls *polls = arg;
    poll_on(polls, polls->library->poll_activity, polls->to.activity);
    return NULL;
}

struct temporal_polls *temporal_polls_begin(const struct df_temporal_library *library, struct dft_worker *core,
                                            const struct temporal_poll_to *to)
{
    struct temporal_polls *polls = df_must(calloc(1, sizeof *polls));
    *polls = (struct temporal_polls){.library = library, .core = core, .to = *to, .users = 3};
    pthread_mutex_init(&polls->lock, NULL);
    df_cond_init(&polls->changed);
    if (pthread_create(&polls->workflows, NULL, poll_workflows, polls) ||
        pthread_create(&polls->activities, NULL, poll_activities, polls))
        df_die("no thread for the worker");
    return polls;
}

bool temporal_polls_wait(struct temporal_polls *polls, int64_t until_ms)
{
    pthread_mutex_lock(&polls->lock);
    while (polls->users > 1 && df_cond_wait_until(&polls->changed, &polls->lock, until_ms))
        continue;
    bool ended = polls->users == 1;
    pthread_mutex_unlock(&polls->lock);
    return ended;
}

bool temporal_polls_end(struct temporal_polls *polls)
{
    pthread_mutex_lock(&polls->lock);
    bool ended = polls->users == 1;
    polls->given_up = !ended;
    while (polls->at_work)
        pthread_cond_wait(&polls->changed, &polls->lock);
    pthread_mutex_unlock(&polls->lock);
    if (ended) {
        pthread_join(polls->workflows, NULL);
        pthread_join(polls->activities, NULL);
    } else {
        pthread_detach(polls->workflows);
        pthread_detach(polls->activities);
    }
    leave(polls);
    return ended;
}
