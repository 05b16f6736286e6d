#include "adapter/engine_parts.h"
#include "base/buf.h"
#include "base/fatal.h"

#include <stdlib.h>

enum { HISTORY_COLUMNS = 9, ROWS_AT_ONCE = SQL_VALUES_LIMIT / HISTORY_COLUMNS, SIGNALS_KEPT = 4096 };

enum op_kind { OP_TOOK, OP_STATE, OP_TRIES, OP_CHILD, OP_CANCEL_CHILD, OP_WAIT, OP_END, OP_CONTINUE, OP_PARK };

/* Strings live as long as the run, which stays until the batch is over. */
struct op {
    enum op_kind kind;
    struct engine_run *run;
    struct df_wf_command command;
    struct df_str text;
    int64_t number;
    struct op *next;
};

struct row {
    struct df_str run_id;
    int64_t n;
    struct df_wf_event event;
};

struct engine_batch {
    struct df_arena *arena;
    struct row *rows;
    size_t n_rows, cap_rows;
    struct op *ops, **ops_end;
};

struct engine_batch *engine_batch_new(void)
{
    struct engine_batch *batch = df_must(calloc(1, sizeof *batch));
    batch->arena = df_arena_new();
    batch->ops_end = &batch->ops;
    return batch;
}

void engine_batch_free(struct engine_batch *batch)
{
    df_arena_free(batch->arena);
    free(batch);
}

void engine_batch_empty(struct engine_batch *batch)
{
    df_arena_free(batch->arena);
    *batch = (struct engine_batch){.arena = df_arena_new()};
    batch->ops_end = &batch->ops;
}

bool engine_batch_is_empty(const struct engine_batch *batch)
{
    return batch->n_rows == 0 && !batch->ops;
}

bool engine_batch_has_news(const struct engine_batch *batch)
{
    return batch->ops != NULL;
}

void engine_batch_event(struct engine_run *run, const struct df_wf_event *event)
{
    struct engine_batch *batch = run->worker->batch;
    if (batch->n_rows == batch->cap_rows) {
        size_t cap = batch->cap_rows ? 2 * batch->cap_rows : 64;
        batch->rows = df_arena_grow(batch->arena, batch->rows, batch->cap_rows * sizeof *batch->rows,
                                    cap * sizeof *batch->rows);
        batch->cap_rows = cap;
    }
    struct row *row = &batch->rows[batch->n_rows++];
    *row = (struct row){run->row.id, ++run->n, *event};
    row->event.name = df_arena_dup(batch->arena, event->name);
    row->event.value = df_arena_dup(batch->arena, event->value);
}

static struct op *add(struct engine_run *run, enum op_kind kind)
{
    struct engine_batch *batch = run->worker->batch;
    struct op *op = DF_NEW(batch->arena, struct op);
    *op = (struct op){.kind = kind, .run = run};
    *batch->ops_end = op;
    batch->ops_end = &op->next;
    return op;
}

void engine_batch_took(struct engine_run *run, int64_t up_to)
{
    add(run, OP_TOOK)->number = up_to;
}

void engine_batch_state(struct engine_run *run)
{
    add(run, OP_STATE);
}

void engine_batch_tries(struct engine_run *run)
{
    add(run, OP_TRIES);
}

void engine_batch_child(struct engine_run *run, const struct df_wf_command *command)
{
    add(run, OP_CHILD)->command = *command;
}

void engine_batch_cancel_child(struct engine_run *run, const struct df_wf_command *command)
{
    add(run, OP_CANCEL_CHILD)->command = *command;
}

void engine_batch_wait(struct engine_run *run, int64_t due_ms)
{
    struct op *op = add(run, OP_WAIT);
    op->number = due_ms;
    op->text = df_wf_waiting(run->wf, run->worker->batch->arena);
    run->leaves = true;
}

void engine_batch_end(struct engine_run *run, const struct df_wf_command *end)
{
    struct op *op = add(run, end->kind == DF_COMMAND_CONTINUE ? OP_CONTINUE : OP_END);
    op->command = *end;
    run->leaves = true;
}

