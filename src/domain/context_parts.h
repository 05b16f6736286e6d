/* Private to context*.c: one rendering at work, and the only ways untrusted text gets into it. */
#ifndef DF_DOMAIN_CONTEXT_PARTS_H
#define DF_DOMAIN_CONTEXT_PARTS_H

#include "domain/context_cut.h"
#include "domain/context_words.h"
#include "domain/markdown.h"

/* What a reader can take in of one thing, whatever the budget for all. Bytes unless named otherwise. */
enum {
    DF_CONTEXT_TITLE = 300,
    DF_CONTEXT_SPAN = 500,
    DF_CONTEXT_MESSAGE = 4000,
    DF_CONTEXT_LINE = 240,
    DF_CONTEXT_VALUE = 600,
    DF_CONTEXT_BODY = 4000,
    DF_CONTEXT_EXCEPTIONS = 50, /* items, from here on */
    DF_CONTEXT_FULL_FRAMES = 8,
    DF_CONTEXT_BARE_FRAMES = 2, /* in full where no frame is the application's own */
    DF_CONTEXT_STACK_FRAMES = 40,
    DF_CONTEXT_APP_LINES = 250, /* the application's own are not among those 40: libraries' are left out first */
    DF_CONTEXT_NEAR_LINES = 5,  /* either side of the suspect line */
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
    struct df_cut cut;
    struct df_buf *out; /* cut.text */
};

struct df_scrub df_context_scrub(const struct df_context_options *o, struct df_arena *arena);
void df_context_scrub_done(struct df_scrub *scrub);

/* Our own words. */
void df_context_say(struct df_context_view *v, enum df_words words);
/* With numbers or texts of ours in their places. */
void df_context_say_n(struct df_context_view *v, enum df_words words, size_t n);
void df_context_say_nn(struct df_context_view *v, enum df_words words, size_t n, size_t m);
/* "## Words" and an empty line. */
void df_context_heading(struct df_context_view *v, enum df_words words);

/* Untrusted text in a line: scrubbed, in a code span. */
void df_context_span(struct df_context_view *v, const char *key, struct df_str text, size_t max_bytes);
/* Untrusted text in a fence: scrubbed, each line after the first indented. */
void df_context_code(struct df_context_view *v, struct df_str key, struct df_str text, size_t max_bytes,
                     unsigned indent);
/* A text as it is, anything else as JSON on one line, or more when indent_json says by how much. */
void df_context_code_value(struct df_context_view *v, struct df_str key, const struct df_json *value, size_t max_bytes,
                           unsigned indent_json);
/* A part of its own: a member of an object as "key = value", an item of an array as its value, on a line of a fence. */
void df_context_pair(struct df_context_view *v, const struct df_json_iter *it, enum df_part part, size_t rank,
                     const char *indent);
/* A value as one line, scrubbed, in a code span. */
void df_context_span_value(struct df_context_view *v, struct df_str key, const struct df_json *value, size_t max_bytes);
/* " `text` |" */
void df_context_cell(struct df_context_view *v, struct df_str text, size_t max_bytes);

/* A frame as its language prints it, into a fence; number: its place in the stack, the newest 0. */
void df_context_frame(struct df_context_view *v, const struct df_frame *frame, size_t number);
void df_context_stack(struct df_context_view *v, const struct df_stacktrace *stack);

/* The same frames again and again: those from newest-first place `at` on, `period` of them, stand `times` times. */
struct df_fold {
    size_t at, period, times;
};
/* Newest first; those that lie within a fold are not folded again. */
size_t df_context_folds(const struct df_stacktrace *stack, struct df_arena *arena, struct df_fold **ret);

/* The sections. */
void df_context_head(struct df_context_view *v);
void df_context_exceptions(struct df_context_view *v);
void df_context_threads(struct df_context_view *v);
void df_context_breadcrumbs(struct df_context_view *v);
void df_context_request(struct df_context_view *v);
void df_context_user(struct df_context_view *v);
void df_context_tags(struct df_context_view *v);
void df_context_trees(struct df_context_view *v);
void df_context_changes(struct df_context_view *v);

/* The user's own fields, personal by their place whatever their shape; the id stays unless it looks like more than one. */
struct df_user df_context_user_scrubbed(struct df_scrub *scrub, const struct df_user *user);

/* "2026-11-22 21:31:15.303 UTC" */
struct df_str df_context_time(int64_t ms, struct df_arena *arena);
/* What lies between, as "-2.1 s" before or "+3 min 05 s" after. */
struct df_str df_context_distance(int64_t ms, struct df_arena *arena);

#endif
