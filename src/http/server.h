/* The HTTP/1.1 server, the one place that sees libmicrohttpd. It takes requests apart, bounds them, finds their route and
 * runs its handler: on the event loop when the route waits for nothing, else in the pool of what it waits for. The API and
 * the sandbox are two tables of routes over it. Source: RFC 9110, RFC 9112.
 *
 * A handler gets a request whose parts live in the request's arena, and fills a reply; on failure it returns the code and
 * fills *err, and the server's `render_error` makes the answer. Handlers run on several threads at once. */
#ifndef DF_HTTP_SERVER_H
#define DF_HTTP_SERVER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/url.h"
#include "domain/forwarded.h"

/* Why a handler runs: for the first time, or again after it parked its request. */
enum df_resumed { DF_FIRST_RUN, DF_RESUMED, DF_RESUMED_TOO_LATE, DF_RESUMED_STOPPING, DF_RESUMED_GONE };

enum { DF_HTTP_PARAMS = 4, DF_HTTP_HEADERS = 12, DF_HTTP_ANSWER_HEADERS = 8 };

struct df_caller;
/* What comes of asking whether a request may go on to its handler, and when that is asked: with the head alone, with the whole
 * body, and last where the store may be waited for. */
enum df_admission { DF_ADMITTED, DF_REFUSED, DF_NOT_YET };
enum df_admit_when { DF_ADMIT_HEAD, DF_ADMIT_WHOLE, DF_ADMIT_IN_POOL };

struct df_request {
    struct df_arena *arena;
    struct df_str method; /* HEAD is routed as GET and keeps its name here */
    struct df_str target; /* as sent: path and query, not decoded */
    struct df_str path;   /* before '?', not decoded */
    struct df_param *query;
    size_t n_query;
    struct df_str body;
    struct df_str request_id;
    uint8_t client[16];           /* the client's address, an IPv4 one mapped (base/address.h); all zero: not known */
    bool peer_is_loopback;        /* the client is on this machine */
    const struct df_route *route; /* NULL when none matched */
    struct df_str params[DF_HTTP_PARAMS]; /* the route's :names in order, decoded */
    struct df_str rest;                   /* what the route's "*" stands for, not decoded */
    struct df_param *headers;
    size_t n_headers;
    enum df_resumed resumed;
    struct df_param answer_headers[DF_HTTP_ANSWER_HEADERS]; /* of whatever answers it */
    size_t n_answer_headers;
    const struct df_caller *caller; /* who asks; what `admit` found */
    enum df_admission admission;
};

struct df_reply {
    int status; /* 200 */
    struct df_buf body;
    const char *content_type; /* "application/json" */
    struct df_param headers[DF_HTTP_HEADERS];
    size_t n_headers;
    bool cut;  /* sandbox faults: send half the body, then close */
    bool drop; /* sandbox faults: close without an answer */
};

enum df_wait { DF_WAIT_NOTHING, DF_WAIT_STORE, DF_WAIT_UPSTREAM, DF_WAIT_STREAM, DF_WAIT_KINDS };

typedef enum df_code df_handler(void *app, const struct df_request *request, struct df_reply *reply,
                                struct df_error *err);

/* A quick answer: runs on the event loop once the request is whole, so it must not wait for anything. False leaves the
 * request to the route's `run`, which tells every error; what it wrote into the reply is then dropped. */
typedef bool df_quick_handler(void *app, const struct df_request *request, struct df_reply *reply);

/* One row for each method and path. Path parts are literal, ":name" for one non-empty part, or at the end "*" for all that
 * follows, undecoded (df_request.rest); then the query is not taken apart. The method "*" is all of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS.
 * A route that waits for DF_WAIT_STREAM is run before its body has come: see "Streaming" below. */
struct df_route {
    const char *method;
    const char *path; /* "/auth/:provider/token", without the prefix */
    enum df_wait wait;
    df_handler *run;
    bool outside_prefix;     /* answers at its bare path too */
    df_quick_handler *quick; /* may be NULL */
    int access, project_at;  /* for `admit`; the server does not look at them */
};

