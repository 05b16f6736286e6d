/* Groups of traces that have one cause, and why. Two groups become one when the shapes in them are alike enough on average, so
 * that a chain of small steps does not join what has nothing in common; pairs are tried from the most alike down. Each event
 * is in one group; what resembles nothing is in one of its own.
 * Cost: at most DF_PATTERN_NEIGHBOURS pairs a shape are tried, by at most DF_PATTERN_MEMBERS shapes of each side.
 * One thread at a time, as the index. Results live in the arena. */
#ifndef DF_DOMAIN_PATTERN_GROUP_H
#define DF_DOMAIN_PATTERN_GROUP_H

#include "domain/pattern_index.h"

enum { DF_PATTERN_NEIGHBOURS = 6, DF_PATTERN_MEMBERS = 3, DF_PATTERN_SHOWN = 5 };

/* Groups whose mean likeness is less stay apart. docs/decisions/008-patterns.md shows the range over which it does not matter. */
#define DF_PATTERN_THRESHOLD 0.7

struct df_pattern_group {
    const uint32_t *shapes; /* ascending: in the order first seen */
    size_t n_shapes;
    uint32_t n_events;
    double alike; /* mean likeness of what was joined last and least; 1 for one shape */
};

/* Called now and then; false stops the work. */
typedef bool df_pattern_progress(void *arg, uint32_t done, uint32_t total);

/* The largest group first, the earlier among equals. False when progress (may be NULL) stopped it. */
bool df_pattern_groups(struct df_pattern_index *index, double threshold, df_pattern_progress *progress, void *arg,
                       struct df_arena *arena, const struct df_pattern_group **ret, size_t *ret_n);

/* What the shapes of a group have in common. A shape of hundreds is compared by its first 64 others. */
struct df_pattern_shared {
    struct df_str frames[DF_PATTERN_SHOWN]; /* of every shape, those that say most first */
    size_t n_frames, shown;                 /* how many are shared, how many of them are in frames */
    struct df_str type;                     /* of all, or empty */
    size_t n_types;                         /* different ones; 0: none has a type */
    struct df_str words[DF_PATTERN_SHOWN];
    size_t n_words;
    struct df_str top; /* innermost frame of the first shape */
    size_t n_top;      /* frames the first shape has */
};
void df_pattern_share(struct df_pattern_index *index, const struct df_pattern_group *group,
                      struct df_pattern_shared *ret);

/* In words, one line. */
struct df_str df_pattern_reason(struct df_pattern_index *index, const struct df_pattern_group *group,
                                struct df_arena *arena);
/* Stays the same while the group's first event is the first: "p" and 16 digits. */
struct df_str df_pattern_group_id(struct df_pattern_index *index, const struct df_pattern_group *group,
                                  struct df_arena *arena);

#endif
