#include "app/courier.h"
#include "base/log.h"
#include "service/dispatch.h"
#include "service/farewells.h"
#include "service/schedules.h"
#include "service/sentry_hooks.h"
#include "service/webhooks.h"

#include <time.h>

enum { SENDERS = 8, DISPATCHERS = 2, GATHER_MS = 50, PAUSE_NS = 1000000 };

struct claimed_delivery {
    struct df_delivery delivery;
    int64_t until_ms;
};

static enum df_code outbox_claim(const struct df_devflow *d, struct df_arena *arena, void **ret, struct df_error *err)
{
    struct df_delivery *one;
    size_t n = 0;
    int64_t now = df_now_ms(d->clock), until = now + DF_WEBHOOK_CLAIM_MS;
    DF_TRY(d->store->ops->outbox_claim(d->store, now, until, 1, arena, &one, &n, err));
    if (n == 0)
        return DF_OK;
    struct claimed_delivery *claimed = DF_NEW(arena, struct claimed_delivery);
    *claimed = (struct claimed_delivery){one[0], until};
    *ret = claimed;
    return DF_OK;
}

static void tell_delivery(const struct df_delivery *m, enum df_code code, const struct df_error *err)
{
    if (code != DF_OK)
        df_log(DF_LOG_WARN, "the outcome of a webhook message was not stored", {"id", m->id},
               {"message", df_str_c(err->message)});
    else if (m->status == DF_DELIVERY_DONE)
        df_log(DF_LOG_INFO, "webhook message delivered", {"id", m->id}, {"project", m->project_id}, {"type", m->type});
    else
        df_log(DF_LOG_WARN, m->due_ms ? "webhook message not taken yet" : "webhook message given up", {"id", m->id},
               {"project", m->project_id}, {"type", m->type}, {"message", m->error});
}

static void outbox_work(const struct df_devflow *d, void *arg, struct df_arena *arena)
{
    struct claimed_delivery *claimed = arg;
    struct df_error err = {0};
    enum df_code code = df_webhooks_deliver(d, &claimed->delivery, claimed->until_ms, arena, &err);
    tell_delivery(&claimed->delivery, code, &err);
}

static enum df_code outbox_next(const struct df_devflow *d, int64_t *ret_due_ms, struct df_error *err)
{
    return d->store->ops->outbox_next(d->store, ret_due_ms, err);
}

static enum df_code outbox_forget(const struct df_devflow *d, int64_t now_ms, struct df_error *err)
{
    return d->store->ops->outbox_forget(d->store, now_ms - DF_WEBHOOK_KEPT_MS, err);
}

const struct df_queue df_queue_outbox = {
    .threads = "df-courier",
    .hands = SENDERS,
    .claim = outbox_claim,
    .work = outbox_work,
    .next = outbox_next,
    .forget = outbox_forget,
    .trouble = "the outbox cannot be read",
};

struct claimed_messages {
    struct df_inbox_message *items;
    size_t n;
    int64_t until_ms;
};

static enum df_code inbox_claim(const struct df_devflow *d, struct df_arena *arena, void **ret, struct df_error *err)
{
    struct claimed_messages *claimed = DF_NEW(arena, struct claimed_messages);
    int64_t now = df_now_ms(d->clock);
    claimed->until_ms = now + DF_DISPATCH_CLAIM_MS;
    DF_TRY(d->store->ops->inbox_claim(d->store, now, claimed->until_ms, DF_DISPATCH_AT_ONCE, arena, &claimed->items,
                                      &claimed->n, err));
    *ret = claimed->n ? claimed : NULL;
    return DF_OK;
}

static void tell_message(const struct df_inbox_message *m)
{
    static const char *const said[] = {
        [DF_INBOX_PENDING] = "received message not done yet",
        [DF_INBOX_STARTED] = "workflows started",
        [DF_INBOX_NOTHING] = "received message asks for nothing",
        [DF_INBOX_GIVEN_UP] = "received message given up",
    };
    bool well = m->status == DF_INBOX_STARTED || m->status == DF_INBOX_NOTHING;
    if (m->status == DF_INBOX_PENDING && !m->outcome.n) /* given back, not tried */
        return;
    df_log(well ? DF_LOG_INFO : DF_LOG_WARN, said[m->status], {"id", m->id}, {"project", m->project_id},
           {"resource", m->resource}, {"action", m->action}, {"outcome", m->outcome});
}

/* SQLite's lock goes to whoever asks first, which without a pause is this thread again: those who are being answered would wait for a
 * whole batch. */
static void let_others(void)
{
    const struct timespec pause = {0, PAUSE_NS};
    (void)nanosleep(&pause, NULL);
}

