#include "http/api.h"
#include "http/audit_note.h"
#include "service/tickets.h"

enum { TICKETS_SHOWN = 200 };

static void put_settings(struct df_json_writer *w, const struct df_ticket_settings *s, struct df_arena *arena)
{
    struct df_str rest = s->labels, label;
    df_json_open(w, '{');
    df_json_kstr(w, "projectId", s->project_id);
    df_json_kstr(w, "tracker", s->tracker);
    df_json_kstr_or_null(w, "team", s->place);
    df_json_kopen(w, "labels", '[');
    while (df_str_split(&rest, ',', &label))
        if (df_str_trim(label).n)
            df_json_put_str(w, df_str_trim(label));
    df_json_close(w, ']');
    df_json_kstr(w, "threshold", df_str_c(df_priority_name(s->threshold)));
    df_json_kint(w, "dailyCap", s->daily_cap);
    df_json_kbool(w, "automatic", s->automatic);
    df_json_kbool(w, "note", s->note);
    df_json_kstr_or_null(w, "onResolved", s->on_resolved);
    df_api_put_time(w, "updatedAt", s->updated_ms, arena);
    df_json_close(w, '}');
}

enum df_code df_handle_ticket_settings(void *app, const struct df_request *request, struct df_reply *reply,
                                       struct df_error *err)
{
    const struct df_api *api = app;
    struct df_ticket_settings s;
    DF_TRY(api->d->store->ops->ticket_settings_get(api->d->store, request->params[0], request->arena, &s, err));
    struct df_json_writer w = df_api_json(reply);
    put_settings(&w, &s, request->arena);
    return DF_OK;
}

/* Only what is given changes. */
enum df_code df_handle_ticket_configure(void *app, const struct df_request *request, struct df_reply *reply,
                                        struct df_error *err)
{
    struct settings_body {
        struct df_str tracker, team, threshold, on_resolved;
        struct df_str_list labels;
        int64_t daily_cap;
        bool automatic, note;
    };
    static const struct df_json_field fields[] = {
        {"tracker", DF_JSON_STRING, false, offsetof(struct settings_body, tracker), 32},
        {"team", DF_JSON_STRING, false, offsetof(struct settings_body, team), 200},
        {"labels", DF_JSON_STRINGS, false, offsetof(struct settings_body, labels), 80},
        {"threshold", DF_JSON_STRING, false, offsetof(struct settings_body, threshold), 16},
        {"dailyCap", DF_JSON_INT, false, offsetof(struct settings_body, daily_cap), 0},
        {"automatic", DF_JSON_BOOL, false, offsetof(struct settings_body, automatic), 0},
        {"note", DF_JSON_BOOL, false, offsetof(struct settings_body, note), 0},
        {"onResolved", DF_JSON_STRING, false, offsetof(struct settings_body, on_resolved), 100},
    };
    const struct df_api *api = app;
    struct settings_body body = {.tracker = DF_STR_NONE};
    const struct df_json *given;
    struct df_ticket_settings s;
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    DF_TRY(df_api_json_body(request, &given, err));
#define GIVEN(name) (!df_json_is_null(df_json_get(given, name)))
    struct df_buf labels;
    df_buf_init(&labels, request->arena, 4096);
    for (size_t i = 0; i < body.labels.n; i++) {
        if (df_str_find_char(body.labels.items[i], ',') >= 0)
            return df_fail(err, DF_ERR_INVALID, "a label has no comma");
        df_buf_printf(&labels, "%s%.*s", i ? "," : "", DF_FMT(body.labels.items[i]));
    }
    struct df_str joined = df_buf_str(&labels);
    const struct df_ticket_change change = {
        .tracker = GIVEN("tracker") ? &body.tracker : NULL,
        .place = GIVEN("team") ? &body.team : NULL,
        .labels = body.labels.given ? &joined : NULL,
        .threshold = GIVEN("threshold") ? &body.threshold : NULL,
        .daily_cap = GIVEN("dailyCap") ? &body.daily_cap : NULL,
        .automatic = GIVEN("automatic") ? &body.automatic : NULL,
        .note = GIVEN("note") ? &body.note : NULL,
        .on_resolved = GIVEN("onResolved") ? &body.on_resolved : NULL,
    };
#undef GIVEN
    DF_TRY(df_tickets_configure(df_api_noting(api, request, "ticket.settings"), request->params[0], &change,
                                request->arena, &s, err));
    struct df_json_writer w = df_api_json(reply);
    put_settings(&w, &s, request->arena);
    return DF_OK;
}

