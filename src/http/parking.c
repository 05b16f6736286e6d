#include "http/parking.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

enum { LOOK_MS = 500 };

struct df_parked {
    struct df_parking *lot;
    struct df_parked *prev, *next; /* in the lot, by deadline, until woken */
    void *parked;
    int64_t deadline_ms;
    enum df_resumed why; /* DF_FIRST_RUN until woken */
    int fd;
    bool asleep;      /* its handler has returned */
    bool gone;        /* its client has hung up */
    unsigned holders; /* the ticket's owner, and the server until the wake is done */
};

struct df_parking {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t watch;
    void (*wake)(void *parked, enum df_resumed why);
    struct df_parked *first, *last;
    size_t unsettled; /* entered, and its wake not yet done */
    size_t holders;   /* the server, and each ticket */
    bool closing;
    int64_t look_ms; /* when the sockets are looked at next */
    struct pollfd *fds;
    size_t fds_room;
};

static void let_go_of_lot(struct df_parking *lot)
{
    pthread_mutex_lock(&lot->lock);
    bool last = --lot->holders == 0;
    pthread_mutex_unlock(&lot->lock);
    if (!last)
        return;
    pthread_cond_destroy(&lot->changed);
    pthread_mutex_destroy(&lot->lock);
    free(lot->fds);
    free(lot);
}

static void let_go(struct df_parked *ticket, unsigned holds)
{
    struct df_parking *lot = ticket->lot;
    pthread_mutex_lock(&lot->lock);
    ticket->holders -= holds;
    bool last = ticket->holders == 0;
    pthread_mutex_unlock(&lot->lock);
    if (!last)
        return;
    free(ticket);
    let_go_of_lot(lot);
}

/* Most deadlines are equally far away, so the place is nearly always at the end. */
static void link_by_deadline(struct df_parking *lot, struct df_parked *ticket)
{
    struct df_parked *before = lot->last;
    while (before && before->deadline_ms > ticket->deadline_ms)
        before = before->prev;
    ticket->prev = before;
    ticket->next = before ? before->next : lot->first;
    *(ticket->prev ? &ticket->prev->next : &lot->first) = ticket;
    *(ticket->next ? &ticket->next->prev : &lot->last) = ticket;
}

static void unlink_ticket(struct df_parking *lot, struct df_parked *ticket)
{
    *(ticket->prev ? &ticket->prev->next : &lot->first) = ticket->next;
    *(ticket->next ? &ticket->next->prev : &lot->last) = ticket->prev;
}

/* A request has been handed back to the server. */
static void settle(struct df_parking *lot)
{
    pthread_mutex_lock(&lot->lock);
    lot->unsettled--;
    if (lot->closing)
        pthread_cond_broadcast(&lot->changed);
    pthread_mutex_unlock(&lot->lock);
}

/* Called with the lock held, returns without it. True when the server is done with the ticket. */
static bool rouse(struct df_parked *ticket, enum df_resumed why)
{
    struct df_parking *lot = ticket->lot;
    unlink_ticket(lot, ticket);
    ticket->why = why;
    bool asleep = ticket->asleep;
    pthread_mutex_unlock(&lot->lock);
    if (!asleep)
        return false; /* df_parking_sleep will tell its handler */
    lot->wake(ticket->parked, why);
    settle(lot);
    return true;
}

static void have_room_for(struct df_parking *lot, size_t n)
{
    if (n <= lot->fds_room)
        return;
    free(lot->fds);
    lot->fds_room = 2 * n;
    lot->fds = calloc(lot->fds_room, sizeof *lot->fds);
    if (!lot->fds)
        df_out_of_memory();
}

/* With the lock held: while a ticket is in the lot, its connection is suspended, so its descriptor stays open, and nobody else looks at
 * it. Who has shut down his side only is taken for gone too, as most proxies do. */
static void look_for_gone(struct df_parking *lot)
{
    size_t n = 0, at = 0;
    lot->look_ms = df_monotonic_ms() + LOOK_MS;
    have_room_for(lot, lot->unsettled);
    for (const struct df_parked *t = lot->first; t; t = t->next)
        lot->fds[n++] = (struct pollfd){.fd = t->fd, .events = POLLRDHUP};
    if (poll(lot->fds, n, 0) <= 0)
        return;
    for (struct df_parked *t = lot->first; t; t = t->next)
        t->gone = lot->fds[at++].revents & (POLLRDHUP | POLLHUP | POLLERR);
}

