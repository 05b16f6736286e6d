#include "service/sentry_look.h"
#include "domain/sentry_host.h"

enum { ASKS = 6, LIST_LIMIT = 100 };

/* What is asked at the same time. The pointers are into `asks`, NULL for what is not asked. */
struct round {
    struct df_sentry_ask asks[ASKS];
    size_t n;
    struct df_sentry_ask *issue, *legacy_issue, *event, *latest, *legacy_event, *lookup, *list;
};

struct look {
    struct df_sentry_found *f;
    bool with_event, saas;
    bool unsure;            /* the id comes from a search that the server may have answered with anything */
    bool event_there;       /* the event that was named is one of this issue's */
    enum df_code event_why; /* what an event that could not be had failed with */
    enum df_code issue_why;
    struct round first, second;
};

static struct df_sentry_ask *add(struct round *r, struct df_str path)
{
    struct df_sentry_ask *ask = &r->asks[r->n++];
    *ask = (struct df_sentry_ask){.path = path, .what = "this issue"};
    return ask;
}

/* Both kinds of id need no escapes: digits, or letters, digits, '-' and '_'. */
static struct df_str issue_path(const struct look *l, struct df_str id)
{
    return df_arena_printf(l->f->api.arena, "issues/%.*s/", DF_FMT(id));
}

static struct df_str event_path(const struct look *l, struct df_str id, struct df_str event)
{
    return df_arena_printf(l->f->api.arena, "issues/%.*s/events/%.*s/", DF_FMT(id), DF_FMT(event));
}

static bool is_event_id(struct df_str s)
{
    return s.n == 32;
}

static struct df_sentry_ask *as_event(const struct look *l, struct df_sentry_ask *ask)
{
    ask->what = is_event_id(l->f->ref.event_id) ? "this event" : "this issue's events";
    ask->lasting = is_event_id(l->f->ref.event_id);
    return ask;
}

static void plan_by_event_id(struct look *l, struct round *r)
{
    struct df_str id = l->f->ref.id;
    r->lookup = add(r, df_arena_printf(l->f->api.arena, "eventids/%.*s/", DF_FMT(id)));
    r->lookup->what = "this event";
    if (!l->saas)
        r->list = add(r, df_arena_printf(l->f->api.arena, "issues/?query=%.*s&limit=2", DF_FMT(id)));
}

static void plan_first(struct look *l)
{
    const struct df_issue_ref *ref = &l->f->ref;
    struct round *r = &l->first;
    if (ref->kind == DF_ISSUE_REF_EVENT_ID) {
        plan_by_event_id(l, r);
        return;
    }
    r->issue = add(r, issue_path(l, ref->id));
    if (l->with_event)
        r->event = as_event(l, add(r, event_path(l, ref->id, ref->event_id.n ? ref->event_id : DF_S("recommended"))));
    if (ref->kind != DF_ISSUE_REF_SHORT_ID || l->saas)
        return;
    r->lookup = add(r, df_arena_printf(l->f->api.arena, "shortids/%.*s/", DF_FMT(ref->id)));
    r->list = add(r, df_arena_printf(l->f->api.arena, "issues/?query=%.*s&shortIdLookup=1&limit=%d", DF_FMT(ref->id),
                                     LIST_LIMIT));
}

static bool answered(const struct df_sentry_ask *ask)
{
    return ask && ask->asked && ask->code == DF_OK;
}

static void note_time(struct df_sentry_found *f, const struct df_sentry_ask *ask)
{
    f->mended = f->mended || ask->mended;
    if (f->fetched_ms == 0 || ask->fetched_ms < f->fetched_ms)
        f->fetched_ms = ask->fetched_ms;
}

static struct df_str number_at(const struct df_json *v, const char *key, struct df_arena *arena)
{
    unsigned long long n;
    struct df_str text = df_json_text(df_json_get(v, key), arena);
    return df_str_to_u64(text, &n) ? text : DF_STR_NONE;
}

