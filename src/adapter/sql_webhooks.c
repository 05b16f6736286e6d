#include "adapter/sql_store.h"

#define WEBHOOK_COLUMNS "id, project_id, url, events, secret, old_secret, old_until_ms, disabled, created_ms"

static void read_webhook(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_webhook *)item = (struct df_webhook){.id = sql_text(&row[0], arena),
                                                     .project_id = sql_text(&row[1], arena),
                                                     .url = sql_text(&row[2], arena),
                                                     .events = sql_text(&row[3], arena),
                                                     .sealed_secret = sql_text(&row[4], arena),
                                                     .sealed_old_secret = sql_text(&row[5], arena),
                                                     .old_until_ms = row[6].i,
                                                     .disabled = sql_text(&row[7], arena),
                                                     .created_ms = row[8].i};
}

static enum df_code no_webhook(struct df_str id, struct df_error *err)
{
    return df_fail(err, DF_ERR_WEBHOOK, "webhook %.*s not found in this project (devflow webhook:list)",
                   DF_FMT(df_str_head(id, 64)));
}

static enum df_code add_steps(struct sql_db *db, struct sql_tx *tx, const struct df_webhook *w, int most,
                              struct df_error *err)
{
    int made = 0;
    int64_t known = 0;
    DF_TRY(SQL_STEP(db, tx, "SELECT count(*) FROM projects WHERE id = $1", sql_take_int, &known, NULL, err,
                    SQL_T(w->project_id)));
    if (!known)
        return sql_no_project(w->project_id, err);
    DF_TRY(SQL_STEP(db, tx,
                    "INSERT INTO webhooks (" WEBHOOK_COLUMNS
                    ") SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9 FROM projects p WHERE p.id = $2"
                    " AND (SELECT count(*) FROM webhooks WHERE project_id = $2) < $10",
                    NULL, NULL, &made, err, SQL_T(w->id), SQL_T(w->project_id), SQL_T(w->url), SQL_T(w->events),
                    SQL_B(w->sealed_secret), SQL_B(w->sealed_old_secret), SQL_I(w->old_until_ms), SQL_T(w->disabled),
                    SQL_I(w->created_ms), SQL_I(most)));
    return made ? DF_OK : df_fail(err, DF_ERR_INVALID, "a project has at most %d webhooks: remove one first", most);
}

enum df_code sql_webhook_add(struct df_store *store, const struct df_webhook *w, int most, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, w->project_id, &tx, err));
    return sql_end_noted(store, tx, add_steps(db, tx, w, most, err), "webhook", w->project_id, w->id, err);
}

enum df_code sql_webhook_list(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                              struct df_webhook **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_webhook};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE project_id = $1 ORDER BY created_ms DESC, id",
                   sql_gather, &rows, NULL, err, SQL_T(project_id)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

enum df_code sql_webhook_find(struct df_store *store, struct df_str project_id, struct df_str id,
                              struct df_arena *arena, struct df_webhook *ret, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_webhook};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE project_id = $1 AND id = $2",
                   sql_gather, &rows, NULL, err, SQL_T(project_id), SQL_T(id)));
    if (rows.n == 0)
        return no_webhook(id, err);
    *ret = *(struct df_webhook *)rows.items;
    return DF_OK;
}

enum df_code sql_webhook_disable(struct df_store *store, struct df_str project_id, struct df_str id, struct df_str why,
                                 struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(sql_db_of(store), "UPDATE webhooks SET disabled = $1 WHERE project_id = $2 AND id = $3", NULL, NULL,
                   &changed, err, SQL_T(why), SQL_T(project_id), SQL_T(id)));
    return changed ? DF_OK : no_webhook(id, err);
}

static enum df_code set_steps(struct sql_db *db, struct sql_tx *tx, const struct df_webhook *w, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(db, tx,
                    "UPDATE webhooks SET secret = $1, old_secret = $2, old_until_ms = $3, disabled = $4"
                    " WHERE project_id = $5 AND id = $6",
                    NULL, NULL, &changed, err, SQL_B(w->sealed_secret), SQL_B(w->sealed_old_secret),
                    SQL_I(w->old_until_ms), SQL_T(w->disabled), SQL_T(w->project_id), SQL_T(w->id)));
    return changed ? DF_OK : no_webhook(w->id, err);
}

enum df_code sql_webhook_set(struct df_store *store, const struct df_webhook *w, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, w->project_id, &tx, err));
    return sql_end_noted(store, tx, set_steps(db, tx, w, err), "webhook", w->project_id, w->id, err);
}

static enum df_code delete_steps(struct sql_db *db, struct sql_tx *tx, struct df_str project_id, struct df_str id,
                                 struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(db, tx, "DELETE FROM webhooks WHERE project_id = $1 AND id = $2", NULL, NULL, &changed, err,
                    SQL_T(project_id), SQL_T(id)));
    if (!changed)
        return no_webhook(id, err);
    return SQL_STEP(db, tx, "DELETE FROM outbox WHERE webhook_id = $1", NULL, NULL, NULL, err, SQL_T(id));
}

enum df_code sql_webhook_delete(struct df_store *store, struct df_str project_id, struct df_str id,
                                struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, project_id, &tx, err));
    return sql_end_noted(store, tx, delete_steps(db, tx, project_id, id, err), "webhook", project_id, id, err);
}
