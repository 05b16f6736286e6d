/* Port: an HTTP client. Sends one request and reads the whole answer, within limits; never follows a redirect, never uses
 * a proxy from the environment, only http and https. An answer of any status is DF_OK; DF_ERR_PROVIDER_TIMEOUT,
 * DF_ERR_PROVIDER (connection refused or lost, TLS, truncated, too large) and DF_ERR_INTERRUPTED are for no whole answer.
 * DF_ERR_ADDRESS: the name led to a link-local address, or to one that public_only forbids; nothing was sent.
 * Messages name the host, never the path, query, headers or bodies. The id and the trace of the request the thread works for
 * (base/trace.h) are sent along as X-Request-Id, traceparent and tracestate. Any thread. */
#ifndef DF_PORT_HTTP_CLIENT_H
#define DF_PORT_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/url.h"

enum { DF_HTTP_ANSWER_LIMIT_BYTES = 16 * 1024 * 1024 };

struct df_http_request {
    const char *method; /* "GET", "POST", ... */
    struct df_str url;  /* absolute */
    const struct df_param *headers;
    size_t n_headers;
    struct df_secret bearer; /* sent as Authorization: Bearer; may be empty */
    struct df_secret body;
    struct df_str content_type;   /* of the body */
    unsigned timeout_ms;          /* the whole exchange; 0: 30 s */
    size_t answer_limit_bytes;    /* 0: DF_HTTP_ANSWER_LIMIT_BYTES */
    bool (*cancelled)(void *arg); /* asked while waiting; may be NULL */
    void *cancelled_arg;
    bool public_only;       /* as df_http_stream's, for `send` */
    const char *counted_as; /* the provider's slug or "webhook", for the metrics; NULL: not counted */
    bool *ret_sent;         /* set when something of the request may have left, whatever came of it; may be NULL */
};

struct df_http_answer {
    int status;
    struct df_str body; /* in the caller's arena */
    struct df_param *headers;
    size_t n_headers;
};

/* A request whose bodies pass through in pieces, as they come, of any length. The request's own body is not used. Callbacks
 * run on the caller's thread and may wait; their bytes are theirs for the call only. */
struct df_http_stream {
    /* The body's next bytes: how many, 0 at its end, -1 to give up. NULL: there is no body. */
    long (*read)(void *arg, char *to, size_t room);
    int64_t length; /* of the body; -1: not known */
    /* Once, before any of the body: status and headers. False gives up, as it does in `write`. */
    /* After a head of 300 or more the rest of the body is not read. */
    bool (*head)(void *arg, const struct df_http_answer *head);
    bool (*write)(void *arg, const char *bytes, size_t n);
    void *arg;
    bool public_only; /* connect to no private or loopback address, whatever name led there */
};

/* What came of one of several requests. */
struct df_http_result {
    enum df_code code;
    struct df_http_answer answer; /* of DF_OK */
    struct df_error err;          /* of the rest */
};

struct df_http_client {
    const struct df_http_client_ops *ops;
};

struct df_http_client_ops {
    enum df_code (*send)(struct df_http_client *client, const struct df_http_request *request, struct df_arena *arena,
                         struct df_http_answer *ret, struct df_error *err);
    /* All of them at the same time, each as `send` would; returns when the last one has ended. */
    void (*send_all)(struct df_http_client *client, const struct df_http_request *requests, size_t n,
                     struct df_arena *arena, struct df_http_result *ret);
    /* DF_OK: the answer was whole, whatever its status; its body as sent, not decoded. timeout_ms is for no byte either way until
     * the head has come, answer_limit_bytes is not used. DF_ERR_INTERRUPTED: a callback gave up, or `cancelled` did.
     * DF_ERR_ADDRESS: the name led to an address that public_only forbids; nothing was sent. */
    enum df_code (*stream)(struct df_http_client *client, const struct df_http_request *request,
                           const struct df_http_stream *stream, struct df_arena *arena, struct df_error *err);
    /* The process ends: whoever waits, now or later, gets DF_ERR_BUSY within a second. Any thread. */
    void (*hang_up)(struct df_http_client *client);
    void (*free)(struct df_http_client *client);
};

static inline enum df_code df_http_send(struct df_http_client *client, const struct df_http_request *request,
                                        struct df_arena *arena, struct df_http_answer *ret, struct df_error *err)
{
    return client->ops->send(client, request, arena, ret, err);
}

/* First header of that name, case-insensitive; empty when absent. */
static inline struct df_str df_http_header(const struct df_http_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->n_headers; i++)
        if (df_str_ieq(answer->headers[i].name, df_str_c(name)))
            return answer->headers[i].value;
    return DF_STR_NONE;
}

#endif
