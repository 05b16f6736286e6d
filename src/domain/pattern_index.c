#include "domain/pattern_parts.h"

#include <math.h>
#include <stdlib.h>

enum { BY_HASH_MIN = 1024 };
enum kind { KIND_NAME = 1, KIND_PLACE, KIND_TYPE, KIND_WORD, KIND_START };

struct df_pattern_index *df_pattern_index_new(uint64_t seed, const struct df_pattern_weights *weights)
{
    struct df_pattern_index *index = df_pattern_grown(NULL, 1, sizeof *index);
    *index = (struct df_pattern_index){
        .weights = weights ? *weights : df_pattern_weights_default,
        .by_hash_cap = BY_HASH_MIN,
    };
    df_symbols_init(&index->symbols, seed);
    index->by_hash = df_pattern_grown(NULL, BY_HASH_MIN, sizeof *index->by_hash);
    memset(index->by_hash, 0xFF, BY_HASH_MIN * sizeof *index->by_hash);
    index->touched = df_pattern_grown(NULL, DF_PATTERN_POSTINGS, sizeof *index->touched);
    for (size_t i = 0; i < DF_PATTERN_FRAMES; i++) {
        index->by_depth[i] = (float)pow(1 + (double)i, -index->weights.depth);
        index->by_distance[i] = (float)exp(-index->weights.distance * (double)i);
    }
    return index;
}

void df_pattern_index_free(struct df_pattern_index *index)
{
    if (!index)
        return;
    df_symbols_done(&index->symbols);
    void *const parts[] = {index->shapes, index->records, index->events,  index->ids,
                           index->sums,   index->ranked,  index->touched, index->by_hash};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        free(parts[i]);
    free(index);
}

/* A trace in symbols, before it is known whether its shape is new. */
struct draft {
    struct df_shape shape;
    struct df_record record;
    struct df_shape_frame frames[DF_PATTERN_FRAMES];
    uint32_t words[DF_PATTERN_WORDS];
};

static uint32_t intern(struct df_pattern_index *index, enum kind kind, struct df_str a, struct df_str b)
{
    if (!a.n && !b.n)
        return DF_NONE32;
    return df_symbols_intern(&index->symbols, df_symbols_hash(&index->symbols, kind, a, b));
}

static void draft_frame(struct df_pattern_index *index, const struct df_pattern_frame *from, struct df_shape_frame *ret)
{
    ret->name = intern(index, KIND_NAME, from->place, from->function);
    uint32_t place = intern(index, KIND_PLACE, from->place, DF_STR_NONE);
    index->symbols.marks[ret->name].place = place;
    ret->line = (uint32_t)(from->line % DF_LINES) & (DF_LINES - 1);
    ret->nameless = !from->function.n;
    ret->library = !from->in_app;
    df_symbols_name(&index->symbols, ret->name, from->place, from->function);
}

static uint64_t hash_of(const struct df_pattern_index *index, enum kind kind, const void *p, size_t n)
{
    return df_symbols_hash(&index->symbols, kind, df_str_n(p, n), DF_STR_NONE);
}