static void take_issue(struct look *l, const struct df_sentry_ask *ask)
{
    struct df_sentry_found *f = l->f;
    if (f->issue || !ask || !ask->asked)
        return;
    if (ask->moved_to.n && f->id.n == 0)
        f->id = ask->moved_to;
    /* The first reason that is more than "not there" is the one to tell. */
    if (!answered(ask) && (l->issue_why == DF_OK || l->issue_why == DF_ERR_PROVIDER_NOT_FOUND)) {
        l->issue_why = ask->code;
        f->issue_err = ask->err;
    }
    if (!answered(ask))
        return;
    struct df_str id = number_at(ask->json, "id", f->api.arena);
    if (id.n == 0) {
        l->issue_why = df_fail(&f->issue_err, DF_ERR_PROVIDER, "Sentry's answer is not an issue");
        return;
    }
    f->issue = ask->json;
    f->id = id;
    note_time(f, ask);
}

static void take_event(struct look *l, const struct df_sentry_ask *ask)
{
    struct df_sentry_found *f = l->f;
    if (f->event || !ask || !ask->asked)
        return;
    if (answered(ask) && df_json_is_object(ask->json)) {
        f->event = ask->json;
        l->event_there = true;
        note_time(f, ask);
    } else if (l->event_why == DF_OK || l->event_why == DF_ERR_PROVIDER_NOT_FOUND) {
        l->event_why = answered(ask) ? df_fail(&f->event_err, DF_ERR_PROVIDER, "Sentry's answer is not an event")
                                     : ask->code;
        if (!answered(ask))
            f->event_err = ask->err;
    }
}

/* shortids/ and eventids/ name the issue; the latter brings the event along. */
static void take_lookup(struct look *l, const struct df_sentry_ask *ask)
{
    struct df_sentry_found *f = l->f;
    const struct df_json *event;
    if (!ask || !ask->asked)
        return;
    if (!answered(ask)) {
        take_issue(l, ask);
        return;
    }
    if (f->id.n == 0)
        f->id = number_at(ask->json, "groupId", f->api.arena);
    if (f->id.n == 0)
        l->issue_why = df_fail(&f->issue_err, DF_ERR_PROVIDER, "Sentry's answer does not name the issue");
    event = df_json_get(ask->json, "event");
    if (f->ref.kind == DF_ISSUE_REF_EVENT_ID && df_json_is_object(event) && f->id.n) {
        f->event = event;
        l->event_there = true;
        note_time(f, ask);
    }
}

/* A search for a short ID finds the issue that has it; one for an event id, the only one there is. */
static void take_list(struct look *l, const struct df_sentry_ask *ask)
{
    struct df_sentry_found *f = l->f;
    bool by_event = f->ref.kind == DF_ISSUE_REF_EVENT_ID;
    if (f->id.n || !answered(ask) || !df_json_is_array(ask->json) || (by_event && df_json_count(ask->json) != 1))
        return;
    for (struct df_json_iter it = df_json_iter(ask->json); df_json_next(&it);) {
        if (!by_event && !df_str_ieq(df_json_get_str(it.value, "shortId"), f->ref.id))
            continue;
        f->id = number_at(it.value, "id", f->api.arena);
        l->unsure = by_event;
        return;
    }
}

static void take_round(struct look *l, const struct round *r)
{
    take_issue(l, r->issue);
    take_issue(l, r->legacy_issue);
    take_event(l, r->event);
    take_event(l, r->latest);
    take_event(l, r->legacy_event);
    take_lookup(l, r->lookup);
    take_list(l, r->list);
}

/* Not for want of a permission, nor for a rate limit: another way in would fail for the same. */
static bool may_try_others(enum df_code why)
{
    return why == DF_OK || why == DF_ERR_PROVIDER_NOT_FOUND || why == DF_ERR_PROVIDER || why == DF_ERR_INVALID;
}

static void plan_event_again(struct look *l, struct round *r, bool same_id)
{
    struct df_str id = l->f->id, event = l->f->ref.event_id;
    if (event.n && !same_id)
        r->event = as_event(l, add(r, event_path(l, id, event)));
    if (event.n) {
        r->legacy_event = as_event(l, add(r, event_path(l, id, event)));
        r->legacy_event->legacy = true;
        return;
    }
    if (!same_id)
        r->event = as_event(l, add(r, event_path(l, id, DF_S("recommended"))));
    r->latest = as_event(l, add(r, event_path(l, id, DF_S("latest"))));
    r->legacy_event = as_event(l, add(r, event_path(l, id, DF_S("latest"))));
    r->legacy_event->legacy = true;
}

