#include "adapter/postgres_clock.h"
#include "base/wait.h"

enum { LOOKS = 5 };

static int64_t now_ms(const struct df_clock *clock)
{
    const struct pg_clock *self = (const struct pg_clock *)clock;
    return df_monotonic_ms() + atomic_load_explicit(&self->offset_ms, memory_order_relaxed);
}

void pg_clock_init(struct pg_clock *clock)
{
    clock->port.now_ms = now_ms;
    atomic_init(&clock->offset_ms, 0);
}

int64_t pg_clock_offset_ms(const struct pg_clock_look *looks, size_t n)
{
    int64_t sorted[LOOKS] = {0};
    size_t kept = 0;
    for (; kept < n && kept < LOOKS; kept++) {
        const struct pg_clock_look *look = &looks[kept];
        int64_t offset = look->database_ms - (look->asked_ms + (look->answered_ms - look->asked_ms) / 2);
        size_t at = kept;
        for (; at > 0 && sorted[at - 1] > offset; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = offset;
    }
    return sorted[kept / 2];
}

enum df_code pg_clock_set(struct pg_clock *clock, struct pg_conn *c, struct df_error *err)
{
    static const char question[] = "SELECT (EXTRACT(EPOCH FROM pg_catalog.clock_timestamp()) * 1000)::pg_catalog.int8";
    struct pg_clock_look looks[LOOKS];
    for (size_t i = 0; i < LOOKS; i++) {
        enum pg_fate fate;
        PGresult *result;
        looks[i].asked_ms = df_monotonic_ms();
        DF_TRY(pg_conn_ask(c, question, &result, &fate, err));
        looks[i].answered_ms = df_monotonic_ms();
        looks[i].database_ms = pg_number(PQgetvalue(result, 0, 0));
        PQclear(result);
    }
    atomic_store_explicit(&clock->offset_ms, pg_clock_offset_ms(looks, LOOKS), memory_order_relaxed);
    return DF_OK;
}
