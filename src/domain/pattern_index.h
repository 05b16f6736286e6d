/* Which of many traces are most alike: an index over the names in them, so that a question looks at some of the traces and
 * never at all. Traces that are equal (names, lines, type, words) are one shape, kept once.
 *
 * The score of two shapes, 0 to 1, is the share of what they say that they both say:
 *   - frames: both stacks are walked together; a frame of one is paired with a frame of the other of the same name (the k-th
 *     with the k-th), or, what is left, of the same place. A pair counts by the frames' weights, less the farther apart they
 *     stand, and less when the lines are known and differ. The weight of a frame falls with how many frames of the
 *     application are above it and with how many shapes have it: a stack of common or nameless frames says little, and
 *     leaves the word to the message.
 *   - the exception's type, by its rarity: equal or not.
 *   - the words of the message: how much of their rarity is common to both.
 *
 * Cost: a question looks at no more than DF_PATTERN_POSTINGS entries of the index, the rarest names' first, and scores at most
 * max(64, twice what is asked for) shapes. Up to some hundred shapes that is all of them. Memory: df_pattern_index_bytes; 1.5 to
 * 2.5 KiB a shape of 30 frames, 8 bytes and the id for each further event of it.
 * Everything is on the heap until df_pattern_index_free. One thread at a time. Running out of memory aborts. */
#ifndef DF_DOMAIN_PATTERN_INDEX_H
#define DF_DOMAIN_PATTERN_INDEX_H

#include "domain/pattern_trace.h"

enum { DF_PATTERN_POSTINGS = 3072, DF_PATTERN_EVENTS = 4 * 1000 * 1000 };

/* What is behind the score. docs/decisions/008-patterns.md shows how little hangs on each. */
struct df_pattern_weights {
    double depth;    /* a frame below i of the application's counts 1 / (1 + i) to this power */
    double distance; /* a pair whose places differ by d counts exp(-distance * d) */
    double library;  /* what a frame outside the application counts, of one within */
    double rarity;   /* power of a name's rarity, 1 + ln((N + 1) / (n + 1)) */
    double line;     /* what an equal line adds to a pair, whose names alone count 1; the sum is brought back to 1 */
    double place;    /* what a pair counts that has only the place in common */
    double type;     /* what the type counts, of its rarity */
    double message;  /* what the message counts, as a frame at the top of that rarity */
};
extern const struct df_pattern_weights df_pattern_weights_default;

struct df_pattern_index;
/* seed: random, so that nobody can choose names that collide. weights may be NULL. */
struct df_pattern_index *df_pattern_index_new(uint64_t seed, const struct df_pattern_weights *weights);
void df_pattern_index_free(struct df_pattern_index *index);

/* The event's number, from 0 in the order added; UINT32_MAX once there are DF_PATTERN_EVENTS. The trace is copied. */
uint32_t df_pattern_index_add(struct df_pattern_index *index, const struct df_pattern_trace *trace);

uint32_t df_pattern_index_events(const struct df_pattern_index *index);
uint32_t df_pattern_index_shapes(const struct df_pattern_index *index);
size_t df_pattern_index_bytes(const struct df_pattern_index *index);
struct df_str df_pattern_index_id(const struct df_pattern_index *index, uint32_t event);
uint32_t df_pattern_index_shape_of(const struct df_pattern_index *index, uint32_t event);
/* The events of a shape in the order added: df_pattern_index_first, then _next until UINT32_MAX. */
uint32_t df_pattern_index_first(const struct df_pattern_index *index, uint32_t shape);
uint32_t df_pattern_index_next(const struct df_pattern_index *index, uint32_t event);

struct df_pattern_hit {
    uint32_t number; /* of an event or a shape */
    float score;
};
/* Others of the shapes, best first, the earlier one first among equals; at most max. Their count. */
size_t df_pattern_index_similar_shapes(struct df_pattern_index *index, uint32_t shape, struct df_pattern_hit *ret,
                                       size_t max);
/* The same for events, those of the event's own shape (score 1) included. */
size_t df_pattern_index_similar(struct df_pattern_index *index, uint32_t event, struct df_pattern_hit *ret, size_t max);
/* Sorts numbers of shapes, or of events, so that those with the same innermost frames follow each other: asked about in that
 * order, each finds in the processor's cache what the one before it has read. */
void df_pattern_index_order_shapes(const struct df_pattern_index *index, uint32_t *shapes, size_t n);
void df_pattern_index_order_events(const struct df_pattern_index *index, uint32_t *events, size_t n);
/* Score of two shapes. */
double df_pattern_index_score(struct df_pattern_index *index, uint32_t a, uint32_t b);

#endif
