/* The connections of a server: how long each may take for what it is at, and how many an address may have. The HTTP library's own
 * time-out starts anew at each byte, so a client that drips would outlive it; a deadline here does not move. A connection that
 * misses its deadline is shut down, without an answer; so is one whose client ended in the middle of a request. Also follows the raw bytes of each (raw_head.h), where the program lets
 * it see them. For server*.c alone. All but df_watch_stop is of the event loop's thread; df_connection_due may be of any. */
#ifndef DF_HTTP_SERVER_WATCH_H
#define DF_HTTP_SERVER_WATCH_H

#include "http/raw_head.h"

#include <stdatomic.h>
#include <sys/socket.h>

struct df_watch;

struct df_watch_limits {
    unsigned head_ms, body_ms; /* from a request's first byte */
    unsigned answer_ms;        /* for a client to take an answer, and a second more for each 16 KiB */
    unsigned per_address;      /* connections; 0: as many as there are */
    bool loopback_too;         /* whether per_address holds for loopback */
    bool (*exempt)(const void *arg, const struct sockaddr *peer); /* from per_address: a trusted proxy; may be NULL */
    const void *exempt_arg;
};

struct df_connection {
    struct df_watch *watch;
    struct df_connection *prev, *next;
    _Atomic int64_t due_ms; /* monotonic; 0: no deadline */
    atomic_bool awaited;    /* more of a request is to come */
    bool ended;             /* the watch's own: its client had ended when last looked at */
    int64_t first_ms;       /* when the first byte of the request came that is under way; 0: none has come yet */
    struct df_raw_head raw;
    int fd;
    bool encrypted;
    uint8_t address[16]; /* what counts: an IPv6 network of 64 bits, or an IPv4 address as a mapped one */
    bool counted;
};

struct df_tls;

/* Starts the thread that watches. tls: what the connections are encrypted with; NULL: they are not. */
struct df_watch *df_watch_start(const struct df_watch_limits *limits, struct df_tls *tls);
/* On the event loop of a server: its. */
struct df_tls *df_watch_tls(void);
/* No connection is left. */
void df_watch_stop(struct df_watch *watch);

/* Whether one more of that address may come. */
bool df_watch_admits(struct df_watch *watch, const struct sockaddr *peer);
struct df_connection *df_connection_opened(struct df_watch *watch, int fd, const struct sockaddr *peer);
/* Before its descriptor is closed. */
void df_connection_closed(struct df_connection *connection);

/* What the connection is at. */
void df_connection_head_in(struct df_connection *connection);
void df_connection_at_work(struct df_connection *connection);
void df_connection_answering(struct df_connection *connection, size_t bytes);
void df_connection_idle(struct df_connection *connection);
/* Bytes of a body without a limit came, which buy it time. */
void df_connection_streams(struct df_connection *connection, size_t bytes);

#endif
