#include "sandbox/norm.h"

enum { BREADCRUMBS_MAX = 100, MESSAGE_MAX = 8192, PARAMS_MAX = 64, FORMATTED_MAX = 4 * MESSAGE_MAX };

static const struct df_json *message_of(const struct norm *n)
{
    const struct df_json *v = norm_get(n->in, "logentry", "sentry.interfaces.Message");
    return df_json_is_null(v) ? df_json_get(n->in, "message") : v;
}

/* "%s was %d" with its parameters in their places, as Relay does when an SDK sent only the template. */
static struct df_str format_message(struct df_str text, const struct df_json *params, struct df_arena *arena)
{
    struct df_buf buf;
    df_buf_init(&buf, arena, FORMATTED_MAX);
    size_t next = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool mark = text.p[i] == '%' && i + 1 < text.n;
        if (mark && text.p[i + 1] == '%') {
            df_buf_put_char(&buf, '%');
            i++;
        } else if (mark && strchr("sdirfx", text.p[i + 1]) && next < PARAMS_MAX && next < df_json_count(params)) {
            df_buf_put_str(&buf, df_json_text(df_json_at(params, next++), arena));
            i++;
        } else {
            df_buf_put_char(&buf, text.p[i]);
        }
    }
    return df_buf_str(&buf);
}

struct df_str norm_message(const struct norm *n)
{
    const struct df_json *v = message_of(n), *params = df_json_get(v, "params");
    struct df_str text = df_json_str(v);
    if (df_json_is_object(v)) {
        text = norm_text(v, "formatted", n->arena);
        if (text.n == 0)
            text = norm_text(v, "message", n->arena);
        if (norm_text(v, "formatted", n->arena).n == 0 && df_json_is_array(params))
            text = format_message(text, params, n->arena);
    }
    return norm_cut(text, MESSAGE_MAX, n->arena);
}

static void put_message(struct df_json_writer *w, const struct norm *n)
{
    const struct df_json *v = message_of(n);
    struct df_str formatted = norm_message(n), message = norm_text(v, "message", n->arena);
    df_json_open(w, '{');
    df_json_kstr(w, "formatted", formatted);
    if (message.n && !df_str_eq(message, formatted))
        df_json_kstr(w, "message", message);
    if (!df_json_is_null(df_json_get(v, "params")))
        df_json_kvalue(w, "params", df_json_get(v, "params"));
    df_json_close(w, '}');
}

static void put_breadcrumb(struct df_json_writer *w, const struct df_json *crumb, struct df_arena *arena)
{
    struct df_str type = norm_text(crumb, "type", arena), level = norm_level(df_json_get(crumb, "level"));
    const struct df_json *data = df_json_get(crumb, "data"), *message = df_json_get(crumb, "message");
    int64_t at;
    df_json_open(w, '{');
    df_json_kstr(w, "type", type.n ? type : DF_S("default"));
    df_json_kstr_or_null(w, "timestamp",
                         norm_time(df_json_get(crumb, "timestamp"), &at) ? norm_time_text(at, arena) : DF_STR_NONE);
    df_json_kstr(w, "level", level.n ? level : DF_S("info"));
    norm_put_value(w, "message", df_json_is_string(message) ? message : NULL);
    norm_put_text(w, "category", crumb, "category", arena);
    norm_put_value(w, "data", df_json_is_object(data) && df_json_count(data) ? data : NULL);
    norm_put_text(w, "event_id", crumb, "event_id", arena);
    df_json_close(w, '}');
}

static struct norm_list breadcrumbs_of(const struct norm *n)
{
    return norm_objects(norm_get(n->in, "breadcrumbs", "sentry.interfaces.Breadcrumbs"), n->arena);
}

/* Sentry keeps the newest hundred. */
static void put_breadcrumbs(struct df_json_writer *w, const struct norm *n)
{
    struct norm_list crumbs = breadcrumbs_of(n);
    df_json_open(w, '{');
    df_json_kopen(w, "values", '[');
    for (size_t i = crumbs.n > BREADCRUMBS_MAX ? crumbs.n - BREADCRUMBS_MAX : 0; i < crumbs.n; i++)
        put_breadcrumb(w, crumbs.items[i], n->arena);
    df_json_close(w, ']');
    df_json_close(w, '}');
}

static void put_own_stacktrace(struct df_json_writer *w, const struct norm *n)
{
    norm_put_stacktrace(w, norm_get(n->in, "stacktrace", "sentry.interfaces.Stacktrace"), n);
}

static void put_debug_meta(struct df_json_writer *w, const struct norm *n)
{
    df_json_put_value(w, norm_get(n->in, "debug_meta", "sentry.interfaces.DebugMeta"));
}

static bool has_message(const struct norm *n)
{
    return norm_message(n).n > 0;
}

static bool has_exceptions(const struct norm *n)
{
    return n->exceptions.n > 0;
}

static bool has_own_stacktrace(const struct norm *n)
{
    return norm_frames(norm_get(n->in, "stacktrace", "sentry.interfaces.Stacktrace"), n->arena).n > 0;
}

static bool has_threads(const struct norm *n)
{
    return n->threads.n > 0;
}

static bool has_breadcrumbs(const struct norm *n)
{
    return breadcrumbs_of(n).n > 0;
}

static bool has_request(const struct norm *n)
{
    return norm_request(n) != NULL;
}

static bool has_debug_meta(const struct norm *n)
{
    const struct df_json *v = norm_get(n->in, "debug_meta", "sentry.interfaces.DebugMeta");
    return df_json_is_object(v) && df_json_count(df_json_get(v, "images")) > 0;
}

/* A browser's security reports, kept as they came: the API has them in snake_case too. */
#define REPORT(name)                                                       \
    static bool has_##name(const struct norm *n)                           \
    {                                                                      \
        return df_json_is_object(df_json_get(n->in, #name));               \
    }                                                                      \
    static void put_##name(struct df_json_writer *w, const struct norm *n) \
    {                                                                      \
        df_json_put_value(w, df_json_get(n->in, #name));                   \
    }
REPORT(csp)
REPORT(hpkp)
REPORT(expectct)
REPORT(expectstaple)
#undef REPORT

/* In the order of Sentry's display score. */
static const struct {
    const char *type;
    bool (*has)(const struct norm *n);
    void (*put)(struct df_json_writer *w, const struct norm *n);
} kinds[] = {
    {"message", has_message, put_message},
    {"exception", has_exceptions, norm_put_exceptions},
    {"stacktrace", has_own_stacktrace, put_own_stacktrace},
    {"threads", has_threads, norm_put_threads},
    {"csp", has_csp, put_csp},
    {"hpkp", has_hpkp, put_hpkp},
    {"expectct", has_expectct, put_expectct},
    {"expectstaple", has_expectstaple, put_expectstaple},
    {"breadcrumbs", has_breadcrumbs, put_breadcrumbs},
    {"request", has_request, norm_put_request},
    {"debugmeta", has_debug_meta, put_debug_meta},
};

struct norm_entry_list norm_entries(const struct norm *n)
{
    struct norm_entry_list list = {.n = 0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].has(n))
            list.types[list.n++] = kinds[i].type;
    return list;
}

void norm_put_entries(struct df_json_writer *w, const struct norm *n)
{
    df_json_kopen(w, "entries", '[');
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!kinds[i].has(n))
            continue;
        df_json_open(w, '{');
        df_json_kstr(w, "type", df_str_c(kinds[i].type));
        df_json_key(w, DF_S("data"));
        kinds[i].put(w, n);
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
}
