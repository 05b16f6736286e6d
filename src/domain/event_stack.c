#include "domain/event_parts.h"

enum { CONTEXT_LINES_LIMIT = 200 };

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
static void parse_context_parts(struct df_event_reader *r, const struct df_json *v, struct df_frame *frame)
{
    const struct df_json *line = df_json_get(v, "context_line");
    const struct df_json *pre = df_json_get(v, "pre_context"), *post = df_json_get(v, "post_context");
    if (!df_json_is_string(line))
        return;
    size_t n_pre = limited(df_json_count(pre), CONTEXT_LINES_LIMIT),
           n_post = limited(df_json_count(post), CONTEXT_LINES_LIMIT);
    int64_t at = frame->lineno > 0 && frame->lineno < INT64_MAX / 2 ? frame->lineno : 0;
    struct df_source_line *lines = DF_NEW_ARRAY(r->arena, struct df_source_line, n_pre + n_post + 1);
    add_lines(pre, at - (int64_t)n_pre, lines, n_pre, frame);
    lines[frame->n_context++] = (struct df_source_line){at, df_json_str(line)};
    add_lines(post, at + 1, lines, frame->n_context + n_post, frame);
    frame->context = lines;
}

static void parse_context(struct df_event_reader *r, const struct df_json *v, struct df_frame *frame)
{
    const struct df_json *pairs = df_json_get(v, "context");
    size_t n = df_json_is_array(pairs) ? df_json_count(pairs) : 0;
    if (n == 0) {
        parse_context_parts(r, v, frame);
        return;
    }
    struct df_source_line *lines = DF_NEW_ARRAY(r->arena, struct df_source_line, limited(n, CONTEXT_LINES_LIMIT));
    parse_context_pairs(pairs, lines, frame);
    frame->context = lines;
}

static struct df_str function_of(struct df_event_reader *r, const struct df_json *v)
{
    struct df_str function = df_event_text(r, v, "function", "rawFunction");
    return function.n ? function : df_event_text(r, v, "symbol", NULL);
}

