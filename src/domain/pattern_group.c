#include "domain/pattern_group.h"

#include "domain/pattern_parts.h"

#include <stdlib.h>

enum { REPORT_EACH = 256 };

struct edge {
    uint32_t a, b;
    float score;
};

/* Shapes that have become one, known by one of them (union-find), with a few that stand for all. */
struct cluster {
    uint32_t parent, members[DF_PATTERN_MEMBERS];
    uint8_t n_members;
    float alike;
};

struct grouping {
    struct df_pattern_index *index;
    double threshold;
    struct cluster *clusters;
    struct edge *edges;
    size_t n_edges, cap_edges;
};

static void add_edges(struct grouping *g, uint32_t shape, const struct df_pattern_hit *hits, size_t n)
{
    for (size_t i = 0; i < n && (double)hits[i].score >= g->threshold; i++) {
        if (g->n_edges == g->cap_edges) {
            g->cap_edges = g->cap_edges ? g->cap_edges + g->cap_edges / 2 : 256;
            g->edges = df_pattern_grown(g->edges, g->cap_edges, sizeof *g->edges);
        }
        uint32_t other = hits[i].number;
        g->edges[g->n_edges++] = shape < other ? (struct edge){shape, other, hits[i].score}
                                               : (struct edge){other, shape, hits[i].score};
    }
}

static bool find_edges(struct grouping *g, struct df_arena *arena, df_pattern_progress *progress, void *arg)
{
    struct df_pattern_hit hits[DF_PATTERN_NEIGHBOURS];
    uint32_t total = g->index->n_shapes, *order = DF_NEW_ARRAY(arena, uint32_t, total);
    for (uint32_t i = 0; i < total; i++)
        order[i] = i;
    df_pattern_index_order_shapes(g->index, order, total);
    for (uint32_t i = 0; i < total; i++) {
        if (progress && i % REPORT_EACH == 0 && !progress(arg, i, total))
            return false;
        size_t n = df_pattern_index_similar_shapes(g->index, order[i], hits, DF_PATTERN_NEIGHBOURS);
        add_edges(g, order[i], hits, n);
    }
    return true;
}

static int strongest_first(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static uint32_t root_of(struct grouping *g, uint32_t shape)
{
    while (g->clusters[shape].parent != shape) {
        g->clusters[shape].parent = g->clusters[g->clusters[shape].parent].parent;
        shape = g->clusters[shape].parent;
    }
    return shape;
}

static double mean_likeness(struct grouping *g, const struct cluster *a, const struct cluster *b)
{
    double sum = 0;
    struct df_weighed query;
    for (size_t i = 0; i < a->n_members; i++) {
        df_weigh(g->index, a->members[i], &query);
        df_score_against(g->index, &query);
        for (size_t k = 0; k < b->n_members; k++)
            sum += df_score(g->index, &query, b->members[k]);
    }
    return sum / (a->n_members * b->n_members);
}

/* Members of both in turn stand for the whole. */
static void join(struct grouping *g, uint32_t a, uint32_t b, double alike)
{
    struct cluster *into = &g->clusters[a < b ? a : b], *from = &g->clusters[a < b ? b : a], before = *into;
    from->parent = a < b ? a : b;
    into->n_members = 0;
    for (size_t i = 0; i < DF_PATTERN_MEMBERS; i++) {
        if (i < before.n_members && into->n_members < DF_PATTERN_MEMBERS)
            into->members[into->n_members++] = before.members[i];
        if (i < from->n_members && into->n_members < DF_PATTERN_MEMBERS)
            into->members[into->n_members++] = from->members[i];
    }
    into->alike = (float)alike < into->alike ? (float)alike : into->alike;
    into->alike = from->alike < into->alike ? from->alike : into->alike;
}

static void join_all(struct grouping *g)
{
    if (g->n_edges)
        qsort(g->edges, g->n_edges, sizeof *g->edges, strongest_first);
    for (size_t i = 0; i < g->n_edges; i++) {
        uint32_t a = root_of(g, g->edges[i].a), b = root_of(g, g->edges[i].b);
        if (a == b)
            continue;
        double alike = mean_likeness(g, &g->clusters[a], &g->clusters[b]);
        if (alike >= g->threshold)
            join(g, a, b, alike);
    }
}

static int largest_first(const void *a, const void *b)
{
    const struct df_pattern_group *x = a, *y = b;
    if (x->n_events != y->n_events)
        return x->n_events > y->n_events ? -1 : 1;
    return (x->shapes[0] > y->shapes[0]) - (x->shapes[0] < y->shapes[0]);
}

/* A root is the earliest of its shapes, so that it comes first. */
static size_t list_groups(struct grouping *g, struct df_arena *arena, struct df_pattern_group **ret)
{
    uint32_t n = g->index->n_shapes;
    struct df_pattern_group *groups = DF_NEW_ARRAY(arena, struct df_pattern_group, n);
    uint32_t *all = DF_NEW_ARRAY(arena, uint32_t, n), *place = DF_NEW_ARRAY(arena, uint32_t, n);
    size_t n_groups = 0, used = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t root = root_of(g, i);
        if (root == i)
            place[i] = (uint32_t)n_groups++;
        groups[place[root]].n_shapes++;
        groups[place[root]].n_events += g->index->shapes[i].events;
        groups[place[root]].alike = (double)g->clusters[root].alike;
    }
    for (size_t i = 0; i < n_groups; i++) {
        groups[i].shapes = all + used;
        used += groups[i].n_shapes;
        groups[i].n_shapes = 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct df_pattern_group *group = &groups[place[root_of(g, i)]];
        all[(size_t)(group->shapes - all) + group->n_shapes++] = i;
    }
    if (n_groups)
        qsort(groups, n_groups, sizeof *groups, largest_first);
    *ret = groups;
    return n_groups;
}

bool df_pattern_groups(struct df_pattern_index *index, double threshold, df_pattern_progress *progress, void *arg,
                       struct df_arena *arena, const struct df_pattern_group **ret, size_t *ret_n)
{
    struct grouping g = {.index = index, .threshold = threshold};
    struct df_pattern_group *groups;
    bool whole = find_edges(&g, arena, progress, arg);
    if (whole) {
        g.clusters = df_pattern_grown(NULL, index->n_shapes + 1, sizeof *g.clusters);
        for (uint32_t i = 0; i < index->n_shapes; i++)
            g.clusters[i] = (struct cluster){.parent = i, .members = {i}, .n_members = 1, .alike = 1};
        join_all(&g);
        *ret_n = list_groups(&g, arena, &groups);
        *ret = groups;
    }
    free(g.edges);
    free(g.clusters);
    return whole;
}
