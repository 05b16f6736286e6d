/* A specification in Markdown and what DevFlow keeps in it: for each Sentry issue that it names a block between two HTML comments,
 *     <!-- devflow:sentry:4711:start v=1 sha256=... -->
 *     <!-- devflow:sentry:4711:end -->
 * whose hash tells whether a person has changed it since. Reading finds the blocks and the references outside them; writing changes
 * blocks alone, every other byte stays: line ends, a byte order mark, a last line without an end. The text is anyone's: a marker in a
 * fence is none, a reference is what a person would take for one. Pure functions, any thread; results live in the arena or the text.
 * Source: CommonMark 0.30 (fences, headings, HTML blocks). */
#ifndef DF_DOMAIN_SPEC_H
#define DF_DOMAIN_SPEC_H

#include "base/buf.h"
#include "domain/issue_ref.h"

enum { DF_SPEC_REFS = 400, DF_SPEC_BLOCKS = 400, DF_SPEC_TEXT_BYTES = 900 * 1024, DF_SPEC_ID_BYTES = 64 };

/* Where something stands. */
struct df_spec_place {
    size_t line;        /* from 1 */
    size_t section_end; /* offset after the last line of its section that is not blank: where a block goes */
    unsigned level;     /* of the section's heading, 0 above the first */
};

struct df_spec_ref {
    struct df_issue_ref issue;
    struct df_str text; /* as it stands there */
    bool bare;          /* a short ID in running text: UTF-8 and RFC-6749 look like one, too */
    struct df_spec_place place;
};

enum df_spec_state {
    DF_SPEC_OURS,   /* as it was written */
    DF_SPEC_EDITED, /* somebody changed it */
    DF_SPEC_OPEN,   /* one of its two markers is missing: nobody can tell what belongs to it */
    DF_SPEC_NEWER,  /* of a version not known here */
};

struct df_spec_block {
    struct df_str issue_id;
    size_t from, to; /* offsets: its markers included, without the end of the last line */
    enum df_spec_state state;
    struct df_spec_place place;
};

struct df_spec {
    struct df_str text;
    const char *line_end;     /* "\n", "\r\n", "\r": of the first line */
    struct df_spec_ref *refs; /* in their order, repeated ones too */
    size_t n_refs;
    struct df_spec_block *blocks; /* in their order */
    size_t n_blocks;
    bool more;                /* there are more than are kept */
    struct df_spec_place end; /* of the document */
};

void df_spec_read(struct df_str text, struct df_arena *arena, struct df_spec *ret);

/* Whether such an id can be in a marker. */
bool df_spec_id_valid(struct df_str id);
/* A block with its markers, lines ended by LF but for the last. body: Markdown of whole lines; what in it could end a comment or begin
 * one is pulled apart, headings go `level` deeper. */
struct df_str df_spec_block(struct df_str issue_id, struct df_str body, unsigned level, struct df_arena *arena);
/* The same without the markers. */
struct df_str df_spec_plain(struct df_str body, unsigned level, struct df_arena *arena);
/* Whether a block of the text is that one already, whatever its line ends. */
bool df_spec_same(struct df_str text, const struct df_spec_block *block, struct df_str other, struct df_arena *arena);
/* How deep the headings of a block at that place begin. */
unsigned df_spec_level(const struct df_spec_place *place);

struct df_spec_change {
    const struct df_spec_block *replaces; /* NULL: it is new, and goes to `at` */
    size_t at;
    struct df_str block; /* of df_spec_block */
};
/* The text with the changes, which are in any order; several at one place keep theirs. */
struct df_str df_spec_write(const struct df_spec *spec, const struct df_spec_change *changes, size_t n,
                            struct df_arena *arena);

#endif
