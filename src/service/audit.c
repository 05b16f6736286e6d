#include "service/audit.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    MINUTE_MS = 60 * 1000,
    BATCH = 256,
    LOOK_MS = 5 * 1000,
    PRUNE_LOOK_MS = 10 * 60 * 1000,
    PRUNE_ROWS = 1000,
};
#define DAY_MS INT64_C(86400000)

struct item {
    int64_t at_ms, count;
    char actor[DF_AUDIT_ACTOR_ROOM], action[DF_AUDIT_ACTION_ROOM], project[DF_AUDIT_PROJECT_ROOM],
        target[DF_AUDIT_TARGET_ROOM], result[DF_AUDIT_RESULT_ROOM], request_id[DF_AUDIT_REQUEST_ROOM];
};

struct df_audit {
    const struct df_devflow *d;
    pthread_mutex_t writing; /* one batch at a time, so that each is written once; taken before `lock` */
    pthread_mutex_t lock;    /* of all that follows */
    pthread_cond_t wake;
    pthread_t thread;
    bool started, stopping;
    atomic_int keep_days; /* 0: for ever */
    int64_t pruned_ms;    /* of CLOCK_MONOTONIC, the thread's own: when it last looked */
    struct item *waiting; /* the oldest first */
    size_t n_waiting, room;
    int64_t lost;
    struct item *counters[DF_AUDIT_COUNTERS]; /* by hash, then the next that is free */
    size_t n_counters;
};

static void fill(struct item *item, const struct df_audit_entry *e, int64_t at_ms)
{
    *item = (struct item){.at_ms = at_ms, .count = 1};
    df_audit_put_text(item->actor, sizeof item->actor, e->actor);
    df_audit_put_text(item->action, sizeof item->action, e->action);
    df_audit_put_text(item->project, sizeof item->project, e->project_id);
    df_audit_put_text(item->target, sizeof item->target, e->target);
    df_audit_put_text(item->result, sizeof item->result, e->result);
    df_audit_put_text(item->request_id, sizeof item->request_id, e->request_id);
}

static struct df_audit_entry to_entry(const struct item *item)
{
    return (struct df_audit_entry){.at_ms = item->at_ms,
                                   .actor = df_str_c(item->actor),
                                   .action = df_str_c(item->action),
                                   .project_id = df_str_c(item->project),
                                   .target = df_str_c(item->target),
                                   .result = df_str_c(item->result),
                                   .request_id = df_str_c(item->request_id),
                                   .count = item->count};
}

/* With the lock held. */
static void put_waiting(struct df_audit *a, const struct item *item)
{
    if (a->n_waiting == DF_AUDIT_WAITING) {
        a->lost += item->count;
        return;
    }
    if (a->n_waiting == a->room) {
        size_t room = a->room ? 2 * a->room : 16;
        struct item *more = realloc(a->waiting, room * sizeof *more);
        if (!more)
            df_out_of_memory();
        a->waiting = more;
        a->room = room;
    }
    a->waiting[a->n_waiting++] = *item;
}

/* With the lock held: what could not even wait is told once there is room. */
static void put_lost(struct df_audit *a)
{
    struct item item = {.at_ms = df_now_ms(a->d->clock), .count = a->lost};
    if (a->lost == 0 || a->n_waiting == DF_AUDIT_WAITING)
        return;
    df_audit_put_text(item.actor, sizeof item.actor, DF_S("system"));
    df_audit_put_text(item.action, sizeof item.action, DF_S("audit.lost"));
    df_audit_put_text(item.result, sizeof item.result, DF_S("storage_failed"));
    a->lost = 0;
    put_waiting(a, &item);
}

static size_t copy_batch(struct df_audit *a, struct item *to)
{
    pthread_mutex_lock(&a->lock);
    put_lost(a);
    size_t n = a->n_waiting < BATCH ? a->n_waiting : BATCH;
    if (n)
        memcpy(to, a->waiting, n * sizeof *to);
    pthread_mutex_unlock(&a->lock);
    return n;
}

static void drop_batch(struct df_audit *a, size_t n)
{
    pthread_mutex_lock(&a->lock);
    a->n_waiting -= n;
    memmove(a->waiting, a->waiting + n, a->n_waiting * sizeof *a->waiting);
    pthread_mutex_unlock(&a->lock);
}

/* All that waits; false when the store does not take it now. */
static bool write_waiting(struct df_audit *a)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct item *items = DF_NEW_ARRAY(scratch, struct item, BATCH);
    struct df_audit_entry *entries = DF_NEW_ARRAY(scratch, struct df_audit_entry, BATCH);
    bool written = true;
    size_t n;
    pthread_mutex_lock(&a->writing);
    while (written && (n = copy_batch(a, items)) > 0) {
        for (size_t i = 0; i < n; i++)
            entries[i] = to_entry(&items[i]);
        written = a->d->store->ops->audit_append(a->d->store, entries, n, NULL) == DF_OK;
        if (written)
            drop_batch(a, n);
    }
    pthread_mutex_unlock(&a->writing);
    return written;
}

bool df_audit_record(struct df_audit *a, const struct df_audit_entry *entry)
{
    struct item item;
    fill(&item, entry, df_now_ms(a->d->clock));
    pthread_mutex_lock(&a->lock);
    put_waiting(a, &item);
    pthread_mutex_unlock(&a->lock);
    return write_waiting(a);
}

static bool is_same(const struct item *a, const struct item *b)
{
    return a->at_ms == b->at_ms && strcmp(a->actor, b->actor) == 0 && strcmp(a->action, b->action) == 0 &&
           strcmp(a->project, b->project) == 0 && strcmp(a->target, b->target) == 0 &&
           strcmp(a->result, b->result) == 0;
}

