/* One event: from what an SDK sends to what Sentry's API serves. df_sandbox_event_read derives what lists, search and
 * grouping need, and writes the API form once; the members that depend on the other events (groupID, nextEventID,
 * previousEventID, release) are added when it is served. Pure, any thread; everything lives in the arena.
 * Source: Sentry's event payload documentation and the API's "Retrieve an Issue Event". */
#ifndef DF_SANDBOX_EVENT_H
#define DF_SANDBOX_EVENT_H

#include "base/json.h"

enum { DF_SANDBOX_EVENT_ID_BYTES = 32, DF_SANDBOX_EVENT_LIMIT_BYTES = 4 * 1024 * 1024 };

struct df_sandbox_tag {
    struct df_str key, value;
};

struct df_sandbox_event {
    struct df_str event_id; /* 32 hex digits */
    struct df_str type;     /* "error" or "default" */
    struct df_str title, message, culprit, location;
    struct df_str level, platform, logger, transaction, release, dist, environment;
    struct df_str metadata_type, metadata_value, metadata_filename, metadata_function;
    struct df_str user_key;      /* "id:7", "email:...", as the user tag shows it; empty without a user */
    struct df_str hash;          /* 32 hex digits: equal hashes are one issue */
    struct df_sandbox_tag *tags; /* sorted by key, one of each */
    size_t n_tags;
    int64_t created_ms, received_ms;
    bool unhandled;
    struct df_str json; /* the API form, without what depends on other events */
};

struct df_sandbox_receipt {
    int64_t received_ms;
    struct df_str client_ip; /* what "{{auto}}" stands for */
    struct df_str event_id;  /* used when the event has none */
    const char *project_id;
    size_t size; /* bytes as sent */
};

/* DF_ERR_INVALID when `in` is not an object, DF_ERR_TOO_LARGE when its API form passes DF_SANDBOX_EVENT_LIMIT_BYTES.
 * Fields of a wrong type are dropped, as Sentry drops them. */
enum df_code df_sandbox_event_read(const struct df_json *in, const struct df_sandbox_receipt *receipt,
                                   struct df_arena *arena, struct df_sandbox_event *ret, struct df_error *err);

/* A UUID with or without dashes as 32 lower-case digits; false for anything else. */
bool df_sandbox_event_id(struct df_str text, struct df_arena *arena, struct df_str *ret);

/* The tag's value, or empty. */
struct df_str df_sandbox_event_tag(const struct df_sandbox_event *event, const char *key);

/* "tags": [{key, value, query?}] as a member of the open object. */
void df_sandbox_event_put_tags(struct df_json_writer *w, const struct df_sandbox_event *event);

#endif