static struct df_parked *first_gone(const struct df_parking *lot)
{
    struct df_parked *t = lot->first;
    while (t && !t->gone)
        t = t->next;
    return t;
}

/* The next to be woken, or NULL; with the lock held. */
static struct df_parked *next_due(struct df_parking *lot, enum df_resumed *ret_why)
{
    int64_t now = df_monotonic_ms();
    *ret_why = lot->closing ? DF_RESUMED_STOPPING : DF_RESUMED_TOO_LATE;
    if (lot->closing || lot->first->deadline_ms <= now)
        return lot->first;
    *ret_why = DF_RESUMED_GONE;
    if (now >= lot->look_ms)
        look_for_gone(lot);
    return first_gone(lot);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void *watch_parked(void *arg)
{
    struct df_parking *lot = arg;
    enum df_resumed why;
    pthread_mutex_lock(&lot->lock);
    while (!lot->closing || lot->first) {
        struct df_parked *ticket = lot->first ? next_due(lot, &why) : NULL;
        if (ticket) {
            if (rouse(ticket, why))
                let_go(ticket, 1);
            pthread_mutex_lock(&lot->lock);
        } else if (lot->first) {
            (void)df_cond_wait_until(&lot->changed, &lot->lock, earlier(lot->first->deadline_ms, lot->look_ms));
        } else {
            pthread_cond_wait(&lot->changed, &lot->lock);
        }
    }
    pthread_mutex_unlock(&lot->lock);
    return NULL;
}

struct df_parking *df_parking_new(void (*wake)(void *parked, enum df_resumed why))
{
    struct df_parking *lot = calloc(1, sizeof *lot);
    if (!lot)
        df_out_of_memory();
    lot->wake = wake;
    lot->holders = 1;
    pthread_mutex_init(&lot->lock, NULL);
    df_cond_init(&lot->changed);
    if (pthread_create(&lot->watch, NULL, watch_parked, lot) != 0)
        df_die("a thread cannot be started");
    pthread_setname_np(lot->watch, "df-parking");
    return lot;
}

struct df_parked *df_parking_enter(struct df_parking *lot, void *parked, int fd, unsigned deadline_ms)
{
    struct df_parked *ticket = calloc(1, sizeof *ticket);
    if (!ticket)
        df_out_of_memory();
    *ticket = (struct df_parked){
        .lot = lot, .parked = parked, .fd = fd, .deadline_ms = df_monotonic_ms() + (int64_t)deadline_ms, .holders = 2};
    pthread_mutex_lock(&lot->lock);
    lot->unsettled++;
    lot->holders++;
    if (lot->closing) {
        ticket->why = DF_RESUMED_STOPPING;
    } else {
        link_by_deadline(lot, ticket);
        if (lot->first == ticket)
            pthread_cond_broadcast(&lot->changed);
    }
    pthread_mutex_unlock(&lot->lock);
    return ticket;
}

enum df_resumed df_parking_sleep(struct df_parked *ticket)
{
    struct df_parking *lot = ticket->lot;
    pthread_mutex_lock(&lot->lock);
    enum df_resumed why = ticket->why;
    ticket->asleep = why == DF_FIRST_RUN;
    pthread_mutex_unlock(&lot->lock);
    if (why != DF_FIRST_RUN) {
        settle(lot);
        let_go(ticket, 1);
    }
    return why;
}

void df_parked_resume(struct df_parked *ticket)
{
    struct df_parking *lot = ticket->lot;
    unsigned holds = 1;
    pthread_mutex_lock(&lot->lock);
    if (ticket->why != DF_FIRST_RUN)
        pthread_mutex_unlock(&lot->lock);
    else if (rouse(ticket, DF_RESUMED))
        holds = 2;
    let_go(ticket, holds);
}

size_t df_parking_count(struct df_parking *lot)
{
    pthread_mutex_lock(&lot->lock);
    size_t n = lot->unsettled;
    pthread_mutex_unlock(&lot->lock);
    return n;
}

void df_parking_close(struct df_parking *lot)
{
    pthread_mutex_lock(&lot->lock);
    lot->closing = true;
    pthread_cond_broadcast(&lot->changed);
    pthread_mutex_unlock(&lot->lock);
    pthread_join(lot->watch, NULL);
    pthread_mutex_lock(&lot->lock);
    while (lot->unsettled > 0)
        pthread_cond_wait(&lot->changed, &lot->lock);
    pthread_mutex_unlock(&lot->lock);
}

void df_parking_free(struct df_parking *lot)
{
    assert(!lot->first && lot->unsettled == 0);
    let_go_of_lot(lot);
}
