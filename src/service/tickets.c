#include "service/tickets.h"
#include "base/wait.h"
#include "service/priorities.h"
#include "service/scrubbing.h"
#include "service/sentry.h"
#include "service/tracker_line.h"

#include <stdio.h>

enum {
    LEASE_MS = 20 * 1000, /* longer than one request; renewed before each */
    PATIENCE_MS = 10 * 1000,
    LOOK_EVERY_MS = 200,
    UNANSWERED_MS = 60 * 1000, /* a creation without a known answer may still arrive for so long */
    BODY_LIMIT_BYTES = 60 * 1024,
};

/* One making under way. */
struct making {
    const struct df_devflow *d;
    const struct df_ticket_wish *wish;
    struct df_arena *arena;
    struct df_ticket_result *result;
    struct df_error *err;
    const struct df_tracker *tracker;
    struct df_ticket_settings settings;
    struct df_tracker_wire wire;
    struct df_tracker_call call;
    struct df_context context;
    struct df_issue issue; /* clean */
    enum df_priority suggested;
    bool known; /* a row has its issue */
    struct df_tracker_place place;
    struct df_tracker_link link;
    struct df_tracker_issue closed; /* what the next goes on from */
    struct df_ticket t;
    struct df_str owner;
};

const char *df_ticket_outcome_name(enum df_ticket_outcome outcome)
{
    static const char *const names[] = {"created", "existing", "closed", "dry_run", "below_threshold"};
    return names[outcome];
}

static void note(struct making *m, struct df_str text)
{
    if (m->result->n_notes < DF_TICKET_NOTES)
        m->result->notes[m->result->n_notes++] = text;
}

/* The page people see and paste; made up where Sentry gives none of its own. */
struct df_str df_ticket_sentry_url(const struct df_context *context, struct df_arena *arena)
{
    struct df_url url, own;
    struct df_str link = context->issue->permalink;
    if (df_url_parse(link, arena, &url) && !url.user.n && df_url_parse(context->host, arena, &own) &&
        df_str_ends(url.host, own.host) && url.query.n == 0)
        return link;
    return df_arena_printf(arena, "%.*s/organizations/%.*s/issues/%.*s/", DF_FMT(context->host),
                           DF_FMT(context->organization), DF_FMT(context->issue->id));
}

static enum df_code look_at_sentry(struct making *m)
{
    struct df_scrub scrub = df_scrubbing(m->d, m->wish->project_id, m->arena);
    DF_TRY(df_sentry_extract_context(m->d, m->wish->project_id, m->wish->issue, m->arena, &m->context, m->err));
    m->issue = df_scrub_issue(&scrub, m->context.issue);
    m->link = (struct df_tracker_link){.sentry_id = m->context.issue->id,
                                       .url = df_ticket_sentry_url(&m->context, m->arena),
                                       .title = df_ticket_title(&m->issue, m->arena),
                                       .subtitle = df_ticket_subtitle(&m->issue, m->arena),
                                       .level = m->issue.level,
                                       .events = m->issue.count,
                                       .users = m->issue.user_count};
    return DF_OK;
}

static enum df_code say_places(const struct making *m, const struct df_tracker_place *places, size_t n,
                               const char *what)
{
    struct df_buf list;
    df_buf_init(&list, m->arena, 800);
    for (size_t i = 0; i < n && list.n < 500; i++)
        df_buf_printf(&list, "%s%.*s (%.*s)", i ? ", " : "", DF_FMT(df_str_head(places[i].key, 40)),
                      DF_FMT(df_str_head(places[i].name, 60)));
    return df_fail(m->err, DF_ERR_INVALID, "%s; choose with --%s, or for the project with devflow linear:settings: %s",
                   what, m->tracker->place, list.n ? list.p : "there is none");
}

