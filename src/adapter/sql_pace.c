#include "adapter/sql_store.h"

/* The next free moment and the end of a hold. */
struct pace {
    bool known;
    int64_t next_ms, hold_ms;
};

static void read_pace(const struct sql_cell *row, void *arg)
{
    *(struct pace *)arg = (struct pace){true, row[0].i, row[1].i};
}

#define PACE_SELECT "SELECT next_ms, hold_ms FROM pace WHERE host = $1"
#define PACE_PUT                                                                                                               \
    "INSERT INTO pace (host, next_ms, hold_ms) VALUES ($1,$2,$3) ON CONFLICT (host) DO UPDATE SET next_ms = excluded.next_ms," \
    " hold_ms = excluded.hold_ms"

static int64_t latest_of(int64_t a, int64_t b, int64_t c)
{
    int64_t ab = a > b ? a : b;
    return ab > c ? ab : c;
}

static enum df_code take_steps(struct sql_db *db, struct sql_tx *tx, struct df_str host, int64_t spacing_ms,
                               int64_t now_ms, int64_t latest_ms, int64_t *ret_at_ms, struct df_error *err)
{
    struct pace pace = {.known = false};
    DF_TRY(SQL_STEP(db, tx, PACE_SELECT, read_pace, &pace, NULL, err, SQL_T(host)));
    *ret_at_ms = latest_of(pace.next_ms, pace.hold_ms, now_ms);
    if (*ret_at_ms > latest_ms)
        return DF_OK;
    return SQL_STEP(db, tx, PACE_PUT, NULL, NULL, NULL, err, SQL_T(host), SQL_I(*ret_at_ms + spacing_ms),
                    SQL_I(pace.hold_ms));
}

enum df_code sql_pace_take(struct df_store *store, struct df_str host, int64_t spacing_ms, int64_t now_ms,
                           int64_t latest_ms, int64_t *ret_at_ms, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct pace pace = {.known = false};
    struct sql_tx *tx;
    if (spacing_ms > 0) {
        DF_TRY(db->driver->begin(db, host, &tx, err));
        return db->driver->end(tx, take_steps(db, tx, host, spacing_ms, now_ms, latest_ms, ret_at_ms, err), err);
    }
    DF_TRY(SQL_RUN(db, PACE_SELECT, read_pace, &pace, NULL, err, SQL_T(host)));
    *ret_at_ms = pace.hold_ms > now_ms ? pace.hold_ms : now_ms;
    return DF_OK;
}

static enum df_code hold_steps(struct sql_db *db, struct sql_tx *tx, struct df_str host, int64_t until_ms,
                               struct df_error *err)
{
    struct pace pace = {.known = false};
    DF_TRY(SQL_STEP(db, tx, PACE_SELECT, read_pace, &pace, NULL, err, SQL_T(host)));
    if (pace.known && pace.hold_ms >= until_ms)
        return DF_OK;
    return SQL_STEP(db, tx, PACE_PUT, NULL, NULL, NULL, err, SQL_T(host), SQL_I(pace.next_ms), SQL_I(until_ms));
}

enum df_code sql_pace_hold(struct df_store *store, struct df_str host, int64_t until_ms, struct df_error *err)
{
    struct sql_db *db = sql_db_of(store);
    struct sql_tx *tx;
    DF_TRY(db->driver->begin(db, host, &tx, err));
    return db->driver->end(tx, hold_steps(db, tx, host, until_ms, err), err);
}
