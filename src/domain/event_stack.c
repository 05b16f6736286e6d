#include "domain/event_parts.h"

enum { CONTEXT_LINES_LIMIT = 200 };

static enum df_tristate tristate(const struct df_json *v)
{
    return df_json_is_bool(v) ? (df_json_bool(v, false) ? DF_YES : DF_NO) : DF_UNKNOWN;
}

static int64_t number_at(const struct df_json *v, const char *key, const char *other)
{
    const struct df_json *found = df_json_get(v, key);
    return df_json_int(df_json_is_null(found) ? df_json_get(v, other) : found, 0);
}

/* The API's form: [[29, "    text"], ...] */
static void parse_context_pairs(const struct df_json *v, struct df_source_line *lines, struct df_frame *frame)
{
    for (struct df_json_iter it = df_json_iter(v); frame->n_context < CONTEXT_LINES_LIMIT && df_json_next(&it);)
        if (df_json_is_array(it.value))
            lines[frame->n_context++] = (struct df_source_line){df_json_int(df_json_at(it.value, 0), 0),
                                                                df_json_str(df_json_at(it.value, 1))};
}

static void add_lines(const struct df_json *v, int64_t first, struct df_source_line *lines, size_t limit,
                      struct df_frame *frame)
{
    for (struct df_json_iter it = df_json_iter(v); frame->n_context < limit && df_json_next(&it);)
        lines[frame->n_context++] = (struct df_source_line){first + (int64_t)it.index, df_json_str(it.value)};
}

