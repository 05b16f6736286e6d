#include "adapter/sql_store.h"
#include "base/fatal.h"

#include <pthread.h>
#include <stdlib.h>

#define MESSAGE_COLUMNS \
    "id, project_id, resource, action, issue, facts, received_ms, attempts, due_ms, status, outcome, ended_ms"

static void read_message(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_inbox_message *)item = (struct df_inbox_message){.id = sql_text(&row[0], arena),
                                                                 .project_id = sql_text(&row[1], arena),
                                                                 .resource = sql_text(&row[2], arena),
                                                                 .action = sql_text(&row[3], arena),
                                                                 .issue = sql_text(&row[4], arena),
                                                                 .facts = sql_text(&row[5], arena),
                                                                 .received_ms = row[6].i,
                                                                 .attempts = row[7].i,
                                                                 .due_ms = row[8].i,
                                                                 .status = (enum df_inbox_status)row[9].i,
                                                                 .outcome = sql_text(&row[10], arena),
                                                                 .ended_ms = row[11].i};
}

static void read_secret(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_hook_secret *)item = (struct df_hook_secret){sql_text(&row[0], arena), sql_text(&row[1], arena),
                                                             row[2].i};
}

static enum df_code put_secret(struct sql_db *db, struct sql_tx *tx, const struct df_hook_secret *s,
                               struct df_error *err)
{
    int made = 0;
    DF_TRY(SQL_STEP(db, tx,
                    "INSERT INTO hook_secrets (project_id, secret, updated_ms) SELECT p.id, $1, $2 FROM projects p"
                    " WHERE p.id = $3 ON CONFLICT (project_id) DO UPDATE SET secret = excluded.secret,"
                    " updated_ms = excluded.updated_ms",
                    NULL, NULL, &made, err, SQL_B(s->sealed_secret), SQL_I(s->updated_ms), SQL_T(s->project_id)));
    return made ? DF_OK : sql_no_project(s->project_id, err);
}

enum df_code sql_hook_secret_put(struct df_store *store, const struct df_hook_secret *s, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, s->project_id, &tx, err));
    return sql_end_noted(store, tx, put_secret(db, tx, s, err), "hook", s->project_id, DF_S("sentry"), err);
}

static enum df_code no_secret(struct df_str project_id, struct df_error *err)
{
    return df_fail(err, DF_ERR_WEBHOOK,
                   "no secret of a Sentry integration is set for project %.*s: devflow webhooks:secret --project %.*s",
                   DF_FMT(df_str_head(project_id, 64)), DF_FMT(df_str_head(project_id, 64)));
}

enum df_code sql_hook_secret_find(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                  struct df_hook_secret *ret, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_secret};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT project_id, secret, updated_ms FROM hook_secrets WHERE project_id = $1",
                   sql_gather, &rows, NULL, err, SQL_T(project_id)));
    if (rows.n == 0)
        return no_secret(project_id, err);
    *ret = *(struct df_hook_secret *)rows.items;
    return DF_OK;
}

static enum df_code delete_secret(struct sql_db *db, struct sql_tx *tx, struct df_str project_id, struct df_error *err)
{
    int gone = 0;
    DF_TRY(
        SQL_STEP(db, tx, "DELETE FROM hook_secrets WHERE project_id = $1", NULL, NULL, &gone, err, SQL_T(project_id)));
    return gone ? DF_OK : no_secret(project_id, err);
}

enum df_code sql_hook_secret_delete(struct df_store *store, struct df_str project_id, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, project_id, &tx, err));
    return sql_end_noted(store, tx, delete_secret(db, tx, project_id, err), "hook", project_id, DF_S("sentry"), err);
}

#define ADD_MESSAGE                                                                                \
    "INSERT INTO inbox (" MESSAGE_COLUMNS                                                          \
    ") SELECT $1, p.id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM projects p WHERE p.id = $12" \
    " ON CONFLICT (id) DO NOTHING"
#define MESSAGE_VALUES(m)                                                                                           \
    SQL_T((m)->id), SQL_T((m)->resource), SQL_T((m)->action), SQL_T((m)->issue), SQL_T((m)->facts),                 \
        SQL_I((m)->received_ms), SQL_I((m)->attempts), SQL_I((m)->due_ms), SQL_I((m)->status), SQL_T((m)->outcome), \
        SQL_I((m)->ended_ms), SQL_T((m)->project_id)

/* One message whose thread waits until it is on disk. */
struct waiting {
    struct waiting *next;
    const struct df_inbox_message *message;
    bool is_new, done;
    enum df_code code;
    struct df_error err;
};

/* Those who came while a commit was under way share the next one. */
struct sql_inbox_group {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct waiting *first;
    bool writing;
};

struct sql_inbox_group *sql_inbox_group_new(void)
{
    struct sql_inbox_group *group = calloc(1, sizeof *group);
    if (!group)
        df_out_of_memory();
    pthread_mutex_init(&group->lock, NULL);
    pthread_cond_init(&group->changed, NULL);
    return group;
}

void sql_inbox_group_free(struct sql_inbox_group *group)
{
    pthread_cond_destroy(&group->changed);
    pthread_mutex_destroy(&group->lock);
    free(group);
}

static enum df_code put_steps(struct sql_db *db, struct sql_tx *tx, struct waiting *first, struct df_error *err)
{
    for (struct waiting *w = first; w; w = w->next) {
        int made = 0;
        DF_TRY(SQL_STEP(db, tx, ADD_MESSAGE, NULL, NULL, &made, err, MESSAGE_VALUES(w->message)));
        w->is_new = made == 1;
    }
    return DF_OK;
}

