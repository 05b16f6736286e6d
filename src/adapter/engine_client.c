#include "adapter/engine_parts.h"
#include "adapter/workflow_id.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/fatal.h"

#include <stdlib.h>

enum { LIST_LIMIT = 100, HISTORY_LIMIT = 1000, ID_RANDOM_BYTES = 8, PROJECT_BYTES = 256 };

void engine_wake(struct sql_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < ENGINE_WORKERS; i++)
        if (engine->workers[i])
            engine_worker_wake(engine->workers[i]);
    pthread_mutex_unlock(&engine->lock);
}

static enum df_code not_there(struct df_str id, struct df_error *err)
{
    return df_fail(err, DF_ERR_WORKFLOW, "no workflow has the id %.*s", DF_FMT(df_str_head(id, DF_WORKFLOW_ID_BYTES)));
}

static enum df_code check_value(struct df_str value, const char *what, struct df_error *err)
{
    return value.n <= DF_WORKFLOW_VALUE_BYTES
               ? DF_OK
               : df_fail(err, DF_ERR_TOO_LARGE, "%s has %zu bytes; at most %d", what, value.n, DF_WORKFLOW_VALUE_BYTES);
}

static void take_project(const struct sql_cell *row, void *arg)
{
    struct df_buf *project = arg;
    df_buf_put_str(project, row[0].s);
}

/* Ends the transaction; with the row of the audit log, where the engine is for one change. */
static enum df_code end_noted(struct df_engine *base, struct sql_tx *tx, enum df_code code, struct df_str id,
                              struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_store *store = ((struct sql_engine_face *)base)->store;
    struct sql_db *db = engine_of(base)->db;
    struct df_buf project;
    df_buf_init(&project, scratch, PROJECT_BYTES);
    if (code == DF_OK && ((const struct sql_store *)store)->note)
        code = SQL_STEP(db, tx, "SELECT project_id FROM workflow_runs WHERE id = $1", take_project, &project, NULL, err,
                        SQL_T(id));
    return sql_end_noted(store, tx, code, "workflow", df_buf_str(&project), id, err);
}

static enum df_code insert(struct df_engine *base, const struct df_workflow_start *start, bool *ret_new,
                           struct df_error *err)
{
    struct sql_db *db = engine_of(base)->db;
    struct sql_tx *tx;
    int64_t now_ms = df_now_ms(db->clock);
    if (!((const struct sql_store *)((struct sql_engine_face *)base)->store)->note)
        return engine_insert_run(db, NULL, start, DF_STR_NONE, 0, now_ms, ret_new, err);
    DF_TRY(db->driver->begin(db, start->id, &tx, err));
    enum df_code code = engine_insert_run(db, tx, start, DF_STR_NONE, 0, now_ms, ret_new, err);
    return code == DF_OK && !*ret_new ? db->driver->end(tx, code, err) : end_noted(base, tx, code, start->id, err);
}

static enum df_code engine_start(struct df_engine *base, const struct df_workflow_start *given, struct df_arena *arena,
                                 struct df_str *ret_id, bool *ret_started, struct df_error *err)
{
    struct df_workflow_start start = *given;
    bool is_new;
    if (start.id.n == 0)
        start.id = df_arena_printf(arena, "%.*s-%.*s", DF_FMT(df_str_head(start.name, DF_WORKFLOW_NAME_BYTES)),
                                   DF_FMT(df_random_hex(ID_RANDOM_BYTES, arena)));
    DF_TRY(workflow_id_usable(start.id, err));
    DF_TRY(check_value(start.input, "the input", err));
    DF_TRY(insert(base, &start, &is_new, err));
    if (!is_new && !start.ignore_existing)
        return df_fail(err, DF_ERR_EXISTS, "a workflow with the id %.*s exists already", DF_FMT(start.id));
    if (is_new)
        engine_wake(engine_of(base));
    if (ret_id)
        *ret_id = df_arena_dup(arena, start.id);
    if (ret_started)
        *ret_started = is_new;
    return DF_OK;
}

static void take_status(const struct sql_cell *row, void *arg)
{
    *(int64_t *)arg = row[0].i;
}

static enum df_code refused(struct sql_engine *engine, struct sql_tx *tx, struct df_str id, struct df_error *err)
{
    int64_t status = -1;
    DF_TRY(SQL_STEP(engine->db, tx, "SELECT status FROM workflow_runs WHERE id = $1", take_status, &status, NULL, err,
                    SQL_T(id)));
    if (status < 0)
        return not_there(id, err);
    return df_fail(err, DF_ERR_ENDED, "the workflow %.*s has ended: it is %s", DF_FMT(id),
                   df_workflow_status_name((enum df_workflow_status)status));
}

