/* Inside the event reader: what its parts share. `norm` is one event under way; readers take what they need from the SDK's
 * JSON, tolerant of wrong types, and writers append to the API form. */
#ifndef DF_SANDBOX_NORM_H
#define DF_SANDBOX_NORM_H

#include "sandbox/event.h"

enum { DF_NORM_LIST_MAX = 1000, DF_NORM_TAGS_MAX = 300 };

/* The objects of a list, nulls and other types left out. */
struct norm_list {
    const struct df_json **items;
    size_t n;
};

struct norm {
    struct df_arena *arena;
    const struct df_json *in;
    const struct df_sandbox_receipt *receipt;
    struct df_sandbox_event *event;
    struct norm_list exceptions, threads;
    const struct df_json *crash; /* the frame a reader looks at first; may be NULL */
    struct norm_agent {
        struct df_str browser, browser_version, os, os_version;
    } agent;
};

/* norm_read.c */
const struct df_json *norm_get(const struct df_json *in, const char *key, const char *legacy);
struct norm_list norm_objects(const struct df_json *v, struct df_arena *arena);
struct norm_list norm_frames(const struct df_json *stacktrace, struct df_arena *arena);
struct df_str norm_text(const struct df_json *object, const char *key, struct df_arena *arena);
/* Cut to `limit` bytes with "..." at the end, whole UTF-8 sequences only. */
struct df_str norm_cut(struct df_str s, size_t limit, struct df_arena *arena);
struct df_str norm_first_line(struct df_str s);
/* RFC 3339, with milliseconds where there are any. */
struct df_str norm_time_text(int64_t ms, struct df_arena *arena);
bool norm_time(const struct df_json *v, int64_t *ret_ms);
/* "debug", "info", "warning", "error", "fatal", "sample"; empty for others. */
struct df_str norm_level(const struct df_json *v);
void norm_put_text(struct df_json_writer *w, const char *key, const struct df_json *object, const char *from,
                   struct df_arena *arena);
/* The value as it is, or null. */
void norm_put_value(struct df_json_writer *w, const char *key, const struct df_json *v);

/* norm_stack.c */
struct df_str norm_frame_filename(const struct df_json *frame, struct df_arena *arena);
const struct df_json *norm_crash_frame(const struct norm *n);
struct df_str norm_stack_culprit(const struct norm *n);
void norm_put_exceptions(struct df_json_writer *w, const struct norm *n);
void norm_put_threads(struct df_json_writer *w, const struct norm *n);
void norm_put_stacktrace(struct df_json_writer *w, const struct df_json *stacktrace, const struct norm *n);

/* norm_request.c */
const struct df_json *norm_request(const struct norm *n);
/* Value of a header, whatever the shape of the headers; empty when absent. */
struct df_str norm_header(const struct df_json *request, const char *name, struct df_arena *arena);
struct df_str norm_request_url(const struct norm *n);
void norm_put_request(struct df_json_writer *w, const struct norm *n);

/* norm_agent.c: what a User-Agent says, for the few browsers and systems people have. */
void norm_agent_read(struct norm *n);

/* norm_tags.c */
void norm_tags(struct norm *n);
void norm_put_contexts(struct df_json_writer *w, const struct norm *n);

/* norm_entries.c */
void norm_put_entries(struct df_json_writer *w, const struct norm *n);
struct df_str norm_message(const struct norm *n);

/* norm_meta.c */
/* The entry types in the order written, for the `_meta` that mirrors them. */
struct norm_entry_list {
    const char *types[12]; /* one of each kind */
    size_t n;
};
struct norm_entry_list norm_entries(const struct norm *n);
void norm_put_meta(struct df_json_writer *w, const struct norm *n);

/* group.c */
struct df_str norm_hash(const struct norm *n);

#endif