void engine_batch_park(struct engine_run *run, struct df_str reason)
{
    add(run, OP_PARK)->text = df_arena_dup(run->worker->batch->arena, reason);
    run->leaves = true;
}

static void put_row_values(struct sql_value *to, const struct row *row)
{
    const struct df_wf_event *e = &row->event;
    to[0] = SQL_T(row->run_id);
    to[1] = SQL_I(row->n);
    to[2] = SQL_I(e->kind);
    to[3] = SQL_I(e->seq);
    to[4] = SQL_T(e->name);
    to[5] = SQL_T(e->code == DF_OK ? DF_STR_NONE : df_str_c(df_code_name(e->code)));
    to[6] = SQL_T(e->value);
    to[7] = SQL_I(e->at_ms);
    to[8] = SQL_I(e->due_ms);
}

static struct df_str insert_text(size_t rows, struct df_arena *arena)
{
    struct df_buf sql;
    df_buf_init(&sql, arena, 64 * 1024);
    df_buf_put_c(&sql, "INSERT INTO workflow_history (run_id, n, kind, seq, name, code, value, at_ms, due_ms) VALUES ");
    for (size_t i = 0; i < rows * HISTORY_COLUMNS; i++)
        df_buf_printf(&sql, "%s$%zu", i == 0 ? "(" : i % HISTORY_COLUMNS ? "," : "),(", i + 1);
    df_buf_put_char(&sql, ')');
    return df_buf_str(&sql);
}

/* One row is a statement kept prepared, which is the cheapest where no server has to be asked; many are one question. */
static enum df_code insert_rows(struct df_engine_worker *worker, struct sql_tx *tx, const struct row *rows, size_t n,
                                struct df_error *err)
{
    struct sql_value *values = DF_NEW_ARRAY(worker->batch->arena, struct sql_value, SQL_VALUES_LIMIT);
    bool one = n == 1 || !worker->engine->options.shared;
    static const char single[] = "INSERT INTO workflow_history (run_id, n, kind, seq, name, code, value, at_ms, due_ms)"
                                 " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)";
    for (size_t at = 0; at < n;) {
        size_t many = one ? 1 : n - at < ROWS_AT_ONCE ? n - at : ROWS_AT_ONCE;
        for (size_t i = 0; i < many; i++)
            put_row_values(values + i * HISTORY_COLUMNS, &rows[at + i]);
        const char *sql = many == 1 ? single : insert_text(many, worker->batch->arena).p;
        DF_TRY(sql_step(
            worker->db, tx,
            &(const struct sql_statement){.sql = sql, .values = values, .n = many * HISTORY_COLUMNS, .once = many > 1},
            NULL, err));
        at += many;
    }
    return DF_OK;
}

/* ---- What a run does beside its history. */

static enum df_code op_took(struct df_engine_worker *w, struct sql_tx *tx, const struct op *op, struct df_error *err)
{
    return SQL_STEP(w->db, tx, "DELETE FROM workflow_inbox WHERE run_id = $1 AND n <= $2", NULL, NULL, NULL, err,
                    SQL_T(op->run->row.id), SQL_I(op->number));
}

static enum df_code op_state(struct df_engine_worker *w, struct sql_tx *tx, const struct op *op, struct df_error *err)
{
    return SQL_STEP(w->db, tx, "UPDATE workflow_runs SET state = $1 WHERE id = $2", NULL, NULL, NULL, err,
                    SQL_T(op->run->state), SQL_T(op->run->row.id));
}

static enum df_code op_tries(struct df_engine_worker *w, struct sql_tx *tx, const struct op *op, struct df_error *err)
{
    return SQL_STEP(w->db, tx, "UPDATE workflow_runs SET tries = $1, tries_at = $2 WHERE id = $3", NULL, NULL, NULL,
                    err, SQL_I(op->run->row.tries), SQL_I(op->run->row.tries_at), SQL_T(op->run->row.id));
}

static void read_parent(const struct sql_cell *row, void *arg)
{
    const struct op *op = arg;
    bool ours = df_str_eq(row[0].s, op->run->row.id) && row[1].i == op->command.seq;
    ((struct op *)arg)->number = ours;
}

