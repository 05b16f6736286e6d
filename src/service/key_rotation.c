#include "base/fatal.h"
#include "base/pool.h"
#include "base/wait.h"
#include "service/keys.h"
#include "service/sentry_hooks.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    BATCH = 200,
    LEASE_MS = 10 * 1000,
    TROUBLE_PAUSE_MS = 1000,
    /* Between the walk that changed something and the one that looks for what was written meanwhile: longer than anyone holds
     * a row in memory before writing it back. */
    SETTLE_MS = 1000,
    PASSES = 8,
    NOTE_MS = 2 * 1000,
    /* By then every node that still seals with an old key has noted it again. */
    OTHERS_MS = 5 * 1000,
};

struct df_rotator {
    const struct df_devflow *d;
    struct df_pool *pool;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping, busy, shared;
    pthread_t noter;
};

static bool pause_ms(struct df_rotator *r, int64_t ms);

/* A store that fails is asked again the next time. */
static void *keep_noted(void *arg)
{
    struct df_rotator *r = arg;
    while (pause_ms(r, NOTE_MS))
        (void)df_keys_note(r->d, NULL);
    return NULL;
}

struct df_rotator *df_rotator_new(const struct df_devflow *d, bool shared)
{
    struct df_rotator *r = calloc(1, sizeof *r);
    if (!r)
        df_out_of_memory();
    r->d = d;
    r->pool = df_pool_new("rotation", 1, 1);
    pthread_mutex_init(&r->lock, NULL);
    df_cond_init(&r->wake);
    r->shared = shared;
    if (shared && pthread_create(&r->noter, NULL, keep_noted, r) != 0)
        df_die("a thread cannot be started");
    return r;
}

/* Another process need not wait for our lease to end. */
static void give_back(const struct df_devflow *d)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_rotation r;
    bool ours;
    if (d->store->ops->rotation_get(d->store, arena, &r, NULL) != DF_OK || r.state != DF_ROTATION_RUNNING ||
        !df_str_eq(r.owner, d->node))
        return;
    r.lease_until_ms = df_now_ms(d->clock);
    (void)d->store->ops->rotation_set(d->store, &r, r.epoch, &ours, NULL);
}