static void put_ticket(struct df_json_writer *w, const struct df_ticket *t, struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "sentryId", t->sentry_id);
    df_json_kstr_or_null(w, "shortId", t->short_id);
    df_json_kstr(w, "sentryUrl", t->sentry);
    df_json_kstr(w, "title", t->title);
    df_json_kstr(w, "state", df_str_c(df_ticket_state_name(t->state)));
    df_json_kstr_or_null(w, "key", t->key);
    df_json_kstr_or_null(w, "url", t->url);
    df_json_kbool(w, "linkedByHand", t->by_hand);
    df_json_kbool(w, "automatic", t->automatic);
    df_json_kint(w, "events", t->events);
    df_json_kint(w, "users", t->users);
    df_json_kint(w, "comments", t->comments);
    df_api_put_time(w, "notedAt", t->noted_ms, arena);
    df_api_put_time(w, "createdAt", t->created_ms, arena);
    df_api_put_time(w, "updatedAt", t->updated_ms, arena);
    df_json_close(w, '}');
}

static void put_draft(struct df_json_writer *w, const struct df_ticket_result *r)
{
    df_json_kopen(w, "draft", '{');
    df_json_kstr(w, "title", r->draft.title);
    df_json_kstr(w, "description", r->draft.body);
    df_json_kstr(w, "priority", df_str_c(df_priority_name(r->draft.priority)));
    df_json_kstrs(w, "labels", r->draft.labels, r->draft.n_labels);
    df_json_close(w, '}');
}

enum df_code df_handle_ticket_make(void *app, const struct df_request *request, struct df_reply *reply,
                                   struct df_error *err)
{
    struct make_body {
        struct df_str issue, team, priority;
        bool dry_run;
    };
    static const struct df_json_field fields[] = {
        {"issue", DF_JSON_STRING, true, offsetof(struct make_body, issue), 2048},
        {"team", DF_JSON_STRING, false, offsetof(struct make_body, team), 200},
        {"priority", DF_JSON_STRING, false, offsetof(struct make_body, priority), 16},
        {"dryRun", DF_JSON_BOOL, false, offsetof(struct make_body, dry_run), 0},
    };
    const struct df_api *api = app;
    struct make_body body = {.issue = DF_STR_NONE};
    struct df_ticket_result r;
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    struct df_ticket_wish wish = {
        .project_id = request->params[0], .issue = body.issue, .place = body.team, .dry_run = body.dry_run};
    if (body.priority.n && !df_priority_parse(body.priority, &wish.priority))
        return df_fail(err, DF_ERR_INVALID, "priority must be urgent, high, medium or low");
    DF_TRY(df_tickets_make(df_api_noting(api, request, "ticket.create"), &wish, request->arena, &r, err));
    reply->status = r.outcome == DF_TICKET_MADE ? 201 : 200;
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "outcome", df_str_c(df_ticket_outcome_name(r.outcome)));
    df_json_kstr(&w, "team", r.place);
    df_json_key(&w, DF_S("ticket"));
    put_ticket(&w, &r.ticket, request->arena);
    if (body.dry_run)
        put_draft(&w, &r);
    df_json_kstrs(&w, "notes", r.notes, r.n_notes);
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_tickets(void *app, const struct df_request *request, struct df_reply *reply,
                               struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_store_ops *ops = api->d->store->ops;
    struct df_ticket_settings s;
    struct df_ticket *tickets;
    size_t n;
    DF_TRY(ops->ticket_settings_get(api->d->store, request->params[0], request->arena, &s, err));
    DF_TRY(ops->ticket_list(api->d->store, request->params[0], TICKETS_SHOWN, request->arena, &tickets, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_key(&w, DF_S("settings"));
    put_settings(&w, &s, request->arena);
    df_json_kopen(&w, "tickets", '[');
    for (size_t i = 0; i < n; i++)
        put_ticket(&w, &tickets[i], request->arena);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}
