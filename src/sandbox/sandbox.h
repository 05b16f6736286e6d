/* `devflow sandbox`: a Sentry to develop against. It takes events from real SDKs, groups them, and serves Sentry's OAuth and
 * the parts of its API that DevFlow uses, on loopback, in memory. One organization, one project, one OAuth application, one
 * user who is always logged in. Sources: docs.sentry.io/api, develop.sentry.dev/sdk.
 *
 * What happens on demand, for tests (no token needed):
 *   POST   /_sandbox/faults  {"on":"token|authorize|api|ingest|webhook","kind":K,"status":503,"ms":15000,"count":1}
 *            K: latency (ms), status, rate_limit (429 as Sentry's limiter answers), drop (nothing is done, no answer),
 *            drop_after (all is done, tokens are replaced, no answer), truncate (half the body), html (an HTML error page
 *            of that status), empty (200 and an empty list). `count` answers are affected, 1 unless said; faults of one
 *            place are used up in the order given.
 *            In the place "webhook": drop (never sent), drop_after (sent twice), truncate, empty (no signature), latency.
 *   POST   /_sandbox/webhook {"url","secret"}: where the internal integration sends what is new or came back, and signs it with;
 *            an empty url: nowhere.
 *   DELETE /_sandbox/faults  forgets them.
 *   GET    /_sandbox/stats   {"tokenCalls","refreshCalls","refreshReuse","apiCalls","webhooksTaken","events","issues","consents"}
 *   POST   /_sandbox/expire  {"refresh":false}: access tokens (and refresh tokens) are expired from now on.
 *   POST   /_sandbox/revoke  as the user revoking the application: tokens, codes and approved scopes are gone.
 *
 * Each answer is one line on standard error: time, method, path (no query: it holds codes), status.
 *
 * Threads: the server's; one mutex guards the state, latency waits outside it. */
#ifndef DF_SANDBOX_H
#define DF_SANDBOX_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

struct df_sandbox;

/* Sends one JSON body; the answer's status, or 0 and why not. */
struct df_param;
typedef int sandbox_post_fn(void *arg, struct df_str url, const struct df_param *headers, size_t n_headers,
                            struct df_str body, struct df_arena *arena, struct df_error *err);

struct df_sandbox_config {
    int port;                                             /* 0 takes a free one */
    const char *client_id, *client_secret, *redirect_uri; /* NULL: random, random, DevFlow's own callback */
    const char *organization, *project;                   /* slugs; NULL: "sandbox", "shop" */
    long long token_ttl_s;                                /* 0: 30 days */
    const char *webhook_url, *webhook_secret;             /* of the internal integration; NULL: sends nothing, random */
    sandbox_post_fn *post;                                /* it sends with; from several threads */
    void *post_arg;
    bool no_organizations; /* the user belongs to none: the API's list is empty */
};

#define DF_SANDBOX_REDIRECT_URI "http://localhost:3001/api/v1/auth/sentry/callback"
enum { DF_SANDBOX_PORT = 9009 };

/* Starts serving. DF_ERR_INVALID names an option that cannot be; a port in use is the server's error. */
enum df_code df_sandbox_start(const struct df_sandbox_config *config, struct df_sandbox **ret, struct df_error *err);
void df_sandbox_stop(struct df_sandbox *sandbox);

/* Borrowed, valid until the stop. The secret is here to be shown: it protects nothing. */
struct df_sandbox_facts {
    const char *url, *dsn, *client_id, *client_secret, *redirect_uri, *organization, *project;
    const char *linear_url, *linear_redirect_uri, *linear_api_key; /* the application is the same */
    const char *webhook_secret;
};
struct df_sandbox_facts df_sandbox_facts(const struct df_sandbox *sandbox);

#endif
