#include "sandbox/call.h"

enum { LIMIT_DEFAULT = 50 };

/* Newest first. */
static void put_list(struct sandbox_call *call, const struct sandbox_issue *issue)
{
    struct df_str full = df_request_query(call->request, "full");
    bool whole = df_str_ieq(full, DF_S("true")) || df_str_is(full, "1");
    struct sandbox_slice slice;
    if (!issue || !sandbox_paginate(call, issue->n_events, LIMIT_DEFAULT, &slice))
        return;
    df_json_open(&call->w, '[');
    for (size_t i = slice.from; i < slice.to; i++)
        (whole ? sandbox_put_event : sandbox_put_event_row)(call, issue->events[issue->n_events - 1 - i]);
    df_json_close(&call->w, ']');
}

void sandbox_api_events(struct sandbox_call *call)
{
    if (sandbox_organization(call, 0))
        put_list(call, sandbox_issue_of(call, 1, true));
}

void sandbox_api_events_legacy(struct sandbox_call *call)
{
    put_list(call, sandbox_issue_of(call, 0, false));
}

/* Sentry recommends the newest event that tells most; here that is one with a user and a request, else the newest. */
static const struct sandbox_event *recommended(const struct sandbox_issue *issue)
{
    for (size_t i = issue->n_events; i-- > 0;) {
        const struct df_sandbox_event *event = &issue->events[i]->data;
        if (event->user_key.n && df_sandbox_event_tag(event, "url").n)
            return issue->events[i];
    }
    return issue->events[issue->n_events - 1];
}

static const struct sandbox_event *pick(struct sandbox_call *call, const struct sandbox_issue *issue,
                                        struct df_str which)
{
    struct df_str id;
    if (df_str_is(which, "latest"))
        return issue->events[issue->n_events - 1];
    if (df_str_is(which, "oldest"))
        return issue->events[0];
    if (df_str_is(which, "recommended"))
        return recommended(issue);
    return df_sandbox_event_id(which, call->arena, &id) ? sandbox_store_event(&call->sandbox->store, issue, id) : NULL;
}

static void put_one(struct sandbox_call *call, const struct sandbox_issue *issue, struct df_str which)
{
    if (!issue)
        return;
    const struct sandbox_event *event = pick(call, issue, which);
    if (event)
        sandbox_put_event(call, event);
    else
        sandbox_detail(call, 404, "Event not found");
}

void sandbox_api_event(struct sandbox_call *call)
{
    if (sandbox_organization(call, 0))
        put_one(call, sandbox_issue_of(call, 1, true), call->request->params[2]);
}

void sandbox_api_event_legacy(struct sandbox_call *call)
{
    put_one(call, sandbox_issue_of(call, 0, false), call->request->params[1]);
}

static const struct sandbox_event *by_id(struct sandbox_call *call, size_t param)
{
    struct df_str id;
    const struct sandbox_event *event = NULL;
    if (df_sandbox_event_id(call->request->params[param], call->arena, &id))
        event = sandbox_store_event(&call->sandbox->store, NULL, id);
    if (!event)
        sandbox_detail(call, 404, "Event not found");
    return event;
}

void sandbox_api_eventid(struct sandbox_call *call)
{
    const struct sandbox_event *event = sandbox_organization(call, 0) ? by_id(call, 1) : NULL;
    if (!event)
        return;
    df_json_open(&call->w, '{');
    df_json_kstr(&call->w, "organizationSlug", call->sandbox->organization);
    df_json_kstr(&call->w, "projectSlug", call->sandbox->project);
    df_json_kstr(&call->w, "groupId", df_arena_printf(call->arena, "%llu", event->issue->id));
    df_json_kstr(&call->w, "eventId", event->data.event_id);
    df_json_key(&call->w, DF_S("event"));
    sandbox_put_event(call, event);
    df_json_close(&call->w, '}');
}

void sandbox_api_project_event(struct sandbox_call *call)
{
    const struct sandbox_event *event = sandbox_organization(call, 0) && sandbox_project(call, 1) ? by_id(call, 2)
                                                                                                  : NULL;
    if (event)
        sandbox_put_event(call, event);
}

/* Of one issue ("issue.id:1001"), by the hour over 14 days, whatever else was asked for. */
void sandbox_api_timeseries(struct sandbox_call *call)
{
    enum { HOURS = 14 * 24 };
    struct df_str query = df_request_query(call->request, "query");
    const struct sandbox_issue *issue = df_str_starts(query, DF_S("issue.id:"))
                                            ? sandbox_store_find(&call->sandbox->store, df_str_from(query, 9))
                                            : NULL;
    int64_t newest = call->now_ms / 3600000;
    if (!sandbox_organization(call, 0))
        return;
    df_json_open(&call->w, '{');
    df_json_kopen(&call->w, "timeSeries", '[');
    df_json_open(&call->w, '{');
    df_json_kstr(&call->w, "yAxis", DF_S("count()"));
    df_json_kopen(&call->w, "values", '[');
    for (int64_t hour = newest - HOURS + 1; hour <= newest; hour++) {
        df_json_open(&call->w, '{');
        df_json_kint(&call->w, "timestamp", hour * 3600000);
        df_json_kint(&call->w, "value", issue ? sandbox_issue_in_hour(issue, hour) : 0);
        df_json_kbool(&call->w, "incomplete", hour == newest);
        df_json_close(&call->w, '}');
    }
    df_json_close(&call->w, ']');
    df_json_close(&call->w, '}');
    df_json_close(&call->w, ']');
    df_json_close(&call->w, '}');
}