/* After a crash the same child is asked for again; one of someone else is not ours. */
static enum df_code op_child(struct df_engine_worker *w, struct sql_tx *tx, struct op *op, struct df_error *err)
{
    const struct engine_run *run = op->run;
    const struct df_workflow_start start = {.id = op->command.id,
                                            .name = op->command.name,
                                            .project_id = run->row.project_id,
                                            .issue = run->row.issue,
                                            .input = op->command.value};
    struct df_error why;
    bool is_new, there;
    DF_TRY(engine_insert_run(w->db, tx, &start, run->row.id, op->command.seq, engine_now(w), &is_new, err));
    if (is_new)
        return DF_OK;
    DF_TRY(SQL_STEP(w->db, tx, "SELECT parent_id, parent_seq FROM workflow_runs WHERE id = $1", read_parent, op, NULL,
                    err, SQL_T(start.id)));
    if (op->number)
        return DF_OK;
    df_fail_at(&why, DF_ERR_EXISTS, "a workflow with the id %.*s exists already", DF_FMT(start.id));
    return engine_post(w->db, tx, run->row.id,
                       &(const struct df_wf_event){.kind = DF_EVENT_CHILD,
                                                   .seq = op->command.seq,
                                                   .name = start.name,
                                                   .code = why.code,
                                                   .value = df_str_c(why.message),
                                                   .at_ms = engine_now(w)},
                       &there, err);
}

static enum df_code cancel(struct df_engine_worker *w, struct sql_tx *tx, struct df_str id, struct df_error *err)
{
    bool there;
    return engine_post(w->db, tx, id, &(const struct df_wf_event){.kind = DF_EVENT_CANCEL, .at_ms = engine_now(w)},
                       &there, err);
}

/* One statement decides whether something came meanwhile. */
static enum df_code op_wait(struct df_engine_worker *w, struct sql_tx *tx, const struct op *op, struct df_error *err)
{
    const struct engine_run *run = op->run;
    return SQL_STEP(
        w->db, tx,
        "UPDATE workflow_runs SET owner = '', due_ms = CASE WHEN inbox > $1 THEN 1 ELSE $2 END, waiting = $3,"
        " waits_at = $4, state = $5, tries = 0 WHERE id = $6",
        NULL, NULL, NULL, err, SQL_I(run->seen), SQL_I(op->number), SQL_T(op->text), SQL_I(run->n), SQL_T(run->state),
        SQL_T(run->row.id));
}

static enum df_code op_park(struct df_engine_worker *w, struct sql_tx *tx, const struct op *op, struct df_error *err)
{
    return SQL_STEP(w->db, tx,
                    "UPDATE workflow_runs SET owner = '', due_ms = 0, status = 4, code = 'failed', reason = $1"
                    " WHERE id = $2",
                    NULL, NULL, NULL, err, SQL_T(op->text), SQL_T(op->run->row.id));
}

static enum df_code tell_parent(struct df_engine_worker *w, struct sql_tx *tx, const struct op *op,
                                struct df_error *err)
{
    const struct engine_run *run = op->run;
    const struct df_wf_event news = {.kind = DF_EVENT_CHILD,
                                     .seq = (uint32_t)run->row.parent_seq,
                                     .name = run->row.name,
                                     .code = op->command.kind == DF_COMMAND_COMPLETE ? DF_OK : op->command.code,
                                     .value = op->command.value,
                                     .at_ms = engine_now(w)};
    bool there;
    return run->row.parent_id.n ? engine_post(w->db, tx, run->row.parent_id, &news, &there, err) : DF_OK;
}