static enum df_code choose_place(struct making *m)
{
    struct df_tracker_place *places;
    size_t n;
    struct df_str wanted = m->wish->place.n ? m->wish->place : m->settings.place;
    m->call.place = wanted;
    DF_TRY(m->tracker->places(&m->call, &places, &n, m->err));
    for (size_t i = 0; i < n; i++)
        if (wanted.n ? df_str_ieq(places[i].key, wanted) || df_str_eq(places[i].id, wanted) : n == 1)
            m->place = places[i];
    if (m->place.id.n) {
        m->call.place = m->place.key;
        return DF_OK;
    }
    if (wanted.n)
        return say_places(m, places, n,
                          df_arena_printf(m->arena, "%s has no %s %.*s (any more)", m->tracker->title,
                                          m->tracker->place, DF_FMT(df_str_head(wanted, 60)))
                              .p);
    return say_places(m, places, n,
                      df_arena_printf(m->arena, "%s has several %s", m->tracker->title,
                                      df_str_is(df_str_c(m->tracker->place), "team") ? "teams" : "repositories")
                          .p);
}

/* The workspace, or the repository: another one has tickets of its own. */
static struct df_str target_of(const struct making *m)
{
    const struct df_json *list = NULL;
    if (!m->tracker->takes_id)
        return m->place.key;
    (void)df_json_parse(m->arena, m->wire.connection.organizations, 0, &list, NULL);
    struct df_str workspace = df_json_get_str(df_json_at(list, 0), "slug");
    return df_arena_printf(m->arena, "%.*s#%.*s", DF_FMT(m->wire.connection.base_url), DF_FMT(workspace));
}

/* Its team needs no asking for: who made it chose one, which may be gone by now. */
static enum df_code know_already(struct making *m, struct df_error *err)
{
    struct df_ticket row = {.tracker = df_str_c(m->tracker->name), .target = target_of(m), .sentry = m->link.url};
    bool found;
    DF_TRY(m->d->store->ops->ticket_find(m->d->store, &row, m->arena, &row, &found, err));
    m->known = found && row.ref.n && df_str_split(&row.key, '-', &m->place.key);
    return DF_OK;
}

static enum df_code prepare(struct making *m)
{
    DF_TRY(m->d->store->ops->ticket_settings_get(m->d->store, m->wish->project_id, m->arena, &m->settings, m->err));
    DF_TRY(df_tracker_find(m->d, m->settings.tracker, &m->tracker, m->err));
    DF_TRY(look_at_sentry(m));
    DF_TRY(df_tracker_wire_open(m->d, m->wish->project_id, m->tracker, m->arena, &m->wire, m->err));
    m->call = (struct df_tracker_call){&m->wire.line, m->arena, DF_STR_NONE, df_now_ms(m->d->clock)};
    if (m->tracker->takes_id && !m->wish->place.n)
        DF_TRY(know_already(m, m->err));
    return m->known ? DF_OK : choose_place(m);
}

static struct df_str description(struct making *m)
{
    struct df_buf out;
    struct df_context_options options = df_scrubbing_options(m->d, m->wish->project_id, m->arena);
    options.preset = DF_CONTEXT_BRIEF;
    df_buf_init(&out, m->arena, BODY_LIMIT_BYTES);
    df_buf_printf(&out, "Sentry URL: %.*s\n\n", DF_FMT(m->link.url));
    if (m->closed.id.n)
        df_buf_printf(&out, "Goes on from %.*s, which is closed: %.*s\n\n", DF_FMT(m->closed.key),
                      DF_FMT(m->closed.url));
    df_context_markdown(&m->context, &options, &out);
    return df_str_head(df_buf_str(&out), BODY_LIMIT_BYTES);
}

/* Asked for once, and only where it matters. */
static enum df_priority suggested(struct making *m)
{
    struct df_judged judged;
    if (m->suggested == DF_PRIORITY_NONE) {
        df_issue_priority(m->d, m->wish->project_id, m->context.issue, m->arena, &judged);
        m->suggested = df_ticket_priority(judged.p.priority);
    }
    return m->suggested;
}

static void make_draft(struct making *m)
{
    struct df_tracker_draft *draft = &m->result->draft;
    struct df_str rest = m->settings.labels, label;
    *draft = (struct df_tracker_draft){.id = m->t.id,
                                       .place_id = m->place.id,
                                       .title = m->link.title,
                                       .body = description(m),
                                       .sentry_id = m->link.sentry_id,
                                       .priority = m->wish->priority ? m->wish->priority : suggested(m)};
    while (df_str_split(&rest, ',', &label))
        if (df_str_trim(label).n && draft->n_labels < DF_TRACKER_LABELS)
            draft->labels[draft->n_labels++] = df_str_trim(label);
}

