#include "service/tickets.h"

enum { CAP_MAX = 1000 };

enum df_code df_tracker_find(const struct df_devflow *d, struct df_str name, const struct df_tracker **ret,
                             struct df_error *err)
{
    for (const struct df_tracker *const *t = d->trackers; t && *t; t++)
        if (df_str_is(name, (*t)->name)) {
            *ret = *t;
            return DF_OK;
        }
    return df_fail(err, DF_ERR_INVALID, "tracker must be linear, github or github-issues");
}

static enum df_code apply(const struct df_devflow *d, const struct df_ticket_change *c, struct df_ticket_settings *s,
                          struct df_error *err)
{
    const struct df_tracker *tracker;
    if (c->tracker)
        s->tracker = *c->tracker;
    if (c->place)
        s->place = df_str_trim(*c->place);
    if (c->labels)
        s->labels = df_str_trim(*c->labels);
    if (c->threshold && !df_priority_parse(*c->threshold, &s->threshold))
        return df_fail(err, DF_ERR_INVALID, "threshold must be urgent, high, medium or low");
    if (c->daily_cap)
        s->daily_cap = *c->daily_cap;
    if (s->daily_cap < 0 || s->daily_cap > CAP_MAX)
        return df_fail(err, DF_ERR_INVALID, "dailyCap must be 0 to %d", CAP_MAX);
    if (c->on_resolved)
        s->on_resolved = df_str_trim(*c->on_resolved);
    if (c->automatic)
        s->automatic = *c->automatic;
    if (c->note)
        s->note = *c->note;
    DF_TRY(df_tracker_find(d, s->tracker, &tracker, err));
    if (!tracker->takes_id && s->place.n && df_str_find_char(s->place, '/') < 0)
        return df_fail(err, DF_ERR_INVALID, "the place of %s issues is OWNER/REPOSITORY", tracker->title);
    if (!tracker->takes_id && s->on_resolved.n && !df_str_is(s->on_resolved, "closed"))
        return df_fail(err, DF_ERR_INVALID, "the state of %s issues can become closed alone", tracker->title);
    return DF_OK;
}

enum df_code df_tickets_configure(const struct df_devflow *d, struct df_str project_id,
                                  const struct df_ticket_change *change, struct df_arena *arena,
                                  struct df_ticket_settings *ret, struct df_error *err)
{
    DF_TRY(d->store->ops->ticket_settings_get(d->store, project_id, arena, ret, err));
    DF_TRY(apply(d, change, ret, err));
    ret->updated_ms = df_now_ms(d->clock);
    return d->store->ops->ticket_settings_put(d->store, ret, err);
}
