/* Private to pattern_*.c: what the index holds. */
#ifndef DF_DOMAIN_PATTERN_PARTS_H
#define DF_DOMAIN_PATTERN_PARTS_H

#include "domain/pattern_index.h"

#define DF_NONE32 UINT32_MAX

/* A name that traces have in common: of a frame, a place, a type, a word; or the innermost frames together. */
struct df_symbol {
    uint64_t hash;
    uint32_t n, cap; /* shapes that have it, in ascending order */
    uint32_t few[2]; /* they themselves, while cap is 0 */
    uint32_t *many;
    uint32_t text, text_n; /* into the table's text; 0 bytes: none kept */
};

/* What scoring reads of a symbol, by itself so that it stays in the processor's cache. */
struct df_symbol_mark {
    uint64_t frames;   /* those of the question that have it */
    uint32_t question; /* by which it was marked */
    uint32_t place;    /* of a frame's name: the symbol of its place, or DF_NONE32 */
    float log_n;       /* ln(n + 1) */
};

struct df_symbols {
    uint64_t seed;
    struct df_symbol *items;
    struct df_symbol_mark *marks;
    uint32_t n, cap;
    uint32_t *table; /* open addressing; DF_NONE32 is free */
    uint32_t table_cap;
    char *text;
    size_t text_n, text_cap, postings_bytes;
};

void df_symbols_init(struct df_symbols *s, uint64_t seed);
void df_symbols_done(struct df_symbols *s);
uint64_t df_symbols_hash(const struct df_symbols *s, uint64_t kind, struct df_str a, struct df_str b);
/* The symbol of that hash, made when it is new. */
uint32_t df_symbols_intern(struct df_symbols *s, uint64_t hash);
void df_symbols_name(struct df_symbols *s, uint32_t symbol, struct df_str place, struct df_str function);
struct df_str df_symbols_text(const struct df_symbols *s, uint32_t symbol);
/* Notes that the shape has it; the same shape twice in a row counts once. */
void df_symbols_post(struct df_symbols *s, uint32_t symbol, uint32_t shape);
size_t df_symbols_bytes(const struct df_symbols *s);

static inline const uint32_t *df_symbol_postings(const struct df_symbol *symbol)
{
    return symbol->cap ? symbol->many : symbol->few;
}

/* A shape as it is scored, a record in one array: this head, the frames, the words (ascending). */
struct df_shape_frame {
    uint32_t name;         /* symbol */
    uint32_t line : 30;    /* 0: unknown */
    uint32_t nameless : 1; /* its name is its place alone */
    uint32_t library : 1;  /* outside the application */
};
enum { DF_LINES = 1 << 30 };
struct df_record {
    uint32_t type; /* symbol, or DF_NONE32 */
    uint16_t n_frames, n_words;
};

enum { DF_SHAPE_STARTS = 3 };
struct df_shape {
    uint64_t hash;
    uint32_t record;                  /* where it begins */
    uint32_t starts[DF_SHAPE_STARTS]; /* symbols of the innermost 2, 3 and 5 frames; DF_NONE32: fewer */
    uint32_t first, last, events;     /* its events, a list */
};

struct df_pattern_event {
    uint32_t shape, next;
    size_t id;
    uint32_t id_n;
};

/* One shape weighed against what the index holds at this moment. */
struct df_weighed {
    const struct df_record *record;
    double total, words, type; /* of its frames, of its words, of its type */
    float weights[DF_PATTERN_FRAMES];
};

struct df_pattern_index {
    struct df_pattern_weights weights;
    struct df_symbols symbols;
    struct df_shape *shapes;
    uint32_t n_shapes, cap_shapes;
    uint32_t *records;
    size_t n_records, cap_records; /* in units of 4 bytes */
    struct df_pattern_event *events;
    uint32_t n_events, cap_events;
    char *ids;
    size_t n_ids, cap_ids;
    uint32_t *by_hash; /* open addressing over shapes */
    uint32_t by_hash_cap;
    /* a question's own: sums by shape, which are set, its marks */
    float *sums;
    uint32_t *touched;
    struct df_pattern_hit *ranked;
    size_t n_touched, cap_sums, cap_ranked;
    uint32_t question;
    float by_depth[DF_PATTERN_FRAMES], by_distance[DF_PATTERN_FRAMES];
    double log_shapes; /* ln(N + 1) */
};

static inline const struct df_record *df_record(const struct df_pattern_index *index, uint32_t shape)
{
    return (const struct df_record *)&index->records[index->shapes[shape].record];
}

static inline const struct df_shape_frame *df_record_frames(const struct df_record *record)
{
    return (const struct df_shape_frame *)(record + 1);
}

static inline const uint32_t *df_record_words(const struct df_record *record)
{
    return (const uint32_t *)(df_record_frames(record) + record->n_frames);
}

/* realloc of n items that cannot fail. */
void *df_pattern_grown(void *p, size_t n, size_t size);

void df_weigh(struct df_pattern_index *index, uint32_t shape, struct df_weighed *ret);
/* Marks the symbols of the shape's frames, so that df_score finds them; until the next call. */
void df_score_against(struct df_pattern_index *index, const struct df_weighed *query);
double df_score(struct df_pattern_index *index, const struct df_weighed *query, uint32_t shape);
/* How much a symbol of a name says: 1 where every shape has it, more the rarer it is. */
double df_rarity(const struct df_pattern_index *index, uint32_t symbol);

#endif
