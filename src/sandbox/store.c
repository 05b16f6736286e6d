#include "sandbox/store.h"

#include "base/crypto.h"
#include "base/fatal.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_ISSUE_ID = 1000, NOTE_REPEAT_MS = 3600 * 1000, HOUR_MS = 3600 * 1000, SLUG_MAX = 60 };

struct df_str sandbox_base32(unsigned long long n, struct df_arena *arena)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char text[16];
    size_t at = sizeof text;
    do {
        text[--at] = alphabet[n % 32];
        n /= 32;
    } while (n);
    return df_arena_dup(arena, df_str_n(text + at, sizeof text - at));
}

void sandbox_store_init(struct sandbox_store *store, const char *project_slug)
{
    *store = (struct sandbox_store){.project_slug = project_slug};
    store->issues = df_must(calloc(SANDBOX_ISSUES_MAX, sizeof(void *)));
}

static void issue_free(struct sandbox_issue *issue)
{
    for (size_t i = 0; i < issue->n_notes; i++)
        df_arena_free(issue->notes[i].arena);
    free(issue->notes);
    free(issue->users);
    free(issue);
}

static void remove_issue(struct sandbox_store *store, struct sandbox_issue *issue)
{
    for (size_t i = 0; i < store->n_issues; i++)
        if (store->issues[i] == issue) {
            store->issues[i] = store->issues[--store->n_issues];
            break;
        }
    issue_free(issue);
}

static void detach(struct sandbox_issue *issue, const struct sandbox_event *event)
{
    for (size_t i = 0; i < issue->n_events; i++)
        if (issue->events[i] == event) {
            memmove(&issue->events[i], &issue->events[i + 1], (issue->n_events - i - 1) * sizeof(void *));
            issue->n_events--;
            return;
        }
}

static void drop_oldest(struct sandbox_store *store)
{
    struct sandbox_event *event = store->oldest;
    store->oldest = event->next_received;
    if (!store->oldest)
        store->newest = NULL;
    store->bytes -= df_arena_used(event->arena);
    detach(event->issue, event);
    if (event->issue->n_events == 0)
        remove_issue(store, event->issue);
    df_arena_free(event->arena);
}

void sandbox_store_done(struct sandbox_store *store)
{
    while (store->oldest)
        drop_oldest(store);
    free(store->issues);
    *store = (struct sandbox_store){0};
}

static void unlink_event(struct sandbox_store *store, struct sandbox_event *event)
{
    struct sandbox_event **at = &store->oldest, *before = NULL;
    while (*at != event) {
        before = *at;
        at = &before->next_received;
    }
    *at = event->next_received;
    if (store->newest == event)
        store->newest = before;
    store->bytes -= df_arena_used(event->arena);
    df_arena_free(event->arena);
}

static void put_event(struct sandbox_store *store, struct sandbox_issue *issue, struct sandbox_event *event)
{
    if (issue->n_events == SANDBOX_EVENTS_PER_ISSUE) {
        struct sandbox_event *first = issue->events[0];
        detach(issue, first);
        unlink_event(store, first);
    }
    size_t at = issue->n_events;
    while (at > 0 && issue->events[at - 1]->data.created_ms > event->data.created_ms)
        at--;
    memmove(&issue->events[at + 1], &issue->events[at], (issue->n_events - at) * sizeof(void *));
    issue->events[at] = event;
    issue->n_events++;
    event->issue = issue;
}

