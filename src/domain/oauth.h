/* What DevFlow remembers of projects, their OAuth applications, their connections and the authorizations under way.
 * Plain data; strings are views into the arena they were loaded or built in. Times are ms since the epoch, 0 for none.
 * Fields named sealed_* are ciphertext (base/crypto.h); nothing here holds a secret in the clear. */
#ifndef DF_DOMAIN_OAUTH_H
#define DF_DOMAIN_OAUTH_H

#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "domain/refresh.h"

#include <stdint.h>

struct df_project {
    struct df_str id, name, description, repository;
    int64_t created_ms, updated_ms;
};

/* One OAuth application a project brought for one provider: the guide's table oauth_apps. */
struct df_oauth_app {
    struct df_str project_id, provider;
    struct df_str client_id, sealed_client_secret;
    struct df_str redirect_uri;
    struct df_str scopes; /* space separated */
    struct df_str flow_type;
    struct df_str base_url;  /* the provider's, without a trailing slash */
    struct df_str endpoints; /* JSON, what discovery found; empty: the provider's row says where they are */
    struct df_str name, description;
    struct df_str id;
    int64_t created_ms, updated_ms;
    /* The provider does not know this client ID and secret: since when, when it is tried again, and for which time. Empty until
     * then, and again when it is registered anew. */
    struct df_str fault;
    int64_t fault_ms, fault_retry_ms, fault_times;
};

struct df_connection {
    struct df_str id, project_id, provider;
    struct df_str base_url;
    struct df_str sealed_access_token, sealed_refresh_token; /* the latter empty when the provider gave none */
    struct df_str token_type;
    struct df_str scopes;            /* as granted, space separated */
    int64_t obtained_ms, expires_ms; /* of the access token; expires_ms 0: it does not expire */
    struct df_str user_id;           /* Sentry: the organisation's slug */
    struct df_str user_email;
    struct df_str organizations; /* JSON: [{"slug","name","url"}], all the token sees */
    bool reconnect;              /* the provider refused it for good, or the application changed */
    /* Of the last refresh, or of `reconnect`; empty when healthy. With no `failures`: it waits for its turn at the provider. */
    struct df_str failure_reason;
    struct df_str failure_code; /* its df_code_name; may be empty */
    int64_t version;            /* grows by one with each change of the tokens */
    /* The refresh under way: docs/decisions/002-one-refresh.md. */
    int64_t epoch;
    struct df_str lease_owner;
    int64_t lease_until_ms;
    bool unanswered, doubtful;
    int64_t failures; /* refreshes in a row that failed for now */
    int64_t due_ms;   /* when the background refresh looks at it next; 0: never */
    int64_t refreshed_ms, created_ms, updated_ms;
};

enum df_flow_status { DF_FLOW_PENDING, DF_FLOW_EXCHANGING, DF_FLOW_COMPLETED, DF_FLOW_FAILED };

/* One authorization under way, from `authorize` to its callback. */
struct df_oauth_flow {
    struct df_str id;
    struct df_str project_id, provider;
    struct df_str state_hash;                  /* SHA-256, 32 bytes; the state itself is never stored */
    struct df_str sealed_verifier, sealed_url; /* the former of a device flow: its device code */
    struct df_str browser_hash;                /* SHA-256 of the cookie, once startUrl was opened */
    struct df_str organization;                /* asked for with --org; may be empty */
    enum df_flow_status status;
    struct df_str code, message; /* when it failed */
    int64_t created_ms, expires_ms;
    /* A device flow (interval_s > 0): when the provider may be asked next. */
    int64_t interval_s, next_poll_ms;
};

/* What a caller may use against the provider. */
struct df_token {
    struct df_secret access_token;
    struct df_str token_type, scopes;
    int64_t expires_ms;
};

const char *df_flow_status_name(enum df_flow_status status);

enum df_connection_status {
    DF_CONNECTED, /* the token is valid, or will be refreshed when it is next asked for */
    DF_EXPIRED, /* not sure: the last refresh failed for now, or never ended; it is tried again when it is asked for */
    DF_RECONNECT, /* only the user can mend it */
};
enum df_connection_status df_connection_status(const struct df_connection *c, int64_t now_ms);
/* As the API says it. */
const char *df_connection_status_name(enum df_connection_status status);
/* The part that decides who may refresh. */
struct df_refresh_state df_connection_refresh_state(const struct df_connection *c);
void df_connection_set_refresh_state(struct df_connection *c, const struct df_refresh_state *s);
/* How long before its expiry a token is refreshed: 5 minutes, or half its life when that is shorter. */
int64_t df_connection_refresh_at_ms(const struct df_connection *c);

/* When a fresh token is refreshed in the background: at two thirds of a life of a day or more, so that the refresh token does
 * not die with it while DevFlow is down; else shortly before refresh_at. `random` spreads what was obtained together. 0: it
 * needs none, or there is no refresh token. refresh_ttl_s: how long an unused refresh token lives; 0: not known. */
int64_t df_connection_due_ms(const struct df_connection *c, int64_t refresh_ttl_s, uint32_t random);
/* How long to wait after that many failures in a row: from five seconds, doubling, to an hour, spread by a quarter. */
int64_t df_refresh_pause_ms(int64_t failures, uint32_t random);

/* Project ids: 1 to 63 of a-z 0-9 . _ -, the first a letter or digit. */
bool df_project_id_valid(struct df_str id);
/* A valid id made from a name ("My Shop!" -> "my-shop"); empty when nothing of it can be used. */
struct df_str df_project_id_from_name(struct df_str name, struct df_arena *arena);

#endif