static enum df_code claim(struct making *m)
{
    int64_t until = df_now_ms(m->d->clock) + PATIENCE_MS;
    m->owner = df_arena_printf(m->arena, "%.*s:%.*s", DF_FMT(m->d->node), DF_FMT(df_random_hex(4, m->arena)));
    for (;;) {
        bool claimed;
        int64_t now = df_now_ms(m->d->clock);
        const struct df_ticket wish = {.tracker = df_str_c(m->tracker->name),
                                       .target = target_of(m),
                                       .sentry = m->link.url,
                                       .project_id = m->wish->project_id,
                                       .sentry_id = m->link.sentry_id,
                                       .short_id = m->issue.short_id,
                                       .title = m->link.title,
                                       .id = df_random_uuid(m->arena),
                                       .automatic = m->wish->automatic,
                                       .lease_owner = m->owner,
                                       .lease_until_ms = now + LEASE_MS,
                                       .created_ms = now};
        DF_TRY(m->d->store->ops->ticket_claim(m->d->store, &wish, m->settings.daily_cap, now, m->arena, &m->t, &claimed,
                                              m->err));
        if (claimed)
            return DF_OK;
        if (now >= until) {
            int wait_s = (int)((m->t.lease_until_ms - now + 999) / 1000);
            df_fail_at(m->err, DF_ERR_BUSY, "another process is making this ticket; try again in %d s", wait_s);
            m->err->retry_after_s = wait_s > 0 ? wait_s : 1;
            return DF_ERR_BUSY;
        }
        df_sleep_ms(LOOK_EVERY_MS);
    }
}

/* What is known so far, and the lease anew: false hands over to whoever took it. */
static enum df_code keep(struct making *m)
{
    bool stored;
    struct df_str owner = m->owner;
    int64_t now = df_now_ms(m->d->clock);
    m->t.lease_owner = m->owner;
    m->t.lease_until_ms = now + LEASE_MS;
    m->t.updated_ms = now;
    DF_TRY(m->d->store->ops->ticket_set(m->d->store, &m->t, owner, &stored, m->err));
    if (stored)
        return DF_OK;
    df_fail_at(m->err, DF_ERR_BUSY, "another process went on with this ticket; try again");
    m->err->retry_after_s = 1;
    return DF_ERR_BUSY;
}

static void release(struct making *m)
{
    bool stored;
    m->t.lease_owner = DF_STR_NONE;
    m->t.lease_until_ms = 0;
    (void)m->d->store->ops->ticket_set(m->d->store, &m->t, m->owner, &stored, NULL);
}

static void take_issue(struct making *m, const struct df_tracker_issue *issue, bool by_hand)
{
    m->t.ref = issue->id;
    m->t.key = issue->key;
    m->t.url = issue->url;
    m->t.by_hand = by_hand;
    m->t.sent_ms = 0;
    if (m->t.state == DF_TICKET_INTENDED)
        m->t.state = DF_TICKET_CREATED;
}

/* Whether it is over and Sentry has seen nothing since: then there is nothing to make. */
static bool rests(const struct making *m, const struct df_tracker_issue *issue)
{
    return issue->closed && (m->issue.last_seen_ms <= issue->closed_ms || df_str_is(m->issue.status, "resolved") ||
                             df_str_is(m->issue.status, "ignored"));
}

/* A closed one stays closed: the next goes on from it. */
static void begin_anew(struct making *m, const struct df_tracker_issue *closed)
{
    m->closed = closed ? *closed : m->closed;
    m->t.predecessor = m->closed.id;
    m->t.id = df_random_uuid(m->arena);
    m->t.state = DF_TICKET_INTENDED;
    m->t.ref = m->t.key = m->t.url = m->t.substatus = m->t.status = DF_STR_NONE;
    m->t.sent_ms = m->t.noted_ms = m->t.comments = 0;
    m->t.by_hand = false;
}

