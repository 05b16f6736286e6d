/* The issues and events of the sandbox, in memory and bounded: the oldest go first. No lock of its own: the sandbox holds
 * its mutex around every call, and what these functions return is valid only while it does. */
#ifndef DF_SANDBOX_STORE_H
#define DF_SANDBOX_STORE_H

#include "sandbox/event.h"

enum {
    SANDBOX_ISSUES_MAX = 1000,
    SANDBOX_EVENTS_PER_ISSUE = 100,
    SANDBOX_USERS_PER_ISSUE = 10000,
    SANDBOX_NOTES_PER_ISSUE = 100,
    SANDBOX_HOURS = 31 * 24,
    SANDBOX_BYTES_MAX = 256 * 1024 * 1024,
    SANDBOX_SHORT_ID_BYTES = 80,
    SANDBOX_RELEASE_BYTES = 256,
};

enum sandbox_status { SANDBOX_UNRESOLVED, SANDBOX_RESOLVED, SANDBOX_IGNORED };

struct sandbox_event {
    struct df_arena *arena; /* owns all of it */
    struct df_sandbox_event data;
    struct sandbox_event *next_received; /* of all events */
    struct sandbox_issue *issue;
};

struct sandbox_note {
    struct df_arena *arena;
    unsigned long long id;
    struct df_str text;
    int64_t created_ms;
};

struct sandbox_issue {
    unsigned long long id;
    char short_id[SANDBOX_SHORT_ID_BYTES];
    char hash[DF_SANDBOX_EVENT_ID_BYTES + 1];
    struct sandbox_event *events[SANDBOX_EVENTS_PER_ISSUE]; /* by time, oldest first; never empty */
    size_t n_events;
    unsigned long long count;  /* ever, also of those dropped */
    unsigned long long *users; /* hashes, sorted */
    size_t n_users, cap_users;
    int64_t first_ms, last_ms;
    enum sandbox_status status;
    const char *substatus, *priority; /* literals */
    bool has_seen;
    bool told_back; /* that it is back: hooks.c */
    char first_release[SANDBOX_RELEASE_BYTES], last_release[SANDBOX_RELEASE_BYTES];
    int64_t first_release_ms, last_release_ms;
    struct sandbox_note *notes; /* oldest first */
    size_t n_notes;
    int64_t newest_hour;
    unsigned hours[SANDBOX_HOURS]; /* a ring: events of hour h are at h % SANDBOX_HOURS */
};

struct sandbox_store {
    const char *project_slug;
    struct sandbox_issue **issues;
    size_t n_issues;
    unsigned long long counter, note_counter, events_ever;
    struct sandbox_event *oldest, *newest; /* by receipt */
    size_t bytes;
    int64_t first_event_ms; /* 0 before the first */
};

void sandbox_store_init(struct sandbox_store *store, const char *project_slug);
void sandbox_store_done(struct sandbox_store *store);

/* Takes the arena over. False, and nothing taken, for an event id that is there already. */
bool sandbox_store_add(struct sandbox_store *store, struct df_arena *arena, const struct df_sandbox_event *event);

/* By number or short ID, upper or lower case; NULL when there is none. */
struct sandbox_issue *sandbox_store_find(const struct sandbox_store *store, struct df_str id);
struct sandbox_issue *sandbox_store_find_short(const struct sandbox_store *store, struct df_str short_id);
/* By 32 hex digits, in one issue or, with NULL, in all. */
struct sandbox_event *sandbox_store_event(const struct sandbox_store *store, const struct sandbox_issue *issue,
                                          struct df_str id);
const struct df_sandbox_event *sandbox_issue_latest(const struct sandbox_issue *issue);
/* Events in the hour that begins at hour * 3600 seconds; 0 outside what is kept. */
unsigned sandbox_issue_in_hour(const struct sandbox_issue *issue, int64_t hour);
unsigned long long sandbox_issue_since(const struct sandbox_issue *issue, int64_t now_ms, int hours);
/* NULL when the same text stands there since less than an hour. */
const struct sandbox_note *sandbox_issue_note(struct sandbox_store *store, struct sandbox_issue *issue,
                                              struct df_str text, int64_t now_ms);

/* The counter in Sentry's base 32 (no I, L, O, U): 1, 2, ... 9, A, ... Z, 10. */
struct df_str sandbox_base32(unsigned long long n, struct df_arena *arena);

#endif
