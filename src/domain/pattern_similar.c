#include "domain/pattern_parts.h"

#include <stdlib.h>

enum { SCORED_MIN = 64, IN_VAIN = 16, CLUES = 2 * DF_PATTERN_FRAMES + DF_PATTERN_WORDS + DF_SHAPE_STARTS + 1 };

/* A symbol of the question, and what it adds to a shape that has it too. */
struct clue {
    uint32_t symbol, n;
    float worth;
};

struct clues {
    struct clue items[CLUES];
    size_t n;
};

static void add_clue(const struct df_pattern_index *index, struct clues *clues, uint32_t symbol, double worth)
{
    if (symbol != DF_NONE32 && worth > 0)
        clues->items[clues->n++] = (struct clue){symbol, index->symbols.items[symbol].n, (float)worth};
}

static int rarest_first(const void *a, const void *b)
{
    const struct clue *x = a, *y = b;
    if (x->n != y->n)
        return (x->n > y->n) - (x->n < y->n);
    return (x->symbol > y->symbol) - (x->symbol < y->symbol);
}

/* Each at about what it would add to the score. */
static void collect_clues(const struct df_pattern_index *index, uint32_t number, const struct df_weighed *query,
                          struct clues *clues)
{
    const struct df_record *record = query->record;
    const struct df_shape *shape = &index->shapes[number];
    const struct df_pattern_weights *w = &index->weights;
    uint32_t before = DF_NONE32;
    clues->n = 0;
    for (size_t i = 0; i < DF_SHAPE_STARTS; i++)
        add_clue(index, clues, shape->starts[i], 0.1);
    for (size_t i = 0; i < record->n_frames; i++) {
        uint32_t name = df_record_frames(record)[i].name, place = index->symbols.marks[name].place;
        add_clue(index, clues, name, (double)query->weights[i]);
        if (place != before)
            add_clue(index, clues, place, w->place * (double)query->weights[i]);
        before = place;
    }
    for (size_t i = 0; i < record->n_words; i++)
        add_clue(index, clues, df_record_words(record)[i],
                 w->message * df_rarity(index, df_record_words(record)[i]) / query->words);
    add_clue(index, clues, record->type, query->type);
    qsort(clues->items, clues->n, sizeof *clues->items, rarest_first);
}

/* Adds up what the clues say of each shape; of a list that is longer than what may still be read, the newest. */
static void follow_clues(struct df_pattern_index *index, const struct clues *clues)
{
    size_t left = DF_PATTERN_POSTINGS;
    index->n_touched = 0;
    for (size_t i = 0; i < clues->n && left > 0; i++) {
        const struct df_symbol *symbol = &index->symbols.items[clues->items[i].symbol];
        size_t n = symbol->n < left ? symbol->n : left;
        const uint32_t *shapes = df_symbol_postings(symbol) + symbol->n - n;
        for (size_t k = 0; k < n; k++) {
            if (index->sums[shapes[k]] == 0)
                index->touched[index->n_touched++] = shapes[k];
            index->sums[shapes[k]] += clues->items[i].worth;
        }
        left -= n;
    }
}

static bool better(const struct df_pattern_hit *a, const struct df_pattern_hit *b)
{
    return a->score != b->score ? a->score > b->score : a->number < b->number;
}

static int best_first(const void *a, const void *b)
{
    return better(a, b) ? -1 : better(b, a) ? 1 : 0;
}

/* A heap whose root is the worst that is kept. */
static void sift_down(struct df_pattern_hit *heap, size_t n, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && better(&heap[child], &heap[child + 1]))
            child++;
        if (!better(&heap[at], &heap[child]))
            return;
        struct df_pattern_hit kept = heap[at];
        heap[at] = heap[child];
        heap[child] = kept;
    }
}

/* Puts one into a heap of the best max; false when it is none of them. */
static bool offer(struct df_pattern_hit *heap, size_t *n, size_t max, struct df_pattern_hit hit)
{
    if (*n < max) {
        heap[(*n)++] = hit;
        for (size_t k = *n == max ? max / 2 : 0; k > 0; k--)
            sift_down(heap, max, k - 1);
        return true;
    }
    if (!better(&hit, &heap[0]))
        return false;
    heap[0] = hit;
    sift_down(heap, max, 0);
    return true;
}

static size_t keep_best(struct df_pattern_index *index, uint32_t self, size_t max)
{
    struct df_pattern_hit *heap = index->ranked;
    size_t n = 0;
    for (size_t i = 0; i < index->n_touched; i++) {
        struct df_pattern_hit hit = {index->touched[i], index->sums[index->touched[i]]};
        index->sums[hit.number] = 0;
        if (hit.number == self)
            continue;
        offer(heap, &n, max, hit);
    }
    return n;
}