/* The one that stands for the Sentry issue already: by its row, by the id that was sent, by a link somebody made. */
static enum df_code find_there(struct making *m, struct df_tracker_issue *ret, bool *ret_found)
{
    struct df_tracker_issue *linked, one = {.id = DF_STR_NONE};
    size_t n;
    bool own = false;
    *ret_found = false;
    if (m->t.ref.n || (m->tracker->takes_id && m->t.sent_ms))
        DF_TRY(m->tracker->get(&m->call, m->t.ref.n ? m->t.ref : m->t.id, &one, &own, m->err));
    if (own && !one.closed) {
        take_issue(m, &one, m->t.by_hand);
        *ret = one;
        *ret_found = true;
        return DF_OK;
    }
    DF_TRY(m->tracker->find(&m->call, &m->link, &linked, &n, m->err));
    /* The next was asked for, and may still come: it keeps its id. */
    if (n && !own && linked[0].closed && m->t.sent_ms && df_str_eq(linked[0].id, m->t.predecessor)) {
        m->closed = linked[0];
        return DF_OK;
    }
    if (n && (!linked[0].closed || !own)) {
        take_issue(m, &linked[0], m->tracker->takes_id ? !df_str_eq(linked[0].id, m->t.id) : !m->t.sent_ms);
        *ret = linked[0];
        *ret_found = true;
    } else if (own) {
        take_issue(m, &one, m->t.by_hand);
        *ret = one;
        *ret_found = true;
    }
    return DF_OK;
}

static enum df_code create(struct making *m, struct df_tracker_issue *ret)
{
    int64_t now = df_now_ms(m->d->clock), left = m->t.sent_ms + UNANSWERED_MS - now;
    if (!m->tracker->takes_id && m->t.sent_ms && left > 0) {
        df_fail_at(m->err, DF_ERR_BUSY,
                   "it is not known whether %s has made the issue: its answer was lost; try again in %d s",
                   m->tracker->title, (int)(left / 1000 + 1));
        m->err->retry_after_s = (int)(left / 1000 + 1);
        return DF_ERR_BUSY;
    }
    if (!m->place.id.n) /* the one that was known is closed, or gone */
        DF_TRY(choose_place(m));
    m->t.sent_ms = now;
    DF_TRY(keep(m));
    make_draft(m);
    enum df_code code = m->tracker->create(&m->call, &m->result->draft, ret, m->err);
    bool unknown = code == DF_ERR_PROVIDER_TIMEOUT || code == DF_ERR_PROVIDER || code == DF_ERR_INTERRUPTED;
    if (code != DF_OK && !unknown)
        m->t.sent_ms = 0;
    if (code != DF_OK)
        return code;
    take_issue(m, ret, false);
    m->result->outcome = DF_TICKET_MADE;
    return keep(m);
}

static enum df_code link_issue(struct making *m, const struct df_tracker_issue *issue)
{
    bool told = m->t.state == DF_TICKET_LINKED && m->t.events == m->link.events && m->t.users == m->link.users;
    if (told)
        return DF_OK;
    DF_TRY(keep(m));
    DF_TRY(m->tracker->link(&m->call, issue, &m->link, m->err));
    m->t.state = DF_TICKET_LINKED;
    m->t.events = m->link.events;
    m->t.users = m->link.users;
    return DF_OK;
}

/* What is not a reason to fail: said beside the ticket. */
static void tell(struct making *m, const char *what, const struct df_error *why)
{
    note(m, df_arena_printf(m->arena, "%s: %s", what, why->message));
}

static void relate(struct making *m, const struct df_tracker_issue *issue)
{
    struct df_error why;
    if (m->t.predecessor.n == 0)
        return;
    if (m->tracker->relate(&m->call, issue, m->t.predecessor, &why) == DF_OK)
        m->t.predecessor = DF_STR_NONE;
    else
        tell(m, "The earlier, closed issue is not related yet", &why);
}

static void comment(struct making *m, const struct df_tracker_issue *issue)
{
    struct df_error why;
    struct df_str news = df_ticket_news(m->t.substatus, &m->issue, m->arena);
    bool made = m->result->outcome == DF_TICKET_MADE;
    if (news.n && !made) {
        if (m->tracker->comment(&m->call, issue, df_ticket_comment_id(&m->t, m->arena), news, &why) != DF_OK) {
            tell(m, "The change in Sentry is not commented yet", &why);
            return;
        }
        m->t.comments++;
    }
    m->t.substatus = m->issue.substatus;
}

