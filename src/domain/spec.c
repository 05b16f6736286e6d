#include "domain/spec_parts.h"

/* Reading: a walk over the lines that keeps apart blocks and what is the author's. */
struct reading {
    struct df_spec *spec;
    struct df_arena *arena;
    struct spec_walk walk;
    size_t content_end;            /* after the last line that is not blank */
    size_t before_open;            /* the same before the fence or HTML block it is in */
    size_t before_paragraph;       /* the same when the paragraph began */
    size_t refs_before;            /* and how many references there were */
    size_t first_ref, first_block; /* of the section */
    unsigned level;
};

static void close_section(struct reading *r, size_t end, size_t n_refs)
{
    for (size_t i = r->first_ref; i < n_refs; i++)
        r->spec->refs[i].place.section_end = end;
    for (size_t i = r->first_block; i < r->spec->n_blocks; i++)
        r->spec->blocks[i].place.section_end = end;
    r->first_ref = n_refs;
    r->first_block = r->spec->n_blocks;
}

static void begin_section(struct reading *r, const struct spec_line *line)
{
    bool underlined = r->walk.heading_from != line->from;
    close_section(r, underlined ? r->before_paragraph : r->content_end, underlined ? r->refs_before : r->spec->n_refs);
    r->level = r->walk.heading;
    for (size_t i = r->first_ref; i < r->spec->n_refs; i++)
        r->spec->refs[i].place.level = r->level;
}

static void add_block(struct reading *r, const struct spec_marker *marker, const struct spec_line *from, size_t to,
                      enum df_spec_state state)
{
    struct df_spec *spec = r->spec;
    if (spec->n_blocks == DF_SPEC_BLOCKS) {
        spec->more = true;
        return;
    }
    spec->blocks[spec->n_blocks++] = (struct df_spec_block){
        .issue_id = marker->id,
        .from = from->from,
        .to = to,
        .state = state,
        .place = {.line = from->number, .level = r->level},
    };
}

static enum df_spec_state state_of(const struct spec_marker *start, const struct spec_marker *end, struct df_str body,
                                   struct df_arena *arena)
{
    if (!df_str_is(start->version, "1"))
        return DF_SPEC_NEWER;
    bool same = df_str_eq(start->hash, spec_hash(start->id, body, arena));
    return same && !start->indented && !end->indented ? DF_SPEC_OURS : DF_SPEC_EDITED;
}

/* The whole block whose first line this is; *line moves to its last. */
static void read_block(struct reading *r, const struct spec_marker *start, struct spec_line *line)
{
    struct df_str text = r->spec->text;
    struct spec_line at = *line, first = *line;
    struct spec_marker end;
    while (spec_next_line(text, &at)) {
        if (!spec_marker_read(spec_line_text(text, &at), &end))
            continue;
        if (end.start || !df_str_eq(end.id, start->id))
            break;
        struct df_str body = df_str_n(text.p + first.next, at.from - first.next);
        add_block(r, start, &first, at.to, state_of(start, &end, body, r->arena));
        *line = at;
        return;
    }
    add_block(r, start, &first, first.to, DF_SPEC_OPEN);
}

static void read_line(struct reading *r, struct spec_line *line)
{
    struct spec_marker marker;
    struct df_str text = spec_line_text(r->spec->text, line);
    size_t paragraph = r->walk.paragraph;
    if (!spec_walk_is_open(&r->walk))
        r->before_open = r->content_end;
    spec_walk_line(&r->walk, line);
    if (df_str_trim(text).n == 0)
        return;
    if (r->walk.heading)
        begin_section(r, line);
    if (r->walk.paragraph != paragraph) {
        r->before_paragraph = r->content_end;
        r->refs_before = r->spec->n_refs;
    }
    const struct df_spec_place place = {.line = line->number, .level = r->level};
    if (r->walk.opaque || !spec_marker_read(text, &marker))
        spec_find_refs(r->spec, text, &place, r->walk.in_fence, r->arena);
    else if (marker.start)
        read_block(r, &marker, line);
    else
        add_block(r, &marker, line, line->to, DF_SPEC_OPEN);
    r->content_end = line->next;
}

static const char *line_end_of(struct df_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            return "\n";
        if (text.p[i] == '\r')
            return i + 1 < text.n && text.p[i + 1] == '\n' ? "\r\n" : "\r";
    }
    return "\n";
}

void df_spec_read(struct df_str text, struct df_arena *arena, struct df_spec *ret)
{
    *ret = (struct df_spec){.text = text, .line_end = line_end_of(text)};
    ret->refs = DF_NEW_ARRAY(arena, struct df_spec_ref, DF_SPEC_REFS);
    ret->blocks = DF_NEW_ARRAY(arena, struct df_spec_block, DF_SPEC_BLOCKS);
    struct reading r = {.spec = ret, .arena = arena};
    spec_walk_begin(&r.walk, text);
    r.content_end = df_str_starts(text, df_str_n("\xEF\xBB\xBF", 3)) ? 3 : 0;
    for (struct spec_line line = {0}; spec_next_line(text, &line);)
        read_line(&r, &line);
    /* What is never closed goes on to the end: a block must stand before it. */
    size_t end = spec_walk_is_open(&r.walk) ? r.before_open : r.content_end;
    close_section(&r, end, ret->n_refs);
    ret->end = (struct df_spec_place){.section_end = end, .level = r.level};
}

unsigned df_spec_level(const struct df_spec_place *place)
{
    enum { LEAST = 2, MOST = 4 };
    unsigned level = place->level + 1;
    return level < LEAST ? LEAST : level > MOST ? MOST : level;
}
