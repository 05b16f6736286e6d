/* Inside the sandbox: its state, one call under way, the table of endpoints and what they answer with. Endpoints run with
 * the mutex held, those marked `unlocked` excepted. */
#ifndef DF_SANDBOX_CALL_H
#define DF_SANDBOX_CALL_H

#include "base/json.h"
#include "base/pool.h"
#include "http/server.h"
#include "sandbox/linear.h"
#include "sandbox/oauth.h"
#include "sandbox/sandbox.h"
#include "sandbox/store.h"

#include <pthread.h>

enum { SANDBOX_FAULTS_MAX = 32, SANDBOX_ENDPOINTS_MAX = 80 };

enum { SANDBOX_HOOK_BYTES = 1024 };

enum sandbox_place {
    SANDBOX_CONTROL,
    SANDBOX_TOKEN,
    SANDBOX_AUTHORIZE,
    SANDBOX_API,
    SANDBOX_INGEST,
    SANDBOX_LINEAR,
    SANDBOX_LINEAR_TOKEN,
    SANDBOX_WEBHOOK
};

enum sandbox_fault_kind {
    SANDBOX_FAULT_NONE,
    SANDBOX_FAULT_LATENCY,
    SANDBOX_FAULT_STATUS,
    SANDBOX_FAULT_RATE_LIMIT,
    SANDBOX_FAULT_DROP,
    SANDBOX_FAULT_DROP_AFTER,
    SANDBOX_FAULT_TRUNCATE,
    SANDBOX_FAULT_HTML,
    SANDBOX_FAULT_EMPTY,
    SANDBOX_FAULT_PARTIAL,
};

struct sandbox_fault {
    enum sandbox_place place;
    enum sandbox_fault_kind kind;
    int status;
    int64_t ms, count;
    char field[32]; /* of Linear: requests that ask for that field; empty: all */
};

struct df_sandbox {
    pthread_mutex_t mutex;
    struct df_arena *arena; /* what stays the same until the stop */
    struct df_server *server;
    struct df_str url, dsn, public_key;
    struct df_str organization, project; /* slugs */
    struct sandbox_store store;
    struct sandbox_oauth oauth;
    struct linear linear;
    struct sandbox_fault faults[SANDBOX_FAULTS_MAX];
    size_t n_faults;
    unsigned long long api_calls;
    int64_t started_ms;
    bool no_organizations;
    /* The internal integration: hooks.c. */
    sandbox_post_fn *post;
    void *post_arg;
    struct df_pool *hook_senders;
    struct df_str hook_url, hook_secret; /* no URL: nothing is sent */
    struct df_str first_hook_secret;     /* at the start: what is shown */
    char hook_url_text[SANDBOX_HOOK_BYTES], hook_secret_text[SANDBOX_HOOK_BYTES];
    unsigned long long hooks_taken;
    struct df_route routes[SANDBOX_ENDPOINTS_MAX];
    size_t n_routes;
};

struct sandbox_call {
    struct df_sandbox *sandbox;
    const struct df_request *request;
    struct df_reply *reply;
    struct df_arena *arena;
    struct df_json_writer w; /* over the reply's body */
    int64_t now_ms;
};

struct sandbox_endpoint {
    const char *method, *path;
    const char *scope; /* "event:read"; NULL for what needs no token */
    void (*run)(struct sandbox_call *call);
    enum sandbox_place place;
    bool unlocked;
};

/* endpoints.c */
extern const struct sandbox_endpoint sandbox_endpoints[];
extern const size_t sandbox_n_endpoints;

/* reply.c */
int64_t sandbox_now_ms(void);
/* {"detail": "..."}, Sentry's shape of an error. */
void sandbox_detail(struct sandbox_call *call, int status, const char *detail);
void sandbox_not_found(struct sandbox_call *call);
void sandbox_rate_limit_headers(struct sandbox_call *call, int remaining);
/* An HTML page: heading and text, both escaped; for a browser or a broken proxy. */
void sandbox_page(struct sandbox_call *call, int status, const char *title, struct df_str html_body, const char *csp);
void sandbox_put_escaped(struct df_buf *buf, struct df_str s);
/* Status 302 with no body. */
void sandbox_redirect(struct sandbox_call *call, struct df_str location);
/* The organization or project of a path parameter, by slug or id; answers 404 and false when it is another. */
bool sandbox_organization(struct sandbox_call *call, size_t param);
bool sandbox_project(struct sandbox_call *call, size_t param);

/* grant.c: what the authorization pages have alike. */
extern const char sandbox_plain_csp[];
/* A form of the request's body; one that cannot be read has no fields. */
struct sandbox_form {
    struct df_param *params;
    size_t n;
};
struct sandbox_form sandbox_form_of(struct sandbox_call *call);
struct df_str sandbox_form_field(const struct sandbox_form *form, const char *name);
/* Into a grant's field; false when it does not fit, or holds a NUL. */
bool sandbox_put_text(char *to, size_t room, struct df_str from);
/* To the grant's redirect URI, with name=value and the state. */
void sandbox_send_back(struct sandbox_call *call, const struct oauth_grant *grant, const char *name,
                       struct df_str value);
/* A browser follows a form's redirect only where form-action lets it, so the callback's origin is named. */
const char *sandbox_consent_csp(struct sandbox_call *call, const struct oauth_grant *grant);

/* page.c: Sentry's cursors. */
struct sandbox_slice {
    size_t from, to, total;
};
/* Of `total` rows those the query's cursor and `limit` (or per_page) ask for; adds Link and X-Hits. False when it answered
 * with a 400 already. */