static enum df_code post_in(struct sql_engine *engine, struct sql_tx *tx, struct df_str id,
                            const struct df_wf_event *message, struct df_error *err)
{
    bool there = false;
    DF_TRY(engine_post(engine->db, tx, id, message, &there, err));
    return there ? DF_OK : refused(engine, tx, id, err);
}

static enum df_code engine_signal(struct df_engine *base, struct df_str id, struct df_str name, struct df_str payload,
                                  struct df_error *err)
{
    struct sql_engine *engine = engine_of(base);
    struct sql_tx *tx;
    DF_TRY(check_value(payload, "the payload", err));
    if (name.n == 0 || name.n > DF_WORKFLOW_NAME_BYTES)
        return df_fail(err, DF_ERR_INVALID, "a signal has a name of at most %d bytes", DF_WORKFLOW_NAME_BYTES);
    const struct df_wf_event signal = {
        .kind = DF_EVENT_SIGNAL, .name = name, .value = payload, .at_ms = df_now_ms(engine->db->clock)};
    DF_TRY(engine->db->driver->begin(engine->db, id, &tx, err));
    DF_TRY(end_noted(base, tx, post_in(engine, tx, id, &signal, err), id, err));
    engine_wake(engine);
    return DF_OK;
}

#define WHILE_PARKED "it was cancelled while it was parked"

/* A parked run has no code that could see it; who waits for it hears of it all the same. */
static enum df_code end_parked(struct sql_engine *engine, struct sql_tx *tx, struct df_str id, bool *ret_was,
                               struct df_arena *arena, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof(struct engine_row), .read = engine_read_row};
    int64_t now_ms = df_now_ms(engine->db->clock);
    bool there;
    DF_TRY(SQL_STEP(engine->db, tx,
                    "UPDATE workflow_runs SET status = 3, code = 'cancelled', reason = '" WHILE_PARKED
                    "', closed_ms = $1"
                    " WHERE id = $2 AND status = 4 RETURNING " ENGINE_ROW_COLUMNS,
                    sql_gather, &rows, NULL, err, SQL_I(now_ms), SQL_T(id)));
    *ret_was = rows.n > 0;
    const struct engine_row *row = rows.items;
    if (!row || row->parent_id.n == 0)
        return DF_OK;
    return engine_post(engine->db, tx, row->parent_id,
                       &(const struct df_wf_event){.kind = DF_EVENT_CHILD,
                                                   .seq = (uint32_t)row->parent_seq,
                                                   .name = row->name,
                                                   .code = DF_ERR_CANCELLED,
                                                   .value = DF_S(WHILE_PARKED),
                                                   .at_ms = now_ms},
                       &there, err);
}

static enum df_code cancel_in(struct sql_engine *engine, struct sql_tx *tx, struct df_str id, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    const struct df_wf_event cancel = {.kind = DF_EVENT_CANCEL, .at_ms = df_now_ms(engine->db->clock)};
    bool was_parked = false;
    DF_TRY(end_parked(engine, tx, id, &was_parked, scratch, err));
    return was_parked ? DF_OK : post_in(engine, tx, id, &cancel, err);
}

enum df_code engine_cancel(struct df_engine *base, struct df_str id, struct df_error *err)
{
    struct sql_engine *engine = engine_of(base);
    struct sql_tx *tx;
    DF_TRY(engine->db->driver->begin(engine->db, id, &tx, err));
    DF_TRY(end_noted(base, tx, cancel_in(engine, tx, id, err), id, err));
    engine_wake(engine);
    return DF_OK;
}

/* ---- Retry. */

static enum df_code reopen(struct sql_engine *engine, struct sql_tx *tx, struct df_str id, struct df_error *err)
{
    int64_t failed_at = 0;
    DF_TRY(
        SQL_STEP(engine->db, tx,
                 "SELECT COALESCE(max(n), 0) FROM workflow_history WHERE run_id = $1 AND kind IN (1, 3) AND code <> ''",
                 sql_take_int, &failed_at, NULL, err, SQL_T(id)));
    /* Its earlier attempts too: it begins with the first. */
    DF_TRY(SQL_STEP(engine->db, tx,
                    "DELETE FROM workflow_history WHERE run_id = $1 AND kind = 7 AND $2 > 0 AND seq ="
                    " (SELECT h.seq FROM workflow_history h WHERE h.run_id = $1 AND h.n = $2)",
                    NULL, NULL, NULL, err, SQL_T(id), SQL_I(failed_at)));
    DF_TRY(SQL_STEP(engine->db, tx,
                    "DELETE FROM workflow_history WHERE run_id = $1 AND $2 > 0 AND n >= $2 AND kind IN (1, 2, 3, 6, 7)",
                    NULL, NULL, NULL, err, SQL_T(id), SQL_I(failed_at)));
    return SQL_STEP(
        engine->db, tx,
        "UPDATE workflow_runs SET status = 0, code = '', reason = '', closed_ms = 0, due_ms = 1, owner = '', tries = 0,"
        " waiting = '', waits_at = 0 WHERE id = $1",
        NULL, NULL, NULL, err, SQL_T(id));
}

