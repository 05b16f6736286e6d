#include "domain/schedule.h"

#include <string.h>

bool df_schedule_name_valid(struct df_str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr("-_.", c))))
            return false;
    }
    return name.n > 0 && name.n <= DF_SCHEDULE_NAME_BYTES;
}

int64_t df_schedule_due(const struct df_schedule *s, int64_t slot_ms)
{
    uint64_t mix = df_str_hash(s->project_id) * 31 + df_str_hash(s->name) + (uint64_t)slot_ms;
    mix = (mix ^ mix >> 31) * 0x9E3779B97F4A7C15ULL; /* neighbours far apart */
    return slot_ms + (s->jitter_s > 0 ? (int64_t)((mix >> 20) % ((uint64_t)s->jitter_s * 1000)) : 0);
}

int64_t df_schedule_slot(const struct df_schedule *s, const struct df_cron *cron, int64_t now_ms)
{
    int64_t slot = df_cron_last(cron, s->slot_ms, now_ms);
    while (slot > s->slot_ms && df_schedule_due(s, slot) > now_ms)
        slot = df_cron_last(cron, s->slot_ms, slot - 1);
    return slot ? slot : s->slot_ms;
}
