#include "sandbox/norm.h"

#include "base/time.h"

/* The legacy store format names interfaces in full. */
const struct df_json *norm_get(const struct df_json *in, const char *key, const char *legacy)
{
    const struct df_json *v = df_json_get(in, key);
    return df_json_is_null(v) && legacy ? df_json_get(in, legacy) : v;
}

/* {"values": [...]}, a bare list, or one bare object. */
struct norm_list norm_objects(const struct df_json *v, struct df_arena *arena)
{
    struct norm_list list = {0};
    bool wrapped = df_json_is_object(v) && df_json_is_array(df_json_get(v, "values"));
    const struct df_json *array = wrapped ? df_json_get(v, "values") : v;
    if (!df_json_is_array(array)) {
        if (!df_json_is_object(v) || df_json_count(v) == 0 || df_json_get(v, "values"))
            return list;
        list.items = DF_NEW_ARRAY(arena, const struct df_json *, 1);
        list.items[list.n++] = v;
        return list;
    }
    size_t max = df_json_count(array) < DF_NORM_LIST_MAX ? df_json_count(array) : DF_NORM_LIST_MAX;
    list.items = DF_NEW_ARRAY(arena, const struct df_json *, max + 1);
    for (struct df_json_iter it = df_json_iter(array); list.n < max && df_json_next(&it);)
        if (df_json_is_object(it.value))
            list.items[list.n++] = it.value;
    return list;
}

struct norm_list norm_frames(const struct df_json *stacktrace, struct df_arena *arena)
{
    const struct df_json *frames = df_json_get(stacktrace, "frames");
    return df_json_is_array(frames) ? norm_objects(frames, arena) : (struct norm_list){0};
}

struct df_str norm_text(const struct df_json *object, const char *key, struct df_arena *arena)
{
    return df_json_text(df_json_get(object, key), arena);
}

struct df_str norm_cut(struct df_str s, size_t limit, struct df_arena *arena)
{
    if (s.n <= limit)
        return s;
    return df_arena_printf(arena, "%.*s...", DF_FMT(df_str_head(s, limit - 3)));
}

struct df_str norm_first_line(struct df_str s)
{
    struct df_str line = DF_STR_NONE;
    df_str_split(&s, '\n', &line);
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

bool norm_time(const struct df_json *v, int64_t *ret_ms)
{
    if (df_json_is_number(v)) {
        double s = df_json_double(v, -1);
        if (!(s > 0 && s < 1e11))
            return false;
        *ret_ms = (int64_t)(s * 1000 + 0.5);
        return true;
    }
    struct df_str text = df_json_str(v);
    if (!df_time_parse(text, ret_ms))
        return false;
    /* Sentry rounds to the millisecond, df_time_parse cuts: look at the fourth digit of the fraction. */
    long dot = df_str_find_char(text, '.');
    struct df_str rest = dot < 0 ? DF_STR_NONE : df_str_from(text, (size_t)dot + 4);
    if (rest.n && rest.p[0] >= '5' && rest.p[0] <= '9')
        ++*ret_ms;
    return true;
}

struct df_str norm_level(const struct df_json *v)
{
    static const char *const levels[][2] = {
        {"error", "error"}, {"warning", "warning"}, {"warn", "warning"},   {"info", "info"},     {"log", "info"},
        {"debug", "debug"}, {"fatal", "fatal"},     {"critical", "fatal"}, {"sample", "sample"},
    };
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (df_str_ieq(df_json_str(v), df_str_c(levels[i][0])))
            return df_str_c(levels[i][1]);
    return DF_STR_NONE;
}

void norm_put_text(struct df_json_writer *w, const char *key, const struct df_json *object, const char *from,
                   struct df_arena *arena)
{
    const struct df_json *v = df_json_get(object, from);
    if (df_json_is_string(v))
        df_json_kstr(w, key, df_json_str(v)); /* an empty text is not null */
    else
        df_json_kstr_or_null(w, key, df_json_text(v, arena));
}

void norm_put_value(struct df_json_writer *w, const char *key, const struct df_json *v)
{
    if (df_json_is_null(v))
        df_json_knull(w, key);
    else
        df_json_kvalue(w, key, v);
}
