#include "sandbox/norm.h"

#include "base/url.h"

static struct df_str url_path(struct df_str text, struct df_arena *arena)
{
    struct df_url url;
    if (!df_str_starts(text, DF_S("http")) || !df_url_parse(text, arena, &url))
        return DF_STR_NONE;
    return url.path.n > 1 ? url.path : DF_STR_NONE;
}

/* As Relay has it: a lone filename is the absolute path, and a URL's path is the filename. */
struct df_str norm_frame_filename(const struct df_json *frame, struct df_arena *arena)
{
    struct df_str filename = norm_text(frame, "filename", arena), abs_path = norm_text(frame, "abs_path", arena);
    if (filename.n && abs_path.n)
        return filename;
    struct df_str path = url_path(abs_path.n ? abs_path : filename, arena);
    return path.n ? path : abs_path.n ? abs_path : filename;
}

static bool in_app(const struct df_json *frame)
{
    return df_json_bool(df_json_get(frame, "in_app"), false);
}

/* The newest in-app frame that names its function, else the newest that does. */
static const struct df_json *pick_frame(const struct df_json *stacktrace, struct df_arena *arena)
{
    struct norm_list frames = norm_frames(stacktrace, arena);
    const struct df_json *other = NULL;
    for (size_t i = frames.n; i-- > 0;) {
        struct df_str function = norm_text(frames.items[i], "function", arena);
        if (function.n == 0 || df_str_is(function, "<redacted>") || df_str_is(function, "<unknown>"))
            continue;
        if (in_app(frames.items[i]))
            return frames.items[i];
        if (!other)
            other = frames.items[i];
    }
    return other;
}

static const struct df_json *crashed_stack(const struct norm *n)
{
    for (size_t i = n->exceptions.n; i-- > 0;)
        if (df_json_is_object(df_json_get(n->exceptions.items[i], "stacktrace")))
            return df_json_get(n->exceptions.items[i], "stacktrace");
    const struct df_json *own = norm_get(n->in, "stacktrace", "sentry.interfaces.Stacktrace");
    if (df_json_is_object(own))
        return own;
    for (size_t i = 0; i < n->threads.n; i++)
        if (n->threads.n == 1 || df_json_bool(df_json_get(n->threads.items[i], "crashed"), false))
            return df_json_get(n->threads.items[i], "stacktrace");
    return NULL;
}

const struct df_json *norm_crash_frame(const struct norm *n)
{
    return pick_frame(crashed_stack(n), n->arena);
}

static struct df_str frame_culprit(const struct df_json *frame, struct df_str platform, struct df_arena *arena)
{
    struct df_str own = norm_text(frame, "platform", arena), function = norm_text(frame, "function", arena);
    struct df_str place = norm_text(frame, "module", arena);
    if (function.n == 0)
        function = DF_S("?");
    if (place.n == 0)
        place = norm_frame_filename(frame, arena);
    platform = own.n ? own : platform;
    if (df_str_is(platform, "native") || df_str_is(platform, "cocoa") || df_str_is(platform, "objc"))
        return function;
    if (place.n == 0)
        return DF_STR_NONE;
    if (df_str_is(platform, "javascript") || df_str_is(platform, "node"))
        return df_arena_printf(arena, "%.*s(%.*s)", DF_FMT(function), DF_FMT(place));
    return df_arena_printf(arena, "%.*s in %.*s", DF_FMT(place), DF_FMT(function));
}

struct df_str norm_stack_culprit(const struct norm *n)
{
    const struct df_json *last = n->exceptions.n ? n->exceptions.items[n->exceptions.n - 1] : NULL;
    if (df_json_bool(df_json_get(df_json_get(last, "mechanism"), "synthetic"), false))
        return DF_STR_NONE;
    const struct df_json *stack = crashed_stack(n), *fallback = NULL;
    struct norm_list frames = norm_frames(stack, n->arena);
    for (size_t i = frames.n; i-- > 0;) {
        if (!in_app(frames.items[i])) {
            fallback = fallback ? fallback : frames.items[i];
            continue;
        }
        struct df_str culprit = frame_culprit(frames.items[i], n->event->platform, n->arena);
        if (culprit.n)
            return culprit;
    }
    return fallback ? frame_culprit(fallback, n->event->platform, n->arena) : DF_STR_NONE;
}

