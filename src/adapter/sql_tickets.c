#include "adapter/sql_store.h"

#define SETTING_COLUMNS \
    "project_id, tracker, place, labels, threshold, daily_cap, automatic, note, updated_ms, on_resolved"
#define TICKET_COLUMNS                                                                                                \
    "tracker, target, sentry, project_id, sentry_id, short_id, title, id, state, ref, ticket_key, url, predecessor, " \
    "by_hand, automatic, sent_ms, events, users, comments, substatus, noted_ms, lease_owner, lease_until_ms, "        \
    "created_ms, updated_ms, status"

static void read_settings(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_ticket_settings *)item = (struct df_ticket_settings){.project_id = sql_text(&row[0], arena),
                                                                     .tracker = sql_text(&row[1], arena),
                                                                     .place = sql_text(&row[2], arena),
                                                                     .labels = sql_text(&row[3], arena),
                                                                     .threshold = (enum df_priority)row[4].i,
                                                                     .daily_cap = row[5].i,
                                                                     .automatic = row[6].i != 0,
                                                                     .note = row[7].i != 0,
                                                                     .updated_ms = row[8].i,
                                                                     .on_resolved = sql_text(&row[9], arena)};
}

static void read_ticket(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_ticket *)item = (struct df_ticket){
        .tracker = sql_text(&row[0], arena),
        .target = sql_text(&row[1], arena),
        .sentry = sql_text(&row[2], arena),
        .project_id = sql_text(&row[3], arena),
        .sentry_id = sql_text(&row[4], arena),
        .short_id = sql_text(&row[5], arena),
        .title = sql_text(&row[6], arena),
        .id = sql_text(&row[7], arena),
        .state = (enum df_ticket_state)row[8].i,
        .ref = sql_text(&row[9], arena),
        .key = sql_text(&row[10], arena),
        .url = sql_text(&row[11], arena),
        .predecessor = sql_text(&row[12], arena),
        .by_hand = row[13].i != 0,
        .automatic = row[14].i != 0,
        .sent_ms = row[15].i,
        .events = row[16].i,
        .users = row[17].i,
        .comments = row[18].i,
        .substatus = sql_text(&row[19], arena),
        .noted_ms = row[20].i,
        .lease_owner = sql_text(&row[21], arena),
        .lease_until_ms = row[22].i,
        .created_ms = row[23].i,
        .updated_ms = row[24].i,
        .status = sql_text(&row[25], arena),
    };
}

enum df_code sql_ticket_settings_get(struct df_store *store, struct df_str project_id, struct df_arena *arena,
                                     struct df_ticket_settings *ret, struct df_error *err)
{
    int64_t known = 0;
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_settings};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT count(*) FROM projects WHERE id = $1", sql_take_int, &known, NULL, err,
                   SQL_T(project_id)));
    if (!known)
        return sql_no_project(project_id, err);
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT " SETTING_COLUMNS " FROM ticket_settings WHERE project_id = $1",
                   sql_gather, &rows, NULL, err, SQL_T(project_id)));
    *ret = rows.n ? *(struct df_ticket_settings *)rows.items : df_ticket_settings_default(project_id);
    return DF_OK;
}

static enum df_code put_steps(struct sql_db *db, struct sql_tx *tx, const struct df_ticket_settings *s,
                              struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_STEP(db, tx,
                    "INSERT INTO ticket_settings (" SETTING_COLUMNS
                    ") SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9,$10 FROM projects p WHERE p.id = $1"
                    " ON CONFLICT (project_id) DO UPDATE SET tracker = excluded.tracker, place = excluded.place,"
                    " labels = excluded.labels, threshold = excluded.threshold, daily_cap = excluded.daily_cap,"
                    " automatic = excluded.automatic, note = excluded.note, updated_ms = excluded.updated_ms,"
                    " on_resolved = excluded.on_resolved",
                    NULL, NULL, &changed, err, SQL_T(s->project_id), SQL_T(s->tracker), SQL_T(s->place),
                    SQL_T(s->labels), SQL_I(s->threshold), SQL_I(s->daily_cap), SQL_I(s->automatic), SQL_I(s->note),
                    SQL_I(s->updated_ms), SQL_T(s->on_resolved)));
    return changed ? DF_OK : sql_no_project(s->project_id, err);
}

enum df_code sql_ticket_settings_put(struct df_store *store, const struct df_ticket_settings *s, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, s->project_id, &tx, err));
    return sql_end_noted(store, tx, put_steps(db, tx, s, err), "ticket", s->project_id, s->tracker, err);
}

static enum df_code insert(struct sql_db *db, struct sql_tx *tx, const struct df_ticket *t, int *ret_made,
                           struct df_error *err)
{
    return SQL_STEP(db, tx,
                    "INSERT INTO tickets (" TICKET_COLUMNS
                    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,'','','','',0,$9,0,0,0,0,'',0,$10,$11,$12,$13,'')"
                    " ON CONFLICT DO NOTHING",
                    NULL, NULL, ret_made, err, SQL_T(t->tracker), SQL_T(t->target), SQL_T(t->sentry),
                    SQL_T(t->project_id), SQL_T(t->sentry_id), SQL_T(t->short_id), SQL_T(t->title), SQL_T(t->id),
                    SQL_I(t->automatic), SQL_T(t->lease_owner), SQL_I(t->lease_until_ms), SQL_I(t->created_ms),
                    SQL_I(t->created_ms));
}