/* By the project's rule alone: once for each time that the Sentry issue is resolved, and only what DevFlow made. */
static void move(struct making *m, const struct df_tracker_issue *issue)
{
    struct df_error why;
    bool resolved = df_str_is(m->issue.status, "resolved") && !df_str_is(m->t.status, "resolved");
    if (resolved && m->settings.on_resolved.n && !m->t.by_hand && m->result->outcome != DF_TICKET_MADE &&
        m->tracker->move(&m->call, issue, m->settings.on_resolved, &why) != DF_OK)
        tell(m, "Its state is not changed yet", &why);
    else
        m->t.status = m->issue.status;
}

static void note_in_sentry(struct making *m)
{
    struct df_error why;
    if (m->t.noted_ms || !m->settings.note)
        return;
    if (df_ticket_note(m->d, &m->t, df_str_c(m->tracker->title), m->arena, &why) == DF_OK)
        m->t.noted_ms = df_now_ms(m->d->clock);
    else
        tell(m, "The Sentry issue has no note with the link yet", &why);
}

static enum df_code fulfil(struct making *m)
{
    struct df_tracker_issue issue;
    bool found;
    m->result->outcome = DF_TICKET_FOUND;
    DF_TRY(find_there(m, &issue, &found));
    if (found && issue.closed)
        m->t.status = m->issue.status;
    if (found && rests(m, &issue)) {
        m->result->outcome = DF_TICKET_FOUND_CLOSED;
        return DF_OK;
    }
    if (m->wish->known_alone && (!found || issue.closed)) {
        m->result->outcome = DF_TICKET_FOUND_CLOSED;
        return DF_OK;
    }
    if (found && issue.closed) {
        begin_anew(m, &issue);
        found = false;
    } else if (!found && m->t.state != DF_TICKET_INTENDED) {
        begin_anew(m, NULL); /* somebody deleted it */
    }
    if (!found)
        DF_TRY(create(m, &issue));
    DF_TRY(link_issue(m, &issue));
    relate(m, &issue);
    comment(m, &issue);
    move(m, &issue);
    note_in_sentry(m);
    return DF_OK;
}

static enum df_code dry(struct making *m)
{
    struct df_tracker_issue *linked;
    size_t n;
    DF_TRY(m->tracker->find(&m->call, &m->link, &linked, &n, m->err));
    m->t.sentry = m->link.url;
    m->t.sentry_id = m->link.sentry_id;
    m->t.short_id = m->issue.short_id;
    m->t.title = m->link.title;
    m->result->outcome = DF_TICKET_WOULD_MAKE;
    if (n && !linked[0].closed) {
        take_issue(m, &linked[0], true);
        m->result->outcome = DF_TICKET_FOUND;
    } else if (n && rests(m, &linked[0])) {
        take_issue(m, &linked[0], true);
        m->result->outcome = DF_TICKET_FOUND_CLOSED;
    }
    make_draft(m);
    return DF_OK;
}

enum df_code df_tickets_make(const struct df_devflow *d, const struct df_ticket_wish *wish, struct df_arena *arena,
                             struct df_ticket_result *ret, struct df_error *err)
{
    struct making *m = DF_NEW(arena, struct making);
    *ret = (struct df_ticket_result){.outcome = DF_TICKET_FOUND};
    *m = (struct making){.d = d, .wish = wish, .arena = arena, .result = ret, .err = err};
    DF_TRY(prepare(m));
    ret->place = m->place.key;
    bool below = wish->automatic && !m->known && suggested(m) > m->settings.threshold;
    enum df_code code = DF_OK;
    if (below) {
        ret->outcome = DF_TICKET_BELOW;
    } else if (wish->dry_run) {
        code = dry(m);
    } else {
        DF_TRY(claim(m));
        code = fulfil(m);
        release(m);
    }
    ret->ticket = m->t;
    ret->ticket.sentry = m->link.url;
    return code;
}
