#include "adapter/sql_store.h"

#define SCHEDULE_COLUMNS "project_id, name, cron, jitter_s, workflow, input, slot_ms, due_ms, since_ms, created_ms"

static void read_schedule(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_schedule *)item = (struct df_schedule){
        .project_id = sql_text(&row[0], arena),
        .name = sql_text(&row[1], arena),
        .cron = sql_text(&row[2], arena),
        .jitter_s = row[3].i,
        .workflow = sql_text(&row[4], arena),
        .input = sql_text(&row[5], arena),
        .slot_ms = row[6].i,
        .due_ms = row[7].i,
        .since_ms = row[8].i,
        .created_ms = row[9].i,
    };
}

static enum df_code put_rules(struct sql_db *db, struct sql_tx *tx, struct df_str project_id, struct df_str body,
                              int64_t now_ms, struct df_error *err)
{
    int made = 0;
    DF_TRY(
        SQL_STEP(db, tx,
                 "INSERT INTO rules (project_id, body, updated_ms) SELECT p.id, $1, $2 FROM projects p WHERE p.id = $3"
                 " ON CONFLICT (project_id) DO UPDATE SET body = excluded.body, updated_ms = excluded.updated_ms",
                 NULL, NULL, &made, err, SQL_T(body), SQL_I(now_ms), SQL_T(project_id)));
    return made ? DF_OK : sql_no_project(project_id, err);
}

enum df_code sql_rules_put(struct df_store *store, struct df_str project_id, struct df_str body, int64_t now_ms,
                           struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, project_id, &tx, err));
    return sql_end_noted(store, tx, put_rules(db, tx, project_id, body, now_ms, err), "rules", project_id, DF_STR_NONE,
                         err);
}

enum df_code sql_rules_get(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                           struct df_str *ret_body, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret_body, .read = sql_read_text};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT body FROM rules WHERE project_id = $1", sql_gather, &rows, NULL, err,
                   SQL_T(project_id)));
    *ret_body = rows.n ? *(struct df_str *)rows.items : DF_STR_NONE;
    return DF_OK;
}

static enum df_code put_schedule(struct sql_db *db, struct sql_tx *tx, const struct df_schedule *s, int most,
                                 struct df_error *err)
{
    int64_t known = 0, others = 0;
    DF_TRY(SQL_STEP(db, tx, "SELECT count(*) FROM projects WHERE id = $1", sql_take_int, &known, NULL, err,
                    SQL_T(s->project_id)));
    if (!known)
        return sql_no_project(s->project_id, err);
    DF_TRY(SQL_STEP(db, tx, "SELECT count(*) FROM schedules WHERE project_id = $1 AND name <> $2", sql_take_int,
                    &others, NULL, err, SQL_T(s->project_id), SQL_T(s->name)));
    if (others >= most)
        return df_fail(err, DF_ERR_INVALID, "a project has at most %d schedules: remove one first", most);
    return SQL_STEP(db, tx,
                    "INSERT INTO schedules (" SCHEDULE_COLUMNS
                    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (project_id, name) DO UPDATE SET"
                    " cron = excluded.cron, jitter_s = excluded.jitter_s, workflow = excluded.workflow,"
                    " input = excluded.input, slot_ms = excluded.slot_ms, due_ms = excluded.due_ms",
                    NULL, NULL, NULL, err, SQL_T(s->project_id), SQL_T(s->name), SQL_T(s->cron), SQL_I(s->jitter_s),
                    SQL_T(s->workflow), SQL_T(s->input), SQL_I(s->slot_ms), SQL_I(s->due_ms), SQL_I(s->since_ms),
                    SQL_I(s->created_ms));
}

enum df_code sql_schedule_put(struct df_store *store, const struct df_schedule *s, int most, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, s->project_id, &tx, err));
    return sql_end_noted(store, tx, put_schedule(db, tx, s, most, err), "schedule", s->project_id, s->name, err);
}

static enum df_code delete_schedule(struct sql_db *db, struct sql_tx *tx, struct df_str project_id, struct df_str name,
                                    struct df_error *err)
{
    int gone = 0;
    DF_TRY(SQL_STEP(db, tx, "DELETE FROM schedules WHERE project_id = $1 AND name = $2", NULL, NULL, &gone, err,
                    SQL_T(project_id), SQL_T(name)));
    return gone ? DF_OK
                : df_fail(err, DF_ERR_SCHEDULE, "the project has no schedule %.*s (devflow schedule:list)",
                          DF_FMT(df_str_head(name, 64)));
}

enum df_code sql_schedule_delete(struct df_store *store, struct df_str project_id, struct df_str name,
                                 struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, project_id, &tx, err));
    return sql_end_noted(store, tx, delete_schedule(db, tx, project_id, name, err), "schedule", project_id, name, err);
}

enum df_code sql_schedule_list(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                               struct df_schedule **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_schedule};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT " SCHEDULE_COLUMNS " FROM schedules WHERE project_id = $1 ORDER BY name",
                   sql_gather, &rows, NULL, err, SQL_T(project_id)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

enum df_code sql_schedule_due(struct df_store *store, int64_t now_ms, int limit, struct df_arena *arena,
                              struct df_schedule **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_schedule};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " SCHEDULE_COLUMNS " FROM schedules WHERE due_ms <= $1 ORDER BY due_ms LIMIT $2", sql_gather,
                   &rows, NULL, err, SQL_I(now_ms), SQL_I(limit)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

enum df_code sql_schedule_next(struct df_store *store, int64_t *ret_due_ms, struct df_error *err)
{
    *ret_due_ms = 0;
    return SQL_RUN_PLAIN(sql_db_of(store), "SELECT min(due_ms) FROM schedules", sql_take_int, ret_due_ms, err);
}

static enum df_code fire(struct sql_db *db, struct sql_tx *tx, const struct df_schedule *s, int64_t old_slot_ms,
                         const struct df_inbox_message *m, bool *ret_fired, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(db, tx,
                    "UPDATE schedules SET slot_ms = $1, due_ms = $2, since_ms = $3 WHERE project_id = $4 AND name = $5"
                    " AND slot_ms = $6 AND cron = $7",
                    NULL, NULL, &changed, err, SQL_I(s->slot_ms), SQL_I(s->due_ms), SQL_I(s->since_ms),
                    SQL_T(s->project_id), SQL_T(s->name), SQL_I(old_slot_ms), SQL_T(s->cron)));
    *ret_fired = changed == 1;
    return changed == 1 ? sql_inbox_add(db, tx, m, err) : DF_OK;
}

enum df_code sql_schedule_fire(struct df_store *store, const struct df_schedule *s, int64_t old_slot_ms,
                               const struct df_inbox_message *m, bool *ret_fired, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    bool fired = false;
    DF_TRY(db->driver->begin(db, s->project_id, &tx, err));
    DF_TRY(db->driver->end(tx, fire(db, tx, s, old_slot_ms, m, &fired, err), err));
    *ret_fired = fired;
    return DF_OK;
}
