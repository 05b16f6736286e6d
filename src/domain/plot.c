#include "domain/plot.h"

enum { LEVELS = 8 };

/* Room for the last `limit` of a list; *ret_skip: those before. */
static struct df_point *room_for(const struct df_json *v, size_t limit, struct df_arena *arena, size_t *ret_skip)
{
    size_t n = df_json_is_array(v) ? df_json_count(v) : 0;
    *ret_skip = n > limit ? n - limit : 0;
    return n ? DF_NEW_ARRAY(arena, struct df_point, n - *ret_skip) : NULL;
}

static void add(struct df_point *items, size_t *n, int64_t time_s, const struct df_json *count)
{
    int64_t c = df_json_int(count, 0);
    items[(*n)++] = (struct df_point){time_s, c > 0 ? c : 0};
}

struct df_points df_points_parse(const struct df_json *v, size_t limit, struct df_arena *arena)
{
    size_t skip, n = 0;
    struct df_point *items = room_for(v, limit, arena, &skip);
    for (struct df_json_iter it = df_json_iter(v); items && df_json_next(&it);) {
        const struct df_json *time = df_json_at(it.value, 0), *count = df_json_at(it.value, 1);
        if (it.index >= skip && df_json_is_number(time) && df_json_is_number(count))
            add(items, &n, df_json_int(time, 0), count);
    }
    return (struct df_points){items, n};
}

struct df_points df_points_parse_series(const struct df_json *v, size_t limit, struct df_arena *arena)
{
    const struct df_json *values = df_json_get(df_json_at(df_json_get(v, "timeSeries"), 0), "values");
    size_t skip, n = 0;
    struct df_point *items = room_for(values, limit, arena, &skip);
    for (struct df_json_iter it = df_json_iter(values); items && df_json_next(&it);) {
        const struct df_json *time = df_json_get(it.value, "timestamp"), *count = df_json_get(it.value, "value");
        if (it.index >= skip && df_json_is_number(time) && df_json_is_number(count))
            add(items, &n, df_json_int(time, 0) / 1000, count);
    }
    return (struct df_points){items, n};
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
