#include "domain/plot.h"

enum { LEVELS = 8 };

struct df_points df_points_parse(const struct df_json *v, size_t limit, struct df_arena *arena)
{
    size_t n = df_json_is_array(v) ? df_json_count(v) : 0, skip = n > limit ? n - limit : 0;
    struct df_points points = {0};
    if (n == 0)
        return points;
    struct df_point *items = DF_NEW_ARRAY(arena, struct df_point, n - skip);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        const struct df_json *time = df_json_at(it.value, 0), *count = df_json_at(it.value, 1);
        if (it.index < skip || !df_json_is_number(time) || !df_json_is_number(count))
            continue;
        int64_t c = df_json_int(count, 0);
        items[points.n++] = (struct df_point){df_json_int(time, 0), c > 0 ? c : 0};
    }
    points.items = items;
    return points;
}

void df_points_put_json(struct df_json_writer *w, const char *key, const struct df_points *points)
{
    if (points->n == 0) {
        df_json_knull(w, key);
        return;
    }
    df_json_kopen(w, key, '[');
    for (size_t i = 0; i < points->n; i++) {
        df_json_open(w, '[');
        df_json_put_int(w, points->items[i].time_s);
        df_json_put_int(w, points->items[i].count);
        df_json_close(w, ']');
    }
    df_json_close(w, ']');
}

int64_t df_points_sum(const struct df_points *points)
{
    int64_t sum = 0;
    for (size_t i = 0; i < points->n; i++)
        sum = points->items[i].count < INT64_MAX - sum ? sum + points->items[i].count : INT64_MAX;
    return sum;
}

int64_t df_points_most(const struct df_points *points)
{
    int64_t most = 0;
    for (size_t i = 0; i < points->n; i++)
        most = points->items[i].count > most ? points->items[i].count : most;
    return most;
}

/* 0 for none at all, so that one event among thousands still shows. */
static unsigned level_of(int64_t count, int64_t most)
{
    if (count == 0)
        return 0;
    double share = (double)count / (double)most;
    return 1 + (unsigned)(share * (LEVELS - 2) + 0.5);
}

void df_plot_line(struct df_buf *out, const struct df_points *points, bool utf8)
{
    static const char *const blocks[LEVELS] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                               "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const ascii[LEVELS] = {"_", ".", ":", "-", "=", "+", "*", "#"};
    int64_t most = df_points_most(points);
    for (size_t i = 0; i < points->n; i++) {
        unsigned level = level_of(points->items[i].count, most);
        df_buf_put_c(out, utf8 ? blocks[level] : ascii[level]);
    }
}
