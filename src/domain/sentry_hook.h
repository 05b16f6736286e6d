/* What Sentry's integration platform sends: a webhook's resource, its action, and what rules ask of its issue. Every field of the
 * body may be missing, null or of another type, then it is empty; resources that are not known keep their name and action.
 * Strings are copies in the arena, cut to what such a field may hold. Pure functions, any thread.
 * Source: docs.sentry.io, "Integration Platform: Webhooks": issue, comment and installation bodies are written as the API writes
 * them; the event of an event_alert or error is in snake_case, its tags in pairs. */
#ifndef DF_DOMAIN_SENTRY_HOOK_H
#define DF_DOMAIN_SENTRY_HOOK_H

#include "base/json.h"

/* What is known of an issue without asking Sentry; empty: not known. */
struct df_issue_facts {
    struct df_str issue_id; /* numeric */
    struct df_str short_id, event_id;
    struct df_str level, environment, release;
    struct df_str substatus;    /* "new", "regressed", "escalating", "ongoing", ... */
    struct df_str project_slug; /* Sentry's */
    int64_t users;              /* -1: not known */
};

struct df_sentry_hook {
    struct df_str resource, action; /* "issue", "created" */
    struct df_str rule;             /* the title of the alert rule */
    struct df_issue_facts facts;
};

/* Whether `signature` (Sentry-Hook-Signature) is the HMAC-SHA-256 of the raw body under the secret, in lower-case hex. In constant
 * time. */
bool df_sentry_hook_signed(struct df_str signature, struct df_str secret, struct df_str body);

/* resource: the header Sentry-Hook-Resource. False when the body is no object. */
bool df_sentry_hook_read(struct df_str resource, const struct df_json *body, struct df_arena *arena,
                         struct df_sentry_hook *ret);

/* Whether it tells of an issue that someone should look at: an alert that was triggered, an issue that is new or open again. */
bool df_sentry_hook_is_alert(struct df_str resource, struct df_str action);

/* The facts as a line of JSON, and back; what cannot be read is not known. */
struct df_str df_issue_facts_text(const struct df_issue_facts *facts, struct df_str rule, struct df_arena *arena);
struct df_issue_facts df_issue_facts_read(struct df_str text, struct df_arena *arena, struct df_str *ret_rule);

#endif