static enum df_code op_end(struct df_engine_worker *w, struct sql_tx *tx, const struct op *op, struct df_error *err)
{
    const struct engine_run *run = op->run;
    bool done = op->command.kind == DF_COMMAND_COMPLETE;
    enum df_workflow_status status = done                                       ? DF_WORKFLOW_COMPLETED
                                     : op->command.kind == DF_COMMAND_CANCELLED ? DF_WORKFLOW_CANCELLED
                                                                                : DF_WORKFLOW_FAILED;
    DF_TRY(SQL_STEP(
        w->db, tx,
        "UPDATE workflow_runs SET owner = '', due_ms = 0, waiting = '', status = $1, result = $2, code = $3,"
        " reason = $4, state = $5, closed_ms = $6 WHERE id = $7",
        NULL, NULL, NULL, err, SQL_I(status), SQL_T(done ? op->command.value : DF_STR_NONE),
        SQL_T(done ? DF_STR_NONE : df_str_c(df_code_name(op->command.code))),
        SQL_T(done ? DF_STR_NONE : op->command.value), SQL_T(run->state), SQL_I(engine_now(w)), SQL_T(run->row.id)));
    for (const struct engine_wait *child = run->children; child; child = child->next)
        DF_TRY(cancel(w, tx, child->command.id, err));
    return tell_parent(w, tx, op, err);
}

/* The next round begins with the signals that this one did not take. */
static enum df_code op_continue(struct df_engine_worker *w, struct sql_tx *tx, const struct op *op,
                                struct df_error *err)
{
    const struct engine_run *run = op->run;
    struct df_wf_signal *kept = DF_NEW_ARRAY(w->batch->arena, struct df_wf_signal, SIGNALS_KEPT);
    size_t n = df_wf_untaken(run->wf, kept, SIGNALS_KEPT);
    int64_t now_ms = engine_now(w);
    DF_TRY(SQL_STEP(w->db, tx, "DELETE FROM workflow_history WHERE run_id = $1", NULL, NULL, NULL, err,
                    SQL_T(run->row.id)));
    for (size_t i = 0; i < n && i < SIGNALS_KEPT; i++) {
        const struct row row = {
            run->row.id,
            (int64_t)i + 1,
            {.kind = DF_EVENT_SIGNAL, .name = kept[i].name, .value = kept[i].payload, .at_ms = now_ms}};
        DF_TRY(insert_rows(w, tx, &row, 1, err));
    }
    for (const struct engine_wait *child = run->children; child; child = child->next)
        DF_TRY(cancel(w, tx, child->command.id, err));
    return SQL_STEP(
        w->db, tx,
        "UPDATE workflow_runs SET owner = '', due_ms = 1, waiting = '', waits_at = 0, input = $1, state = $2,"
        " round = round + 1, round_ms = $3, tries = 0 WHERE id = $4",
        NULL, NULL, NULL, err, SQL_T(op->command.value), SQL_T(run->state), SQL_I(now_ms), SQL_T(run->row.id));
}

static enum df_code do_op(struct df_engine_worker *w, struct sql_tx *tx, struct op *op, struct df_error *err)
{
    switch (op->kind) {
    case OP_TOOK:
        return op_took(w, tx, op, err);
    case OP_STATE:
        return op_state(w, tx, op, err);
    case OP_TRIES:
        return op_tries(w, tx, op, err);
    case OP_CHILD:
        return op_child(w, tx, op, err);
    case OP_CANCEL_CHILD:
        return cancel(w, tx, op->command.id, err);
    case OP_WAIT:
        return op_wait(w, tx, op, err);
    case OP_END:
        return op_end(w, tx, op, err);
    case OP_CONTINUE:
        return op_continue(w, tx, op, err);
    case OP_PARK:
        return op_park(w, tx, op, err);
    }
    return DF_OK;
}

static enum df_code write_all(struct df_engine_worker *worker, struct sql_tx *tx, struct df_error *err)
{
    struct engine_batch *batch = worker->batch;
    if (batch->n_rows)
        DF_TRY(insert_rows(worker, tx, batch->rows, batch->n_rows, err));
    for (struct op *op = batch->ops; op; op = op->next)
        DF_TRY(do_op(worker, tx, op, err));
    return DF_OK;
}

enum df_code engine_batch_commit(struct df_engine_worker *worker, struct df_error *err)
{
    struct sql_db *db = worker->db;
    struct sql_tx *tx;
    enum df_code code = db->driver->begin(db, worker->id, &tx, err);
    if (code == DF_OK) {
        code = engine_lease_renew(worker, tx, err);
        if (code == DF_OK)
            code = write_all(worker, tx, err);
        code = db->driver->end(tx, code, err);
    }
    engine_batch_empty(worker->batch);
    return code;
}
