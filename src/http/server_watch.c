#include "http/server_watch.h"
#include "base/address.h"
#include "base/fatal.h"
#include "base/wait.h"
#include "http/server.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    LOOK_MS = 250,
    SLOTS = 4096, /* of addresses; a chain each */
    STREAM_BYTES_PER_S = 1024,
    ANSWER_BYTES_PER_S = 16 * 1024,
};

/* How many connections an address has; kept while there is one. */
struct peer {
    struct peer *next;
    uint8_t address[16];
    unsigned connections;
};

struct df_watch {
    struct df_watch_limits limits;
    struct df_tls *tls;
    struct df_connection **by_fd; /* the event loop's */
    size_t n_fds;
    struct peer *peers[SLOTS]; /* the event loop's */
    pthread_mutex_t lock;      /* of the list, and of the descriptors in it being open */
    pthread_cond_t changed;
    struct df_connection *first;
    bool stopping, asleep;
    pthread_t thread;
};

/* The raw bytes come with nothing but a descriptor, on the thread of the event loop they are of. */
static _Thread_local struct df_watch *here;

static void set_due(struct df_connection *c, int64_t due_ms)
{
    atomic_store_explicit(&c->due_ms, due_ms, memory_order_relaxed);
}

/* Both directions: what the client sends later has nowhere to go, and the library sees an end. */
static void cut(struct df_connection *c)
{
    shutdown(c->fd, SHUT_RDWR);
    set_due(c, 0);
    atomic_store_explicit(&c->awaited, false, memory_order_relaxed);
}

/* Whether the client has ended in the middle of a request. The library does not see that when the end came together with the last bytes: it
 * has read them, and no further event tells it. Seen twice in a row, for what it has read may have been whole. */
static bool is_cut_off(struct df_connection *c)
{
    char byte;
    bool ended = atomic_load_explicit(&c->awaited, memory_order_relaxed) &&
                 recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    bool again = ended && c->ended;
    c->ended = ended;
    return again;
}

static void cut_late(struct df_watch *watch)
{
    int64_t now = df_monotonic_coarse_ms();
    for (struct df_connection *c = watch->first; c; c = c->next) {
        int64_t due = atomic_load_explicit(&c->due_ms, memory_order_relaxed);
        if (due && (now >= due || is_cut_off(c)))
            cut(c);
    }
}