/* What one of them waits for Sentry must not cost the others their claim: from the middle of its time on they go back. */
static void inbox_work(const struct df_devflow *d, void *arg, struct df_arena *arena)
{
    struct claimed_messages *claimed = arg;
    struct df_error err = {0};
    for (size_t i = 0; i < claimed->n; i++) {
        int64_t now = df_now_ms(d->clock);
        if (now > claimed->until_ms - DF_DISPATCH_CLAIM_MS / 2)
            claimed->items[i].due_ms = now;
        else
            df_dispatch(d, &claimed->items[i], arena);
        let_others();
    }
    if (d->store->ops->inbox_end(d->store, claimed->items, claimed->n, claimed->until_ms, &err) != DF_OK)
        df_log(DF_LOG_WARN, "the outcome of received messages was not stored", {"message", df_str_c(err.message)});
    for (size_t i = 0; i < claimed->n && err.code == DF_OK; i++)
        tell_message(&claimed->items[i]);
}

static enum df_code inbox_next(const struct df_devflow *d, int64_t *ret_due_ms, struct df_error *err)
{
    return d->store->ops->inbox_next(d->store, ret_due_ms, err);
}

static enum df_code inbox_forget(const struct df_devflow *d, int64_t now_ms, struct df_error *err)
{
    return d->store->ops->inbox_forget(d->store, now_ms - DF_INBOX_KEPT_MS, err);
}

const struct df_queue df_queue_inbox = {
    .threads = "df-dispatch",
    .hands = DISPATCHERS,
    .claim = inbox_claim,
    .work = inbox_work,
    .next = inbox_next,
    .forget = inbox_forget,
    .gather_ms = GATHER_MS,
    .trouble = "the inbox cannot be read",
};

/* Whether any is due is claim enough: each is fired by compare and set. */
static enum df_code schedules_claim(const struct df_devflow *d, struct df_arena *arena, void **ret,
                                    struct df_error *err)
{
    int64_t due = 0;
    DF_TRY(d->store->ops->schedule_next(d->store, &due, err));
    if (due && due <= df_now_ms(d->clock))
        *ret = arena;
    return DF_OK;
}

static void schedules_work(const struct df_devflow *d, void *claimed, struct df_arena *arena)
{
    struct df_error err = {0};
    size_t fired = 0;
    (void)claimed, (void)arena;
    enum df_code code = df_schedules_fire(d, &fired, &err);
    if (code != DF_OK)
        df_log(DF_LOG_WARN, "schedules that are due were not fired", {"message", df_str_c(err.message)});
}

static enum df_code schedules_next(const struct df_devflow *d, int64_t *ret_due_ms, struct df_error *err)
{
    return d->store->ops->schedule_next(d->store, ret_due_ms, err);
}

const struct df_queue df_queue_schedules = {
    .threads = "df-schedule",
    .hands = 1,
    .claim = schedules_claim,
    .work = schedules_work,
    .next = schedules_next,
    .trouble = "the schedules cannot be read",
};

struct claimed_farewell {
    struct df_farewell farewell;
    int64_t until_ms;
};

static enum df_code farewells_claim(const struct df_devflow *d, struct df_arena *arena, void **ret,
                                    struct df_error *err)
{
    struct claimed_farewell *claimed = DF_NEW(arena, struct claimed_farewell);
    int64_t due = 0, now = df_now_ms(d->clock);
    bool there = false;
    /* Nearly never: looked at before the key is asked for. */
    DF_TRY(d->store->ops->farewell_next(d->store, &due, err));
    if (due == 0 || due > now)
        return DF_OK;
    claimed->until_ms = now + DF_FAREWELL_CLAIM_MS;
    DF_TRY(d->store->ops->farewell_claim(d->store, now, claimed->until_ms, arena, &claimed->farewell, &there, err));
    *ret = there ? claimed : NULL;
    return DF_OK;
}

static void farewells_work(const struct df_devflow *d, void *arg, struct df_arena *arena)
{
    struct claimed_farewell *claimed = arg;
    struct df_error err = {0};
    size_t left = 0;
    (void)arena;
    enum df_code code = df_farewell_work(d, &claimed->farewell, claimed->until_ms, &left, &err);
    if (code != DF_OK)
        df_log(DF_LOG_WARN, "workflows of a deleted project were not cancelled yet",
               {"project", claimed->farewell.project_id}, {"message", df_str_c(err.message)});
    else if (claimed->farewell.due_ms == 0)
        df_log(DF_LOG_INFO, "nothing of a deleted project goes on", {"project", claimed->farewell.project_id});
}

static enum df_code farewells_next(const struct df_devflow *d, int64_t *ret_due_ms, struct df_error *err)
{
    return d->store->ops->farewell_next(d->store, ret_due_ms, err);
}

const struct df_queue df_queue_farewells = {
    .threads = "df-farewell",
    .hands = 1,
    .claim = farewells_claim,
    .work = farewells_work,
    .next = farewells_next,
    .trouble = "the projects that are gone cannot be read",
};