static void put_lines(struct df_json_writer *w, const struct df_json *lines, int64_t *line)
{
    for (struct df_json_iter it = df_json_iter(lines); df_json_is_array(lines) && df_json_next(&it); ++*line) {
        df_json_open(w, '[');
        df_json_put_int(w, *line);
        df_json_put_str(w, df_json_str(it.value));
        df_json_close(w, ']');
    }
}

static void put_context(struct df_json_writer *w, const struct df_json *frame)
{
    int64_t line = df_json_int(df_json_get(frame, "lineno"), -1);
    const struct df_json *before = df_json_get(frame, "pre_context"), *at = df_json_get(frame, "context_line");
    df_json_kopen(w, "context", '[');
    if (line >= 0 && df_json_is_string(at)) {
        int64_t first = df_json_is_array(before) ? line - (int64_t)df_json_count(before) : line;
        first = first < 0 ? 0 : first;
        put_lines(w, before, &first);
        df_json_open(w, '[');
        df_json_put_int(w, first++);
        df_json_put_str(w, df_json_str(at));
        df_json_close(w, ']');
        put_lines(w, df_json_get(frame, "post_context"), &first);
    }
    df_json_close(w, ']');
}

static void put_number(struct df_json_writer *w, const char *key, const struct df_json *v)
{
    int64_t number = df_json_int(v, -1);
    if (number < 0)
        df_json_knull(w, key);
    else
        df_json_kint(w, key, number);
}

static void put_frame(struct df_json_writer *w, const struct df_json *frame, const struct norm *n)
{
    static const char *const texts[][2] = {
        {"module", "module"},
        {"package", "package"},
        {"platform", "platform"},
        {"function", "function"},
        {"rawFunction", "raw_function"},
        {"symbol", "symbol"},
        {"trust", "trust"},
        {"sourceLink", "source_link"},
        {"instructionAddr", "instruction_addr"},
        {"symbolAddr", "symbol_addr"},
    };
    struct df_str abs_path = norm_text(frame, "abs_path", n->arena);
    df_json_open(w, '{');
    df_json_kstr_or_null(w, "filename", norm_frame_filename(frame, n->arena));
    df_json_kstr_or_null(w, "absPath", abs_path.n ? abs_path : norm_text(frame, "filename", n->arena));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        norm_put_text(w, texts[i][0], frame, texts[i][1], n->arena);
    put_context(w, frame);
    put_number(w, "lineNo", df_json_get(frame, "lineno"));
    put_number(w, "colNo", df_json_get(frame, "colno"));
    df_json_kbool(w, "inApp", in_app(frame));
    norm_put_value(w, "errors", df_json_get(frame, "errors"));
    norm_put_value(w, "lock", df_json_get(frame, "lock"));
    norm_put_value(w, "vars", df_json_is_object(df_json_get(frame, "vars")) ? df_json_get(frame, "vars") : NULL);
    df_json_close(w, '}');
}

/* Sentry's word for "both kinds are there, so hiding one is of use". */
static bool has_system_frames(struct norm_list frames)
{
    size_t n = 0;
    for (size_t i = 0; i < frames.n; i++)
        n += in_app(frames.items[i]);
    return n > 0 && n < frames.n;
}

void norm_put_stacktrace(struct df_json_writer *w, const struct df_json *stacktrace, const struct norm *n)
{
    if (!df_json_is_object(stacktrace)) {
        df_json_put_null(w);
        return;
    }
    struct norm_list frames = norm_frames(stacktrace, n->arena);
    df_json_open(w, '{');
    df_json_kopen(w, "frames", '[');
    for (size_t i = 0; i < frames.n; i++)
        put_frame(w, frames.items[i], n);
    df_json_close(w, ']');
    norm_put_value(w, "framesOmitted", df_json_get(stacktrace, "frames_omitted"));
    norm_put_value(w, "registers", df_json_get(stacktrace, "registers"));
    df_json_kbool(w, "hasSystemFrames", has_system_frames(frames));
    df_json_close(w, '}');
}

