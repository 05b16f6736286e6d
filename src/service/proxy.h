/* Using a connection's token without holding it: a request is passed on to the provider's API with the token put in, and its
 * answer back, both in pieces. Only to the connection's own hosts, never following a redirect; after a 401 once more with a
 * refreshed token, where the body can be sent again; not at all while the provider's rate limit holds. */
#ifndef DF_SERVICE_PROXY_H
#define DF_SERVICE_PROXY_H

#include "service/devflow.h"

struct df_proxy_head {
    int status;
    const struct df_param *headers; /* those that pass */
    size_t n_headers;
    int64_t length; /* of the body as it comes; -1: not known */
};

struct df_proxy_call {
    struct df_str project_id;
    const struct df_provider *provider;
    const char *method;
    struct df_str path, query;  /* of the provider's API, as sent; without '/' and '?' before them */
    struct df_str organization; /* whose region is asked; empty: the API's own host */
    const struct df_param *headers;
    size_t n_headers;
    bool has_body;
    int64_t length; /* of the body; -1: not known */
    /* As of struct df_http_stream; `gone` is asked while the provider is silent. */
    long (*read)(void *arg, char *to, size_t room);
    bool (*head)(void *arg, const struct df_proxy_head *head);
    bool (*write)(void *arg, const char *bytes, size_t n);
    bool (*gone)(void *arg);
    void *arg;
};

/* DF_OK: answered whole. DF_ERR_RATE_LIMITED without asking, DF_ERR_ADDRESS, DF_ERR_INTERRUPTED when the client went away, why
 * there is no token, and what the HTTP client says; after `head` was called, an error means the answer broke off. */
enum df_code df_proxy_forward(const struct df_devflow *d, const struct df_proxy_call *call, struct df_arena *arena,
                              struct df_error *err);

#endif
