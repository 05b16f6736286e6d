#include "adapter/sql_store.h"

#define AUDIT_COLUMNS "seq, at_ms, actor, action, project_id, target, result, request_id, count, hash"
#define TIP_SQL "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
/* Nodes append one after the other, so that the chain is one. */
#define AUDIT_KEY "audit"

static void read_entry(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_audit_entry *)item = (struct df_audit_entry){.seq = row[0].i,
                                                             .at_ms = row[1].i,
                                                             .actor = sql_text(&row[2], arena),
                                                             .action = sql_text(&row[3], arena),
                                                             .project_id = sql_text(&row[4], arena),
                                                             .target = sql_text(&row[5], arena),
                                                             .result = sql_text(&row[6], arena),
                                                             .request_id = sql_text(&row[7], arena),
                                                             .count = row[8].i,
                                                             .hash = sql_text(&row[9], arena)};
}

/* The end of the chain. */
struct tip {
    int64_t seq;
    unsigned char hash[DF_SHA256_BYTES];
};

static void read_tip(const struct sql_cell *row, void *arg)
{
    struct tip *tip = arg;
    tip->seq = row[0].i;
    if (row[1].s.n == DF_SHA256_BYTES)
        memcpy(tip->hash, row[1].s.p, DF_SHA256_BYTES);
}

static enum df_code append_one(struct sql_db *db, struct sql_tx *tx, const struct df_audit_entry *entry,
                               struct tip *tip, struct df_error *err)
{
    struct df_audit_entry e = *entry;
    e.seq = tip->seq + 1;
    df_audit_hash(tip->hash, &e, tip->hash);
    tip->seq = e.seq;
    return SQL_STEP(db, tx, "INSERT INTO audit (" AUDIT_COLUMNS ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)", NULL, NULL,
                    NULL, err, SQL_I(e.seq), SQL_I(e.at_ms), SQL_T(e.actor), SQL_T(e.action), SQL_T(e.project_id),
                    SQL_T(e.target), SQL_T(e.result), SQL_T(e.request_id), SQL_I(e.count),
                    SQL_B(df_str_n((const char *)tip->hash, DF_SHA256_BYTES)));
}

static enum df_code append_steps(struct sql_db *db, struct sql_tx *tx, const struct df_audit_entry *entries, size_t n,
                                 struct df_error *err)
{
    struct tip tip = {0};
    DF_TRY(SQL_STEP_PLAIN(db, tx, TIP_SQL, read_tip, &tip, err));
    for (size_t i = 0; i < n; i++)
        DF_TRY(append_one(db, tx, &entries[i], &tip, err));
    return DF_OK;
}

enum df_code sql_audit_append(struct df_store *store, const struct df_audit_entry *entries, size_t n,
                              struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, DF_S(AUDIT_KEY), &tx, err));
    return db->driver->end(tx, append_steps(db, tx, entries, n, err), err);
}

struct df_store *sql_noting(struct df_store *store, const struct df_audit_entry *entry, struct df_arena *arena)
{
    struct sql_store *noting = DF_NEW(arena, struct sql_store);
    *noting = *(const struct sql_store *)store;
    noting->note = entry;
    return &noting->port;
}

static bool is_of(const struct df_audit_entry *note, const char *noun)
{
    struct df_str name = df_str_c(noun);
    return df_str_starts(note->action, name) && note->action.n > name.n && note->action.p[name.n] == '.';
}

static enum df_code append_in(struct sql_db *db, struct sql_tx *tx, const struct df_audit_entry *entry,
                              struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    const struct df_audit_entry tidy = df_audit_tidy(entry, scratch);
    DF_TRY(db->driver->lock(tx, DF_S(AUDIT_KEY), err));
    return append_steps(db, tx, &tidy, 1, err);
}

enum df_code sql_end_noted(struct df_store *store, struct sql_tx *tx, enum df_code code, const char *noun,
                           struct df_str project_id, struct df_str target, struct df_error *err)
{
    const struct df_audit_entry *note = ((const struct sql_store *)store)->note;
    struct sql_db *db = sql_db_of(store);
    if (code == DF_OK && note && is_of(note, noun)) {
        struct df_audit_entry entry = *note;
        entry.project_id = project_id;
        entry.target = target;
        entry.at_ms = df_now_ms(db->clock);
        entry.count = 1;
        code = append_in(db, tx, &entry, err);
    }
    return db->driver->end(tx, code, err);
}

/* The rows that may go, from the front on. */
struct cut {
    int64_t before_ms, rows;
    struct tip last;
    bool ended;
};

static void take_row(const struct sql_cell *row, void *arg)
{
    struct cut *cut = arg;
    cut->ended = cut->ended || row[2].i >= cut->before_ms;
    if (cut->ended)
        return;
    read_tip(row, &cut->last);
    cut->rows++;
}

static enum df_code prune_steps(struct sql_db *db, struct sql_tx *tx, const struct df_audit_entry *note,
                                int64_t through_seq, int limit, struct cut *cut, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct tip tip = {0};
    DF_TRY(SQL_STEP(db, tx, "SELECT seq, hash, at_ms FROM audit WHERE seq <= $1 ORDER BY seq LIMIT $2", take_row, cut,
                    NULL, err, SQL_I(through_seq), SQL_I(limit)));
    if (cut->rows == 0)
        return DF_OK;
    const struct df_audit_entry entry = {.at_ms = df_now_ms(db->clock),
                                         .actor = note->actor,
                                         .action = DF_S(DF_AUDIT_PRUNE),
                                         .target = df_audit_anchor_text(cut->last.seq, cut->last.hash, scratch),
                                         .result = DF_S("ok"),
                                         .request_id = note->request_id,
                                         .count = cut->rows};
    const struct df_audit_entry tidy = df_audit_tidy(&entry, scratch);
    DF_TRY(SQL_STEP_PLAIN(db, tx, TIP_SQL, read_tip, &tip, err));
    DF_TRY(SQL_STEP(db, tx, "DELETE FROM audit WHERE seq <= $1", NULL, NULL, NULL, err, SQL_I(cut->last.seq)));
    return append_one(db, tx, &tidy, &tip, err);
}

enum df_code sql_audit_prune(struct df_store *store, const struct df_audit_entry *note, int64_t before_ms,
                             int64_t through_seq, int limit, int64_t *ret_removed, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    struct cut cut = {.before_ms = before_ms};
    DF_TRY(db->driver->begin(db, DF_S(AUDIT_KEY), &tx, err));
    DF_TRY(db->driver->end(tx, prune_steps(db, tx, note, through_seq, limit, &cut, err), err));
    *ret_removed = cut.rows;
    return DF_OK;
}

enum df_code sql_audit_list(struct df_store *store, int64_t after_seq, int limit, struct df_arena *arena,
                            struct df_audit_entry **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_entry};
    DF_TRY(SQL_RUN(sql_db_of(store), "SELECT " AUDIT_COLUMNS " FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
                   sql_gather, &rows, NULL, err, SQL_I(after_seq), SQL_I(limit)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}