bool sandbox_paginate(struct sandbox_call *call, size_t total, size_t limit_default, struct sandbox_slice *ret);

/* faults.c */
/* Takes the next fault of that place, or one of kind SANDBOX_FAULT_NONE. */
struct sandbox_fault sandbox_fault_take(struct df_sandbox *sandbox, enum sandbox_place place);
/* Counts down the fault of that place in the list. */
struct sandbox_fault sandbox_fault_use(struct df_sandbox *sandbox, size_t place);
/* True when the fault is the whole answer. */
bool sandbox_fault_before(struct sandbox_call *call, const struct sandbox_fault *fault);
void sandbox_fault_after(struct sandbox_call *call, const struct sandbox_fault *fault);
void sandbox_faults_post(struct sandbox_call *call);
void sandbox_faults_delete(struct sandbox_call *call);
void sandbox_stats(struct sandbox_call *call);
void sandbox_expire(struct sandbox_call *call);
void sandbox_revoke(struct sandbox_call *call);

/* linear_run.c, linear_oauth.c */
void sandbox_linear_graphql(struct sandbox_call *call);
void sandbox_linear_authorize_get(struct sandbox_call *call);
void sandbox_linear_authorize_post(struct sandbox_call *call);
void sandbox_linear_token(struct sandbox_call *call);
void sandbox_linear_revoke(struct sandbox_call *call);
void sandbox_linear_expire(struct sandbox_call *call);
void sandbox_linear_limits(struct sandbox_call *call);
void sandbox_linear_stats(struct sandbox_call *call);

/* hooks.c: what an internal integration sends to its webhook URL, of issues that are new or came back. */
void sandbox_hooks_init(struct df_sandbox *sandbox, const struct df_sandbox_config *config);
void sandbox_hooks_done(struct df_sandbox *sandbox);
/* An event was added; with the mutex held. */
void sandbox_hooks_event(struct sandbox_call *call, struct df_str event_id);
void sandbox_hook_post(struct sandbox_call *call);

/* ingest.c */
void sandbox_ingest_envelope(struct sandbox_call *call);
void sandbox_ingest_store(struct sandbox_call *call);

/* consent.c, token.c: OAuth. */
void sandbox_authorize_get(struct sandbox_call *call);
void sandbox_authorize_post(struct sandbox_call *call);
void sandbox_token_post(struct sandbox_call *call);
void sandbox_token_get(struct sandbox_call *call);
/* device.c: RFC 8628. */
void sandbox_device_code_post(struct sandbox_call *call);
void sandbox_device_get(struct sandbox_call *call);
void sandbox_device_post(struct sandbox_call *call);
/* The tokens for a device code; answers why not and false. */
bool sandbox_device_take(struct sandbox_call *call, struct oauth_pair *ret);

/* api_org.c */
void sandbox_api_organizations(struct sandbox_call *call);
void sandbox_api_organization(struct sandbox_call *call);
void sandbox_api_projects(struct sandbox_call *call);
void sandbox_api_project(struct sandbox_call *call);
void sandbox_api_me(struct sandbox_call *call);

/* render.c */
void sandbox_put_organization(struct sandbox_call *call);
void sandbox_put_project(struct sandbox_call *call, bool detail);
enum sandbox_issue_form { SANDBOX_ISSUE_ROW, SANDBOX_ISSUE_DETAIL, SANDBOX_ISSUE_PLAIN };
/* stats: "24h", "14d", or NULL for none. */
void sandbox_put_issue(struct sandbox_call *call, const struct sandbox_issue *issue, enum sandbox_issue_form form,
                       const char *stats);
void sandbox_put_event(struct sandbox_call *call, const struct sandbox_event *event);
void sandbox_put_event_row(struct sandbox_call *call, const struct sandbox_event *event);
void sandbox_put_release(struct sandbox_call *call, const char *key, const char *version, int64_t created_ms);
void sandbox_put_user(struct sandbox_call *call, const char *key);

/* api_issues.c */
/* The issue of a path parameter: numeric id, or short ID where `short_ids`; answers 404 and NULL when there is none. */
struct sandbox_issue *sandbox_issue_of(struct sandbox_call *call, size_t param, bool short_ids);
void sandbox_api_issues(struct sandbox_call *call);
void sandbox_api_issue(struct sandbox_call *call);
void sandbox_api_issue_put(struct sandbox_call *call);
void sandbox_api_issue_legacy(struct sandbox_call *call);
void sandbox_api_issue_legacy_put(struct sandbox_call *call);
void sandbox_api_shortid(struct sandbox_call *call);
void sandbox_api_hashes(struct sandbox_call *call);

/* api_notes.c */
void sandbox_api_notes(struct sandbox_call *call);
void sandbox_api_notes_post(struct sandbox_call *call);

/* api_events.c */
void sandbox_api_timeseries(struct sandbox_call *call);
void sandbox_api_events(struct sandbox_call *call);
void sandbox_api_event(struct sandbox_call *call);
void sandbox_api_events_legacy(struct sandbox_call *call);
void sandbox_api_event_legacy(struct sandbox_call *call);
void sandbox_api_eventid(struct sandbox_call *call);
void sandbox_api_project_event(struct sandbox_call *call);

/* api_tags.c */
void sandbox_api_tags(struct sandbox_call *call);
void sandbox_api_tag(struct sandbox_call *call);
void sandbox_api_tag_values(struct sandbox_call *call);
/* "tags" of an issue: key, name, totalValues. */
void sandbox_put_issue_tags(struct sandbox_call *call, const struct sandbox_issue *issue);

#endif
