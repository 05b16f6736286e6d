/* What of an event says which fault it is: exception type, words of the message, and frames by names that stay the same from
 * one build and one run to the next. Whatever the language, names lose what a compiler, bundler or proxy made up: addresses,
 * hashes, counters of lambdas and generated classes, template arguments, parameters; a minified JavaScript name is dropped
 * for its file. Recursion is folded. Read from an event in the API's or the ingest form, or from a bare stack:
 *   {"id","type","value","frames":[innermost first],"frames_above_test":N,"causes":[{"frames"}]}
 * where frames_above_test, when there, says how many frames count. Any field may be missing or of another type.
 * Pure functions, any thread. Strings live in the arena or point into the JSON. */
#ifndef DF_DOMAIN_PATTERN_TRACE_H
#define DF_DOMAIN_PATTERN_TRACE_H

#include "domain/event.h"

enum {
    DF_PATTERN_FRAMES = 64,     /* the innermost, after folding; of a longer stack the rest is not looked at */
    DF_PATTERN_WORDS = 32,      /* of the message, each once */
    DF_PATTERN_NAME_BYTES = 512 /* of a name, before it is normalised */
};

struct df_pattern_frame {
    struct df_str place;    /* module, else file, else library; may be empty */
    struct df_str function; /* empty where it says nothing: an address, a minified name */
    int64_t line;           /* 0: unknown */
    bool in_app;            /* true where it is not said */
};

struct df_pattern_trace {
    struct df_str id;   /* of the event, as sent; empty: none */
    struct df_str type; /* without its package */
    struct df_str words[DF_PATTERN_WORDS];
    size_t n_words;
    struct df_pattern_frame
        frames[DF_PATTERN_FRAMES]; /* innermost first; a chain's root cause before what wrapped it */
    size_t n_frames;
};

void df_pattern_trace_of_event(const struct df_event *event, struct df_arena *arena, struct df_pattern_trace *ret);

/* False, *ret untouched, when v is no object or holds neither type, message nor frame. An object under "event" alone is read
 * as the event. */
bool df_pattern_trace_read(const struct df_json *v, struct df_arena *arena, struct df_pattern_trace *ret);

/* The names of one frame, as they are compared. javascript: of a bundler's language, where a name of one or two characters is
 * minified. Results in the arena. */
struct df_str df_pattern_function(struct df_str function, bool javascript, struct df_arena *arena);
bool df_pattern_is_javascript(const struct df_frame *frame);
struct df_str df_pattern_place(const struct df_frame *frame, struct df_arena *arena);

#endif
