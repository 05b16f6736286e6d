#include "domain/pattern_parts.h"

#include <math.h>

/* Each near the middle of a range over which the results do not change: docs/decisions/008-patterns.md. */
const struct df_pattern_weights df_pattern_weights_default = {
    .depth = 1.5,
    .distance = 0.05,
    .library = 0.5,
    .rarity = 1,
    .line = 0.4,
    .place = 0.2,
    .type = 1,
    .message = 3.5,
};

double df_rarity(const struct df_pattern_index *index, uint32_t symbol)
{
    return 1 + index->log_shapes - (double)index->symbols.marks[symbol].log_n;
}

/* Below *above frames of the application, among which it then counts: what a library does on the way to its error ("abort",
 * "raise", the throwing of an exception) must not make the caller's own frame deep. The power is 1 but in measurements. */
static double frame_weight(const struct df_pattern_index *index, const struct df_shape_frame *frame, size_t *above)
{
    double rarity = df_rarity(index, frame->name);
    if (index->weights.rarity != 1)
        rarity = pow(rarity, index->weights.rarity);
    rarity *= (double)index->by_depth[*above];
    *above += !frame->library;
    return frame->library ? rarity * index->weights.library : rarity;
}

static double type_weight(const struct df_pattern_index *index, uint32_t type)
{
    return type == DF_NONE32 ? 0 : index->weights.type * df_rarity(index, type);
}

void df_weigh(struct df_pattern_index *index, uint32_t number, struct df_weighed *ret)
{
    const struct df_record *record = df_record(index, number);
    size_t above = 0;
    ret->record = record;
    ret->total = ret->words = 0;
    ret->type = type_weight(index, record->type);
    for (size_t i = 0; i < record->n_frames; i++) {
        ret->weights[i] = (float)frame_weight(index, &df_record_frames(record)[i], &above);
        ret->total += (double)ret->weights[i];
    }
    for (size_t i = 0; i < record->n_words; i++)
        ret->words += df_rarity(index, df_record_words(record)[i]);
}

static void mark(struct df_pattern_index *index, uint32_t number, size_t frame)
{
    struct df_symbol_mark *symbol = &index->symbols.marks[number];
    if (symbol->question != index->question) {
        symbol->question = index->question;
        symbol->frames = 0;
    }
    symbol->frames |= 1ULL << frame;
}

static void next_question(struct df_pattern_index *index)
{
    if (++index->question)
        return;
    for (uint32_t i = 0; i < index->symbols.n; i++)
        index->symbols.marks[i].question = 0;
    index->question = 1;
}

void df_score_against(struct df_pattern_index *index, const struct df_weighed *query)
{
    const struct df_record *record = query->record;
    next_question(index);
    for (size_t i = 0; i < record->n_frames; i++) {
        uint32_t name = df_record_frames(record)[i].name, place = index->symbols.marks[name].place;
        mark(index, name, i);
        if (place != DF_NONE32)
            mark(index, place, i);
    }
    for (size_t i = 0; i < record->n_words; i++)
        mark(index, df_record_words(record)[i], 0);
}

/* Two stacks under comparison; free: the query's frames not paired yet. */
struct pairing {
    const struct df_pattern_index *index;
    const struct df_weighed *query;
    const struct df_shape_frame *query_frames;
    uint64_t free;
    double paired;
};

/* Pairs a frame, at place `at`, with the query's first free one that has the symbol. */
static bool pair(struct pairing *p, const struct df_shape_frame *frame, size_t at, uint32_t number, double weight,
                 bool by_name)
{
    const struct df_symbol_mark *symbol = &p->index->symbols.marks[number];
    uint64_t open = symbol->question == p->index->question ? symbol->frames & p->free : 0;
    if (!open)
        return false;
    size_t with = (size_t)__builtin_ctzll(open);
    const struct df_pattern_weights *w = &p->index->weights;
    const struct df_shape_frame *other = &p->query_frames[with];
    bool lines_differ = frame->line && other->line && frame->line != other->line;
    double worth = by_name ? (lines_differ ? 1 / (1 + w->line) : 1) : w->place;
    double near = (double)p->index->by_distance[at > with ? at - with : with - at];
    p->paired += worth * near * (weight + (double)p->query->weights[with]);
    p->free &= ~(1ULL << with);
    return true;
}

/* What both say, and what either says. */
struct said {
    double both, either;
};

/* Of two frames their mean. Names first: only what they leave over is paired by place. */
static struct said score_frames(const struct df_pattern_index *index, const struct df_weighed *query,
                                const struct df_record *record)
{
    const struct df_shape_frame *frames = df_record_frames(record);
    struct pairing p = {index, query, df_record_frames(query->record), ~0ULL, 0};
    double total = query->total, weights[DF_PATTERN_FRAMES];
    uint64_t left = 0;
    size_t above = 0;
    for (size_t i = 0; i < record->n_frames; i++) {
        weights[i] = frame_weight(index, &frames[i], &above);
        total += weights[i];
        if (!pair(&p, &frames[i], i, frames[i].name, weights[i], true))
            left |= 1ULL << i;
    }
    for (; left; left &= left - 1) {
        size_t i = (size_t)__builtin_ctzll(left);
        uint32_t place = index->symbols.marks[frames[i].name].place;
        if (place != DF_NONE32)
            pair(&p, &frames[i], i, place, weights[i], false);
    }
    return (struct said){p.paired / 2, total / 2};
}

static struct said score_types(const struct df_pattern_index *index, const struct df_weighed *query,
                               const struct df_record *record)
{
    return (struct said){query->record->type == record->type ? query->type : 0,
                         (query->type + type_weight(index, record->type)) / 2};
}

/* Weighted Jaccard. */
static struct said score_words(const struct df_pattern_index *index, const struct df_weighed *query,
                               const struct df_record *record)
{
    double both = 0, other = 0;
    for (size_t i = 0; i < record->n_words; i++) {
        uint32_t word = df_record_words(record)[i];
        double rarity = df_rarity(index, word);
        other += rarity;
        if (index->symbols.marks[word].question == index->question)
            both += rarity;
    }
    double either = query->words + other - both;
    return either > 0 ? (struct said){index->weights.message * both / either, index->weights.message}
                      : (struct said){0, 0};
}

double df_score(struct df_pattern_index *index, const struct df_weighed *query, uint32_t number)
{
    const struct df_record *record = df_record(index, number);
    struct said frames = score_frames(index, query, record), types = score_types(index, query, record),
                words = score_words(index, query, record);
    double either = frames.either + types.either + words.either;
    return either > 0 ? (frames.both + types.both + words.both) / either : 0;
}

double df_pattern_index_score(struct df_pattern_index *index, uint32_t a, uint32_t b)
{
    struct df_weighed query;
    if (a == b)
        return 1;
    df_weigh(index, a, &query);
    df_score_against(index, &query);
    return df_score(index, &query, b);
}
