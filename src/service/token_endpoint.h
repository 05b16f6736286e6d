/* The token endpoint of a provider (RFC 6749 sections 4.1.3, 5 and 6): one request, its answer read strictly, and what went
 * wrong sorted by what it means for the connection. */
#ifndef DF_SERVICE_TOKEN_ENDPOINT_H
#define DF_SERVICE_TOKEN_ENDPOINT_H

#include "service/devflow.h"
#include "service/token_fate.h"

struct df_token_answer {
    struct df_secret access_token, refresh_token; /* the latter may be empty */
    struct df_str token_type;
    struct df_str scopes; /* space separated; empty when the answer names none */
    int64_t expires_ms;   /* 0: the answer gives no lifetime */
    struct df_str user_email;
    struct df_str error; /* of a refusal: its name in RFC 6749's or RFC 8628's words, filled when the call fails */
};

struct df_token_grant {
    const struct df_provider *provider;
    const struct df_oauth_app *app;
    /* authorization_code: code and verifier; refresh_token: refresh_token; device: device_code (RFC 8628 section 3.4) */
    struct df_secret code, verifier, refresh_token, device_code;
    /* Called about once a second while the provider is answering; true gives up. May be NULL. */
    bool (*waiting)(void *arg);
    void *waiting_arg;
    unsigned timeout_ms; /* 0: a minute */
};

/* DF_ERR_RECONNECT: the grant is refused for good (invalid_grant). DF_ERR_CLIENT_CREDENTIALS: the application's own fault
 * (invalid_client). DF_ERR_RATE_LIMITED, DF_ERR_PROVIDER, DF_ERR_PROVIDER_TIMEOUT: for now only; the tokens may or may not
 * have been replaced when no whole answer came. */
/* *ret_fate (may be NULL) is filled whatever came. */
enum df_code df_token_request(const struct df_devflow *d, const struct df_token_grant *grant, struct df_arena *arena,
                              struct df_token_answer *ret, struct df_token_fate *ret_fate, struct df_error *err);

/* Reads an answer; pure, for the fuzz target. now_ms turns expires_in into a time. The tokens may be where the row says;
 * the provider's own words for errors count as RFC 6749's. */
enum df_code df_token_answer_read(const struct df_provider *provider, int status, struct df_str body, int64_t now_ms,
                                  struct df_arena *arena, struct df_token_answer *ret, struct df_error *err);

#endif
