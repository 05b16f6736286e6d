/* Private to spec*.c. */
#ifndef DF_DOMAIN_SPEC_PARTS_H
#define DF_DOMAIN_SPEC_PARTS_H

#include "domain/spec.h"

/* A line of the text: [from, to) without its end, next is where the following begins. */
struct spec_line {
    size_t from, to, next, number;
};
/* False at the end. Begin with next = number = 0. */
bool spec_next_line(struct df_str text, struct spec_line *line);
struct df_str spec_line_text(struct df_str text, const struct spec_line *line);

/* A marker: <!-- devflow:sentry:ID:start v=1 sha256=HEX --> or <!-- devflow:sentry:ID:end -->. */
struct spec_marker {
    bool start, indented;
    struct df_str id, version, hash;
};
bool spec_marker_read(struct df_str line, struct spec_marker *ret);
/* Of a body, whatever its line ends, in 64 hex digits. */
struct df_str spec_hash(struct df_str id, struct df_str body, struct df_arena *arena);

/* Where a line stands in the document, as far as it matters here. */
struct spec_walk {
    struct df_str text;
    char fence; /* '`' or '~' while in a fenced block */
    size_t fence_length, fence_indent;
    bool fence_quoted;
    const char *html_end; /* what ends the HTML block it is in, or NULL */
    char front_mark;      /* '-' or '+': the text begins with front matter that is closed */
    bool front_matter;
    size_t list_indent;    /* of what belongs to the last list item; 0: in none */
    size_t paragraph;      /* offset where the paragraph begins, (size_t)-1 for none */
    unsigned heading;      /* of the line just walked: its level, 0 for no heading */
    size_t heading_from;   /* where that heading begins: a line earlier where it is underlined */
    bool in_fence, opaque; /* of that line: within a fence; within a fence, an HTML block or the front matter */
};
void spec_walk_begin(struct spec_walk *walk, struct df_str text);
void spec_walk_line(struct spec_walk *walk, const struct spec_line *line);
/* Whether the next line at the margin would still be within a fence or an HTML block. */
bool spec_walk_is_open(const struct spec_walk *walk);

/* The references of a line; adds to spec->refs. links_only: in a code fence. */
void spec_find_refs(struct df_spec *spec, struct df_str line, const struct df_spec_place *place, bool links_only,
                    struct df_arena *arena);

#endif
