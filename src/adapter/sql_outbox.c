#include "adapter/sql_outbox.h"
#include "adapter/sql_store.h"
#include "base/crypto.h"

enum { MESSAGE_ID_BYTES = 12 };

#define DELIVERY_COLUMNS                                                                                             \
    "id, webhook_id, project_id, provider, connection_id, type, reason, url, secret, created_ms, attempts, due_ms, " \
    "status, error, ended_ms"

static void read_delivery(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_delivery *)item = (struct df_delivery){.id = sql_text(&row[0], arena),
                                                       .webhook_id = sql_text(&row[1], arena),
                                                       .project_id = sql_text(&row[2], arena),
                                                       .provider = sql_text(&row[3], arena),
                                                       .connection_id = sql_text(&row[4], arena),
                                                       .type = sql_text(&row[5], arena),
                                                       .reason = sql_text(&row[6], arena),
                                                       .url = sql_text(&row[7], arena),
                                                       .sealed_secret = sql_text(&row[8], arena),
                                                       .created_ms = row[9].i,
                                                       .attempts = row[10].i,
                                                       .due_ms = row[11].i,
                                                       .status = (enum df_delivery_status)row[12].i,
                                                       .error = sql_text(&row[13], arena),
                                                       .ended_ms = row[14].i};
}

enum df_code sql_outbox_add(struct sql_db *db, struct sql_tx *tx, const char *type, struct df_str project_id,
                            struct df_str provider, struct df_str reason, int64_t now_ms, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    return SQL_STEP(db, tx,
                    "INSERT INTO outbox (" DELIVERY_COLUMNS
                    ") SELECT 'msg_' || $1 || '_' || w.id || '_' || c.id, w.id, w.project_id, c.provider, c.id, $2,"
                    " CASE WHEN $3 = '' THEN c.failure_reason ELSE $3 END, w.url, w.secret, $4, 0, $4, 0, '', 0"
                    " FROM webhooks w JOIN connections c ON c.project_id = w.project_id"
                    " WHERE w.project_id = $5 AND (c.provider = $6 OR $6 = '') AND w.disabled = ''"
                    " AND (w.events = '' OR ' ' || w.events || ' ' LIKE '% ' || $2 || ' %')",
                    NULL, NULL, NULL, err, SQL_T(df_random_hex(MESSAGE_ID_BYTES, scratch)), SQL_T(df_str_c(type)),
                    SQL_T(reason), SQL_I(now_ms), SQL_T(project_id), SQL_T(provider));
}

enum df_code sql_outbox_put(struct df_store *store, const struct df_delivery *d, struct df_error *err)
{
    return SQL_RUN(sql_db_of(store),
                   "INSERT INTO outbox (" DELIVERY_COLUMNS
                   ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)",
                   NULL, NULL, NULL, err, SQL_T(d->id), SQL_T(d->webhook_id), SQL_T(d->project_id), SQL_T(d->provider),
                   SQL_T(d->connection_id), SQL_T(d->type), SQL_T(d->reason), SQL_T(d->url), SQL_B(d->sealed_secret),
                   SQL_I(d->created_ms), SQL_I(d->attempts), SQL_I(d->due_ms), SQL_I(d->status), SQL_T(d->error),
                   SQL_I(d->ended_ms));
}

/* Claims run one after the other: two nodes never get the same row. */
enum df_code sql_outbox_claim(struct df_store *store, int64_t now_ms, int64_t until_ms, int limit,
                              struct df_arena *arena, struct df_delivery **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_delivery};
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, DF_S("outbox"), &tx, err));
    enum df_code code = SQL_STEP(db, tx,
                                 "UPDATE outbox SET due_ms = $1 WHERE id IN (SELECT id FROM outbox WHERE due_ms > 0"
                                 " AND due_ms <= $2 ORDER BY due_ms LIMIT $3) RETURNING " DELIVERY_COLUMNS,
                                 sql_gather, &rows, NULL, err, SQL_I(until_ms), SQL_I(now_ms), SQL_I(limit));
    DF_TRY(db->driver->end(tx, code, err));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

enum df_code sql_outbox_next(struct df_store *store, int64_t *ret_due_ms, struct df_error *err)
{
    *ret_due_ms = 0;
    return SQL_RUN_PLAIN(sql_db_of(store), "SELECT min(due_ms) FROM outbox WHERE due_ms > 0", sql_take_int, ret_due_ms,
                         err);
}

enum df_code sql_outbox_end(struct df_store *store, const struct df_delivery *d, int64_t claimed_until_ms,
                            struct df_error *err)
{
    return SQL_RUN(sql_db_of(store),
                   "UPDATE outbox SET attempts = $1, due_ms = $2, status = $3, error = $4, ended_ms = $5"
                   " WHERE id = $6 AND due_ms = $7",
                   NULL, NULL, NULL, err, SQL_I(d->attempts), SQL_I(d->due_ms), SQL_I(d->status), SQL_T(d->error),
                   SQL_I(d->ended_ms), SQL_T(d->id), SQL_I(claimed_until_ms));
}

enum df_code sql_outbox_forget(struct df_store *store, int64_t ended_before_ms, struct df_error *err)
{
    return SQL_RUN(sql_db_of(store), "DELETE FROM outbox WHERE due_ms = 0 AND ended_ms < $1", NULL, NULL, NULL, err,
                   SQL_I(ended_before_ms));
}

enum df_code sql_outbox_list(struct df_store *store, struct df_str webhook_id, int limit, struct df_arena *arena,
                             struct df_delivery **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_delivery};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " DELIVERY_COLUMNS
                   " FROM outbox WHERE webhook_id = $1 ORDER BY created_ms DESC, id LIMIT $2",
                   sql_gather, &rows, NULL, err, SQL_T(webhook_id), SQL_I(limit)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

enum df_code sql_outbox_retry(struct df_store *store, struct df_str webhook_id, struct df_str id, int64_t now_ms,
                              struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "UPDATE outbox SET due_ms = $1, attempts = 0, status = 0, ended_ms = 0 WHERE id = $2"
                   " AND webhook_id = $3",
                   NULL, NULL, &changed, err, SQL_I(now_ms), SQL_T(id), SQL_T(webhook_id)));
    return changed ? DF_OK : df_fail(err, DF_ERR_WEBHOOK, "this delivery is not known to the webhook");
}