static void count_user(struct sandbox_issue *issue, struct df_str key)
{
    if (key.n == 0 || issue->n_users == SANDBOX_USERS_PER_ISSUE)
        return;
    unsigned char digest[DF_SHA256_BYTES];
    unsigned long long hash;
    df_sha256(key, digest);
    memcpy(&hash, digest, sizeof hash);
    size_t low = 0, high = issue->n_users;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (issue->users[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < issue->n_users && issue->users[low] == hash)
        return;
    if (issue->n_users == issue->cap_users) {
        issue->cap_users = issue->cap_users ? issue->cap_users * 2 : 16;
        issue->users = df_must(realloc(issue->users, issue->cap_users * sizeof *issue->users));
    }
    memmove(&issue->users[low + 1], &issue->users[low], (issue->n_users - low) * sizeof *issue->users);
    issue->users[low] = hash;
    issue->n_users++;
}

static void count_hour(struct sandbox_issue *issue, int64_t ms)
{
    int64_t hour = ms / HOUR_MS;
    if (hour <= issue->newest_hour - SANDBOX_HOURS || hour < 0)
        return;
    int64_t stale = hour - issue->newest_hour > SANDBOX_HOURS ? SANDBOX_HOURS : hour - issue->newest_hour;
    for (int64_t i = 0; i < stale; i++)
        issue->hours[(hour - i) % SANDBOX_HOURS] = 0;
    if (hour > issue->newest_hour)
        issue->newest_hour = hour;
    issue->hours[hour % SANDBOX_HOURS]++;
}

static void note_release(struct sandbox_issue *issue, const struct df_sandbox_event *event)
{
    if (event->release.n == 0)
        return;
    if (!issue->first_release[0] || event->created_ms < issue->first_release_ms) {
        snprintf(issue->first_release, sizeof issue->first_release, "%.*s", DF_FMT(event->release));
        issue->first_release_ms = event->created_ms;
    }
    if (!issue->last_release[0] || event->created_ms >= issue->last_release_ms) {
        snprintf(issue->last_release, sizeof issue->last_release, "%.*s", DF_FMT(event->release));
        issue->last_release_ms = event->created_ms;
    }
}

static const char *first_priority(struct df_str level)
{
    if (df_str_is(level, "fatal") || df_str_is(level, "error"))
        return "high";
    return df_str_is(level, "warning") ? "medium" : "low";
}

static void update_issue(struct sandbox_issue *issue, const struct df_sandbox_event *event)
{
    issue->count++;
    if (issue->count == 1 || event->created_ms < issue->first_ms)
        issue->first_ms = event->created_ms;
    if (event->created_ms > issue->last_ms)
        issue->last_ms = event->created_ms;
    if (issue->status == SANDBOX_RESOLVED) {
        issue->status = SANDBOX_UNRESOLVED;
        issue->substatus = "regressed";
    }
    if (issue->count == 1)
        issue->priority = first_priority(event->level);
    count_user(issue, event->user_key);
    count_hour(issue, event->created_ms);
    note_release(issue, event);
}

static void drop_quietest(struct sandbox_store *store)
{
    struct sandbox_issue *quiet = store->issues[0];
    for (size_t i = 1; i < store->n_issues; i++)
        if (store->issues[i]->last_ms < quiet->last_ms)
            quiet = store->issues[i];
    while (quiet->n_events)
        unlink_event(store, quiet->events[--quiet->n_events]);
    remove_issue(store, quiet);
}

static void name_issue(struct sandbox_issue *issue, const char *slug, unsigned long long n, struct df_arena *arena)
{
    size_t length = strlen(slug) < SLUG_MAX ? strlen(slug) : SLUG_MAX;
    for (size_t i = 0; i < length; i++)
        issue->short_id[i] = slug[i] >= 'a' && slug[i] <= 'z' ? (char)(slug[i] - 'a' + 'A') : slug[i];
    struct df_str suffix = sandbox_base32(n, arena);
    snprintf(issue->short_id + length, sizeof issue->short_id - length, "-%.*s", DF_FMT(suffix));
}

static struct sandbox_issue *issue_new(struct sandbox_store *store, const struct df_sandbox_event *event,
                                       struct df_arena *arena)
{
    if (store->n_issues == SANDBOX_ISSUES_MAX)
        drop_quietest(store);
    struct sandbox_issue *issue = df_must(calloc(1, sizeof *issue));
    unsigned long long n = ++store->counter;
    issue->id = FIRST_ISSUE_ID + n;
    issue->substatus = "new";
    snprintf(issue->hash, sizeof issue->hash, "%.*s", DF_FMT(event->hash));
    name_issue(issue, store->project_slug, n, arena);
    store->issues[store->n_issues++] = issue;
    return issue;
}

static struct sandbox_issue *issue_of(const struct sandbox_store *store, struct df_str hash)
{
    for (size_t i = 0; i < store->n_issues; i++)
        if (df_str_is(hash, store->issues[i]->hash))
            return store->issues[i];
    return NULL;
}

bool sandbox_store_add(struct sandbox_store *store, struct df_arena *arena, const struct df_sandbox_event *event)
{
    if (sandbox_store_event(store, NULL, event->event_id))
        return false;
    struct sandbox_issue *issue = issue_of(store, event->hash);
    if (!issue)
        issue = issue_new(store, event, arena);
    struct sandbox_event *kept = DF_NEW(arena, struct sandbox_event);
    kept->arena = arena;
    kept->data = *event;
    *(store->newest ? &store->newest->next_received : &store->oldest) = kept;
    store->newest = kept;
    store->bytes += df_arena_used(arena);
    store->events_ever++;
    if (!store->first_event_ms)
        store->first_event_ms = event->created_ms;
    update_issue(issue, event);
    put_event(store, issue, kept);
    while (store->bytes > SANDBOX_BYTES_MAX && store->oldest != store->newest)
        drop_oldest(store);
    return true;
}

struct sandbox_issue *sandbox_store_find_short(const struct sandbox_store *store, struct df_str short_id)
{
    for (size_t i = 0; i < store->n_issues; i++)
        if (df_str_ieq(short_id, df_str_c(store->issues[i]->short_id)))
            return store->issues[i];
    return NULL;
}

struct sandbox_issue *sandbox_store_find(const struct sandbox_store *store, struct df_str id)
{
    unsigned long long number;
    if (!df_str_to_u64(id, &number))
        return sandbox_store_find_short(store, id);
    for (size_t i = 0; i < store->n_issues; i++)
        if (store->issues[i]->id == number)
            return store->issues[i];
    return NULL;
}

static struct sandbox_event *find_in(const struct sandbox_issue *issue, struct df_str id)
{
    for (size_t i = 0; i < issue->n_events; i++)
        if (df_str_eq(issue->events[i]->data.event_id, id))
            return issue->events[i];
    return NULL;
}

struct sandbox_event *sandbox_store_event(const struct sandbox_store *store, const struct sandbox_issue *issue,
                                          struct df_str id)
{
    if (issue)
        return find_in(issue, id);
    struct sandbox_event *found = NULL;
    for (size_t i = 0; i < store->n_issues && !found; i++)
        found = find_in(store->issues[i], id);
    return found;
}

const struct df_sandbox_event *sandbox_issue_latest(const struct sandbox_issue *issue)
{
    return &issue->events[issue->n_events - 1]->data;
}

unsigned sandbox_issue_in_hour(const struct sandbox_issue *issue, int64_t hour)
{
    if (hour < 0 || hour > issue->newest_hour || hour <= issue->newest_hour - SANDBOX_HOURS)
        return 0;
    return issue->hours[hour % SANDBOX_HOURS];
}

unsigned long long sandbox_issue_since(const struct sandbox_issue *issue, int64_t now_ms, int hours)
{
    unsigned long long n = 0;
    for (int i = 0; i < hours; i++)
        n += sandbox_issue_in_hour(issue, now_ms / HOUR_MS - i);
    return n;
}

const struct sandbox_note *sandbox_issue_note(struct sandbox_store *store, struct sandbox_issue *issue,
                                              struct df_str text, int64_t now_ms)
{
    for (size_t i = 0; i < issue->n_notes; i++)
        if (df_str_eq(issue->notes[i].text, text) && now_ms - issue->notes[i].created_ms < NOTE_REPEAT_MS)
            return NULL;
    if (!issue->notes)
        issue->notes = df_must(calloc(SANDBOX_NOTES_PER_ISSUE, sizeof *issue->notes));
    if (issue->n_notes == SANDBOX_NOTES_PER_ISSUE) {
        df_arena_free(issue->notes[0].arena);
        memmove(&issue->notes[0], &issue->notes[1], (SANDBOX_NOTES_PER_ISSUE - 1) * sizeof *issue->notes);
        issue->n_notes--;
    }
    struct sandbox_note *note = &issue->notes[issue->n_notes++];
    note->arena = df_arena_new();
    note->id = ++store->note_counter;
    note->text = df_arena_dup(note->arena, text);
    note->created_ms = now_ms;
    return note;
}
