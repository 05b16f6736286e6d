/* The store port over SQL, written once for every driver of adapter/sql.h: one file for each noun, and this header between
 * them. Opened by database.h. */
#ifndef DF_ADAPTER_SQL_STORE_H
#define DF_ADAPTER_SQL_STORE_H

#include "adapter/sql.h"
#include "port/store.h"

struct sql_inbox_group; /* messages that wait for one commit; sql_inbox.c */
struct sql_inbox_group *sql_inbox_group_new(void);
void sql_inbox_group_free(struct sql_inbox_group *group);

struct sql_store {
    struct df_store port;
    struct sql_db *db;
    struct sql_inbox_group *inbox;
    void (*changed)(void *arg, struct df_str project_id, struct df_str provider);
    void *changed_arg;
    const struct df_audit_entry *note; /* of a store that is for one change; or NULL */
};

/* Takes the opened database over. */
struct df_store *df_sql_store_new(struct sql_db *db);

static inline struct sql_db *sql_db_of(struct df_store *store)
{
    return ((struct sql_store *)store)->db;
}

/* After a change of a connection or an app was committed: tells the listener of this process. */
void sql_changed(struct df_store *store, struct df_str project_id, struct df_str provider);

/* Ends the transaction of a change, as the driver's `end` does; where the store is for one change of this noun (port/store.h, noting), with the
 * row of the audit log. The last key taken is the log's. */
enum df_code sql_end_noted(struct df_store *store, struct sql_tx *tx, enum df_code code, const char *noun,
                           struct df_str project_id, struct df_str target, struct df_error *err);

enum df_code sql_no_project(struct df_str id, struct df_error *err);
enum df_code sql_no_app(struct df_str project_id, struct df_str provider, struct df_error *err);

/* The operations of port/store.h. */
enum df_code sql_project_create(struct df_store *store, const struct df_project *p, struct df_error *err);
enum df_code sql_project_update(struct df_store *store, const struct df_project *p, struct df_error *err);
enum df_code sql_project_find(struct df_store *store, struct df_str id, struct df_arena *arena, struct df_project *ret,
                              struct df_error *err);
enum df_code sql_priority_weights_get(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                      struct df_urgency_weights *ret, struct df_error *err);
enum df_code sql_priority_weights_put(struct df_store *store, struct df_str project_id,
                                      const struct df_urgency_weights *weights, int64_t now_ms, struct df_error *err);
