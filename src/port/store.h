/* Port: the database. Each function is one transaction; what it says it changed is on disk when it returns DF_OK, and on
 * any other code nothing changed. Results live in the given arena. "Not there" is each noun's own code (DF_ERR_PROJECT,
 * DF_ERR_APP, DF_ERR_CONNECTION, DF_ERR_FLOW); a database that fails is DF_ERR_STORE, with a sentence of ours and no
 * database text. Any thread. */
#ifndef DF_PORT_STORE_H
#define DF_PORT_STORE_H

#include "domain/access.h"
#include "domain/audit.h"
#include "domain/inbox.h"
#include "domain/keys.h"
#include "domain/oauth.h"
#include "domain/schedule.h"
#include "domain/spec_note.h"
#include "domain/stored_context.h"
#include "domain/stored_test.h"
#include "domain/ticket.h"
#include "domain/urgency.h"
#include "domain/webhook.h"

struct df_store {
    const struct df_store_ops *ops;
};

/* How many there are, in the whole database. */
struct df_store_counts {
    int64_t connections;
    int64_t reconnect;     /* of them, those that only a person can mend */
    int64_t failing;       /* those whose last refresh failed for now */
    int64_t outbox;        /* messages that are to be sent, now or later */
    int64_t outbox_due_ms; /* the earliest of them; 0: none */
};
struct df_store_load {
    int in_use, open, limit;
    int waiting; /* threads that wait for one */
};
#define DF_NEWS_API_KEYS "API_KEYS"
/* Of one call of apikey_used. */
enum { DF_API_KEY_USES = 64 };

/* A project that was deleted, while something of it goes on: its workflows. */
struct df_farewell {
    struct df_str project_id;
    int64_t deleted_ms, due_ms, attempts;
};

struct df_store_ops {
    enum df_code (*ping)(struct df_store *store, struct df_error *err);
    /* Once, before other threads use the store: from then on changed(arg, project, provider) is called, from any thread and with
     * nothing locked, after a connection or an app was changed or deleted by anyone who shares the database, this process
     * included; perhaps more than once. An empty provider: all of the project; an empty project: anything may have changed, but
     * with the provider DF_NEWS_API_KEYS the API keys alone. It must not wait, nor call the store. */
    void (*listen)(struct df_store *store, void (*changed)(void *arg, struct df_str project_id, struct df_str provider),
                   void *arg);

    /* DF_ERR_EXISTS when the id is taken. */
    enum df_code (*project_create)(struct df_store *store, const struct df_project *p, struct df_error *err);
    enum df_code (*project_update)(struct df_store *store, const struct df_project *p, struct df_error *err);
    enum df_code (*project_find)(struct df_store *store, struct df_str id, struct df_arena *arena,
                                 struct df_project *ret, struct df_error *err);
    /* Newest first. */
    enum df_code (*project_list)(struct df_store *store, struct df_arena *arena, struct df_project **ret, size_t *ret_n,
                                 struct df_error *err);
    /* With its apps, connections and flows. */
    enum df_code (*project_delete)(struct df_store *store, struct df_str id, struct df_error *err);

    /* Inserts or replaces the project's app for that provider, keeping id and created_ms. When the client ID or the base URL
     * differs from what was there, the connection is marked for reconnecting, with that reason, and its version grows, so
     * that a refresh under way comes too late. DF_ERR_PROJECT. */
    enum df_code (*app_put)(struct df_store *store, const struct df_oauth_app *app, struct df_str reconnect_reason,
                            bool *ret_reconnect, struct df_error *err);
    enum df_code (*app_find)(struct df_store *store, struct df_str project_id, struct df_str provider,
                             struct df_arena *arena, struct df_oauth_app *ret, struct df_error *err);
    enum df_code (*app_list)(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                             struct df_oauth_app **ret, size_t *ret_n, struct df_error *err);
    /* With its connection and flows. */
    enum df_code (*app_delete)(struct df_store *store, struct df_str project_id, struct df_str provider,
                               struct df_error *err);

