#include "adapter/sql_store.h"

#define ROTATION_COLUMNS                                                                                               \
    "epoch, state, owner, lease_until_ms, to_id, place, after_id, after_project, after_provider, done, total, passes," \
    " found, unreadable, started_ms, updated_ms, freed, message"

static void read_rotation(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_rotation *)item = (struct df_rotation){
        .epoch = row[0].i,
        .state = (enum df_rotation_state)row[1].i,
        .owner = sql_text(&row[2], arena),
        .lease_until_ms = row[3].i,
        .to_id = sql_text(&row[4], arena),
        .place = (enum df_sealed_place)row[5].i,
        .after_id = sql_text(&row[6], arena),
        .after_project = sql_text(&row[7], arena),
        .after_provider = sql_text(&row[8], arena),
        .done = row[9].i,
        .total = row[10].i,
        .passes = row[11].i,
        .found = row[12].i,
        .unreadable = row[13].i,
        .started_ms = row[14].i,
        .updated_ms = row[15].i,
        .freed = sql_text(&row[16], arena),
        .message = sql_text(&row[17], arena),
    };
}

enum df_code sql_rotation_get(struct df_store *store, struct df_arena *arena, struct df_rotation *ret,
                              struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_rotation};
    DF_TRY(SQL_RUN_PLAIN(sql_db_of(store), "SELECT " ROTATION_COLUMNS " FROM key_rotation WHERE id = 1", sql_gather,
                         &rows, err));
    *ret = rows.n ? *(const struct df_rotation *)rows.items : (struct df_rotation){.state = DF_ROTATION_NONE};
    return DF_OK;
}

static enum df_code set_steps(struct sql_db *db, struct sql_tx *tx, const struct df_rotation *r, int64_t epoch,
                              int *ret_changed, struct df_error *err)
{
    return SQL_STEP(
        db, tx,
        "INSERT INTO key_rotation (id, " ROTATION_COLUMNS
        ") VALUES (1,$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)"
        " ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, state = excluded.state, owner = excluded.owner,"
        " lease_until_ms = excluded.lease_until_ms, to_id = excluded.to_id, place = excluded.place,"
        " after_id = excluded.after_id, after_project = excluded.after_project, after_provider ="
        " excluded.after_provider, done = excluded.done, total = excluded.total, passes = excluded.passes,"
        " found = excluded.found, unreadable = excluded.unreadable, started_ms = excluded.started_ms,"
        " updated_ms = excluded.updated_ms, freed = excluded.freed, message = excluded.message"
        " WHERE key_rotation.epoch = $19",
        NULL, NULL, ret_changed, err, SQL_I(r->epoch), SQL_I(r->state), SQL_T(r->owner), SQL_I(r->lease_until_ms),
        SQL_B(r->to_id), SQL_I(r->place), SQL_T(r->after_id), SQL_T(r->after_project), SQL_T(r->after_provider),
        SQL_I(r->done), SQL_I(r->total), SQL_I(r->passes), SQL_I(r->found), SQL_I(r->unreadable), SQL_I(r->started_ms),
        SQL_I(r->updated_ms), SQL_T(r->freed), SQL_T(r->message), SQL_I(epoch));
}

enum df_code sql_rotation_set(struct df_store *store, const struct df_rotation *r, int64_t epoch, bool *ret_stored,
                              struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    int changed = 0;
    DF_TRY(db->driver->begin(db, DF_S("keys"), &tx, err));
    enum df_code code = set_steps(db, tx, r, epoch, &changed, err);
    if (code == DF_OK && changed == 0) /* another was first: nothing was done that could be noted */
        DF_TRY(db->driver->end(tx, code, err));
    else
        DF_TRY(sql_end_noted(store, tx, code, "encryption_key", DF_STR_NONE, DF_STR_NONE, err));
    *ret_stored = changed == 1;
    return DF_OK;
}