enum df_code sql_priority_marks(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                struct df_priority_mark **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_priority_marks_put(struct df_store *store, struct df_str project_id,
                                    const struct df_priority_mark *marks, size_t n, int64_t before_ms,
                                    struct df_error *err);
enum df_code sql_ticket_settings_get(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                     struct df_ticket_settings *ret, struct df_error *err);
enum df_code sql_ticket_settings_put(struct df_store *store, const struct df_ticket_settings *s, struct df_error *err);
enum df_code sql_ticket_claim(struct df_store *store, const struct df_ticket *wish, int64_t cap, int64_t now_ms,
                              struct df_arena *arena, struct df_ticket *ret, bool *ret_claimed, struct df_error *err);
enum df_code sql_ticket_set(struct df_store *store, const struct df_ticket *t, struct df_str owner, bool *ret_stored,
                            struct df_error *err);
enum df_code sql_ticket_find(struct df_store *store, const struct df_ticket *key, struct df_arena *arena,
                             struct df_ticket *ret, bool *ret_found, struct df_error *err);
enum df_code sql_ticket_list(struct df_store *store, struct df_str project_id, int limit, struct df_arena *arena,
                             struct df_ticket **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_project_list(struct df_store *store, struct df_arena *arena, struct df_project **ret, size_t *ret_n,
                              struct df_error *err);
enum df_code sql_project_delete(struct df_store *store, struct df_str id, struct df_error *err);
enum df_code sql_farewell_claim(struct df_store *store, int64_t now_ms, int64_t until_ms, struct df_arena *arena,
                                struct df_farewell *ret, bool *ret_there, struct df_error *err);
enum df_code sql_farewell_next(struct df_store *store, int64_t *ret_due_ms, struct df_error *err);
enum df_code sql_farewell_end(struct df_store *store, const struct df_farewell *f, int64_t claimed_until_ms,
                              struct df_error *err);
enum df_code sql_app_put(struct df_store *store, const struct df_oauth_app *app, struct df_str reconnect_reason,
                         bool *ret_reconnect, struct df_error *err);
enum df_code sql_app_find(struct df_store *store, struct df_str project_id, struct df_str provider,
                          struct df_arena *arena, struct df_oauth_app *ret, struct df_error *err);
enum df_code sql_app_list(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                          struct df_oauth_app **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_app_delete(struct df_store *store, struct df_str project_id, struct df_str provider,
                            struct df_error *err);
enum df_code sql_app_list_client(struct df_store *store, const struct df_oauth_app *like, struct df_arena *arena,
                                 struct df_oauth_app **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_app_set_fault(struct df_store *store, const struct df_oauth_app *apps, size_t n,
                               const struct df_oauth_app *as, bool *ret_news, struct df_error *err);
enum df_code sql_connection_put(struct df_store *store, const struct df_connection *c, struct df_str client_id,
                                struct df_error *err);
enum df_code sql_connection_find(struct df_store *store, struct df_str project_id, struct df_str provider,
                                 struct df_arena *arena, struct df_connection *ret, struct df_error *err);
enum df_code sql_connection_list(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                 struct df_connection **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_connection_set_tokens(struct df_store *store, const struct df_connection *c, bool *ret_stored,
                                       struct df_error *err);
enum df_code sql_connection_set_refresh(struct df_store *store, const struct df_connection *c, int64_t epoch,
                                        bool *ret_stored, struct df_error *err);
enum df_code sql_connection_list_due(struct df_store *store, struct df_arena *arena, struct df_connection **ret,
                                     size_t *ret_n, struct df_error *err);
enum df_code sql_connection_claim_due(struct df_store *store, struct df_str base_url, int64_t now_ms, int64_t until_ms,
                                      int limit, struct df_arena *arena, struct df_connection **ret, size_t *ret_n,
                                      struct df_error *err);
enum df_code sql_connection_unclaim(struct df_store *store, struct df_str base_url, int64_t until_ms, int64_t due_ms,
                                    struct df_error *err);
enum df_code sql_connection_delete(struct df_store *store, struct df_str project_id, struct df_str provider,
                                   struct df_error *err);
enum df_code sql_flow_create(struct df_store *store, const struct df_oauth_flow *flow, struct df_error *err);
enum df_code sql_flow_find(struct df_store *store, struct df_str id, struct df_arena *arena, struct df_oauth_flow *ret,
                           struct df_error *err);
enum df_code sql_flow_find_state(struct df_store *store, struct df_str state_hash, struct df_arena *arena,
                                 struct df_oauth_flow *ret, struct df_error *err);
enum df_code sql_flow_bind(struct df_store *store, struct df_str id, struct df_str browser_hash, int64_t now_ms,
                           struct df_error *err);
enum df_code sql_flow_take(struct df_store *store, struct df_str state_hash, struct df_str browser_hash, int64_t now_ms,
                           struct df_error *err);
enum df_code sql_flow_end(struct df_store *store, const struct df_oauth_flow *flow, struct df_error *err);
enum df_code sql_flow_pace(struct df_store *store, const struct df_oauth_flow *flow, int64_t interval_s,
                           int64_t next_poll_ms, bool *ret_set, struct df_error *err);
enum df_code sql_webhook_add(struct df_store *store, const struct df_webhook *w, int most, struct df_error *err);
enum df_code sql_webhook_list(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                              struct df_webhook **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_webhook_find(struct df_store *store, struct df_str project_id, struct df_str id,
                              struct df_arena *arena, struct df_webhook *ret, struct df_error *err);
enum df_code sql_webhook_disable(struct df_store *store, struct df_str project_id, struct df_str id, struct df_str why,
                                 struct df_error *err);
enum df_code sql_webhook_set(struct df_store *store, const struct df_webhook *w, struct df_error *err);
enum df_code sql_webhook_delete(struct df_store *store, struct df_str project_id, struct df_str id,
                                struct df_error *err);
enum df_code sql_outbox_put(struct df_store *store, const struct df_delivery *d, struct df_error *err);
enum df_code sql_outbox_claim(struct df_store *store, int64_t now_ms, int64_t until_ms, int limit,
                              struct df_arena *arena, struct df_delivery **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_outbox_next(struct df_store *store, int64_t *ret_due_ms, struct df_error *err);
enum df_code sql_outbox_end(struct df_store *store, const struct df_delivery *d, int64_t claimed_until_ms,
                            struct df_error *err);
enum df_code sql_outbox_forget(struct df_store *store, int64_t ended_before_ms, struct df_error *err);
enum df_code sql_outbox_list(struct df_store *store, struct df_str webhook_id, int limit, struct df_arena *arena,
                             struct df_delivery **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_outbox_retry(struct df_store *store, struct df_str webhook_id, struct df_str id, int64_t now_ms,
                              struct df_error *err);
enum df_code sql_spec_note_find(struct df_store *store, struct df_spec_note *note, struct df_arena *arena,
                                bool *ret_found, struct df_error *err);
enum df_code sql_spec_note_claim(struct df_store *store, struct df_spec_note *note, struct df_arena *arena,
                                 struct df_error *err);
enum df_code sql_spec_note_set(struct df_store *store, const struct df_spec_note *note, struct df_str before,
                               struct df_error *err);
enum df_code sql_spec_note_list(struct df_store *store, struct df_str project_id, struct df_str issue, int limit,
                                struct df_arena *arena, struct df_spec_note **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_test_put(struct df_store *store, const struct df_stored_test *t, struct df_error *err);
enum df_code sql_test_find(struct df_store *store, struct df_str project_id, struct df_str sentry_id,
                           struct df_arena *arena, struct df_stored_test *ret, bool *ret_found, struct df_error *err);
enum df_code sql_context_put(struct df_store *store, const struct df_stored_context *c, struct df_error *err);
enum df_code sql_context_find(struct df_store *store, struct df_str project_id, struct df_str issue,
                              struct df_arena *arena, struct df_stored_context *ret, struct df_error *err);
enum df_code sql_context_list(struct df_store *store, struct df_str project_id, int limit, struct df_arena *arena,
                              struct df_stored_context **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_key_list(struct df_store *store, struct df_arena *arena, struct df_key_use **ret, size_t *ret_n,
                          struct df_error *err);
enum df_code sql_key_add(struct df_store *store, const struct df_key_use *key, struct df_error *err);
enum df_code sql_key_remove(struct df_store *store, struct df_str id, struct df_error *err);
enum df_code sql_key_count(struct df_store *store, struct df_arena *arena, struct df_key_use **ret, size_t *ret_n,
                           struct df_error *err);
enum df_code sql_sealed_list(struct df_store *store, const struct df_sealed_row *after, int limit,
                             struct df_arena *arena, struct df_sealed_row **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_sealed_replace(struct df_store *store, const struct df_sealed_row *old,
                                const struct df_sealed_row *fresh, size_t n, int *ret_stored, struct df_error *err);
enum df_code sql_sealed_total(struct df_store *store, int64_t *ret, struct df_error *err);
enum df_code sql_rotation_get(struct df_store *store, struct df_arena *arena, struct df_rotation *ret,
                              struct df_error *err);
enum df_code sql_rotation_set(struct df_store *store, const struct df_rotation *r, int64_t epoch, bool *ret_stored,
                              struct df_error *err);

enum df_code sql_counts(struct df_store *store, struct df_store_counts *ret, struct df_error *err);
bool sql_load(struct df_store *store, struct df_store_load *ret);

enum df_code sql_hook_secret_put(struct df_store *store, const struct df_hook_secret *s, struct df_error *err);
enum df_code sql_hook_secret_find(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                  struct df_hook_secret *ret, struct df_error *err);
enum df_code sql_hook_secret_delete(struct df_store *store, struct df_str project_id, struct df_error *err);
enum df_code sql_inbox_put(struct df_store *store, const struct df_inbox_message *m, bool *ret_new,
                           struct df_error *err);
enum df_code sql_inbox_claim(struct df_store *store, int64_t now_ms, int64_t until_ms, int limit,
                             struct df_arena *arena, struct df_inbox_message **ret, size_t *ret_n,
                             struct df_error *err);
enum df_code sql_inbox_next(struct df_store *store, int64_t *ret_due_ms, struct df_error *err);
enum df_code sql_inbox_end(struct df_store *store, const struct df_inbox_message *messages, size_t n,
                           int64_t claimed_until_ms, struct df_error *err);
enum df_code sql_inbox_forget(struct df_store *store, int64_t ended_before_ms, struct df_error *err);
enum df_code sql_inbox_list(struct df_store *store, struct df_str project_id, int limit, struct df_arena *arena,
                            struct df_inbox_message **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_inbox_retry(struct df_store *store, struct df_str project_id, struct df_str id, int64_t now_ms,
                             struct df_error *err);
/* As sql_inbox_put, in the transaction of whoever asks. */
enum df_code sql_inbox_add(struct sql_db *db, struct sql_tx *tx, const struct df_inbox_message *m,
                           struct df_error *err);
enum df_code sql_rules_put(struct df_store *store, struct df_str project_id, struct df_str body, int64_t now_ms,
                           struct df_error *err);
enum df_code sql_rules_get(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                           struct df_str *ret_body, struct df_error *err);
enum df_code sql_schedule_put(struct df_store *store, const struct df_schedule *s, int most, struct df_error *err);
enum df_code sql_schedule_list(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                               struct df_schedule **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_schedule_delete(struct df_store *store, struct df_str project_id, struct df_str name,
                                 struct df_error *err);
enum df_code sql_schedule_due(struct df_store *store, int64_t now_ms, int limit, struct df_arena *arena,
                              struct df_schedule **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_schedule_next(struct df_store *store, int64_t *ret_due_ms, struct df_error *err);
enum df_code sql_schedule_fire(struct df_store *store, const struct df_schedule *s, int64_t old_slot_ms,
                               const struct df_inbox_message *m, bool *ret_fired, struct df_error *err);
enum df_code sql_pace_take(struct df_store *store, struct df_str host, int64_t spacing_ms, int64_t now_ms,
                           int64_t latest_ms, int64_t *ret_at_ms, struct df_error *err);
enum df_code sql_pace_hold(struct df_store *store, struct df_str host, int64_t until_ms, struct df_error *err);

enum df_code sql_apikey_add(struct df_store *store, const struct df_api_key *key, int most, struct df_error *err);
enum df_code sql_apikey_list(struct df_store *store, struct df_arena *arena, struct df_api_key **ret, size_t *ret_n,
                             struct df_error *err);
enum df_code sql_apikey_find(struct df_store *store, struct df_str id, struct df_arena *arena, struct df_api_key *ret,
                             struct df_error *err);
enum df_code sql_apikey_find_hash(struct df_store *store, struct df_str hash, struct df_arena *arena,
                                  struct df_api_key *ret, struct df_error *err);
enum df_code sql_apikey_revoke(struct df_store *store, struct df_str id, int64_t now_ms, struct df_error *err);
enum df_code sql_apikey_rotate(struct df_store *store, struct df_str old_id, int64_t old_until_ms,
                               const struct df_api_key *fresh, struct df_error *err);
enum df_code sql_audit_append(struct df_store *store, const struct df_audit_entry *entries, size_t n,
                              struct df_error *err);
struct df_store *sql_noting(struct df_store *store, const struct df_audit_entry *entry, struct df_arena *arena);
enum df_code sql_audit_prune(struct df_store *store, const struct df_audit_entry *note, int64_t before_ms,
                             int64_t through_seq, int limit, int64_t *ret_removed, struct df_error *err);
enum df_code sql_audit_list(struct df_store *store, int64_t after_seq, int limit, struct df_arena *arena,
                            struct df_audit_entry **ret, size_t *ret_n, struct df_error *err);
enum df_code sql_apikey_used(struct df_store *store, const struct df_api_key *keys, size_t n, struct df_error *err);

#endif