    /* Those of all projects that were registered for that client ID at that base URL: the same application, if they have the same
     * secret. */
    enum df_code (*app_list_client)(struct df_store *store, const struct df_oauth_app *like, struct df_arena *arena,
                                    struct df_oauth_app **ret, size_t *ret_n, struct df_error *err);
    /* The fault of `as` (fault, fault_ms, fault_retry_ms, fault_times) for each of these apps whose sealed secret is still the one
     * given, at once. *ret_news tells whether it is for one of them another than before. An empty fault takes it away, and their
     * connections are due at fault_ms. */
    enum df_code (*app_set_fault)(struct df_store *store, const struct df_oauth_app *apps, size_t n,
                                  const struct df_oauth_app *as, bool *ret_news, struct df_error *err);

    /* Inserts or replaces the project's connection for that provider; the version grows past the one replaced.
     * DF_ERR_APP when the app is gone or its client ID is no longer `client_id`: a connection never outlives its app. */
    enum df_code (*connection_put)(struct df_store *store, const struct df_connection *c, struct df_str client_id,
                                   struct df_error *err);
    enum df_code (*connection_find)(struct df_store *store, struct df_str project_id, struct df_str provider,
                                    struct df_arena *arena, struct df_connection *ret, struct df_error *err);
    enum df_code (*connection_list)(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                    struct df_connection **ret, size_t *ret_n, struct df_error *err);
    /* New tokens, expiry and scopes, if the stored version of c->id is still c->version (compare and set): the version grows by one,
     * the lease is given back, and the connection is healthy. *ret_stored tells whether it was. */
    enum df_code (*connection_set_tokens)(struct df_store *store, const struct df_connection *c, bool *ret_stored,
                                          struct df_error *err);
    /* The state of its refresh (epoch, lease, unanswered, reconnect, failures, due_ms), failure_reason and failure_code, if the
     * stored version of c->id is c->version and the stored epoch is `epoch`. */
    enum df_code (*connection_set_refresh)(struct df_store *store, const struct df_connection *c, int64_t epoch,
                                           bool *ret_stored, struct df_error *err);
    /* The base URLs that have a connection with a due time, and the earliest of each: project_id and provider are empty. By an
     * index: the work grows with the number of base URLs, not of connections. */
    enum df_code (*connection_list_due)(struct df_store *store, struct df_arena *arena, struct df_connection **ret,
                                        size_t *ret_n, struct df_error *err);
    /* Takes those of one base URL that are due at now_ms, the longest due first, at most `limit`, out of the sight of the others
     * who share the store: their due time becomes until_ms. project_id, provider and version alone are filled. */
    enum df_code (*connection_claim_due)(struct df_store *store, struct df_str base_url, int64_t now_ms,
                                         int64_t until_ms, int limit, struct df_arena *arena,
                                         struct df_connection **ret, size_t *ret_n, struct df_error *err);
    /* Gives back those of a claim that nobody has begun with: whose due time is still until_ms becomes due_ms. */
    enum df_code (*connection_unclaim)(struct df_store *store, struct df_str base_url, int64_t until_ms, int64_t due_ms,
                                       struct df_error *err);
    enum df_code (*connection_delete)(struct df_store *store, struct df_str project_id, struct df_str provider,
                                      struct df_error *err);

