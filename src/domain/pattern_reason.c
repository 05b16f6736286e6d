#include "domain/pattern_group.h"
#include "domain/pattern_parts.h"

enum { COMPARED = 64, NAME_BYTES = 120 };

static bool has_name(const struct df_record *shape, uint32_t name)
{
    for (size_t i = 0; i < shape->n_frames; i++)
        if (df_record_frames(shape)[i].name == name)
            return true;
    return false;
}

static bool has_word(const struct df_record *shape, uint32_t word)
{
    for (size_t i = 0; i < shape->n_words; i++)
        if (df_record_words(shape)[i] == word)
            return true;
    return false;
}

typedef bool has(const struct df_record *shape, uint32_t symbol);

static bool all_have(const struct df_pattern_index *index, const struct df_pattern_group *group, has *has_it,
                     uint32_t symbol)
{
    for (size_t i = 1; i < group->n_shapes && i <= COMPARED; i++)
        if (!has_it(df_record(index, group->shapes[i]), symbol))
            return false;
    return true;
}

static void share_types(const struct df_pattern_index *index, const struct df_pattern_group *group,
                        struct df_pattern_shared *ret)
{
    uint32_t seen[COMPARED];
    for (size_t i = 0; i < group->n_shapes && i < COMPARED; i++) {
        uint32_t type = df_record(index, group->shapes[i])->type;
        size_t k = 0;
        while (k < ret->n_types && seen[k] != type)
            k++;
        if (k == ret->n_types && type != DF_NONE32)
            seen[ret->n_types++] = type;
    }
    if (ret->n_types == 1)
        ret->type = df_symbols_text(&index->symbols, seen[0]);
}

/* Keeps the symbols that say most, in that order. */
static void keep(struct df_str *texts, double *worths, size_t *n, struct df_str text, double worth)
{
    size_t at = *n < DF_PATTERN_SHOWN ? (*n)++ : DF_PATTERN_SHOWN;
    if (at == DF_PATTERN_SHOWN && worth <= worths[at - 1])
        return;
    at = at == DF_PATTERN_SHOWN ? at - 1 : at;
    for (; at > 0 && worths[at - 1] < worth; at--) {
        texts[at] = texts[at - 1];
        worths[at] = worths[at - 1];
    }
    texts[at] = text;
    worths[at] = worth;
}

static bool came_before(const struct df_shape_frame *frames, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (frames[i].name == frames[at].name)
            return true;
    return false;
}

/* Each name once. */
static void share_frames(struct df_pattern_index *index, const struct df_pattern_group *group, bool nameless,
                         struct df_pattern_shared *ret)
{
    struct df_weighed weighed;
    double worths[DF_PATTERN_SHOWN] = {0};
    const struct df_record *first = df_record(index, group->shapes[0]);
    const struct df_shape_frame *frames = df_record_frames(first);
    df_weigh(index, group->shapes[0], &weighed);
    for (size_t i = 0; i < first->n_frames; i++) {
        if (frames[i].nameless != nameless || came_before(frames, i) ||
            !all_have(index, group, has_name, frames[i].name))
            continue;
        ret->n_frames++;
        keep(ret->frames, worths, &ret->shown, df_symbols_text(&index->symbols, frames[i].name),
             (double)weighed.weights[i]);
    }
}

static void share_words(const struct df_pattern_index *index, const struct df_pattern_group *group,
                        struct df_pattern_shared *ret)
{
    double worths[DF_PATTERN_SHOWN] = {0};
    const struct df_record *first = df_record(index, group->shapes[0]);
    for (size_t i = 0; i < first->n_words; i++) {
        uint32_t word = df_record_words(first)[i];
        if (all_have(index, group, has_word, word))
            keep(ret->words, worths, &ret->n_words, df_symbols_text(&index->symbols, word), df_rarity(index, word));
    }
}

void df_pattern_share(struct df_pattern_index *index, const struct df_pattern_group *group,
                      struct df_pattern_shared *ret)
{
    const struct df_record *first = df_record(index, group->shapes[0]);
    *ret = (struct df_pattern_shared){.n_top = first->n_frames};
    if (first->n_frames)
        ret->top = df_symbols_text(&index->symbols, df_record_frames(first)[0].name);
    share_types(index, group, ret);
    share_frames(index, group, false, ret);
    if (ret->n_frames == 0) /* a bundle's file, when nothing in it has a name */
        share_frames(index, group, true, ret);
    share_words(index, group, ret);
}

static void put_names(struct df_buf *out, const struct df_str *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        df_buf_put_c(out, i ? ", " : "");
        df_buf_put_str(out, df_str_head(names[i], NAME_BYTES));
    }
}

static void put_types(struct df_buf *out, const struct df_pattern_shared *shared)
{
    if (shared->type.n)
        df_buf_printf(out, "exception type %.*s", DF_FMT(df_str_head(shared->type, NAME_BYTES)));
    else if (shared->n_types > 1)
        df_buf_printf(out, "%zu exception types", shared->n_types);
}

static void put_one_shape(struct df_buf *out, const struct df_pattern_shared *shared, uint32_t events)
{
    df_buf_put_c(out, events > 1 ? "the same stack" : "nothing else is like it");
    if (events > 1 && shared->n_top == 0)
        df_buf_put_c(out, ": none, the same message");
    else if (events > 1)
        df_buf_printf(out, " of %zu frame%s from %.*s", shared->n_top, shared->n_top == 1 ? "" : "s",
                      DF_FMT(df_str_head(shared->top, NAME_BYTES)));
    if (events > 1 && shared->type.n) {
        df_buf_put_c(out, ", ");
        put_types(out, shared);
    }
}

static void put_common(struct df_buf *out, const struct df_pattern_shared *shared)
{
    if (shared->n_frames)
        df_buf_printf(out, "in common: %zu frame%s (", shared->n_frames, shared->n_frames == 1 ? "" : "s");
    put_names(out, shared->frames, shared->shown);
    if (shared->shown < shared->n_frames)
        df_buf_put_c(out, ", ...");
    df_buf_put_c(out, shared->n_frames ? ")" : "no frame is in all of them");
    if (shared->n_types) {
        df_buf_put_c(out, ", ");
        put_types(out, shared);
    }
    if (shared->n_words) {
        df_buf_put_c(out, ", words of the message: ");
        put_names(out, shared->words, shared->n_words);
    }
}

struct df_str df_pattern_reason(struct df_pattern_index *index, const struct df_pattern_group *group,
                                struct df_arena *arena)
{
    struct df_pattern_shared shared;
    struct df_buf out;
    df_buf_init(&out, arena, 8192);
    df_pattern_share(index, group, &shared);
    if (group->n_shapes == 1) {
        put_one_shape(&out, &shared, group->n_events);
        return df_buf_str(&out);
    }
    df_buf_printf(&out, "%zu different stacks, %.0f %% alike or more; ", group->n_shapes, group->alike * 100);
    put_common(&out, &shared);
    return df_buf_str(&out);
}

struct df_str df_pattern_group_id(struct df_pattern_index *index, const struct df_pattern_group *group,
                                  struct df_arena *arena)
{
    const struct df_shape *first = &index->shapes[group->shapes[0]];
    struct df_str id = df_pattern_index_id(index, first->first);
    struct df_str text = df_arena_printf(arena, "%.*s %u", DF_FMT(id), id.n ? 0 : first->first);
    return df_arena_printf(arena, "p%016llx", (unsigned long long)df_str_hash(text));
}