/* What one client may take of a server; 0: what the server itself thinks right. */
struct df_server_limits {
    unsigned connections;
    unsigned head_ms, body_ms; /* from a request's first byte until its head, its body must be in */
    unsigned per_address;      /* connections of one address (IPv6: of one network of 64 bits); 0: no such limit */
    bool loopback_too;         /* whether per_address holds for loopback */
};

/* In PEM; may be gone once the server has started. */
struct df_server_tls {
    const char *certificates, *key;
};

struct df_server_config {
    const char *host; /* an address or name */
    int port;         /* 0 takes a free one */
    int listener;     /* a socket that listens already, instead of host and port; taken over. 0: none */
    void (*bound)(void *arg, int port); /* called before the first request can come; may be NULL */
    void *bound_arg;
    const char *prefix; /* "/api/v1", or "" */
    const struct df_route *routes;
    size_t n_routes;
    void *app;
    size_t body_limit_bytes;
    unsigned queue_ms; /* how long a request may wait for a thread before it is answered DF_ERR_BUSY; 0: 30 s */
    struct df_server_limits limits;
    const struct df_trusted_proxies *proxies; /* whom to believe where a request is from; NULL: nobody */
    const struct df_server_tls *tls;          /* NULL: none */
    /* Before routing; NULL lets everything pass. */
    enum df_code (*guard)(void *app, struct df_request *request, struct df_error *err);
    /* After the guard: true when the reply answers the request already; may be NULL. */
    bool (*answers)(void *app, const struct df_request *request, struct df_reply *reply);
    /* After routing and `admit`, also where those refused (request->route is NULL where no route was found); may be NULL. */
    enum df_code (*limit)(void *app, struct df_request *request, struct df_error *err);
    /* After routing, before the handler; asked again after DF_NOT_YET, at the latest in the pool of what the route waits for
     * (that of the store when it waits for nothing), where that is no answer any more. NULL admits everyone. */
    enum df_admission (*admit)(void *app, struct df_request *request, enum df_admit_when when, struct df_error *err);
    /* Whose share of a pool the request takes, as df_pool_submit_for has it; asked once it was admitted, or its body is there. NULL:
     * nobody's. */
    uint64_t (*owner)(void *app, const struct df_request *request);
    /* Fills the reply for a failed request; *err holds code and message. */
    void (*render_error)(void *app, const struct df_request *request, const struct df_error *err,
                         struct df_reply *reply);
    /* After each answer, for the log; may be NULL. */
    void (*answered)(void *app, const struct df_request *request, int status, int64_t micros);
};

struct df_server;
struct df_parked;

/* How much the server that got this request has to do. */
struct df_server_load {
    unsigned connections, connections_limit;
    unsigned under_way; /* requests that are not answered yet, */
    size_t parked;      /* and those of them that are parked */
    struct df_pool_load pools[DF_WAIT_KINDS];
};
struct df_server_load df_server_load(const struct df_request *request);

enum df_code df_server_start(const struct df_server_config *config, struct df_server **ret, struct df_error *err);
/* Bytes that a server's thread has read from a socket, before the HTTP library sees them (src/app/raw_recv.c). Without it the server
 * works, and sees less of malformed heads. */
void df_server_received(int fd, char *bytes, size_t n);
/* The same of what TLS has taken out of them. */
void df_server_decrypted(int fd, char *bytes, size_t n);
/* Of the library: "0.9.75". */
const char *df_server_library_version(void);
/* Of a server with TLS: the certificate that new connections see from now on. The old one stays unless this returns DF_OK; *ret_until_ms is
 * when the new one ends, 0 when it is the same. DF_ERR_CONFIG. */
enum df_code df_server_renew(struct df_server *server, const struct df_server_tls *pem, int64_t *ret_until_ms,
                             struct df_error *err);