    /* Also forgets flows that ended or expired more than a day ago. */
    enum df_code (*flow_create)(struct df_store *store, const struct df_oauth_flow *flow, struct df_error *err);
    enum df_code (*flow_find)(struct df_store *store, struct df_str id, struct df_arena *arena,
                              struct df_oauth_flow *ret, struct df_error *err);
    enum df_code (*flow_find_state)(struct df_store *store, struct df_str state_hash, struct df_arena *arena,
                                    struct df_oauth_flow *ret, struct df_error *err);
    /* Binds a pending, unexpired flow to a browser; DF_ERR_FLOW otherwise. */
    enum df_code (*flow_bind)(struct df_store *store, struct df_str id, struct df_str browser_hash, int64_t now_ms,
                              struct df_error *err);
    /* One atomic statement: of any number of callers, one gets DF_OK; the flow must be pending, unexpired, and bound to that
     * browser (empty: to none). DF_ERR_STATE otherwise. */
    enum df_code (*flow_take)(struct df_store *store, struct df_str state_hash, struct df_str browser_hash,
                              int64_t now_ms, struct df_error *err);
    /* Ends it: status, code and message; wipes state, verifier and URL. */
    enum df_code (*flow_end)(struct df_store *store, const struct df_oauth_flow *flow, struct df_error *err);
    /* A device flow: sets when the provider may be asked next and how long to wait between, if the flow is pending and its
     * next_poll_ms is still flow->next_poll_ms (compare and set): of any number of callers, one asks. */
    enum df_code (*flow_pace)(struct df_store *store, const struct df_oauth_flow *flow, int64_t interval_s,
                              int64_t next_poll_ms, bool *ret_set, struct df_error *err);

    /* Outgoing webhooks. Changes of connections write their messages into the outbox in the same transaction: connected by
     * connection_put; refreshed by connection_set_tokens; failing by connection_set_refresh for the first failure in a row;
     * reconnect_needed by connection_set_refresh and app_put when they mark it; disconnected by connection_delete,
     * app_delete and project_delete. For each endpoint of the project that wants the event, and no others. */

