#include "service/schedules.h"
#include "base/json.h"
#include "base/time.h"
#include "service/dispatch.h"
#include "service/workflows.h"

enum { FIRED_AT_ONCE = 100, FACTS_BYTES = 128 * 1024, ID_BYTES = 16 };

static enum df_code check(const struct df_schedule *s, struct df_cron *cron, struct df_error *err)
{
    if (!df_schedule_name_valid(s->name))
        return df_fail(err, DF_ERR_INVALID,
                       "a schedule's name has at most %d lower-case letters, digits, \"-\", \"_\" and \".\"",
                       DF_SCHEDULE_NAME_BYTES);
    if (s->jitter_s < 0 || s->jitter_s > DF_SCHEDULE_JITTER_MOST_S)
        return df_fail(err, DF_ERR_INVALID, "jitterSeconds must be a number from 0 to %d", DF_SCHEDULE_JITTER_MOST_S);
    if (s->input.n && !s->workflow.n)
        return df_fail(err, DF_ERR_INVALID, "input is for a workflow: name one, or leave it out");
    return df_cron_parse(s->cron, cron, err);
}

enum df_code df_schedules_set(const struct df_devflow *d, const struct df_schedule *given, struct df_arena *arena,
                              struct df_schedule *ret, struct df_error *err)
{
    struct df_cron cron;
    struct df_schedule s = *given;
    int64_t now = df_now_ms(d->clock);
    DF_TRY(check(&s, &cron, err));
    if (s.workflow.n)
        DF_TRY(df_workflows_known(d, s.workflow, arena, err));
    s.slot_ms = df_cron_next(&cron, now);
    s.due_ms = df_schedule_due(&s, s.slot_ms);
    s.since_ms = s.created_ms = now;
    DF_TRY(d->store->ops->schedule_put(d->store, &s, DF_SCHEDULES_MOST, err));
    *ret = s;
    return DF_OK;
}

/* "20261128T030000Z", for ids. */
static struct df_str slot_text(int64_t slot_ms, struct df_arena *arena)
{
    struct df_buf out;
    struct df_str time = df_time_format(slot_ms, arena);
    df_buf_init(&out, arena, 64);
    for (size_t i = 0; i < time.n; i++)
        if (!strchr("-:", time.p[i]))
            df_buf_put_char(&out, time.p[i]);
    return df_buf_str(&out);
}

static struct df_str facts_of(const struct df_schedule *s, int64_t slot_ms, struct df_arena *arena)
{
    struct df_buf text;
    struct df_json_writer w;
    df_buf_init(&text, arena, FACTS_BYTES);
    df_json_writer_init(&w, &text, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "workflow", s->workflow);
    df_json_kstr(&w, "input", s->input);
    df_json_kstr(&w, "slot", slot_text(slot_ms, arena));
    df_json_kint(&w, "since", s->since_ms);
    df_json_close(&w, '}');
    return df_buf_str(&text);
}

static struct df_str id_of(const struct df_schedule *s, int64_t slot_ms, struct df_arena *arena)
{
    unsigned char hash[DF_SHA256_BYTES];
    df_sha256(
        df_arena_printf(arena, "schedule:%.*s:%.*s:%lld", DF_FMT(s->project_id), DF_FMT(s->name), (long long)slot_ms),
        hash);
    return df_arena_printf(arena, "in_%.*s", DF_FMT(df_hex(hash, ID_BYTES, arena)));
}

static enum df_code fire(const struct df_devflow *d, const struct df_schedule *s, int64_t now_ms,
                         struct df_arena *arena, bool *ret_fired, struct df_error *err)
{
    struct df_cron cron;
    struct df_schedule next = *s;
    DF_TRY(df_cron_parse(s->cron, &cron, err));
    int64_t slot = df_schedule_slot(s, &cron, now_ms);
    const struct df_inbox_message m = {
        .id = id_of(s, slot, arena),
        .project_id = s->project_id,
        .resource = DF_S(DF_SCHEDULE_RESOURCE),
        .action = s->name,
        .facts = facts_of(s, slot, arena),
        .received_ms = now_ms,
        .due_ms = now_ms,
    };
    next.slot_ms = df_cron_next(&cron, slot);
    next.due_ms = df_schedule_due(&next, next.slot_ms);
    next.since_ms = slot;
    return d->store->ops->schedule_fire(d->store, &next, s->slot_ms, &m, ret_fired, err);
}

enum df_code df_schedules_fire(const struct df_devflow *d, size_t *ret_fired, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_schedule *due;
    size_t n;
    int64_t now = df_now_ms(d->clock);
    *ret_fired = 0;
    DF_TRY(d->store->ops->schedule_due(d->store, now, FIRED_AT_ONCE, arena, &due, &n, err));
    for (size_t i = 0; i < n; i++) {
        bool fired = false;
        DF_TRY(fire(d, &due[i], now, arena, &fired, err));
        *ret_fired += fired;
    }
    return DF_OK;
}