static enum df_code put_all(struct sql_db *db, struct waiting *first, struct df_error *err)
{
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, DF_S("inbox"), &tx, err));
    return db->driver->end(tx, put_steps(db, tx, first, err), err);
}

/* With the lock held, which it gives up while it writes. */
static void write_waiting(struct sql_inbox_group *group, struct sql_db *db)
{
    struct waiting *first = group->first, *next;
    struct df_error err = {0};
    group->first = NULL;
    group->writing = true;
    pthread_mutex_unlock(&group->lock);
    enum df_code code = put_all(db, first, &err);
    pthread_mutex_lock(&group->lock);
    group->writing = false;
    for (struct waiting *w = first; w; w = next) {
        next = w->next; /* who is done may be gone */
        w->code = code;
        w->err = err;
        w->done = true;
    }
    pthread_cond_broadcast(&group->changed);
}

enum df_code sql_inbox_put(struct df_store *store, const struct df_inbox_message *m, bool *ret_new,
                           struct df_error *err)
{
    struct sql_inbox_group *group = ((struct sql_store *)store)->inbox;
    struct waiting mine = {.message = m};
    pthread_mutex_lock(&group->lock);
    mine.next = group->first;
    group->first = &mine;
    while (!mine.done)
        if (group->writing)
            pthread_cond_wait(&group->changed, &group->lock);
        else
            write_waiting(group, sql_db_of(store));
    pthread_mutex_unlock(&group->lock);
    if (mine.code != DF_OK && err)
        *err = mine.err;
    if (mine.code == DF_OK)
        *ret_new = mine.is_new;
    return mine.code;
}

enum df_code sql_inbox_add(struct sql_db *db, struct sql_tx *tx, const struct df_inbox_message *m, struct df_error *err)
{
    return SQL_STEP(db, tx, ADD_MESSAGE, NULL, NULL, NULL, err, MESSAGE_VALUES(m));
}

/* Claims run one after the other: two nodes never get the same row. */
enum df_code sql_inbox_claim(struct df_store *store, int64_t now_ms, int64_t until_ms, int limit,
                             struct df_arena *arena, struct df_inbox_message **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_message};
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, DF_S("inbox"), &tx, err));
    enum df_code code = SQL_STEP(db, tx,
                                 "UPDATE inbox SET due_ms = $1 WHERE id IN (SELECT id FROM inbox WHERE due_ms > 0"
                                 " AND due_ms <= $2 ORDER BY due_ms LIMIT $3) RETURNING " MESSAGE_COLUMNS,
                                 sql_gather, &rows, NULL, err, SQL_I(until_ms), SQL_I(now_ms), SQL_I(limit));
    DF_TRY(db->driver->end(tx, code, err));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

enum df_code sql_inbox_next(struct df_store *store, int64_t *ret_due_ms, struct df_error *err)
{
    *ret_due_ms = 0;
    return SQL_RUN_PLAIN(sql_db_of(store), "SELECT min(due_ms) FROM inbox WHERE due_ms > 0", sql_take_int, ret_due_ms,
                         err);
}

static enum df_code end_each(struct sql_db *db, struct sql_tx *tx, const struct df_inbox_message *m, size_t n,
                             int64_t claimed_until_ms, struct df_error *err)
{
    for (size_t i = 0; i < n; i++)
        DF_TRY(SQL_STEP(db, tx,
                        "UPDATE inbox SET attempts = $1, due_ms = $2, status = $3, outcome = $4, ended_ms = $5"
                        " WHERE id = $6 AND due_ms = $7",
                        NULL, NULL, NULL, err, SQL_I(m[i].attempts), SQL_I(m[i].due_ms), SQL_I(m[i].status),
                        SQL_T(m[i].outcome), SQL_I(m[i].ended_ms), SQL_T(m[i].id), SQL_I(claimed_until_ms)));
    return DF_OK;
}

enum df_code sql_inbox_end(struct df_store *store, const struct df_inbox_message *messages, size_t n,
                           int64_t claimed_until_ms, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, DF_S("inbox"), &tx, err));
    return db->driver->end(tx, end_each(db, tx, messages, n, claimed_until_ms, err), err);
}

enum df_code sql_inbox_forget(struct df_store *store, int64_t ended_before_ms, struct df_error *err)
{
    return SQL_RUN(sql_db_of(store), "DELETE FROM inbox WHERE due_ms = 0 AND ended_ms < $1", NULL, NULL, NULL, err,
                   SQL_I(ended_before_ms));
}

enum df_code sql_inbox_list(struct df_store *store, struct df_str project_id, int limit, struct df_arena *arena,
                            struct df_inbox_message **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_message};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " MESSAGE_COLUMNS " FROM inbox WHERE project_id = $1 ORDER BY received_ms DESC, id LIMIT $2",
                   sql_gather, &rows, NULL, err, SQL_T(project_id), SQL_I(limit)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}

enum df_code sql_inbox_retry(struct df_store *store, struct df_str project_id, struct df_str id, int64_t now_ms,
                             struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "UPDATE inbox SET due_ms = $1, attempts = 0, status = 0, ended_ms = 0 WHERE id = $2"
                   " AND project_id = $3",
                   NULL, NULL, &changed, err, SQL_I(now_ms), SQL_T(id), SQL_T(project_id)));
    return changed ? DF_OK : df_fail(err, DF_ERR_WEBHOOK, "this message is not known to the project");
}