    /* DF_ERR_PROJECT; DF_ERR_INVALID when the project has `most` of them. */
    enum df_code (*webhook_add)(struct df_store *store, const struct df_webhook *w, int most, struct df_error *err);
    /* Newest first. */
    enum df_code (*webhook_list)(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                 struct df_webhook **ret, size_t *ret_n, struct df_error *err);
    /* DF_ERR_WEBHOOK. */
    enum df_code (*webhook_find)(struct df_store *store, struct df_str project_id, struct df_str id,
                                 struct df_arena *arena, struct df_webhook *ret, struct df_error *err);
    /* Why nothing is sent any more. */
    enum df_code (*webhook_disable)(struct df_store *store, struct df_str project_id, struct df_str id,
                                    struct df_str why, struct df_error *err);
    /* New secrets, and switched on. */
    enum df_code (*webhook_set)(struct df_store *store, const struct df_webhook *w, struct df_error *err);
    /* With its messages. */
    enum df_code (*webhook_delete)(struct df_store *store, struct df_str project_id, struct df_str id,
                                   struct df_error *err);
    enum df_code (*outbox_put)(struct df_store *store, const struct df_delivery *d, struct df_error *err);
    /* Takes at most `limit` that are due, the longest due first, out of the sight of the others who share the store: due again at
     * until_ms, if outbox_end does not say otherwise before. */
    enum df_code (*outbox_claim)(struct df_store *store, int64_t now_ms, int64_t until_ms, int limit,
                                 struct df_arena *arena, struct df_delivery **ret, size_t *ret_n, struct df_error *err);
    /* When the next one is due; 0: none. By an index. */
    enum df_code (*outbox_next)(struct df_store *store, int64_t *ret_due_ms, struct df_error *err);
    /* The outcome of an attempt: attempts, due_ms, status, error, ended_ms; nothing when the claim has run out and another took
     * it. */
    enum df_code (*outbox_end)(struct df_store *store, const struct df_delivery *d, int64_t claimed_until_ms,
                               struct df_error *err);
    /* Those that ended before then. */
    enum df_code (*outbox_forget)(struct df_store *store, int64_t ended_before_ms, struct df_error *err);
    /* Newest first. */
    enum df_code (*outbox_list)(struct df_store *store, struct df_str webhook_id, int limit, struct df_arena *arena,
                                struct df_delivery **ret, size_t *ret_n, struct df_error *err);
    /* From the first attempt again, now. DF_ERR_WEBHOOK. */
    enum df_code (*outbox_retry)(struct df_store *store, struct df_str webhook_id, struct df_str id, int64_t now_ms,
                                 struct df_error *err);
    /* The secret of the project's Sentry integration: sets or replaces it. DF_ERR_PROJECT. */
    enum df_code (*hook_secret_put)(struct df_store *store, const struct df_hook_secret *s, struct df_error *err);
    /* DF_ERR_WEBHOOK, also when the project is not there. */
    enum df_code (*hook_secret_find)(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                     struct df_hook_secret *ret, struct df_error *err);
    enum df_code (*hook_secret_delete)(struct df_store *store, struct df_str project_id, struct df_error *err);
    /* The inbox: what came from outside and is to start workflows. Deleting a project deletes its messages.
     * *ret_new: false when one of that id is there, or the project is gone; then nothing changed. */
    enum df_code (*inbox_put)(struct df_store *store, const struct df_inbox_message *m, bool *ret_new,
                              struct df_error *err);
    /* As outbox_claim, outbox_next, outbox_end (of several at once) and outbox_forget. */
    enum df_code (*inbox_claim)(struct df_store *store, int64_t now_ms, int64_t until_ms, int limit,
                                struct df_arena *arena, struct df_inbox_message **ret, size_t *ret_n,
                                struct df_error *err);
    enum df_code (*inbox_next)(struct df_store *store, int64_t *ret_due_ms, struct df_error *err);
    enum df_code (*inbox_end)(struct df_store *store, const struct df_inbox_message *messages, size_t n,
                              int64_t claimed_until_ms, struct df_error *err);
    enum df_code (*inbox_forget)(struct df_store *store, int64_t ended_before_ms, struct df_error *err);
    /* Of the project, newest first. */
    enum df_code (*inbox_list)(struct df_store *store, struct df_str project_id, int limit, struct df_arena *arena,
                               struct df_inbox_message **ret, size_t *ret_n, struct df_error *err);
    /* From the first attempt again, now. DF_ERR_WEBHOOK. */
    enum df_code (*inbox_retry)(struct df_store *store, struct df_str project_id, struct df_str id, int64_t now_ms,
                                struct df_error *err);
    /* The contexts that workflows stored: sets or replaces that of the issue. DF_ERR_PROJECT. Deleting a project deletes them. */
    enum df_code (*context_put)(struct df_store *store, const struct df_stored_context *c, struct df_error *err);
    /* DF_ERR_CONTEXT. */
    enum df_code (*context_find)(struct df_store *store, struct df_str project_id, struct df_str issue,
                                 struct df_arena *arena, struct df_stored_context *ret, struct df_error *err);
    /* The latest first, without their Markdown. */
    enum df_code (*context_list)(struct df_store *store, struct df_str project_id, int limit, struct df_arena *arena,
                                 struct df_stored_context **ret, size_t *ret_n, struct df_error *err);
    /* The project's rules as JSON (domain/rules.h). DF_ERR_PROJECT. */
    enum df_code (*rules_put)(struct df_store *store, struct df_str project_id, struct df_str body, int64_t now_ms,
                              struct df_error *err);
    /* Empty where there are none. */
    enum df_code (*rules_get)(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                              struct df_str *ret_body, struct df_error *err);
    /* Sets or replaces the one of that name; a replaced one keeps since_ms and created_ms. DF_ERR_PROJECT; DF_ERR_INVALID when the
     * project has `most` others. */
    enum df_code (*schedule_put)(struct df_store *store, const struct df_schedule *s, int most, struct df_error *err);
    /* By name. */
    enum df_code (*schedule_list)(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                  struct df_schedule **ret, size_t *ret_n, struct df_error *err);
    /* DF_ERR_SCHEDULE. */
    enum df_code (*schedule_delete)(struct df_store *store, struct df_str project_id, struct df_str name,
                                    struct df_error *err);
    /* Of all projects, the longest due first; and when the next one is due (0: there is none). By an index. */
    enum df_code (*schedule_due)(struct df_store *store, int64_t now_ms, int limit, struct df_arena *arena,
                                 struct df_schedule **ret, size_t *ret_n, struct df_error *err);
    enum df_code (*schedule_next)(struct df_store *store, int64_t *ret_due_ms, struct df_error *err);
    /* If its slot is still old_slot_ms and its cron expression the same: sets slot_ms, due_ms and since_ms, and puts the message into the inbox, in
     * one transaction. Of any number of nodes one has *ret_fired. */
    enum df_code (*schedule_fire)(struct df_store *store, const struct df_schedule *s, int64_t old_slot_ms,
                                  const struct df_inbox_message *m, bool *ret_fired, struct df_error *err);
    /* What project_delete leaves to do, in its transaction: farewells, once for each project that was deleted. As outbox_claim, outbox_next and
     * outbox_end; a due_ms of 0 ends it. */
    enum df_code (*farewell_claim)(struct df_store *store, int64_t now_ms, int64_t until_ms, struct df_arena *arena,
                                   struct df_farewell *ret, bool *ret_there, struct df_error *err);
    enum df_code (*farewell_next)(struct df_store *store, int64_t *ret_due_ms, struct df_error *err);
    enum df_code (*farewell_end)(struct df_store *store, const struct df_farewell *f, int64_t claimed_until_ms,
                                 struct df_error *err);
    /* The pace of the requests to a host's token endpoint, over all who share the store. Reserves the next moment when one may be
     * sent, `spacing_ms` after the one before and not before a hold ends; 0: reserves nothing, tells a hold. *ret_at_ms is that
     * moment; when it is later than latest_ms, it is not reserved. */
    enum df_code (*pace_take)(struct df_store *store, struct df_str host, int64_t spacing_ms, int64_t now_ms,
                              int64_t latest_ms, int64_t *ret_at_ms, struct df_error *err);
    /* Nobody asks that host before until_ms; never shortens a hold. */
    enum df_code (*pace_hold)(struct df_store *store, struct df_str host, int64_t until_ms, struct df_error *err);