void df_rotator_free(struct df_rotator *r)
{
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    bool busy = r->busy;
    pthread_cond_broadcast(&r->wake);
    pthread_mutex_unlock(&r->lock);
    df_pool_drain(r->pool);
    if (r->shared)
        pthread_join(r->noter, NULL);
    if (busy)
        give_back(r->d);
    df_pool_free(r->pool);
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* Waits; false when it is time to stop. */
static bool pause_ms(struct df_rotator *r, int64_t ms)
{
    int64_t until_ms = df_monotonic_ms() + ms;
    pthread_mutex_lock(&r->lock);
    while (ms && !r->stopping && df_cond_wait_until(&r->wake, &r->lock, until_ms))
        continue;
    bool go_on = !r->stopping;
    pthread_mutex_unlock(&r->lock);
    return go_on;
}

/* What the i-th value of a row is bound to, beside project and provider. */
static const char *field_of(const struct df_sealed_row *row, int i, struct df_arena *arena)
{
    static const char *const names[][2] = {
        [DF_SEALED_APPS] = {"client_secret", NULL},
        [DF_SEALED_CONNECTIONS] = {"access_token", "refresh_token"},
        [DF_SEALED_FLOWS] = {"verifier", "authorize_url"},
        [DF_SEALED_WEBHOOKS] = {"secret", "old_secret"},
        [DF_SEALED_OUTBOX] = {"secret", NULL},
        [DF_SEALED_HOOKS] = {DF_SENTRY_HOOK_FIELD, NULL},
    };
    const char *name = names[row->place][i];
    return row->bound_id.n ? df_sealed_field(name, row->bound_id, arena) : name;
}

/* Whether the row holds a value of another key, which then is in *ret under the present one. */
static bool reseal(const struct df_devflow *d, const struct df_sealed_row *row, struct df_sealed_row *ret,
                   int64_t *ret_unreadable, struct df_arena *arena)
{
    bool changed = false;
    *ret = *row;
    for (int i = 0; i < 2; i++) {
        struct df_secret plain;
        const unsigned char *id = df_sealed_key_id(row->sealed[i]);
        if (row->sealed[i].n == 0 || (id && memcmp(id, d->keys.keys[0].id, DF_KEY_ID_BYTES) == 0))
            continue;
        const char *field = field_of(row, i, arena);
        if (df_unsealed(d, row->project_id, row->provider, field, row->sealed[i], arena, &plain, NULL) != DF_OK) {
            ++*ret_unreadable;
            continue;
        }
        ret->sealed[i] = df_sealed(d, row->project_id, row->provider, field, plain, arena);
        changed = true;
    }
    return changed;
}

static void go_to(struct df_rotation *r, enum df_sealed_place place)
{
    r->place = place;
    r->after_id = r->after_project = r->after_provider = DF_STR_NONE;
}

/* One batch of the walk; *r is where it stands then. Its strings are in the arena. */
static enum df_code batch(const struct df_devflow *d, struct df_rotation *r, struct df_arena *arena,
                          struct df_error *err)
{
    const struct df_sealed_row after = {
        .place = r->place, .id = r->after_id, .project_id = r->after_project, .provider = r->after_provider};
    struct df_sealed_row *rows, old[BATCH], fresh[BATCH];
    size_t n, n_old = 0;
    int stored;
    int64_t unreadable = 0;
    DF_TRY(d->store->ops->sealed_list(d->store, &after, BATCH, arena, &rows, &n, err));
    for (size_t i = 0; i < n; i++)
        if (reseal(d, &rows[i], &fresh[n_old], &unreadable, arena))
            old[n_old++] = rows[i];
    if (n_old)
        DF_TRY(d->store->ops->sealed_replace(d->store, old, fresh, n_old, &stored, err));
    r->found += (int64_t)n_old;
    r->unreadable += unreadable;
    r->done += (int64_t)n;
    if (n < BATCH) {
        go_to(r, (enum df_sealed_place)(r->place + 1));
        return DF_OK;
    }
    r->after_id = rows[n - 1].id;
    r->after_project = rows[n - 1].project_id;
    r->after_provider = rows[n - 1].provider;
    return DF_OK;
}

static enum df_code free_keys(const struct df_devflow *d, struct df_rotation *r, struct df_arena *arena,
                              struct df_error *err)
{
    struct df_key_use *noted;
    size_t n;
    struct df_buf freed;
    df_buf_init(&freed, arena, 4096);
    DF_TRY(d->store->ops->key_list(d->store, arena, &noted, &n, err));
    for (size_t i = 0; i < n; i++) {
        if (df_str_eq(noted[i].id, r->to_id))
            continue;
        DF_TRY(d->store->ops->key_remove(d->store, noted[i].id, err));
        df_buf_put_c(&freed, freed.n ? "," : "");
        df_buf_put_str(&freed, df_hex(noted[i].id.p, noted[i].id.n, arena));
    }
    r->freed = df_buf_str(&freed);
    return DF_OK;
}

/* The keys were let go a moment ago: whoever seals with one of them has noted it anew by now. */
static enum df_code end_letting_go(const struct df_devflow *d, struct df_rotation *r, struct df_arena *arena,
                                   struct df_error *err)
{
    struct df_key_use *noted;
    size_t n;
    r->state = DF_ROTATION_DONE;
    DF_TRY(d->store->ops->key_list(d->store, arena, &noted, &n, err));
    for (size_t i = 0; i < n; i++)
        if (!df_str_eq(noted[i].id, r->to_id)) {
            r->state = DF_ROTATION_FAILED;
            r->freed = DF_STR_NONE;
            r->message = df_arena_printf(arena,
                                         "another server still encrypts with the key %.*s: start every one with this "
                                         "OAUTH_ENCRYPTION_KEY, then rotate again",
                                         DF_FMT(df_hex(noted[i].id.p, noted[i].id.n, arena)));
        }
    return DF_OK;
}

/* The end of a walk over everything: done when it found nothing that another key had sealed. */
static enum df_code end_pass(const struct df_devflow *d, struct df_rotation *r, struct df_arena *arena,
                             struct df_error *err)
{
    if (r->freed.n)
        return end_letting_go(d, r, arena, err);
    r->passes++;
    if (r->unreadable) {
        r->state = DF_ROTATION_FAILED;
        r->message = df_arena_printf(
            arena,
            "%lld stored values cannot be decrypted and were left as they are; no key was let go: "
            "connect or register again what `devflow oauth:status` names, then rotate again",
            (long long)r->unreadable);
    } else if (r->found == 0) {
        DF_TRY(free_keys(d, r, arena, err));
        r->state = d->rotator->shared && r->freed.n ? DF_ROTATION_RUNNING : DF_ROTATION_DONE;
    } else if (r->passes >= PASSES) {
        r->state = DF_ROTATION_FAILED;
        r->message = DF_S("values are still being written with another key: start every node with this "
                          "OAUTH_ENCRYPTION_KEY, then rotate again");
    } else {
        go_to(r, DF_SEALED_APPS);
        r->found = 0;
        r->done = 0;
    }
    return DF_OK;
}

/* Writes where the rotation stands, and holds the lease on; false when another process has it. */
static enum df_code keep(const struct df_devflow *d, struct df_rotation *r, bool *ret_ours, struct df_error *err)
{
    r->updated_ms = df_now_ms(d->clock);
    r->lease_until_ms = r->state == DF_ROTATION_RUNNING ? r->updated_ms + LEASE_MS : 0;
    return d->store->ops->rotation_set(d->store, r, r->epoch, ret_ours, err);
}

static bool is_ours(const struct df_devflow *d, const struct df_rotation *r)
{
    return df_str_eq(r->to_id, df_str_n((const char *)d->keys.keys[0].id, DF_KEY_ID_BYTES));
}

static enum df_code take_over(const struct df_devflow *d, struct df_rotation *r, bool *ret_ours, struct df_error *err)
{
    int64_t epoch = r->epoch++;
    r->owner = d->node;
    r->state = DF_ROTATION_RUNNING;
    r->updated_ms = df_now_ms(d->clock);
    r->lease_until_ms = r->updated_ms + LEASE_MS;
    return d->store->ops->rotation_set(d->store, r, epoch, ret_ours, err);
}

/* One step of a rotation that is ours to do, or a look at one that another process may have left; *ret_again when there is more to
 * come, after *ret_pause_ms. Reads where it stands from the store each time: nothing is lost by a stop. */
static enum df_code step(const struct df_devflow *d, bool *ret_again, int64_t *ret_pause_ms, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_rotation r;
    bool ours = true;
    *ret_pause_ms = 0;
    DF_TRY(d->store->ops->rotation_get(d->store, arena, &r, err));
    int64_t left_ms = r.lease_until_ms - df_now_ms(d->clock);
    *ret_again = r.state == DF_ROTATION_RUNNING && is_ours(d, &r);
    if (!*ret_again)
        return DF_OK;
    if (!df_str_eq(r.owner, d->node)) {
        *ret_pause_ms = left_ms > 0 ? left_ms : 0;
        return left_ms > 0 ? DF_OK : take_over(d, &r, &ours, err);
    }
    if (r.place < DF_SEALED_PLACES)
        DF_TRY(batch(d, &r, arena, err));
    if (r.place == DF_SEALED_PLACES) {
        *ret_pause_ms = r.found ? SETTLE_MS : OTHERS_MS;
        DF_TRY(end_pass(d, &r, arena, err));
    }
    DF_TRY(keep(d, &r, &ours, err));
    *ret_again = r.state == DF_ROTATION_RUNNING;
    return DF_OK;
}

static void work(void *arg)
{
    struct df_rotator *r = arg;
    bool again = true;
    int64_t ms = 0;
    while (again && pause_ms(r, ms)) {
        struct df_error err;
        if (step(r->d, &again, &ms, &err) != DF_OK)
            ms =
                TROUBLE_PAUSE_MS; /* a store that fails: the lease ends if it goes on for long, and another may take over */
    }
    pthread_mutex_lock(&r->lock);
    r->busy = false;
    pthread_mutex_unlock(&r->lock);
}

static void set_going(struct df_rotator *r)
{
    pthread_mutex_lock(&r->lock);
    bool start = !r->busy && !r->stopping;
    r->busy = r->busy || start;
    pthread_mutex_unlock(&r->lock);
    if (start)
        df_pool_submit(r->pool, work, r);
}

enum df_code df_keys_rotation(const struct df_devflow *d, struct df_arena *arena, struct df_rotation *ret,
                              bool *ret_stalled, struct df_error *err)
{
    DF_TRY(d->store->ops->rotation_get(d->store, arena, ret, err));
    *ret_stalled = ret->state == DF_ROTATION_RUNNING && df_now_ms(d->clock) >= ret->lease_until_ms;
    return DF_OK;
}

enum df_code df_keys_rotate(const struct df_devflow *d, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_rotation r;
    bool stalled, ours;
    DF_TRY(df_keys_rotation(d, arena, &r, &stalled, err));
    bool running = r.state == DF_ROTATION_RUNNING;
    if (running && !stalled && !is_ours(d, &r))
        return df_fail(err, DF_ERR_EXISTS,
                       "a rotation to the key %s is under way: wait for its end (devflow key:status)",
                       df_hex(r.to_id.p, r.to_id.n, arena).p);
    if (!running || !is_ours(d, &r)) {
        r = (struct df_rotation){.epoch = r.epoch,
                                 .to_id = df_str_n((const char *)d->keys.keys[0].id, DF_KEY_ID_BYTES),
                                 .started_ms = df_now_ms(d->clock)};
        DF_TRY(d->store->ops->sealed_total(d->store, &r.total, err));
        DF_TRY(take_over(d, &r, &ours, err)); /* or another has just done the same */
    }
    set_going(d->rotator);
    return DF_OK;
}

void df_keys_resume(const struct df_devflow *d)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_rotation r;
    if (d->store->ops->rotation_get(d->store, arena, &r, NULL) == DF_OK && r.state == DF_ROTATION_RUNNING &&
        is_ours(d, &r))
        set_going(d->rotator);
}