static void parse_frame(struct df_event_reader *r, const struct df_json *v, struct df_frame *ret)
{
    *ret = (struct df_frame){
        .function = function_of(r, v),
        .filename = df_event_text(r, v, "filename", NULL),
        .abs_path = df_event_text(r, v, "absPath", "abs_path"),
        .module = df_event_text(r, v, "module", NULL),
        .package = df_event_text(r, v, "package", NULL),
        .platform = df_event_text(r, v, "platform", NULL),
        .instruction_addr = df_event_text(r, v, "instructionAddr", "instruction_addr"),
        .lineno = df_event_number(r, v, "lineNo", "lineno"),
        .colno = df_event_number(r, v, "colNo", "colno"),
        .in_app = df_event_tristate(r, v, "inApp", "in_app"),
        .vars = df_event_object(r, v, "vars", NULL),
        .lock = df_event_object(r, v, "lock", NULL),
    };
    parse_context(r, v, ret);
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

static bool is_frame(struct df_event_reader *r, const struct df_json *v, size_t index)
{
    r->frame = index + 1;
    if (!df_json_is_object(v) && !df_json_is_null(v))
        df_event_note_odd(r, "it", v, "an object");
    return df_json_is_object(v);
}

void df_event_parse_stack(struct df_event_reader *r, const struct df_json *v, struct df_stacktrace *ret)
{
    const struct df_json *list = df_json_get(v, "frames");
    size_t n = df_json_is_array(list) ? df_json_count(list) : 0;
    *ret = (struct df_stacktrace){0};
    if (!df_json_is_array(list) && !df_json_is_null(list))
        df_event_note_odd(r, "frames", list, "a list");
    if (n == 0)
        return;
    struct df_frame *frames = DF_NEW_ARRAY(r->arena, struct df_frame, n);
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
        if (is_frame(r, it.value, it.index))
            parse_frame(r, it.value, &frames[ret->n++]);
    r->frame = 0;
    ret->frames = frames;
    parse_omitted(v, "framesOmitted", "frames_omitted", &ret->omitted_from, &ret->omitted_to);
}

static const struct df_json *stack_of(struct df_event_reader *r, const struct df_json *v)
{
    const struct df_json *stack = df_event_object(r, v, "stacktrace", NULL);
    if (df_json_count(df_json_get(stack, "frames")) > 0)
        return stack;
    const struct df_json *raw = df_event_object(r, v, "rawStacktrace", "raw_stacktrace");
    return raw ? raw : stack;
}

static void parse_exception(struct df_event_reader *r, const struct df_json *v, struct df_exception *ret)
{
    const struct df_json *mechanism = df_event_object(r, v, "mechanism", NULL);
    *ret = (struct df_exception){
        .type = df_event_words(r, v, "type", NULL),
        .value = df_event_words(r, v, "value", NULL),
        .module = df_event_text(r, v, "module", NULL),
        .thread_id = df_event_text(r, v, "threadId", "thread_id"),
        .mechanism_type = df_event_text(r, mechanism, "type", NULL),
        .source = df_event_text(r, mechanism, "source", NULL),
        .mechanism_data = df_event_object(r, mechanism, "data", NULL),
        .mechanism_meta = df_event_object(r, mechanism, "meta", NULL),
        .handled = df_event_tristate(r, mechanism, "handled", NULL),
        .exception_id = df_json_int(df_json_get(mechanism, "exception_id"), -1),
        .parent_id = df_json_int(df_json_get(mechanism, "parent_id"), -1),
        .is_group = df_json_bool(df_json_get(mechanism, "is_exception_group"), false),
    };
    df_event_parse_stack(r, stack_of(r, v), &ret->stack);
}

void df_event_parse_exceptions(struct df_event_reader *r, const struct df_json *v)
{
    r->part = "exception";
    struct df_event *event = r->event;
    struct df_event_list list = df_event_list(r, v);
    struct df_exception *exceptions = DF_NEW_ARRAY(r->arena, struct df_exception, df_event_list_count(list));
    size_t n = 0;
    if (list.single)
        parse_exception(r, list.single, &exceptions[n++]);
    for (struct df_json_iter it = df_json_iter(list.array); df_json_next(&it);)
        if (df_event_list_item(r, it.value, it.index))
            parse_exception(r, it.value, &exceptions[n++]);
    event->exceptions = exceptions;
    event->n_exceptions = n;
    parse_omitted(v, "excOmitted", "exc_omitted", &event->exceptions_omitted_from, &event->exceptions_omitted_to);
}

static void parse_thread(struct df_event_reader *r, const struct df_json *v, struct df_thread *ret)
{
    *ret = (struct df_thread){
        .id = df_event_text(r, v, "id", NULL),
        .name = df_event_text(r, v, "name", NULL),
        .state = df_event_text(r, v, "state", NULL),
        .current = df_json_bool(df_json_get(v, "current"), false),
        .crashed = df_json_bool(df_json_get(v, "crashed"), false),
        .held_locks = df_event_object(r, v, "heldLocks", "held_locks"),
    };
    df_event_parse_stack(r, stack_of(r, v), &ret->stack);
}

void df_event_parse_threads(struct df_event_reader *r, const struct df_json *v)
{
    r->part = "thread";
    struct df_event *event = r->event;
    struct df_event_list list = df_event_list(r, v);
    struct df_thread *threads = DF_NEW_ARRAY(r->arena, struct df_thread, df_event_list_count(list));
    size_t n = 0;
    if (list.single)
        parse_thread(r, list.single, &threads[n++]);
    for (struct df_json_iter it = df_json_iter(list.array); df_json_next(&it);)
        if (df_event_list_item(r, it.value, it.index))
            parse_thread(r, it.value, &threads[n++]);
    event->threads = threads;
    event->n_threads = n;
}
