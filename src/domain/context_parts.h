/* Private to context*.c: one rendering at work, and the only ways untrusted text gets into it. */
#ifndef DF_DOMAIN_CONTEXT_PARTS_H
#define DF_DOMAIN_CONTEXT_PARTS_H

#include "domain/context.h"
#include "domain/markdown.h"
#include "domain/scrub.h"

/* What a reader can take in; a budget will replace these one day. Bytes unless named otherwise. */
enum {
    DF_CONTEXT_TITLE = 300,
    DF_CONTEXT_SPAN = 500,
    DF_CONTEXT_MESSAGE = 4000,
    DF_CONTEXT_LINE = 240,
    DF_CONTEXT_VALUE = 600,
    DF_CONTEXT_BODY = 4000,
    DF_CONTEXT_EXCEPTIONS = 12, /* items, from here on */
    DF_CONTEXT_FULL_FRAMES = 8,
    DF_CONTEXT_BARE_FRAMES = 2, /* in full where no frame is the application's own */
    DF_CONTEXT_STACK_FRAMES = 40,
    DF_CONTEXT_NEAR_LINES = 5, /* either side of the suspect line */
    DF_CONTEXT_VARS = 30,
    DF_CONTEXT_THREADS = 20,
    DF_CONTEXT_BREADCRUMBS = 25,
    DF_CONTEXT_PAIRS = 60,
};

struct df_context_view {
    const struct df_context *c;
    const struct df_event *event;
    struct df_str platform;
    struct df_scrub scrub;
    struct df_arena *arena;
    struct df_buf *out;
    struct df_buf block; /* the inside of the fenced block being built */
};

struct df_scrub df_context_scrub(const struct df_context_options *o, struct df_arena *arena);

/* Into the document: scrubbed, in a code span. */
void df_context_span(struct df_context_view *v, const char *key, struct df_str text, size_t max_bytes);
/* "- **Label:** `text`" and a line end; nothing for an empty text. */
void df_context_item(struct df_context_view *v, const char *label, const char *key, struct df_str text);

/* Into the block: scrubbed. Then the block as a fence into the document, and an empty block. */
void df_context_code(struct df_context_view *v, struct df_str key, struct df_str text, size_t max_bytes,
                     unsigned indent);
void df_context_code_value(struct df_context_view *v, struct df_str key, const struct df_json *value, size_t max_bytes);
void df_context_end_block(struct df_context_view *v);

/* A frame as its language prints it, one line without an end, into the block. */
void df_context_frame(struct df_context_view *v, const struct df_frame *frame);
/* The sections that are made of frames. */
void df_context_exceptions(struct df_context_view *v);
void df_context_threads(struct df_context_view *v);
/* The others. */
void df_context_breadcrumbs(struct df_context_view *v);
void df_context_request(struct df_context_view *v);
void df_context_user(struct df_context_view *v);
void df_context_tags(struct df_context_view *v);
void df_context_trees(struct df_context_view *v);

/* The user's own fields, personal by their place whatever their shape; the id stays unless it looks like more than one. */
struct df_user df_context_user_scrubbed(struct df_scrub *scrub, const struct df_user *user);

/* "2026-11-22 21:31:15.303 UTC" */
struct df_str df_context_time(int64_t ms, struct df_arena *arena);

#endif
