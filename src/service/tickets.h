/* Tickets: the one issue in the project's tracker that stands for a Sentry issue. Making one, finding the one there is, telling it what
 * changed. However often and from wherever it is asked for, lost answers, kills and other nodes included, there is one: its row with
 * the id is on disk before the tracker is asked, a lease in the row keeps others away, and what links to the Sentry issue already is
 * taken instead. Decision: docs/decisions/011-trackers.md. Any thread. */
#ifndef DF_SERVICE_TICKETS_H
#define DF_SERVICE_TICKETS_H

#include "port/tracker.h"
#include "service/devflow.h"

struct df_ticket_wish {
    struct df_str project_id, issue;
    struct df_str place;       /* empty: the project's setting, else the only one there is */
    enum df_priority priority; /* none: what the issue suggests */
    bool dry_run;              /* nothing is written anywhere */
    bool automatic;            /* threshold and daily cap hold for a new one */
    bool known_alone;          /* one that is there is told what changed; none is made */
};
enum df_ticket_outcome {
    DF_TICKET_MADE,
    DF_TICKET_FOUND,        /* it was there */
    DF_TICKET_FOUND_CLOSED, /* it is closed, and Sentry has seen nothing since */
    DF_TICKET_WOULD_MAKE,   /* a dry run */
    DF_TICKET_BELOW,        /* automatic: under the threshold */
};
enum { DF_TICKET_NOTES = 6 };
struct df_ticket_result {
    enum df_ticket_outcome outcome;
    struct df_ticket ticket;
    struct df_tracker_draft draft;        /* of a dry run, and of one that was made */
    struct df_str place;                  /* "ENG" */
    struct df_str notes[DF_TICKET_NOTES]; /* sentences on what could not be done beside it */
    size_t n_notes;
};
/* By its name; DF_ERR_INVALID. */
enum df_code df_tracker_find(const struct df_devflow *d, struct df_str name, const struct df_tracker **ret,
                             struct df_error *err);
/* DF_ERR_BUSY with retry_after_s while another process makes it. */
enum df_code df_tickets_make(const struct df_devflow *d, const struct df_ticket_wish *wish, struct df_arena *arena,
                             struct df_ticket_result *ret, struct df_error *err);

/* What is to change; NULL: as it is. */
struct df_ticket_change {
    const struct df_str *tracker, *place, *labels, *threshold, *on_resolved;
    const int64_t *daily_cap;
    const bool *automatic, *note;
};
/* ticket_settings.c */
enum df_code df_tickets_configure(const struct df_devflow *d, struct df_str project_id,
                                  const struct df_ticket_change *change, struct df_arena *arena,
                                  struct df_ticket_settings *ret, struct df_error *err);
const char *df_ticket_outcome_name(enum df_ticket_outcome outcome);

/* ticket_note.c: a note with the ticket's link on the Sentry issue, once. */
struct df_context;
/* What stands for the issue in a tracker. */
struct df_str df_ticket_sentry_url(const struct df_context *context, struct df_arena *arena);
enum df_code df_ticket_note(const struct df_devflow *d, const struct df_ticket *ticket, struct df_str title,
                            struct df_arena *arena, struct df_error *err);

#endif
