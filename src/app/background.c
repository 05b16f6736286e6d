#include "app/background.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/wait.h"
#include "service/refresh.h"

#include <stdlib.h>

enum {
    /* Of one host at once: a few seconds' work of a provider that limits the rate, and few enough threads to be free. */
    AT_ONCE = 96,
    /* Who claims one and stops has it looked at again after this. */
    CLAIM_MS = 60 * 1000,
    /* What no news came of is seen at the latest after this long. */
    LOOK_AGAIN_MS = 10 * 1000,
    TROUBLE_PAUSE_MS = 5 * 1000, /* the store fails */
    SHORTEST_PAUSE_MS = 100,
};

/* How many flights of a host this thread has started and not seen land. Kept for ever: there are few hosts. */
struct host {
    struct host *next;
    struct df_background *owner;
    unsigned flying;
    struct claim *undone; /* at the end: those with flights that never began */
    struct df_str url;
};

/* What was claimed at once, until the last of its flights has landed. */
struct claim {
    struct claim *next; /* in undone */
    struct host *host;
    int64_t until_ms;
    unsigned flights;
    bool undone;
};

struct df_background {
    const struct df_devflow *d;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct host *hosts;
    bool stopping, woken;
};

enum df_code df_background_fly(void *arg, const struct df_flight *flight, struct df_error *err)
{
    struct df_refresh_report report = {.sent = false};
    struct df_error why = {0};
    enum df_code code = df_refresh(arg, flight, &report, &why);
    if (code == DF_OK && report.sent)
        df_log(DF_LOG_INFO, "refreshed", {"project", flight->project_id}, {"provider", flight->provider});
    if (report.fault_news)
        df_log(DF_LOG_WARN,
               "the provider does not know this application; its connections wait until it is registered again",
               {"project", flight->project_id}, {"provider", flight->provider}, {"message", df_str_c(why.message)});
    else if (code != DF_OK && code != DF_ERR_CLIENT_CREDENTIALS) /* which was said when it was news */
        df_log(DF_LOG_WARN, "refresh failed", {"project", flight->project_id}, {"provider", flight->provider},
               {"code", df_str_c(df_code_name(code))}, {"message", df_str_c(why.message)});
    if (code != DF_OK)
        *err = why;
    return code;
}

static struct host *host_of(struct df_background *b, struct df_str url)
{
    struct host *h = b->hosts;
    while (h && !df_str_eq(h->url, url))
        h = h->next;
    if (h)
        return h;
    h = calloc(1, sizeof *h + url.n);
    if (!h)
        df_out_of_memory();
    memcpy(h + 1, url.p, url.n);
    h->url = df_str_n((char *)(h + 1), url.n);
    h->owner = b;
    h->next = b->hosts;
    b->hosts = h;
    return h;
}

/* So many of its flights less, with the lock held. */
static void let_go(struct claim *claim, unsigned n, bool undone)
{
    claim->undone = claim->undone || undone;
    claim->flights -= n;
    if (claim->flights > 0)
        return;
    if (claim->undone) {
        claim->next = claim->host->undone;
        claim->host->undone = claim;
    } else {
        free(claim);
    }
}

static void landed(void *arg, enum df_code code, const struct df_error *err)
{
    struct claim *claim = arg;
    struct df_background *b = claim->host->owner;
    (void)err;
    pthread_mutex_lock(&b->lock);
    claim->host->flying--;
    let_go(claim, 1,
           b->stopping && code == DF_ERR_BUSY); /* what the flights say of one they no longer let begin or end */
    b->woken = true;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
}

static unsigned count_flying(struct host *h)
{
    pthread_mutex_lock(&h->owner->lock);
    unsigned flying = h->flying;
    pthread_mutex_unlock(&h->owner->lock);
    return flying;
}

static struct claim *claim_new(struct host *h, int64_t until_ms, size_t n)
{
    struct claim *claim = calloc(1, sizeof *claim);
    if (!claim)
        df_out_of_memory();
    *claim = (struct claim){.host = h, .until_ms = until_ms, .flights = (unsigned)n};
    pthread_mutex_lock(&h->owner->lock);
    h->flying += (unsigned)n;
    pthread_mutex_unlock(&h->owner->lock);
    return claim;
}

/* So many of its flights were not taken. */
static void without(struct claim *claim, unsigned n)
{
    struct df_background *b = claim->host->owner;
    pthread_mutex_lock(&b->lock);
    claim->host->flying -= n;
    let_go(claim, n, b->stopping);
    pthread_mutex_unlock(&b->lock);
}