    /* The keys that stored values need, the oldest first. `values` is not filled. */
    enum df_code (*key_list)(struct df_store *store, struct df_arena *arena, struct df_key_use **ret, size_t *ret_n,
                             struct df_error *err);
    /* Nothing when the id is there already. */
    enum df_code (*key_add)(struct df_store *store, const struct df_key_use *key, struct df_error *err);
    enum df_code (*key_remove)(struct df_store *store, struct df_str id, struct df_error *err);
    /* The values sealed with each key, by a walk over all: id and values alone are filled. */
    enum df_code (*key_count)(struct df_store *store, struct df_arena *arena, struct df_key_use **ret, size_t *ret_n,
                              struct df_error *err);

    /* The rows of a place after that one (its `place` and, but for the first, its keys), at most `limit`. */
    enum df_code (*sealed_list)(struct df_store *store, const struct df_sealed_row *after, int limit,
                                struct df_arena *arena, struct df_sealed_row **ret, size_t *ret_n,
                                struct df_error *err);
    /* Puts fresh[i].sealed in the place of old[i].sealed, in one transaction, each row only if it still holds those (compare and
     * set). *ret_stored: how many did. */
    enum df_code (*sealed_replace)(struct df_store *store, const struct df_sealed_row *old,
                                   const struct df_sealed_row *fresh, size_t n, int *ret_stored, struct df_error *err);
    /* How many rows there are in all places. */
    enum df_code (*sealed_total)(struct df_store *store, int64_t *ret, struct df_error *err);
    /* DF_ROTATION_NONE when there never was one. */
    enum df_code (*rotation_get)(struct df_store *store, struct df_arena *arena, struct df_rotation *ret,
                                 struct df_error *err);
    /* If the stored epoch is `epoch`. */
    enum df_code (*rotation_set)(struct df_store *store, const struct df_rotation *r, int64_t epoch, bool *ret_stored,
                                 struct df_error *err);