static uint64_t hash_of(const struct item *item)
{
    uint64_t h = (uint64_t)item->at_ms;
    const char *const parts[] = {item->actor, item->action, item->project, item->target, item->result};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        h = h * 0x9E3779B97F4A7C15 ^ df_str_hash(df_str_c(parts[i]));
    return h;
}

/* With the lock held: its place, or where it may go. */
static struct item **place_of(struct df_audit *a, const struct item *item)
{
    size_t at = hash_of(item) % DF_AUDIT_COUNTERS;
    while (a->counters[at] && !is_same(a->counters[at], item))
        at = (at + 1) % DF_AUDIT_COUNTERS;
    return &a->counters[at];
}

void df_audit_count(struct df_audit *a, const struct df_audit_entry *entry)
{
    struct item item;
    int64_t now = df_now_ms(a->d->clock);
    fill(&item, entry, now - now % MINUTE_MS);
    pthread_mutex_lock(&a->lock);
    struct item **place = place_of(a, &item);
    bool crowded = !*place && a->n_counters >= DF_AUDIT_COUNTERS * 3 / 4;
    if (crowded) { /* so many at once are told together, whoever they were */
        df_audit_put_text(item.actor, sizeof item.actor, DF_S("many"));
        item.project[0] = item.target[0] = '\0';
        place = place_of(a, &item);
    }
    if (*place) {
        (*place)->count++;
    } else if (a->n_counters < DF_AUDIT_COUNTERS - 1) {
        *place = malloc(sizeof item);
        if (!*place)
            df_out_of_memory();
        **place = item;
        a->n_counters++;
    } else {
        a->lost++;
    }
    pthread_mutex_unlock(&a->lock);
}

/* With the lock held: the counts of minutes that are over, or all, are to be written; the others find their places anew. */
static void take_counts(struct df_audit *a, bool all)
{
    struct item *left[DF_AUDIT_COUNTERS];
    size_t n = 0;
    int64_t minute = df_now_ms(a->d->clock);
    minute -= minute % MINUTE_MS;
    for (size_t i = 0; i < DF_AUDIT_COUNTERS; i++) {
        struct item *item = a->counters[i];
        a->counters[i] = NULL;
        if (item && (all || item->at_ms < minute)) {
            put_waiting(a, item);
            free(item);
        } else if (item) {
            left[n++] = item;
        }
    }
    for (size_t i = 0; i < n; i++)
        *place_of(a, left[i]) = left[i];
    a->n_counters = n;
}

/* Once a day is over, not row by row: each time leaves a row. */
static enum df_code prune(struct df_audit *a)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_store *store = a->d->store;
    const struct df_audit_entry note = {.actor = DF_S("system")};
    int64_t before_ms = df_now_ms(a->d->clock) - (int64_t)atomic_load(&a->keep_days) * DAY_MS, removed = 1;
    struct df_audit_entry *oldest;
    size_t n;
    DF_TRY(store->ops->audit_list(store, 0, 1, scratch, &oldest, &n, NULL));
    if (n == 0 || oldest->at_ms >= before_ms - DAY_MS)
        return DF_OK;
    while (removed > 0)
        DF_TRY(store->ops->audit_prune(store, &note, before_ms, INT64_MAX, PRUNE_ROWS, &removed, NULL));
    return DF_OK;
}

/* A store that does not take it is asked again the next time. */
static void prune_now_and_then(struct df_audit *a)
{
    int64_t now_ms = df_monotonic_ms();
    if (atomic_load(&a->keep_days) == 0 || (a->pruned_ms && now_ms - a->pruned_ms < PRUNE_LOOK_MS))
        return;
    a->pruned_ms = now_ms;
    (void)prune(a);
}

static void *run(void *arg)
{
    struct df_audit *a = arg;
    pthread_mutex_lock(&a->lock);
    while (!a->stopping) {
        int64_t until = df_monotonic_ms() + LOOK_MS;
        while (!a->stopping && df_cond_wait_until(&a->wake, &a->lock, until))
            continue;
        if (a->n_counters)
            take_counts(a, false);
        bool some = a->n_waiting > 0;
        pthread_mutex_unlock(&a->lock);
        if (some)
            (void)write_waiting(a);
        prune_now_and_then(a);
        pthread_mutex_lock(&a->lock);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

struct df_audit *df_audit_new(const struct df_devflow *d)
{
    struct df_audit *a = calloc(1, sizeof *a);
    if (!a)
        df_out_of_memory();
    a->d = d;
    pthread_mutex_init(&a->writing, NULL);
    pthread_mutex_init(&a->lock, NULL);
    df_cond_init(&a->wake);
    return a;
}

void df_audit_keep(struct df_audit *a, int days)
{
    atomic_store(&a->keep_days, days);
}

void df_audit_start(struct df_audit *a)
{
    if (pthread_create(&a->thread, NULL, run, a) != 0)
        df_die("the thread that writes the audit log cannot be started");
    pthread_setname_np(a->thread, "df-audit");
    a->started = true;
}

void df_audit_stop(struct df_audit *a)
{
    pthread_mutex_lock(&a->lock);
    a->stopping = true;
    pthread_cond_signal(&a->wake);
    pthread_mutex_unlock(&a->lock);
    if (a->started)
        pthread_join(a->thread, NULL);
    pthread_mutex_lock(&a->lock);
    take_counts(a, true);
    bool some = a->n_waiting > 0;
    pthread_mutex_unlock(&a->lock);
    if (some)
        (void)write_waiting(a);
}

void df_audit_free(struct df_audit *a)
{
    pthread_cond_destroy(&a->wake);
    pthread_mutex_destroy(&a->lock);
    pthread_mutex_destroy(&a->writing);
    free(a->waiting);
    free(a);
}