static size_t limited(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

/* The ingest form: pre_context, context_line, post_context, numbered from lineno. */
static void parse_context_parts(const struct df_json *v, struct df_arena *arena, struct df_frame *frame)
{
    const struct df_json *line = df_json_get(v, "context_line");
    const struct df_json *pre = df_json_get(v, "pre_context"), *post = df_json_get(v, "post_context");
    if (!df_json_is_string(line))
        return;
    size_t n_pre = limited(df_json_count(pre), CONTEXT_LINES_LIMIT),
           n_post = limited(df_json_count(post), CONTEXT_LINES_LIMIT);
    int64_t at = frame->lineno > 0 && frame->lineno < INT64_MAX / 2 ? frame->lineno : 0;
    struct df_source_line *lines = DF_NEW_ARRAY(arena, struct df_source_line, n_pre + n_post + 1);
    add_lines(pre, at - (int64_t)n_pre, lines, n_pre, frame);
    lines[frame->n_context++] = (struct df_source_line){at, df_json_str(line)};
    add_lines(post, at + 1, lines, frame->n_context + n_post, frame);
    frame->context = lines;
}

static void parse_context(const struct df_json *v, struct df_arena *arena, struct df_frame *frame)
{
    const struct df_json *pairs = df_json_get(v, "context");
    size_t n = df_json_is_array(pairs) ? df_json_count(pairs) : 0;
    if (n == 0) {
        parse_context_parts(v, arena, frame);
        return;
    }
    struct df_source_line *lines = DF_NEW_ARRAY(arena, struct df_source_line, limited(n, CONTEXT_LINES_LIMIT));
    parse_context_pairs(pairs, lines, frame);
    frame->context = lines;
}

static void parse_frame(const struct df_json *v, struct df_arena *arena, struct df_frame *ret)
{
    const struct df_json *vars = df_json_get(v, "vars");
    const struct df_json *in_app = df_json_get(v, "inApp");
    *ret = (struct df_frame){
        .function = df_event_text(v, "function", "rawFunction", arena),
        .filename = df_event_text(v, "filename", NULL, arena),
        .abs_path = df_event_text(v, "absPath", "abs_path", arena),
        .module = df_event_text(v, "module", NULL, arena),
        .package = df_event_text(v, "package", NULL, arena),
        .platform = df_event_text(v, "platform", NULL, arena),
        .instruction_addr = df_event_text(v, "instructionAddr", "instruction_addr", arena),
        .lineno = number_at(v, "lineNo", "lineno"),
        .colno = number_at(v, "colNo", "colno"),
        .in_app = tristate(in_app ? in_app : df_json_get(v, "in_app")),
        .vars = df_json_is_object(vars) || df_json_is_array(vars) ? vars : NULL,
    };
    if (df_json_count(ret->vars) == 0)
        ret->vars = NULL;
    parse_context(v, arena, ret);
}

/* [from, to) under either spelling. */
static void parse_omitted(const struct df_json *v, const char *key, const char *other, int64_t *ret_from,
                          int64_t *ret_to)
{
    const struct df_json *omitted = df_json_get(v, key);
    if (df_json_is_null(omitted))
        omitted = df_json_get(v, other);
    int64_t from = df_json_int(df_json_at(omitted, 0), 0), to = df_json_int(df_json_at(omitted, 1), 0);
    if (from >= 0 && to > from) {
        *ret_from = from;
        *ret_to = to;
    }
}

void df_event_parse_stack(const struct df_json *v, struct df_arena *arena, struct df_stacktrace *ret)
{
    const struct df_json *list = df_json_get(v, "frames");
    size_t n = df_json_is_array(list) ? df_json_count(list) : 0;
    *ret = (struct df_stacktrace){0};
    if (n == 0)
        return;
    struct df_frame *frames = DF_NEW_ARRAY(arena, struct df_frame, n);
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
        if (df_json_is_object(it.value))
            parse_frame(it.value, arena, &frames[ret->n++]);
    ret->frames = frames;
    parse_omitted(v, "framesOmitted", "frames_omitted", &ret->omitted_from, &ret->omitted_to);
}

static const struct df_json *stack_of(const struct df_json *v)
{
    const struct df_json *stack = df_json_get(v, "stacktrace");
    if (df_json_count(df_json_get(stack, "frames")) > 0)
        return stack;
    const struct df_json *other = df_json_get(v, "rawStacktrace");
    return df_json_is_object(other) ? other : df_json_get(v, "raw_stacktrace");
}

static void parse_exception(const struct df_json *v, struct df_arena *arena, struct df_exception *ret)
{
    const struct df_json *mechanism = df_json_get(v, "mechanism"), *value = df_json_get(v, "value");
    *ret = (struct df_exception){
        .type = df_event_text(v, "type", NULL, arena),
        .value = df_json_text(value, arena),
        .module = df_event_text(v, "module", NULL, arena),
        .thread_id = df_event_text(v, "threadId", "thread_id", arena),
        .mechanism_type = df_event_text(mechanism, "type", NULL, arena),
        .source = df_event_text(mechanism, "source", NULL, arena),
        .handled = tristate(df_json_get(mechanism, "handled")),
        .exception_id = df_json_int(df_json_get(mechanism, "exception_id"), -1),
        .parent_id = df_json_int(df_json_get(mechanism, "parent_id"), -1),
        .is_group = df_json_bool(df_json_get(mechanism, "is_exception_group"), false),
    };
    df_event_parse_stack(stack_of(v), arena, &ret->stack);
}

void df_event_parse_exceptions(const struct df_json *v, struct df_arena *arena, struct df_event *event)
{
    struct df_event_list list = df_event_list(v);
    struct df_exception *exceptions = DF_NEW_ARRAY(arena, struct df_exception, df_event_list_count(list));
    size_t n = 0;
    if (list.single)
        parse_exception(list.single, arena, &exceptions[n++]);
    for (struct df_json_iter it = df_json_iter(list.array); df_json_next(&it);)
        if (df_json_is_object(it.value))
            parse_exception(it.value, arena, &exceptions[n++]);
    event->exceptions = exceptions;
    event->n_exceptions = n;
    parse_omitted(v, "excOmitted", "exc_omitted", &event->exceptions_omitted_from, &event->exceptions_omitted_to);
}

static void parse_thread(const struct df_json *v, struct df_arena *arena, struct df_thread *ret)
{
    *ret = (struct df_thread){
        .id = df_event_text(v, "id", NULL, arena),
        .name = df_event_text(v, "name", NULL, arena),
        .state = df_event_text(v, "state", NULL, arena),
        .current = df_json_bool(df_json_get(v, "current"), false),
        .crashed = df_json_bool(df_json_get(v, "crashed"), false),
    };
    df_event_parse_stack(stack_of(v), arena, &ret->stack);
}

void df_event_parse_threads(const struct df_json *v, struct df_arena *arena, struct df_event *event)
{
    struct df_event_list list = df_event_list(v);
    struct df_thread *threads = DF_NEW_ARRAY(arena, struct df_thread, df_event_list_count(list));
    size_t n = 0;
    if (list.single)
        parse_thread(list.single, arena, &threads[n++]);
    for (struct df_json_iter it = df_json_iter(list.array); df_json_next(&it);)
        if (df_json_is_object(it.value))
            parse_thread(it.value, arena, &threads[n++]);
    event->threads = threads;
    event->n_threads = n;
}
