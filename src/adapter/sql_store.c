#include "adapter/sql_store.h"
#include "base/fatal.h"

#include <stdlib.h>

static enum df_code store_ping(struct df_store *store, struct df_error *err)
{
    return SQL_RUN_PLAIN(sql_db_of(store), "SELECT count(*) FROM projects WHERE id = ''", NULL, NULL, err);
}

static void store_listen(struct df_store *store,
                         void (*changed)(void *arg, struct df_str project_id, struct df_str provider), void *arg)
{
    struct sql_store *self = (struct sql_store *)store;
    self->changed = changed;
    self->changed_arg = arg;
    if (self->db->driver->listen)
        self->db->driver->listen(self->db, changed, arg);
}

void sql_changed(struct df_store *store, struct df_str project_id, struct df_str provider)
{
    const struct sql_store *self = (struct sql_store *)store;
    if (self->changed)
        self->changed(self->changed_arg, project_id, provider);
}

static void store_close(struct df_store *store)
{
    struct sql_db *db = sql_db_of(store);
    db->driver->close(db);
    sql_inbox_group_free(((struct sql_store *)store)->inbox);
    free(store);
}

static const struct df_store_ops ops = {
    .ping = store_ping,
    .listen = store_listen,
    .project_create = sql_project_create,
    .project_update = sql_project_update,
    .project_find = sql_project_find,
    .project_list = sql_project_list,
    .project_delete = sql_project_delete,
    .app_put = sql_app_put,
    .app_find = sql_app_find,
    .app_list = sql_app_list,
    .app_delete = sql_app_delete,
    .app_list_client = sql_app_list_client,
    .app_set_fault = sql_app_set_fault,
    .connection_put = sql_connection_put,
    .connection_find = sql_connection_find,
    .connection_list = sql_connection_list,
    .connection_set_tokens = sql_connection_set_tokens,
    .connection_set_refresh = sql_connection_set_refresh,
    .connection_list_due = sql_connection_list_due,
    .connection_claim_due = sql_connection_claim_due,
    .connection_unclaim = sql_connection_unclaim,
    .connection_delete = sql_connection_delete,
    .flow_create = sql_flow_create,
    .flow_find = sql_flow_find,
    .flow_find_state = sql_flow_find_state,
    .flow_bind = sql_flow_bind,
    .flow_take = sql_flow_take,
    .flow_end = sql_flow_end,
    .flow_pace = sql_flow_pace,
    .webhook_add = sql_webhook_add,
    .webhook_list = sql_webhook_list,
    .webhook_find = sql_webhook_find,
    .webhook_disable = sql_webhook_disable,
    .webhook_set = sql_webhook_set,
    .webhook_delete = sql_webhook_delete,
    .outbox_put = sql_outbox_put,
    .outbox_claim = sql_outbox_claim,
    .outbox_next = sql_outbox_next,
    .outbox_end = sql_outbox_end,
    .outbox_forget = sql_outbox_forget,
    .outbox_list = sql_outbox_list,
    .outbox_retry = sql_outbox_retry,
    .hook_secret_put = sql_hook_secret_put,
    .hook_secret_find = sql_hook_secret_find,
    .hook_secret_delete = sql_hook_secret_delete,
    .inbox_put = sql_inbox_put,
    .inbox_claim = sql_inbox_claim,
    .inbox_next = sql_inbox_next,
    .inbox_end = sql_inbox_end,
    .inbox_forget = sql_inbox_forget,
    .inbox_list = sql_inbox_list,
    .inbox_retry = sql_inbox_retry,
    .context_put = sql_context_put,
    .context_find = sql_context_find,
    .context_list = sql_context_list,
    .rules_put = sql_rules_put,
    .rules_get = sql_rules_get,
    .schedule_put = sql_schedule_put,
    .schedule_list = sql_schedule_list,
    .schedule_delete = sql_schedule_delete,
    .schedule_due = sql_schedule_due,
    .schedule_next = sql_schedule_next,
    .schedule_fire = sql_schedule_fire,
    .farewell_claim = sql_farewell_claim,
    .farewell_next = sql_farewell_next,
    .farewell_end = sql_farewell_end,
    .pace_take = sql_pace_take,
    .pace_hold = sql_pace_hold,
    .key_list = sql_key_list,
    .key_add = sql_key_add,
    .key_remove = sql_key_remove,
    .key_count = sql_key_count,
    .sealed_list = sql_sealed_list,
    .sealed_replace = sql_sealed_replace,
    .sealed_total = sql_sealed_total,
    .rotation_get = sql_rotation_get,
    .rotation_set = sql_rotation_set,
    .counts = sql_counts,
    .load = sql_load,
    .apikey_add = sql_apikey_add,
    .apikey_list = sql_apikey_list,
    .apikey_find = sql_apikey_find,
    .apikey_find_hash = sql_apikey_find_hash,
    .apikey_revoke = sql_apikey_revoke,
    .apikey_rotate = sql_apikey_rotate,
    .apikey_used = sql_apikey_used,
    .audit_append = sql_audit_append,
    .audit_list = sql_audit_list,
    .audit_prune = sql_audit_prune,
    .noting = sql_noting,
    .priority_weights_get = sql_priority_weights_get,
    .priority_weights_put = sql_priority_weights_put,
    .priority_marks = sql_priority_marks,
    .priority_marks_put = sql_priority_marks_put,
    .ticket_settings_get = sql_ticket_settings_get,
    .ticket_settings_put = sql_ticket_settings_put,
    .ticket_claim = sql_ticket_claim,
    .ticket_set = sql_ticket_set,
    .ticket_find = sql_ticket_find,
    .ticket_list = sql_ticket_list,
    .spec_note_find = sql_spec_note_find,
    .spec_note_claim = sql_spec_note_claim,
    .spec_note_set = sql_spec_note_set,
    .spec_note_list = sql_spec_note_list,
    .test_put = sql_test_put,
    .test_find = sql_test_find,
    .close = store_close,
};

struct df_store *df_sql_store_new(struct sql_db *db)
{
    struct sql_store *store = calloc(1, sizeof *store);
    if (!store)
        df_out_of_memory();
    store->port.ops = &ops;
    store->db = db;
    store->inbox = sql_inbox_group_new();
    return &store->port;
}