/* What the clock has against the certificate that is shown now: "has expired", "does not hold yet". NULL: nothing, or there is none. */
const char *df_server_certificate_fault(const struct df_server *server);
int df_server_port(const struct df_server *server);
/* Stops listening, tells those it answers to come back by another connection, and finishes what is under way, in drain_ms at
 * most. Requests that are still parked then are run again with DF_RESUMED_STOPPING, and so are those that park later. */
void df_server_drain(struct df_server *server, unsigned drain_ms);
/* The same, then waits for all handlers and frees. */
void df_server_stop(struct df_server *server, unsigned drain_ms);
/* For how long the event loop has been in the same piece of work, which is to wait for nothing; 0: it is in none. */
int64_t df_server_stuck_ms(const struct df_server *server);

/* Parking: a handler that runs in a pool and must wait for something may hold the request without holding the thread. It
 * parks, gives the ticket to whoever will know when to go on, and returns DF_OK; its reply is dropped. The handler is run
 * again in its pool, request->resumed telling why: DF_RESUMED by the ticket, DF_RESUMED_TOO_LATE after deadline_ms,
 * DF_RESUMED_STOPPING when the server ends, which must be answered. When its client hangs up meanwhile, it is not run again. It may park
 * again, at most once a run. */
struct df_parked *df_request_park(const struct df_request *request, unsigned deadline_ms);
/* Ends the wait; from any thread, also before the handler has returned. Must be called once for each ticket, which it
 * frees: after the deadline, and after the server is gone, it does no more than that. */
void df_parked_resume(struct df_parked *ticket);

/* Streaming, for handlers of DF_WAIT_STREAM routes, on their thread. The body is read in pieces, without a limit; the answer
 * is either the reply as ever, or a head and then pieces. Memory is bounded each way; these functions wait. The answer goes
 * out once the whole request is in, as the library has it. A handler that fails after df_reply_start ends the answer visibly
 * broken. */
struct df_reply_head {
    int status;
    const struct df_param *headers;
    size_t n_headers;
    int64_t length; /* of the body; -1: not known */
};
/* At most `room` bytes of the body; 0 at its end, -1 when the client has gone or the server ends. */
long df_request_read(const struct df_request *request, char *to, size_t room);
/* What of the body was not read is not wanted. */
void df_request_drop_rest(const struct df_request *request);
/* Whether the client has gone, or the server ends. Does not wait. */
bool df_request_gone(const struct df_request *request);
/* How many bytes of headers an answer may have, ours not counted: they share their memory with the request's. */
size_t df_reply_head_room(const struct df_request *request);
/* Both false when there is no one left to answer. The head is copied. */
bool df_reply_start(const struct df_request *request, const struct df_reply_head *head);
bool df_reply_write(const struct df_request *request, const char *bytes, size_t n);

/* The client's address as text, without a port. */
struct df_str df_request_peer(const struct df_request *request);
/* Whom the client counts as: its address, or the network of 64 bits of an IPv6 one, in the request. Empty when it is not known. */
struct df_str df_request_network(const struct df_request *request);
/* A header of whatever answers the request, also of errors and streams. name is a literal, the value ends with NUL in the request's
 * arena. */
void df_request_answer_header(struct df_request *request, const char *name, struct df_str value);
/* First header of that name, case-insensitive; empty when absent. */
struct df_str df_request_header(const struct df_request *request, const char *name);
/* Whether its head says, in any of the ways there are, that a proxy passed it on, whoever that proxy is. */
bool df_request_was_passed_on(const struct df_request *request);
/* First query parameter of that name; empty when absent. */
struct df_str df_request_query(const struct df_request *request, const char *name);
/* The same, or NULL: one that is given may be empty. */
const struct df_str *df_request_query_given(const struct df_request *request, const char *name);
/* Value of a cookie (RFC 6265 section 4.2); empty when absent. */
struct df_str df_request_cookie(const struct df_request *request, struct df_str name);

/* name is a literal; the value is copied. Values with CR, LF or NUL are dropped. */
void df_reply_header(struct df_reply *reply, const char *name, struct df_str value);

#endif