static enum df_code retry_in(struct sql_engine *engine, struct sql_tx *tx, struct df_str id, struct df_error *err)
{
    int64_t status = -1;
    DF_TRY(SQL_STEP(engine->db, tx, "SELECT status FROM workflow_runs WHERE id = $1", take_status, &status, NULL, err,
                    SQL_T(id)));
    if (status == DF_WORKFLOW_PARKED)
        return SQL_STEP(
            engine->db, tx,
            "UPDATE workflow_runs SET status = 0, code = '', reason = '', due_ms = 1, owner = '', tries = 0 WHERE id = $1",
            NULL, NULL, NULL, err, SQL_T(id));
    if (status == DF_WORKFLOW_FAILED)
        return reopen(engine, tx, id, err);
    return status == DF_WORKFLOW_RUNNING ? DF_OK : refused(engine, tx, id, err);
}

static enum df_code engine_retry(struct df_engine *base, struct df_str id, struct df_error *err)
{
    struct sql_engine *engine = engine_of(base);
    struct sql_tx *tx;
    DF_TRY(engine->db->driver->begin(engine->db, id, &tx, err));
    DF_TRY(end_noted(base, tx, retry_in(engine, tx, id, err), id, err));
    engine_wake(engine);
    return DF_OK;
}

/* ---- Looking. */

static struct df_workflow_run shown(const struct engine_row *row, struct df_arena *arena)
{
    return (struct df_workflow_run){.id = row->id,
                                    .name = row->name,
                                    .project_id = row->project_id,
                                    .issue = row->issue,
                                    .input = row->input,
                                    .status = row->status,
                                    .result = row->result,
                                    .code = row->code.n ? df_code_from_name(df_arena_cstr(arena, row->code)) : DF_OK,
                                    .reason = row->reason,
                                    .state = row->state,
                                    .waiting = row->waiting,
                                    .parent_id = row->parent_id,
                                    .round = row->round,
                                    .started_ms = row->started_ms,
                                    .closed_ms = row->closed_ms,
                                    .due_ms = row->due_ms > 1 ? row->due_ms : 0};
}

static enum df_code engine_find(struct df_engine *base, struct df_str id, struct df_arena *arena,
                                struct df_workflow_run *ret, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof(struct engine_row), .read = engine_read_row};
    DF_TRY(SQL_RUN(
        engine_of(base)->db,
        "SELECT id, name, project_id, issue, input, status, result, code, reason, state,"
        " CASE WHEN owner = '' THEN waiting ELSE '' END, parent_id, waits_at, parent_seq, seed, round, round_ms,"
        " inbox, due_ms, started_ms, closed_ms, 0, 0 FROM workflow_runs WHERE id = $1",
        sql_gather, &rows, NULL, err, SQL_T(id)));
    if (rows.n == 0)
        return not_there(id, err);
    *ret = shown(rows.items, arena);
    return DF_OK;
}

static enum df_code engine_list(struct df_engine *base, const struct df_workflow_filter *filter, struct df_arena *arena,
                                struct df_workflow_run **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof(struct engine_row), .read = engine_read_row};
    DF_TRY(SQL_RUN(
        engine_of(base)->db,
        "SELECT id, name, project_id, issue, '', status, '', code, reason, '', '', parent_id, 0, 0, 0, round, 0, 0,"
        " due_ms, started_ms, closed_ms, 0, 0 FROM workflow_runs WHERE ($1 = '' OR project_id = $1)"
        " AND ($2 = '' OR name = $2) AND ($3 = '' OR issue = $3) AND ($4 < 0 OR status = $4) AND started_ms < $5"
        " ORDER BY started_ms DESC, id DESC LIMIT $6",
        sql_gather, &rows, NULL, err, SQL_T(filter->project_id), SQL_T(filter->name), SQL_T(filter->issue),
        SQL_I(filter->by_status ? (int64_t)filter->status : -1),
        SQL_I(filter->before_ms ? filter->before_ms : INT64_MAX),
        SQL_I(filter->limit > 0 ? filter->limit : LIST_LIMIT)));
    *ret = DF_NEW_ARRAY(arena, struct df_workflow_run, rows.n ? rows.n : 1);
    for (size_t i = 0; i < rows.n; i++)
        (*ret)[i] = shown(&((struct engine_row *)rows.items)[i], arena);
    *ret_n = rows.n;
    return DF_OK;
}

static const char *const kinds[] = {"", "step", "timer", "child", "signal", "cancel", "patch", "attempt"};

