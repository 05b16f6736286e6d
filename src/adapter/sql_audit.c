#include "adapter/sql_store.h"

#define AUDIT_COLUMNS "seq, at_ms, actor, action, project_id, target, result, request_id, count, hash"

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
    DF_TRY(SQL_STEP_PLAIN(db, tx, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", read_tip, &tip, err));
    for (size_t i = 0; i < n; i++)
        DF_TRY(append_one(db, tx, &entries[i], &tip, err));
    return DF_OK;
}

/* Nodes append one after the other, so that the chain is one. */
enum df_code sql_audit_append(struct df_store *store, const struct df_audit_entry *entries, size_t n,
                              struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, DF_S("audit"), &tx, err));
    return db->driver->end(tx, append_steps(db, tx, entries, n, err), err);
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
