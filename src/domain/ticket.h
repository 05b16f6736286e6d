/* A ticket: what DevFlow knows of the one issue in a tracker (Linear, GitHub) that stands for one Sentry issue, and what a project wants
 * of its tickets. Plain data and pure functions. Times are ms since the epoch, 0 for none.
 * Decision: docs/decisions/011-trackers.md. */
#ifndef DF_DOMAIN_TICKET_H
#define DF_DOMAIN_TICKET_H

#include "domain/urgency.h"

/* As Linear counts. */
enum df_priority {
    DF_PRIORITY_NONE,
    DF_PRIORITY_URGENT,
    DF_PRIORITY_HIGH,
    DF_PRIORITY_MEDIUM,
    DF_PRIORITY_LOW,
    DF_PRIORITIES
};
const char *df_priority_name(enum df_priority priority); /* "urgent" */
/* "urgent", "high", "medium", "low"; false for another. */
bool df_priority_parse(struct df_str name, enum df_priority *ret);
/* The one judgement there is (domain/urgency.h), as a tracker counts. */
enum df_priority df_ticket_priority(enum df_urgency urgency);

/* Of a project. */
struct df_ticket_settings {
    struct df_str project_id;
    struct df_str tracker;      /* "linear", "github" */
    struct df_str place;        /* the team's key, or owner/repository; empty: the only one there is */
    struct df_str labels;       /* names, separated by commas */
    enum df_priority threshold; /* automatic tickets: of issues at least so urgent */
    int64_t daily_cap;          /* automatic tickets in 24 hours */
    bool automatic, note;       /* note: a note with the ticket's link on the Sentry issue, which needs event:write */
    struct df_str on_resolved;  /* the state a ticket goes to when the Sentry issue is resolved; empty: it stays */
    int64_t updated_ms;
};
struct df_ticket_settings df_ticket_settings_default(struct df_str project_id);

/* The scope that a function which is switched on asks of a connection ("SENTRY", "LINEAR") beside those of its application; NULL: none. */
const char *df_ticket_scope(const struct df_ticket_settings *s, const char *provider);

enum df_ticket_state {
    DF_TICKET_INTENDED, /* its id is chosen; it may be there or not */
    DF_TICKET_CREATED,
    DF_TICKET_LINKED, /* and carries the Sentry issue's URL */
};
const char *df_ticket_state_name(enum df_ticket_state state);

struct df_ticket {
    /* One row for each: tracker, target (workspace or repository), sentry (the URL of the Sentry issue). */
    struct df_str tracker, target, sentry;
    struct df_str project_id, sentry_id, short_id, title;
    struct df_str id; /* UUID v4, chosen before the tracker is asked */
    enum df_ticket_state state;
    struct df_str ref, key, url; /* the tracker's: id, "ENG-12", page */
    struct df_str predecessor;   /* the ref of a closed one it goes on from; empty once related */
    bool by_hand, automatic;
    int64_t sent_ms; /* when its creation was asked for, and no answer is known */
    int64_t events, users, comments;
    struct df_str substatus, status; /* of the Sentry issue, when the ticket was last told */
    int64_t noted_ms;                /* the Sentry issue has a note with its URL */
    struct df_str lease_owner;
    int64_t lease_until_ms;
    int64_t created_ms, updated_ms;
};

enum { DF_TICKET_TITLE_BYTES = 200 };
/* "SHOP-1A TypeError: x is undefined": one line of a clean issue, without what hides or reorders text. */
struct df_str df_ticket_title(const struct df_issue *issue, struct df_arena *arena);
/* "1,204 events, 87 users, last seen 2026-11-28" */
struct df_str df_ticket_subtitle(const struct df_issue *issue, struct df_arena *arena);
/* What is to be said of the issue's new substatus; empty: nothing. */
struct df_str df_ticket_news(struct df_str old_substatus, const struct df_issue *issue, struct df_arena *arena);
/* The id of that comment: the same each time it is asked, a UUID v4 in form. */
struct df_str df_ticket_comment_id(const struct df_ticket *ticket, struct df_arena *arena);

#endif