static size_t room_for(struct df_pattern_index *index, size_t max)
{
    size_t wanted = max < DF_PATTERN_POSTINGS / 2 ? 2 * max : DF_PATTERN_POSTINGS;
    if (wanted < SCORED_MIN)
        wanted = SCORED_MIN;
    if (wanted > index->cap_ranked) {
        index->ranked = df_pattern_grown(index->ranked, wanted, sizeof *index->ranked);
        index->cap_ranked = wanted;
    }
    return wanted;
}

/* In a large index the shapes to score lie far apart in memory: without this a third of the time is spent waiting for it. */
static void fetch_ahead(const struct df_pattern_index *index, size_t at, size_t n)
{
    enum { SHAPES = 12, RECORDS = 6, LINE_BYTES = 64, LINES = 4 };
    if (at + SHAPES < n)
        __builtin_prefetch(&index->shapes[index->ranked[at + SHAPES].number]);
    if (at + RECORDS < n)
        for (size_t i = 0; i < LINES; i++)
            __builtin_prefetch((const char *)df_record(index, index->ranked[at + RECORDS].number) + i * LINE_BYTES);
}

/* From the most promising down, until a good many in a row were no better than what is there. */
static size_t score_ranked(struct df_pattern_index *index, const struct df_weighed *query, size_t n_ranked,
                           struct df_pattern_hit *ret, size_t max)
{
    size_t n = 0;
    for (size_t i = 0, in_vain = 0; i < n_ranked && in_vain < IN_VAIN; i++) {
        fetch_ahead(index, i, n_ranked);
        uint32_t shape = index->ranked[i].number;
        in_vain = offer(ret, &n, max, (struct df_pattern_hit){shape, (float)df_score(index, query, shape)})
                      ? 0
                      : in_vain + 1;
    }
    return n;
}

size_t df_pattern_index_similar_shapes(struct df_pattern_index *index, uint32_t shape, struct df_pattern_hit *ret,
                                       size_t max)
{
    struct df_weighed query;
    struct clues clues;
    size_t wanted = room_for(index, max);
    df_weigh(index, shape, &query);
    collect_clues(index, shape, &query, &clues);
    follow_clues(index, &clues);
    size_t n = keep_best(index, shape, wanted);
    if (n)
        qsort(index->ranked, n, sizeof *index->ranked, best_first);
    df_score_against(index, &query);
    n = score_ranked(index, &query, n, ret, max);
    if (n)
        qsort(ret, n, sizeof *ret, best_first);
    return n;
}

/* Appends the events of a shape but one. */
static size_t put_events(const struct df_pattern_index *index, struct df_pattern_hit shape, uint32_t but,
                         struct df_pattern_hit *ret, size_t max)
{
    size_t n = 0;
    for (uint32_t e = index->shapes[shape.number].first; e != DF_NONE32 && n < max; e = index->events[e].next)
        if (e != but)
            ret[n++] = (struct df_pattern_hit){e, shape.score};
    return n;
}

size_t df_pattern_index_similar(struct df_pattern_index *index, uint32_t event, struct df_pattern_hit *ret, size_t max)
{
    struct df_pattern_hit own = {index->events[event].shape, 1};
    size_t n = put_events(index, own, event, ret, max), left = max - n;
    if (left == 0)
        return n;
    size_t shapes = df_pattern_index_similar_shapes(index, own.number, ret + n, left);
    struct df_pattern_hit *hits = df_pattern_grown(NULL, shapes + 1, sizeof *hits);
    memcpy(hits, ret + n, shapes * sizeof *hits);
    for (size_t i = 0; i < shapes && n < max; i++)
        n += put_events(index, hits[i], event, ret + n, max - n);
    free(hits);
    return n;
}

static int compare(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int shapes_in_order(const void *a, const void *b, void *arg)
{
    const struct df_pattern_index *index = arg;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    for (size_t i = 0; i < DF_SHAPE_STARTS; i++) {
        int order = compare(index->shapes[x].starts[i], index->shapes[y].starts[i]);
        if (order)
            return order;
    }
    return compare(x, y);
}

static int events_in_order(const void *a, const void *b, void *arg)
{
    const struct df_pattern_index *index = arg;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = shapes_in_order(&index->events[x].shape, &index->events[y].shape, arg);
    return order ? order : compare(x, y);
}

/* qsort_r's argument is not const. */
static void *argument(const struct df_pattern_index *index)
{
    return (void *)(uintptr_t)index;
}

void df_pattern_index_order_shapes(const struct df_pattern_index *index, uint32_t *shapes, size_t n)
{
    if (n)
        qsort_r(shapes, n, sizeof *shapes, shapes_in_order, argument(index));
}

void df_pattern_index_order_events(const struct df_pattern_index *index, uint32_t *events, size_t n)
{
    if (n)
        qsort_r(events, n, sizeof *events, events_in_order, argument(index));
}
