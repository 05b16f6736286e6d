/* One request and its answer, from the request line to the last byte sent: the server's inside, for server*.c alone. All of
 * it runs on the event loop but what dispatch hands to a pool; while AT_WORK the exchange is the pool's. */
#ifndef DF_HTTP_SERVER_EXCHANGE_H
#define DF_HTTP_SERVER_EXCHANGE_H

#include "base/pool.h"
#include "http/parking.h"
#include "http/server.h"
#include "http/server_watch.h"

#include <microhttpd.h>
#include <stdatomic.h>

enum {
    /* The library keeps and touches all of it while a connection is idle. Beside the text of the request's head it holds
     * a cell for each header, and the head of the answer. */
    DF_CONNECTION_MEMORY_BYTES = 11264,
    DF_HEADER_CELL_BYTES = 64,
    DF_STATUS_GONE = 499, /* of a request whose client went before its answer; in the log and the metrics alone */
};

struct df_server {
    struct df_server_config config;
    _Atomic(struct MHD_Daemon *) daemon; /* set while its thread may be answering already */
    struct df_pool *pool[DF_WAIT_KINDS];
    struct df_parking *parking;
    struct df_watch *watch;
    struct df_tls *tls; /* NULL: plain HTTP */
    int port;
    unsigned connections_limit;
    atomic_int under_way;
    atomic_bool draining;       /* nobody is to stay */
    atomic_bool stopping;       /* streams are to end */
    _Atomic int64_t entered_ms; /* when the event loop began what it is at; 0: nothing */
    int listener;               /* once nobody listens on it; -1 */
    uint64_t ids;               /* the next request id is made of it; the event loop's */
};

enum df_stage { DF_HEAD_SEEN, DF_BODY, DF_AT_WORK, DF_DONE, DF_STREAMING };

struct df_exchange {
    struct df_server *server;
    struct MHD_Connection *connection;
    struct df_connection *wire;
    struct df_arena *arena;
    struct df_request request;
    struct df_reply reply;
    struct df_buf body;
    size_t discarded;
    enum df_stage stage;
    struct df_stream *stream; /* of a DF_WAIT_STREAM route */
    struct df_parked *parked; /* by the run of its handler that is under way */
    int64_t started_us;
    int64_t queued_ms; /* when it was given to a pool; of CLOCK_MONOTONIC */
    uint64_t owner;    /* whose share of that pool it takes */
    int status;
};

struct df_exchange *df_exchange_of(const struct df_request *request);

/* A header that the library refuses is left out; one that there is no memory for ends the process, for an answer without it may
 * be one that a browser keeps or runs. */
void df_response_put(struct MHD_Response *response, const char *name, const char *value);

/* libmicrohttpd's callbacks: cls is the server, *req_cls the exchange. */
void *df_exchange_new(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result df_exchange_step(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *data, size_t *data_n, void **req_cls);
void df_exchange_done(void *cls, struct MHD_Connection *connection, void **req_cls,
                      enum MHD_RequestTerminationCode why);
/* The parking's: runs the handler again. */
void df_exchange_wake(void *exchange, enum df_resumed why);

#endif