    /* For the metrics. */
    enum df_code (*counts)(struct df_store *store, struct df_store_counts *ret, struct df_error *err);
    /* Of the connections to the database; false where there is no pool of them. Does not wait. */
    bool (*load)(struct df_store *store, struct df_store_load *ret);
    /* API keys. DF_ERR_PROJECT when it is for a project that is not there; DF_ERR_INVALID when `most` keys hold at created_ms. */
    enum df_code (*apikey_add)(struct df_store *store, const struct df_api_key *key, int most, struct df_error *err);
    /* All there ever were, newest first. */
    enum df_code (*apikey_list)(struct df_store *store, struct df_arena *arena, struct df_api_key **ret, size_t *ret_n,
                                struct df_error *err);
    /* DF_ERR_API_KEY. */
    enum df_code (*apikey_find)(struct df_store *store, struct df_str id, struct df_arena *arena,
                                struct df_api_key *ret, struct df_error *err);
    enum df_code (*apikey_find_hash)(struct df_store *store, struct df_str hash, struct df_arena *arena,
                                     struct df_api_key *ret, struct df_error *err);
    /* At once and for ever; the moment of an earlier revocation stays. DF_ERR_API_KEY. Deleting a project revokes its keys. */
    enum df_code (*apikey_revoke)(struct df_store *store, struct df_str id, int64_t now_ms, struct df_error *err);
    /* Adds `fresh`, and the old one ends at old_until_ms if it would not before. DF_ERR_API_KEY when that is not there, was
     * revoked or has expired at fresh->created_ms. */
    enum df_code (*apikey_rotate)(struct df_store *store, struct df_str old_id, int64_t old_until_ms,
                                  const struct df_api_key *fresh, struct df_error *err);
    /* id and last_used_ms of each, at most DF_API_KEY_USES; never takes a time back. Tells no listener. */
    enum df_code (*apikey_used)(struct df_store *store, const struct df_api_key *keys, size_t n, struct df_error *err);

    /* The audit log, a chain over all who share the store: each entry gets the next seq and its hash. Entries are kept in order, all or none. */
    enum df_code (*audit_append)(struct df_store *store, const struct df_audit_entry *entries, size_t n,
                                 struct df_error *err);
    /* The same store for one change: what it changes of the noun that entry->action begins with ("project.", "app.", "connection.", "webhook.",
     * "apikey.", "encryption_key.") gets that row in the audit log, in the same transaction, with project, target, time and count filled
     * in. Both or neither. It lives in the arena, no longer than `entry`, and is not closed. */
    struct df_store *(*noting)(struct df_store *store, const struct df_audit_entry *entry, struct df_arena *arena);
    /* Removes rows from the front of the chain, at most `limit`, while they are older than before_ms and not after through_seq; in their
     * place stands a row by `note` (its actor and request_id) that says which was the last (domain/audit.h). *ret_removed: how many. */
    enum df_code (*audit_prune)(struct df_store *store, const struct df_audit_entry *note, int64_t before_ms,
                                int64_t through_seq, int limit, int64_t *ret_removed, struct df_error *err);
    /* Those after that seq, in order. */
    enum df_code (*audit_list)(struct df_store *store, int64_t after_seq, int limit, struct df_arena *arena,
                               struct df_audit_entry **ret, size_t *ret_n, struct df_error *err);