/* The innermost frames taken together: rare where each alone is common. */
static void draft_starts(struct df_pattern_index *index, struct draft *d)
{
    static const size_t lengths[DF_SHAPE_STARTS] = {2, 3, 5};
    uint32_t names[8];
    for (size_t i = 0; i < DF_SHAPE_STARTS; i++) {
        size_t n = lengths[i];
        d->shape.starts[i] = DF_NONE32;
        if (n > d->record.n_frames)
            continue;
        for (size_t k = 0; k < n; k++)
            names[k] = d->frames[k].name;
        d->shape.starts[i] = df_symbols_intern(&index->symbols, hash_of(index, KIND_START, names, n * sizeof *names));
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void draft_trace(struct df_pattern_index *index, const struct df_pattern_trace *trace, struct draft *d)
{
    d->record = (struct df_record){
        .type = intern(index, KIND_TYPE, trace->type, DF_STR_NONE),
        .n_frames = (uint16_t)trace->n_frames,
        .n_words = (uint16_t)trace->n_words,
    };
    if (d->record.type != DF_NONE32)
        df_symbols_name(&index->symbols, d->record.type, trace->type, DF_STR_NONE);
    for (size_t i = 0; i < trace->n_frames; i++)
        draft_frame(index, &trace->frames[i], &d->frames[i]);
    for (size_t i = 0; i < trace->n_words; i++) {
        d->words[i] = intern(index, KIND_WORD, trace->words[i], DF_STR_NONE);
        df_symbols_name(&index->symbols, d->words[i], trace->words[i], DF_STR_NONE);
    }
    qsort(d->words, trace->n_words, sizeof *d->words, by_number);
    draft_starts(index, d);
    uint64_t frames = hash_of(index, KIND_NAME, d->frames, trace->n_frames * sizeof *d->frames);
    uint64_t words = hash_of(index, KIND_WORD, d->words, trace->n_words * sizeof *d->words);
    const uint64_t all[] = {frames, words, d->record.type};
    d->shape.hash = hash_of(index, KIND_TYPE, all, sizeof all);
}

static void rehash(struct df_pattern_index *index)
{
    uint32_t cap = index->by_hash_cap *= 2;
    index->by_hash = df_pattern_grown(index->by_hash, cap, sizeof *index->by_hash);
    memset(index->by_hash, 0xFF, cap * sizeof *index->by_hash);
    for (uint32_t i = 0; i < index->n_shapes; i++) {
        size_t at = index->shapes[i].hash & (cap - 1);
        while (index->by_hash[at] != DF_NONE32)
            at = (at + 1) & (cap - 1);
        index->by_hash[at] = i;
    }
}

/* Room for n more of an array that holds `used`. */
static void *roomy(void *p, size_t used, size_t n, size_t size, size_t *cap)
{
    if (used + n <= *cap)
        return p;
    *cap = used + n + *cap / 2;
    return df_pattern_grown(p, *cap, size);
}

static void grow_shapes(struct df_pattern_index *index)
{
    if (index->n_shapes < index->cap_shapes)
        return;
    index->cap_shapes = index->cap_shapes ? index->cap_shapes + index->cap_shapes / 2 : 256;
    index->shapes = df_pattern_grown(index->shapes, index->cap_shapes, sizeof *index->shapes);
    index->sums = df_pattern_grown(index->sums, index->cap_shapes, sizeof *index->sums);
    memset(index->sums + index->n_shapes, 0, (index->cap_shapes - index->n_shapes) * sizeof *index->sums);
}

static void post(struct df_pattern_index *index, const struct draft *d, uint32_t shape)
{
    struct df_symbols *s = &index->symbols;
    for (size_t i = 0; i < d->record.n_frames; i++) {
        uint32_t name = d->frames[i].name, place = s->marks[name].place;
        df_symbols_post(s, name, shape);
        if (place != DF_NONE32)
            df_symbols_post(s, place, shape);
    }
    for (size_t i = 0; i < d->record.n_words; i++)
        df_symbols_post(s, d->words[i], shape);
    for (size_t i = 0; i < DF_SHAPE_STARTS; i++)
        if (d->shape.starts[i] != DF_NONE32)
            df_symbols_post(s, d->shape.starts[i], shape);
    if (d->record.type != DF_NONE32)
        df_symbols_post(s, d->record.type, shape);
}

static void put_record(struct df_pattern_index *index, const void *p, size_t bytes)
{
    if (bytes)
        memcpy(index->records + index->n_records, p, bytes);
    index->n_records += bytes / sizeof *index->records;
}

static uint32_t add_shape(struct df_pattern_index *index, const struct draft *d)
{
    size_t frames = d->record.n_frames * sizeof *d->frames, words = d->record.n_words * sizeof *d->words;
    size_t units = (sizeof d->record + frames + words) / sizeof *index->records;
    grow_shapes(index);
    index->records = roomy(index->records, index->n_records, units, sizeof *index->records, &index->cap_records);
    struct df_shape *shape = &index->shapes[index->n_shapes];
    *shape = d->shape;
    shape->record = (uint32_t)index->n_records;
    shape->first = shape->last = DF_NONE32;
    put_record(index, &d->record, sizeof d->record);
    put_record(index, d->frames, frames);
    put_record(index, d->words, words);
    post(index, d, index->n_shapes);
    index->log_shapes = log((double)++index->n_shapes + 1);
    return index->n_shapes - 1;
}

/* The shape of the draft, added when it is new. */
static uint32_t find_shape(struct df_pattern_index *index, const struct draft *d)
{
    if (index->n_shapes >= index->by_hash_cap / 4 * 3)
        rehash(index);
    size_t mask = index->by_hash_cap - 1, at = d->shape.hash & mask;
    for (; index->by_hash[at] != DF_NONE32; at = (at + 1) & mask)
        if (index->shapes[index->by_hash[at]].hash == d->shape.hash)
            return index->by_hash[at];
    index->by_hash[at] = add_shape(index, d);
    return index->by_hash[at];
}

static void add_event(struct df_pattern_index *index, struct df_str id, uint32_t number)
{
    struct df_shape *shape = &index->shapes[number];
    if (index->n_events == index->cap_events) {
        index->cap_events = index->cap_events ? index->cap_events + index->cap_events / 2 : 256;
        index->events = df_pattern_grown(index->events, index->cap_events, sizeof *index->events);
    }
    index->ids = roomy(index->ids, index->n_ids, id.n, 1, &index->cap_ids);
    index->events[index->n_events] = (struct df_pattern_event){number, DF_NONE32, index->n_ids, (uint32_t)id.n};
    if (id.n)
        memcpy(index->ids + index->n_ids, id.p, id.n);
    index->n_ids += id.n;
    if (shape->last == DF_NONE32)
        shape->first = index->n_events;
    else
        index->events[shape->last].next = index->n_events;
    shape->last = index->n_events++;
    shape->events++;
}

uint32_t df_pattern_index_add(struct df_pattern_index *index, const struct df_pattern_trace *trace)
{
    struct draft d = {0};
    if (index->n_events >= DF_PATTERN_EVENTS)
        return UINT32_MAX;
    draft_trace(index, trace, &d);
    add_event(index, df_str_head(trace->id, DF_PATTERN_NAME_BYTES), find_shape(index, &d));
    return index->n_events - 1;
}

uint32_t df_pattern_index_events(const struct df_pattern_index *index)
{
    return index->n_events;
}

uint32_t df_pattern_index_shapes(const struct df_pattern_index *index)
{
    return index->n_shapes;
}

size_t df_pattern_index_bytes(const struct df_pattern_index *index)
{
    return sizeof *index + df_symbols_bytes(&index->symbols) +
           index->cap_shapes * (sizeof *index->shapes + sizeof *index->sums) +
           index->cap_records * sizeof *index->records + index->cap_events * sizeof *index->events + index->cap_ids +
           index->by_hash_cap * sizeof *index->by_hash + index->cap_ranked * sizeof *index->ranked +
           DF_PATTERN_POSTINGS * sizeof *index->touched;
}

struct df_str df_pattern_index_id(const struct df_pattern_index *index, uint32_t event)
{
    const struct df_pattern_event *e = &index->events[event];
    return e->id_n ? df_str_n(index->ids + e->id, e->id_n) : DF_STR_NONE;
}

uint32_t df_pattern_index_shape_of(const struct df_pattern_index *index, uint32_t event)
{
    return index->events[event].shape;
}

uint32_t df_pattern_index_first(const struct df_pattern_index *index, uint32_t shape)
{
    return index->shapes[shape].first;
}

uint32_t df_pattern_index_next(const struct df_pattern_index *index, uint32_t event)
{
    return index->events[event].next;
}