/* Claims what is due at one host, as far as there is room. */
static enum df_code start_due(struct df_background *b, struct df_str base_url, struct df_arena *arena,
                              struct df_error *err)
{
    struct df_store *store = b->d->store;
    struct host *h = host_of(b, base_url);
    int64_t now = df_now_ms(b->d->clock);
    unsigned flying = count_flying(h);
    struct df_connection *due;
    size_t n;
    if (flying > AT_ONCE / 2) /* in batches, not one for each that lands */
        return DF_OK;
    DF_TRY(store->ops->connection_claim_due(store, base_url, now, now + CLAIM_MS, (int)(AT_ONCE - flying), arena, &due,
                                            &n, err));
    if (n == 0)
        return DF_OK;
    struct claim *claim = claim_new(h, now + CLAIM_MS, n);
    unsigned refused = 0;
    for (size_t i = 0; i < n; i++) {
        const struct df_flight flight = {
            .project_id = due[i].project_id, .provider = due[i].provider, .version = due[i].version, .lane = base_url};
        refused += !df_flights_join(b->d->flights, &flight, landed, claim);
    }
    if (refused)
        without(claim, refused);
    return DF_OK;
}

static enum df_code look(struct df_background *b, struct df_arena *arena, int64_t *ret_next_ms, struct df_error *err)
{
    struct df_connection *hosts;
    size_t n;
    int64_t now = df_now_ms(b->d->clock);
    DF_TRY(b->d->store->ops->connection_list_due(b->d->store, arena, &hosts, &n, err));
    for (size_t i = 0; i < n; i++) {
        if (hosts[i].due_ms <= now)
            DF_TRY(start_due(b, hosts[i].base_url, arena, err));
        else if (hosts[i].due_ms < *ret_next_ms)
            *ret_next_ms = hosts[i].due_ms;
    }
    return DF_OK;
}

/* Starts what is due; how long to sleep then. */
static int64_t pass(struct df_background *b)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_error err;
    int64_t next = df_now_ms(b->d->clock) + LOOK_AGAIN_MS;
    if (look(b, arena, &next, &err) != DF_OK) {
        df_log(DF_LOG_WARN, "background refresh", {"message", df_str_c(err.message)});
        return TROUBLE_PAUSE_MS;
    }
    return next - df_now_ms(b->d->clock);
}

static void *run(void *arg)
{
    struct df_background *b = arg;
    pthread_mutex_lock(&b->lock);
    while (!b->stopping) {
        b->woken = false;
        pthread_mutex_unlock(&b->lock);
        int64_t pause = pass(b), began = df_monotonic_ms();
        pthread_mutex_lock(&b->lock);
        while (!b->stopping && !b->woken && df_cond_wait_until(&b->wake, &b->lock, began + pause))
            continue;
        /* News come in crowds. */
        while (!b->stopping && df_cond_wait_until(&b->wake, &b->lock, began + SHORTEST_PAUSE_MS))
            continue;
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

struct df_background *df_background_new(const struct df_devflow *d)
{
    struct df_background *b = calloc(1, sizeof *b);
    if (!b)
        df_out_of_memory();
    b->d = d;
    pthread_mutex_init(&b->lock, NULL);
    df_cond_init(&b->wake);
    return b;
}

void df_background_start(struct df_background *b)
{
    if (pthread_create(&b->thread, NULL, run, b) != 0)
        df_die("a thread cannot be started");
}

void df_background_wake(struct df_background *b)
{
    pthread_mutex_lock(&b->lock);
    b->woken = true;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
}

void df_background_stop(struct df_background *b)
{
    pthread_mutex_lock(&b->lock);
    b->stopping = true;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
}

/* By due times, as the database knows them: those whose flight had begun have another. */
void df_background_give_back(struct df_background *b)
{
    int64_t now = df_now_ms(b->d->clock);
    for (struct host *h = b->hosts; h; h = h->next)
        for (const struct claim *claim = h->undone; claim; claim = claim->next)
            (void)b->d->store->ops->connection_unclaim(b->d->store, h->url, claim->until_ms, now, NULL);
}

void df_background_free(struct df_background *b)
{
    while (b->hosts) {
        struct host *h = b->hosts;
        b->hosts = h->next;
        while (h->undone) {
            struct claim *claim = h->undone;
            h->undone = claim->next;
            free(claim);
        }
        free(h);
    }
    pthread_cond_destroy(&b->wake);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
