/* The scores of ./dev bench patterns, by the program's own code:
 *   pattern_scores pairs FILE [WEIGHT=VALUE...]   for each event a line of its scores with those before it
 *   pattern_scores live FILE                      adds event after event, asking after each which are like it; prints
 *                                                 "MEDIAN_US P99_US MAX_US BYTES_AN_EVENT SHAPES" */
#include "domain/pattern_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TOP = 10 };

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static bool read_trace(struct df_str line, struct df_arena *arena, struct df_pattern_trace *ret)
{
    const struct df_json *v;
    struct df_error err;
    if (df_json_parse(arena, line, 0, &v, &err) == DF_OK && df_pattern_trace_read(v, arena, ret))
        return true;
    fprintf(stderr, "pattern_scores: not an event: %.*s\n", DF_FMT(df_str_head(line, 80)));
    exit(1);
}

static bool set_weight(struct df_pattern_weights *w, const char *name, size_t n, double value)
{
    const struct {
        const char *name;
        double *place;
    } all[] = {{"depth", &w->depth}, {"distance", &w->distance}, {"rarity", &w->rarity}, {"library", &w->library},
               {"line", &w->line},   {"place", &w->place},       {"type", &w->type},     {"message", &w->message}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (df_str_is(df_str_n(name, n), all[i].name)) {
            *all[i].place = value;
            return true;
        }
    return false;
}

static int pairs(FILE *in, const struct df_pattern_weights *weights)
{
    struct df_pattern_index *index = df_pattern_index_new(1, weights);
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t n; (n = getline(&line, &cap, in)) > 0;) {
        struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
        struct df_pattern_trace trace;
        read_trace(df_str_n(line, (size_t)n), arena, &trace);
        df_pattern_index_add(index, &trace);
    }
    free(line);
    for (uint32_t i = 0; i < df_pattern_index_events(index); i++) {
        for (uint32_t j = 0; j < i; j++)
            printf("%s%.7f", j ? " " : "",
                   df_pattern_index_score(index, df_pattern_index_shape_of(index, i),
                                          df_pattern_index_shape_of(index, j)));
        putchar('\n');
    }
    df_pattern_index_free(index);
    return 0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *roomier(double *p, size_t n)
{
    double *grown = reallocarray(p, n, sizeof *p);
    if (!grown)
        exit(1);
    return grown;
}

static int live(FILE *in)
{
    struct df_pattern_index *index = df_pattern_index_new(1, NULL);
    struct df_pattern_hit hits[TOP];
    double *took = NULL;
    char *line = NULL;
    size_t cap = 0, events = 0;
    for (ssize_t n; (n = getline(&line, &cap, in)) > 0; events++) {
        struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
        struct df_pattern_trace trace;
        if ((events & (events - 1)) == 0)
            took = roomier(took, 2 * events + 1);
        double start = now_us();
        read_trace(df_str_n(line, (size_t)n), arena, &trace);
        df_pattern_index_similar(index, df_pattern_index_add(index, &trace), hits, TOP);
        took[events] = now_us() - start;
    }
    if (events) {
        qsort(took, events, sizeof *took, ascending);
        printf("%.1f %.1f %.1f %.1f %u\n", took[events / 2], took[events * 99 / 100], took[events - 1],
               (double)df_pattern_index_bytes(index) / (double)events, df_pattern_index_shapes(index));
    }
    free(took);
    free(line);
    df_pattern_index_free(index);
    return 0;
}

int main(int argc, char **argv)
{
    struct df_pattern_weights weights = df_pattern_weights_default;
    FILE *in = argc > 2 ? fopen(argv[2], "rb") : NULL;
    for (int i = 3; in && i < argc; i++) {
        const char *sign = strchr(argv[i], '=');
        if (!sign || !set_weight(&weights, argv[i], (size_t)(sign - argv[i]), strtod(sign + 1, NULL)))
            argc = 0;
    }
    if (!in || argc < 3) {
        fprintf(stderr, "usage: pattern_scores pairs|live FILE [WEIGHT=VALUE...]\n");
        return 2;
    }
    int code = strcmp(argv[1], "live") == 0 ? live(in) : pairs(in, &weights);
    fclose(in);
    return code;
}