    /* How much each part of an issue's urgency counts in a project, or what is usual. DF_ERR_PROJECT. */
    enum df_code (*priority_weights_get)(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                         struct df_urgency_weights *ret, struct df_error *err);
    enum df_code (*priority_weights_put)(struct df_store *store, struct df_str project_id,
                                         const struct df_urgency_weights *weights, int64_t now_ms,
                                         struct df_error *err);
    /* How urgent a project's issues were, those looked at last first; at most 5,000. */
    enum df_code (*priority_marks)(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                   struct df_priority_mark **ret, size_t *ret_n, struct df_error *err);
    /* Adds or replaces each, unless a later look has; forgets those from before before_ms. Nothing for a project that is gone. */
    enum df_code (*priority_marks_put)(struct df_store *store, struct df_str project_id,
                                       const struct df_priority_mark *marks, size_t n, int64_t before_ms,
                                       struct df_error *err);

    /* What a project wants of its tickets, or the defaults. DF_ERR_PROJECT. */
    enum df_code (*ticket_settings_get)(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                        struct df_ticket_settings *ret, struct df_error *err);
    enum df_code (*ticket_settings_put)(struct df_store *store, const struct df_ticket_settings *s,
                                        struct df_error *err);
    /* The row of tracker, target and sentry: made as the wish has it when it is not there; its lease is the wish's when nobody holds
     * one at now_ms. *ret_claimed tells; *ret is the row either way. DF_ERR_TOO_MANY when an automatic one would be the project's
     * `cap`th and one in 24 hours. */
    enum df_code (*ticket_claim)(struct df_store *store, const struct df_ticket *wish, int64_t cap, int64_t now_ms,
                                 struct df_arena *arena, struct df_ticket *ret, bool *ret_claimed,
                                 struct df_error *err);
    /* All of the row, the lease too, if `owner` still holds it. */
    enum df_code (*ticket_set)(struct df_store *store, const struct df_ticket *t, struct df_str owner, bool *ret_stored,
                               struct df_error *err);
    /* The row of tracker, target and sentry, whichever project made it; *ret is untouched where there is none. */
    enum df_code (*ticket_find)(struct df_store *store, const struct df_ticket *key, struct df_arena *arena,
                                struct df_ticket *ret, bool *ret_found, struct df_error *err);
    /* Those changed last first. */
    enum df_code (*ticket_list)(struct df_store *store, struct df_str project_id, int limit, struct df_arena *arena,
                                struct df_ticket **ret, size_t *ret_n, struct df_error *err);
    /* Notes on specifications, by project, page and kind. find: fills the rest of *note where there is one. */
    enum df_code (*spec_note_find)(struct df_store *store, struct df_spec_note *note, struct df_arena *arena,
                                   bool *ret_found, struct df_error *err);
    /* Makes the row with note's id, or fills *note from the one there is: of any number of callers all get the same id. DF_ERR_PROJECT. */
    enum df_code (*spec_note_claim)(struct df_store *store, struct df_spec_note *note, struct df_arena *arena,
                                    struct df_error *err);
    /* Its id, sent, kept, issues and time, where its id is still `before`. */
    enum df_code (*spec_note_set)(struct df_store *store, const struct df_spec_note *note, struct df_str before,
                                  struct df_error *err);
    /* Those that are there and show the issue of that number, the latest first. */
    enum df_code (*spec_note_list)(struct df_store *store, struct df_str project_id, struct df_str issue, int limit,
                                   struct df_arena *arena, struct df_spec_note **ret, size_t *ret_n,
                                   struct df_error *err);
    /* The regression test of an issue: sets or replaces it, but one that fails as the event did only by another such one. Nothing
     * where the project is gone. */
    enum df_code (*test_put)(struct df_store *store, const struct df_stored_test *t, struct df_error *err);
    enum df_code (*test_find)(struct df_store *store, struct df_str project_id, struct df_str sentry_id,
                              struct df_arena *arena, struct df_stored_test *ret, bool *ret_found,
                              struct df_error *err);

    void (*close)(struct df_store *store);
};

#endif