static void *run(void *arg)
{
    struct df_watch *watch = arg;
    pthread_mutex_lock(&watch->lock);
    while (!watch->stopping) {
        cut_late(watch);
        watch->asleep = watch->first == NULL;
        if (watch->asleep)
            pthread_cond_wait(&watch->changed, &watch->lock);
        else
            df_cond_wait_until(&watch->changed, &watch->lock, df_monotonic_ms() + LOOK_MS);
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

struct df_watch *df_watch_start(const struct df_watch_limits *limits, struct df_tls *tls)
{
    struct df_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        df_out_of_memory();
    watch->limits = *limits;
    watch->tls = tls;
    pthread_mutex_init(&watch->lock, NULL);
    df_cond_init(&watch->changed);
    if (pthread_create(&watch->thread, NULL, run, watch) != 0)
        df_die("a thread cannot be started");
    pthread_setname_np(watch->thread, "df-watch");
    return watch;
}

struct df_tls *df_watch_tls(void)
{
    return here->tls;
}

void df_watch_stop(struct df_watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    watch->stopping = true;
    pthread_cond_signal(&watch->changed);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    pthread_cond_destroy(&watch->changed);
    pthread_mutex_destroy(&watch->lock);
    free(watch->by_fd);
    free(watch);
}

static struct peer **peer_at(struct df_watch *watch, const uint8_t address[16])
{
    struct peer **at = &watch->peers[df_str_hash(df_str_n((const char *)address, 16)) % SLOTS];
    while (*at && memcmp((*at)->address, address, 16) != 0)
        at = &(*at)->next;
    return at;
}

static bool is_limited(const struct df_watch *watch, const struct sockaddr *peer)
{
    const struct df_watch_limits *l = &watch->limits;
    if (l->per_address == 0 || (!l->loopback_too && df_address_is_loopback(peer)))
        return false;
    return !l->exempt || !l->exempt(l->exempt_arg, peer);
}

bool df_watch_admits(struct df_watch *watch, const struct sockaddr *peer)
{
    uint8_t address[16];
    if (!is_limited(watch, peer) || !df_address_network(peer, address))
        return true;
    const struct peer *p = *peer_at(watch, address);
    return !p || p->connections < watch->limits.per_address;
}

static void count(struct df_watch *watch, struct df_connection *c, const struct sockaddr *peer)
{
    if (!is_limited(watch, peer) || !df_address_network(peer, c->address))
        return;
    struct peer **at = peer_at(watch, c->address);
    if (!*at) {
        if (!(*at = calloc(1, sizeof **at)))
            df_out_of_memory();
        memcpy((*at)->address, c->address, 16);
    }
    (*at)->connections++;
    c->counted = true;
}

static void uncount(struct df_watch *watch, const struct df_connection *c)
{
    struct peer **at = peer_at(watch, c->address), *peer = *at;
    if (peer && --peer->connections == 0) {
        *at = peer->next;
        free(peer);
    }
}

static void keep_by_fd(struct df_watch *watch, struct df_connection *c)
{
    size_t fd = (size_t)c->fd;
    if (fd >= watch->n_fds) {
        size_t n = fd + fd / 2 + 64;
        struct df_connection **grown = calloc(n, sizeof *grown);
        if (!grown)
            df_out_of_memory();
        if (watch->n_fds)
            memcpy(grown, watch->by_fd, watch->n_fds * sizeof *grown);
        free(watch->by_fd);
        watch->by_fd = grown;
        watch->n_fds = n;
    }
    watch->by_fd[fd] = c;
}

struct df_connection *df_connection_opened(struct df_watch *watch, int fd, const struct sockaddr *peer)
{
    struct df_connection *c = calloc(1, sizeof *c);
    if (!c)
        df_out_of_memory();
    here = watch;
    c->watch = watch;
    c->fd = fd;
    c->encrypted = watch->tls != NULL;
    if (peer)
        count(watch, c, peer);
    keep_by_fd(watch, c);
    pthread_mutex_lock(&watch->lock);
    c->next = watch->first;
    if (c->next)
        c->next->prev = c;
    watch->first = c;
    if (watch->asleep) { /* else it looks in a moment anyway */
        watch->asleep = false;
        pthread_cond_signal(&watch->changed);
    }
    pthread_mutex_unlock(&watch->lock);
    return c;
}

void df_connection_closed(struct df_connection *c)
{
    struct df_watch *watch = c->watch;
    pthread_mutex_lock(&watch->lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        watch->first = c->next;
    if (c->next)
        c->next->prev = c->prev;
    pthread_mutex_unlock(&watch->lock);
    watch->by_fd[c->fd] = NULL;
    if (c->counted)
        uncount(watch, c);
    free(c);
}

/* Whether more of a request is to come. */
static void await(struct df_connection *c, bool more)
{
    atomic_store_explicit(&c->awaited, more, memory_order_relaxed);
}

/* The first byte of a request. Those that come while another is answered are of the next one, which is counted from then. */
static void first_byte(struct df_connection *c)
{
    c->first_ms = df_monotonic_coarse_ms();
    if (atomic_load_explicit(&c->due_ms, memory_order_relaxed) == 0)
        set_due(c, c->first_ms + c->watch->limits.head_ms);
    await(c, true);
}

static struct df_connection *connection_of(int fd)
{
    return here && fd >= 0 && (size_t)fd < here->n_fds ? here->by_fd[fd] : NULL;
}

void df_server_received(int fd, char *bytes, size_t n)
{
    struct df_connection *c = connection_of(fd);
    if (c && c->first_ms == 0)
        first_byte(c);
    if (c && !c->encrypted)
        df_raw_head_feed(&c->raw, bytes, n);
}

void df_server_decrypted(int fd, char *bytes, size_t n)
{
    struct df_connection *c = connection_of(fd);
    if (c)
        df_raw_head_feed(&c->raw, bytes, n);
}

void df_connection_head_in(struct df_connection *c)
{
    set_due(c, (c->first_ms ? c->first_ms : df_monotonic_coarse_ms()) + c->watch->limits.body_ms);
    await(c, true);
}

void df_connection_at_work(struct df_connection *c)
{
    set_due(c, 0);
    await(c, false);
}

void df_connection_answering(struct df_connection *c, size_t bytes)
{
    await(c, false);
    set_due(c, df_monotonic_coarse_ms() + c->watch->limits.answer_ms + (int64_t)(bytes / ANSWER_BYTES_PER_S) * 1000);
}

/* What has come beyond the request is of the next. */
void df_connection_idle(struct df_connection *c)
{
    bool more = c->raw.state != DF_RAW_BEFORE && c->raw.state != DF_RAW_BLIND;
    c->first_ms = more ? df_monotonic_coarse_ms() : 0;
    await(c, more);
    set_due(c, more ? c->first_ms + c->watch->limits.head_ms : 0);
}

/* Each KiB buys a second, up to what a body has at its start. */
void df_connection_streams(struct df_connection *c, size_t bytes)
{
    int64_t due = atomic_load_explicit(&c->due_ms, memory_order_relaxed),
            most = df_monotonic_coarse_ms() + c->watch->limits.body_ms;
    due = due ? due + (int64_t)(bytes * 1000 / STREAM_BYTES_PER_S) : most;
    set_due(c, due < most ? due : most);
}