/* What the first round did not bring, by the number the issue has by now. */
static void plan_second(struct look *l)
{
    struct df_sentry_found *f = l->f;
    struct round *r = &l->second;
    if (f->id.n == 0 && f->ref.kind == DF_ISSUE_REF_NUMERIC)
        f->id = f->ref.id;
    if (f->id.n == 0)
        return;
    bool same_id = f->ref.kind == DF_ISSUE_REF_NUMERIC && df_str_eq(f->id, f->ref.id);
    if (!f->issue && may_try_others(l->issue_why)) {
        if (!same_id)
            r->issue = add(r, issue_path(l, f->id));
        r->legacy_issue = add(r, issue_path(l, f->id));
        r->legacy_issue->legacy = true;
    }
    if (!f->event && (l->with_event || l->unsure) && may_try_others(l->event_why))
        plan_event_again(l, r, same_id);
}

static void run(struct look *l, struct round *r)
{
    if (r->n == 0)
        return;
    df_sentry_api_round(&l->f->api, r->asks, r->n);
    take_round(l, r);
}

static enum df_code begin(struct df_sentry_found *f, const struct df_devflow *d, struct df_str project_id,
                          struct df_str issue, struct df_arena *arena, struct df_error *err)
{
    DF_TRY(df_issue_ref_parse(issue, arena, &f->ref, err));
    DF_TRY(df_sentry_api_open(d, project_id, arena, &f->api, err));
    if (!df_sentry_api_is_own(&f->api, f->ref.host_origin))
        return df_fail(err, DF_ERR_INVALID,
                       "this URL is of %.*s, but the project is connected to %.*s; nothing was asked",
                       DF_FMT(df_str_head(f->ref.host_origin, 100)), DF_FMT(f->api.connection.base_url));
    struct df_str organization = f->ref.organization;
    if (organization.n && !(f->ref.organization_guessed && !df_sentry_api_sees(&f->api, organization)))
        DF_TRY(df_sentry_api_choose(&f->api, organization, err));
    return DF_OK;
}

static enum df_code told(enum df_code code, const struct df_error *why, struct df_error *err)
{
    if (err)
        *err = *why;
    return code;
}

/* An issue that is not there, or whose named event is not, is no partial answer; nor is one where access itself has ended. */
static enum df_code judge(const struct look *l, struct df_error *err)
{
    const struct df_sentry_found *f = l->f;
    if (!f->issue && (!f->event || l->issue_why == DF_ERR_RECONNECT))
        return told(l->issue_why ? l->issue_why : DF_ERR_PROVIDER, &f->issue_err, err);
    if (l->unsure && !l->event_there)
        return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND, "Sentry does not have this event, or the token does not see it");
    if (l->with_event && !f->event && l->event_why == DF_ERR_PROVIDER_NOT_FOUND && is_event_id(f->ref.event_id))
        return told(l->event_why, &f->event_err, err);
    return DF_OK;
}

enum df_code df_sentry_look(const struct df_devflow *d, struct df_str project_id, struct df_str issue, bool with_event,
                            struct df_arena *arena, struct df_sentry_found *ret, struct df_error *err)
{
    struct look *l = DF_NEW(arena, struct look);
    *ret = (struct df_sentry_found){.id = DF_STR_NONE};
    DF_TRY(begin(ret, d, project_id, issue, arena, err));
    *l = (struct look){
        .f = ret, .with_event = with_event, .saas = df_sentry_host_is_saas(ret->api.connection.base_url, arena)};
    if (ret->ref.kind == DF_ISSUE_REF_EVENT_ID)
        ret->ref.event_id = ret->ref.id;
    plan_first(l);
    run(l, &l->first);
    plan_second(l);
    run(l, &l->second);
    /* All events of an issue may have been dropped: then it has none, and nothing is amiss. */
    if (!ret->event && l->event_why == DF_ERR_PROVIDER_NOT_FOUND)
        ret->event_err.code = DF_OK;
    else
        ret->event_err.code = l->event_why;
    return judge(l, err);
}