/* Automatic ones of a day are counted where they are made, under the key of the transaction. */
static enum df_code check_cap(struct sql_db *db, struct sql_tx *tx, const struct df_ticket *t, int64_t cap,
                              struct df_error *err)
{
    static const int64_t day_ms = INT64_C(24) * 3600 * 1000;
    int64_t there = 0, made = 0;
    if (!t->automatic)
        return DF_OK;
    DF_TRY(SQL_STEP(db, tx, "SELECT count(*) FROM tickets WHERE tracker = $1 AND target = $2 AND sentry = $3",
                    sql_take_int, &there, NULL, err, SQL_T(t->tracker), SQL_T(t->target), SQL_T(t->sentry)));
    DF_TRY(SQL_STEP(db, tx, "SELECT count(*) FROM tickets WHERE project_id = $1 AND automatic = 1 AND created_ms > $2",
                    sql_take_int, &made, NULL, err, SQL_T(t->project_id), SQL_I(t->created_ms - day_ms)));
    return there || made < cap
               ? DF_OK
               : df_fail(err, DF_ERR_TOO_MANY, "the project's cap of %lld automatic tickets in 24 hours is reached",
                         (long long)cap);
}

static enum df_code claim_steps(struct sql_db *db, struct sql_tx *tx, const struct df_ticket *t, int64_t cap,
                                int64_t now_ms, struct sql_rows *rows, int *ret_made, bool *ret_claimed,
                                struct df_error *err)
{
    int taken = 0;
    DF_TRY(check_cap(db, tx, t, cap, err));
    DF_TRY(insert(db, tx, t, ret_made, err));
    if (!*ret_made)
        DF_TRY(SQL_STEP(db, tx,
                        "UPDATE tickets SET lease_owner = $1, lease_until_ms = $2 WHERE tracker = $3 AND target = $4"
                        " AND sentry = $5 AND lease_until_ms <= $6",
                        NULL, NULL, &taken, err, SQL_T(t->lease_owner), SQL_I(t->lease_until_ms), SQL_T(t->tracker),
                        SQL_T(t->target), SQL_T(t->sentry), SQL_I(now_ms)));
    *ret_claimed = *ret_made || taken;
    return SQL_STEP(db, tx, "SELECT " TICKET_COLUMNS " FROM tickets WHERE tracker = $1 AND target = $2 AND sentry = $3",
                    sql_gather, rows, NULL, err, SQL_T(t->tracker), SQL_T(t->target), SQL_T(t->sentry));
}

enum df_code sql_ticket_claim(struct df_store *store, const struct df_ticket *wish, int64_t cap, int64_t now_ms,
                              struct df_arena *arena, struct df_ticket *ret, bool *ret_claimed, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_ticket};
    struct sql_tx *tx;
    int made = 0;
    DF_TRY(db->driver->begin(db, wish->project_id, &tx, err));
    enum df_code code = claim_steps(db, tx, wish, cap, now_ms, &rows, &made, ret_claimed, err);
    DF_TRY(made ? sql_end_noted(store, tx, code, "ticket", wish->project_id, wish->sentry_id, err)
                : db->driver->end(tx, code, err));
    if (rows.n == 0)
        return df_fail(err, DF_ERR_BUSY, "the ticket is being made by another process; try again");
    *ret = *(struct df_ticket *)rows.items;
    return DF_OK;
}

enum df_code sql_ticket_set(struct df_store *store, const struct df_ticket *t, struct df_str owner, bool *ret_stored,
                            struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "UPDATE tickets SET short_id = $1, title = $2, id = $3, state = $4, ref = $5, ticket_key = $6,"
                   " url = $7, predecessor = $8, by_hand = $9, sent_ms = $10, events = $11, users = $12,"
                   " comments = $13, substatus = $14, noted_ms = $15, lease_owner = $16, lease_until_ms = $17,"
                   " updated_ms = $18, status = $19 WHERE tracker = $20 AND target = $21 AND sentry = $22"
                   " AND lease_owner = $23",
                   NULL, NULL, &changed, err, SQL_T(t->short_id), SQL_T(t->title), SQL_T(t->id), SQL_I(t->state),
                   SQL_T(t->ref), SQL_T(t->key), SQL_T(t->url), SQL_T(t->predecessor), SQL_I(t->by_hand),
                   SQL_I(t->sent_ms), SQL_I(t->events), SQL_I(t->users), SQL_I(t->comments), SQL_T(t->substatus),
                   SQL_I(t->noted_ms), SQL_T(t->lease_owner), SQL_I(t->lease_until_ms), SQL_I(t->updated_ms),
                   SQL_T(t->status), SQL_T(t->tracker), SQL_T(t->target), SQL_T(t->sentry), SQL_T(owner)));
    *ret_stored = changed > 0;
    return DF_OK;
}

enum df_code sql_ticket_find(struct df_store *store, const struct df_ticket *key, struct df_arena *arena,
                             struct df_ticket *ret, bool *ret_found, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_ticket};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " TICKET_COLUMNS " FROM tickets WHERE tracker = $1 AND target = $2 AND sentry = $3",
                   sql_gather, &rows, NULL, err, SQL_T(key->tracker), SQL_T(key->target), SQL_T(key->sentry)));
    *ret_found = rows.n > 0;
    if (rows.n)
        *ret = *(struct df_ticket *)rows.items;
    return DF_OK;
}

enum df_code sql_ticket_list(struct df_store *store, struct df_str project_id, int limit, struct df_arena *arena,
                             struct df_ticket **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_ticket};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " TICKET_COLUMNS
                   " FROM tickets WHERE project_id = $1 ORDER BY updated_ms DESC, sentry LIMIT $2",
                   sql_gather, &rows, NULL, err, SQL_T(project_id), SQL_I(limit)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}