static void put_stack_pair(struct df_json_writer *w, const struct df_json *owner, const struct norm *n)
{
    df_json_key(w, DF_S("stacktrace"));
    norm_put_stacktrace(w, df_json_get(owner, "stacktrace"), n);
    df_json_key(w, DF_S("rawStacktrace"));
    norm_put_stacktrace(w, df_json_get(owner, "raw_stacktrace"), n);
}

static void put_mechanism(struct df_json_writer *w, const struct df_json *mechanism)
{
    if (!df_json_is_object(mechanism)) {
        df_json_knull(w, "mechanism");
        return;
    }
    df_json_kopen(w, "mechanism", '{');
    for (struct df_json_iter it = df_json_iter(mechanism); df_json_next(&it);) {
        if (df_json_is_null(it.value))
            continue;
        df_json_key(w, it.key);
        df_json_put_value(w, it.value);
    }
    df_json_close(w, '}');
}

/* An exception's value may be any JSON; what is not text is shown as its JSON. */
static void put_exception_value(struct df_json_writer *w, const struct df_json *v, struct df_arena *arena)
{
    struct df_str text = df_json_text(v, arena);
    if (!df_json_is_object(v) && !df_json_is_array(v)) {
        df_json_kstr_or_null(w, "value", text);
        return;
    }
    struct df_buf buf;
    struct df_json_writer inner;
    df_buf_init(&buf, arena, DF_SANDBOX_EVENT_LIMIT_BYTES);
    df_json_writer_init(&inner, &buf, 0);
    df_json_put_value(&inner, v);
    df_json_kstr(w, "value", df_buf_str(&buf));
}

void norm_put_exceptions(struct df_json_writer *w, const struct norm *n)
{
    bool system = false;
    df_json_open(w, '{');
    df_json_kopen(w, "values", '[');
    for (size_t i = 0; i < n->exceptions.n; i++) {
        const struct df_json *exception = n->exceptions.items[i];
        df_json_open(w, '{');
        norm_put_text(w, "type", exception, "type", n->arena);
        put_exception_value(w, df_json_get(exception, "value"), n->arena);
        norm_put_text(w, "module", exception, "module", n->arena);
        norm_put_value(w, "threadId", df_json_get(exception, "thread_id"));
        put_mechanism(w, df_json_get(exception, "mechanism"));
        put_stack_pair(w, exception, n);
        df_json_close(w, '}');
        system = system || has_system_frames(norm_frames(df_json_get(exception, "stacktrace"), n->arena));
    }
    df_json_close(w, ']');
    df_json_kbool(w, "hasSystemFrames", system);
    norm_put_value(w, "excOmitted", df_json_get(df_json_get(n->in, "exception"), "exc_omitted"));
    df_json_close(w, '}');
}

void norm_put_threads(struct df_json_writer *w, const struct norm *n)
{
    df_json_open(w, '{');
    df_json_kopen(w, "values", '[');
    for (size_t i = 0; i < n->threads.n; i++) {
        const struct df_json *thread = n->threads.items[i];
        df_json_open(w, '{');
        norm_put_value(w, "id", df_json_get(thread, "id"));
        norm_put_text(w, "name", thread, "name", n->arena);
        df_json_kbool(w, "current", df_json_bool(df_json_get(thread, "current"), false));
        df_json_kbool(w, "crashed", df_json_bool(df_json_get(thread, "crashed"), false));
        norm_put_text(w, "state", thread, "state", n->arena);
        norm_put_value(w, "heldLocks", df_json_get(thread, "held_locks"));
        put_stack_pair(w, thread, n);
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
    df_json_close(w, '}');
}
