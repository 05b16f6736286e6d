#include "adapter/sql_outbox.h"
#include "adapter/sql_store.h"

#define PROJECT_COLUMNS "id, name, description, repository, created_ms, updated_ms"

static void read_project(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_project *)item = (struct df_project){.id = sql_text(&row[0], arena),
                                                     .name = sql_text(&row[1], arena),
                                                     .description = sql_text(&row[2], arena),
                                                     .repository = sql_text(&row[3], arena),
                                                     .created_ms = row[4].i,
                                                     .updated_ms = row[5].i};
}

enum df_code sql_no_project(struct df_str id, struct df_error *err)
{
    return df_fail(err, DF_ERR_PROJECT, "Project %.*s not found", DF_FMT(df_str_head(id, 64)));
}

static enum df_code create_steps(struct sql_db *db, struct sql_tx *tx, const struct df_project *p, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(db, tx,
                    "INSERT INTO projects (" PROJECT_COLUMNS ") VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING",
                    NULL, NULL, &changed, err, SQL_T(p->id), SQL_T(p->name), SQL_T(p->description),
                    SQL_T(p->repository), SQL_I(p->created_ms), SQL_I(p->updated_ms)));
    return changed ? DF_OK : df_fail(err, DF_ERR_EXISTS, "a project %.*s exists already", DF_FMT(p->id));
}

static enum df_code update_steps(struct sql_db *db, struct sql_tx *tx, const struct df_project *p, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(db, tx,
                    "UPDATE projects SET name = $1, description = $2, repository = $3, updated_ms = $4 WHERE id = $5",
                    NULL, NULL, &changed, err, SQL_T(p->name), SQL_T(p->description), SQL_T(p->repository),
                    SQL_I(p->updated_ms), SQL_T(p->id)));
    return changed ? DF_OK : sql_no_project(p->id, err);
}

enum df_code sql_project_create(struct df_store *store, const struct df_project *p, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, p->id, &tx, err));
    return sql_end_noted(store, tx, create_steps(db, tx, p, err), "project", p->id, DF_STR_NONE, err);
}

enum df_code sql_project_update(struct df_store *store, const struct df_project *p, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, p->id, &tx, err));
    return sql_end_noted(store, tx, update_steps(db, tx, p, err), "project", p->id, DF_STR_NONE, err);
}

enum df_code sql_project_find(struct df_store *store, struct df_str id, struct df_arena *arena, struct df_project *ret,
                              struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_project};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT " PROJECT_COLUMNS " FROM projects WHERE id = $1", sql_gather, &rows, NULL,
                   err, SQL_T(id)));
    if (rows.n == 0)
        return sql_no_project(id, err);
    *ret = *(struct df_project *)rows.items;
    return DF_OK;
}

enum df_code sql_project_list(struct df_store *store, struct df_arena *arena, struct df_project **ret, size_t *ret_n,
                              struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_project};
    DF_TRY(SQL_RUN_PLAIN(sql_db_of(store), "SELECT " PROJECT_COLUMNS " FROM projects ORDER BY created_ms DESC, id",
                         sql_gather, &rows, err));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static enum df_code delete_steps(struct sql_db *db, struct sql_tx *tx, struct df_str id, struct df_error *err)
{
    int changed = 0;
    int64_t now_ms = df_now_ms(db->clock);
    DF_TRY(
        sql_outbox_add(db, tx, DF_EVENT_DISCONNECTED, id, DF_STR_NONE, DF_S("its project was deleted"), now_ms, err));
    DF_TRY(SQL_STEP(db, tx, "DELETE FROM projects WHERE id = $1", NULL, NULL, &changed, err, SQL_T(id)));
    if (!changed)
        return sql_no_project(id, err);
    DF_TRY(SQL_STEP(db, tx,
                    "INSERT INTO project_farewells (project_id, deleted_ms, due_ms, attempts) VALUES ($1, $2, $3, 0)"
                    " ON CONFLICT DO NOTHING",
                    NULL, NULL, NULL, err, SQL_T(id), SQL_I(now_ms), SQL_I(now_ms)));
    /* Another project may get its id one day. */
    return SQL_STEP(db, tx, "UPDATE api_keys SET revoked_ms = $1 WHERE project_id = $2 AND revoked_ms = 0", NULL, NULL,
                    NULL, err, SQL_I(now_ms), SQL_T(id));
}

enum df_code sql_project_delete(struct df_store *store, struct df_str id, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, id, &tx, err));
    DF_TRY(sql_end_noted(store, tx, delete_steps(db, tx, id, err), "project", id, DF_STR_NONE, err));
    sql_changed(store, id, DF_STR_NONE);
    sql_changed(store, DF_STR_NONE, DF_S(DF_NEWS_API_KEYS));
    return DF_OK;
}