static void read_happening(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    struct engine_event e;
    engine_read_event(row, arena, &e);
    *(struct df_workflow_happening *)item = (struct df_workflow_happening){.at_ms = e.event.at_ms,
                                                                           .kind = kinds[e.event.kind & 7U],
                                                                           .seq = e.event.seq,
                                                                           .name = e.event.name,
                                                                           .code = e.event.code,
                                                                           .value = e.event.value,
                                                                           .due_ms = row[7].i};
}

static struct df_workflow_happening beginning(const struct df_workflow_run *run)
{
    return (struct df_workflow_happening){
        .at_ms = run->started_ms, .kind = "started", .name = run->name, .value = run->input};
}

static struct df_workflow_happening ending(const struct df_workflow_run *run)
{
    return (struct df_workflow_happening){.at_ms = run->closed_ms,
                                          .kind = df_workflow_status_name(run->status),
                                          .code = run->code,
                                          .value = run->status == DF_WORKFLOW_COMPLETED ? run->result : run->reason};
}

/* The row says how it began and ended, the history what came between. */
static enum df_code engine_history(struct df_engine *base, struct df_str id, int limit, struct df_arena *arena,
                                   struct df_workflow_happening **ret, size_t *ret_n, bool *ret_more,
                                   struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_happening};
    struct df_workflow_run run;
    size_t most = limit > 0 ? (size_t)limit : HISTORY_LIMIT;
    DF_TRY(engine_find(base, id, arena, &run, err));
    DF_TRY(SQL_RUN(engine_of(base)->db,
                   "SELECT n, kind, seq, name, code, substr(value, 1, 2000), at_ms, due_ms FROM workflow_history"
                   " WHERE run_id = $1 ORDER BY n LIMIT $2",
                   sql_gather, &rows, NULL, err, SQL_T(id), SQL_I((int64_t)most + 1)));
    *ret_more = rows.n > most;
    rows.n = *ret_more ? most : rows.n;
    *ret = DF_NEW_ARRAY(arena, struct df_workflow_happening, rows.n + 2);
    (*ret)[0] = beginning(&run);
    if (rows.n)
        memcpy(*ret + 1, rows.items, rows.n * sizeof **ret);
    *ret_n = rows.n + 1;
    if (!*ret_more && run.status != DF_WORKFLOW_RUNNING)
        (*ret)[(*ret_n)++] = ending(&run);
    return DF_OK;
}

static void take_count(const struct sql_cell *row, void *arg)
{
    struct df_workflow_counts *counts = arg;
    if (row[0].i >= 0 && row[0].i < DF_WORKFLOW_STATUSES)
        counts->by_status[row[0].i] = row[1].i;
}

static enum df_code engine_counts(struct df_engine *base, struct df_workflow_counts *ret, struct df_error *err)
{
    *ret = (struct df_workflow_counts){.known = true};
    return SQL_RUN_PLAIN(engine_of(base)->db, "SELECT status, count(*) FROM workflow_runs GROUP BY status", take_count,
                         ret, err);
}

static struct df_engine *engine_noting(struct df_engine *base, const struct df_audit_entry *entry,
                                       struct df_arena *arena)
{
    struct sql_engine_face *noting = DF_NEW(arena, struct sql_engine_face);
    *noting = *(struct sql_engine_face *)base;
    noting->store = noting->store->ops->noting(noting->store, entry, arena);
    return &noting->base;
}

static void engine_free(struct df_engine *base)
{
    struct sql_engine *engine = engine_of(base);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

static const struct df_engine_ops ops = {.name = "embedded",
                                         .start = engine_start,
                                         .signal = engine_signal,
                                         .cancel = engine_cancel,
                                         .retry = engine_retry,
                                         .find = engine_find,
                                         .list = engine_list,
                                         .history = engine_history,
                                         .counts = engine_counts,
                                         .leave_project = engine_leave_project,
                                         .noting = engine_noting,
                                         .work = engine_work,
                                         .stop = engine_stop,
                                         .free = engine_free};

struct df_engine *df_sql_engine_new(struct df_store *store, const struct df_sql_engine_options *options)
{
    struct sql_engine *engine = df_must(calloc(1, sizeof *engine));
    engine->face = (struct sql_engine_face){{&ops}, engine, store};
    engine->db = sql_db_of(store);
    engine->options = *options;
    if (engine->options.lease_ms <= 0)
        engine->options.lease_ms = ENGINE_LEASE_MS;
    if (engine->options.deaths <= 0)
        engine->options.deaths = ENGINE_DEATHS;
    if (engine->options.runs == 0)
        engine->options.runs = ENGINE_RUNS;
    pthread_mutex_init(&engine->lock, NULL);
    return &engine->face.base;
}
