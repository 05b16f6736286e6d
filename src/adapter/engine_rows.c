#include "adapter/engine_parts.h"
#include "base/crypto.h"

void engine_read_row(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct engine_row *)item = (struct engine_row){.id = sql_text(&row[0], arena),
                                                     .name = sql_text(&row[1], arena),
                                                     .project_id = sql_text(&row[2], arena),
                                                     .issue = sql_text(&row[3], arena),
                                                     .input = sql_text(&row[4], arena),
                                                     .status = (enum df_workflow_status)row[5].i,
                                                     .result = sql_text(&row[6], arena),
                                                     .code = sql_text(&row[7], arena),
                                                     .reason = sql_text(&row[8], arena),
                                                     .state = sql_text(&row[9], arena),
                                                     .waiting = sql_text(&row[10], arena),
                                                     .parent_id = sql_text(&row[11], arena),
                                                     .waits_at = row[12].i,
                                                     .parent_seq = row[13].i,
                                                     .seed = row[14].i,
                                                     .round = row[15].i,
                                                     .round_ms = row[16].i,
                                                     .inbox = row[17].i,
                                                     .due_ms = row[18].i,
                                                     .started_ms = row[19].i,
                                                     .closed_ms = row[20].i,
                                                     .tries = row[21].i,
                                                     .tries_at = row[22].i};
}

static enum df_code code_of(struct df_str name, struct df_arena *arena)
{
    return name.n ? df_code_from_name(df_arena_cstr(arena, name)) : DF_OK;
}

void engine_read_event(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    struct engine_event *e = item;
    e->n = row[0].i;
    e->event = (struct df_wf_event){.kind = (enum df_wf_event_kind)row[1].i,
                                    .seq = (uint32_t)row[2].i,
                                    .name = sql_text(&row[3], arena),
                                    .code = code_of(row[4].s, arena),
                                    .value = sql_text(&row[5], arena),
                                    .at_ms = row[6].i};
}

static void read_history(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    engine_read_event(row, arena, item);
    ((struct engine_event *)item)->event.due_ms = row[7].i;
}

enum df_code engine_load_history(struct sql_db *db, struct df_str run_id, struct df_arena *arena,
                                 struct engine_event **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_history};
    DF_TRY(SQL_RUN(db, "SELECT " ENGINE_EVENT_COLUMNS ", due_ms FROM workflow_history WHERE run_id = $1 ORDER BY n",
                   sql_gather, &rows, NULL, err, SQL_T(run_id)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

enum df_code engine_load_inbox(struct sql_db *db, struct df_str run_id, struct df_arena *arena,
                               struct engine_event **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = engine_read_event};
    DF_TRY(SQL_RUN(db, "SELECT " ENGINE_EVENT_COLUMNS " FROM workflow_inbox WHERE run_id = $1 ORDER BY n", sql_gather,
                   &rows, NULL, err, SQL_T(run_id)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

static int64_t seed(void)
{
    int64_t seed;
    df_random(&seed, sizeof seed);
    return seed & INT64_MAX;
}

enum df_code engine_insert_run(struct sql_db *db, struct sql_tx *tx, const struct df_workflow_start *start,
                               struct df_str parent_id, int64_t parent_seq, int64_t now_ms, bool *ret_new,
                               struct df_error *err)
{
    static const char sql[] =
        "INSERT INTO workflow_runs (id, name, project_id, issue, input, status, result, code, reason, state, waiting,"
        " waits_at, parent_id, parent_seq, seed, round, round_ms, inbox, due_ms, owner, started_ms, closed_ms)"
        " VALUES ($1, $2, $3, $4, $5, 0, '', '', '', '', '', 0, $6, $7, $8, 1, $9, 0, $9, '', $9, 0)"
        " ON CONFLICT (id) DO NOTHING";
    const struct sql_value values[] = {SQL_T(start->id),    SQL_T(start->name),  SQL_T(start->project_id),
                                       SQL_T(start->issue), SQL_T(start->input), SQL_T(parent_id),
                                       SQL_I(parent_seq),   SQL_I(seed()),       SQL_I(now_ms)};
    const struct sql_statement insert = {.sql = sql, .values = values, .n = sizeof values / sizeof *values};
    int changed = 0;
    DF_TRY(tx ? sql_step(db, tx, &insert, &changed, err) : sql_run(db, &insert, &changed, err));
    *ret_new = changed == 1;
    return DF_OK;
}

/* The row is locked by the first statement, so messages of a run are numbered and seen in order; and one that goes to sleep in the same
 * moment finds the count risen, or is awake by due_ms. */
enum df_code engine_post(struct sql_db *db, struct sql_tx *tx, struct df_str run_id, const struct df_wf_event *message,
                         bool *ret_there, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(db, tx,
                    "UPDATE workflow_runs SET inbox = inbox + 1, due_ms = CASE WHEN status = 0 THEN 1 ELSE due_ms END"
                    " WHERE id = $1 AND status IN (0, 4)",
                    NULL, NULL, &changed, err, SQL_T(run_id)));
    *ret_there = changed == 1;
    if (!*ret_there)
        return DF_OK;
    struct df_str code = message->code == DF_OK ? DF_STR_NONE : df_str_c(df_code_name(message->code));
    return SQL_STEP(db, tx,
                    "INSERT INTO workflow_inbox (run_id, n, kind, seq, name, code, value, at_ms)"
                    " SELECT $1, inbox, $2, $3, $4, $5, $6, $7 FROM workflow_runs WHERE id = $1",
                    NULL, NULL, NULL, err, SQL_T(run_id), SQL_I(message->kind), SQL_I(message->seq),
                    SQL_T(message->name), SQL_T(code), SQL_T(message->value), SQL_I(message->at_ms));
}

enum df_code engine_forget_run(struct sql_db *db, struct df_str run_id, struct df_error *err)
{
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, run_id, &tx, err));
    enum df_code code = SQL_STEP(db, tx, "DELETE FROM workflow_history WHERE run_id = $1", NULL, NULL, NULL, err,
                                 SQL_T(run_id));
    if (code == DF_OK)
        code = SQL_STEP(db, tx, "DELETE FROM workflow_inbox WHERE run_id = $1", NULL, NULL, NULL, err, SQL_T(run_id));
    if (code == DF_OK)
        code = SQL_STEP(db, tx, "DELETE FROM workflow_runs WHERE id = $1 AND closed_ms > 0", NULL, NULL, NULL, err,
                        SQL_T(run_id));
    return db->driver->end(tx, code, err);
}
