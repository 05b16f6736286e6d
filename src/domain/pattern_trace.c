#include "domain/pattern_trace.h"

#include "domain/event_parts.h"

enum { FOLD_PERIOD = 8, MESSAGE_BYTES = 4096, TYPE_BYTES = 256 };

static bool same_frame(const struct df_pattern_frame *a, const struct df_pattern_frame *b)
{
    return df_str_eq(a->function, b->function) && df_str_eq(a->place, b->place);
}

/* Whether the last `period` frames repeat those before them. */
static bool repeats(const struct df_pattern_trace *trace, size_t period)
{
    if (trace->n_frames < 2 * period)
        return false;
    const struct df_pattern_frame *last = trace->frames + trace->n_frames - period, *before = last - period;
    for (size_t i = 0; i < period; i++)
        if (!same_frame(&last[i], &before[i]))
            return false;
    return true;
}

static bool has_frame(const struct df_pattern_trace *trace, const struct df_pattern_frame *frame)
{
    for (size_t i = 0; i < trace->n_frames; i++)
        if (same_frame(&trace->frames[i], frame) && trace->frames[i].line == frame->line)
            return true;
    return false;
}

bool df_pattern_is_javascript(const struct df_frame *frame)
{
    return df_str_find(frame->filename, DF_S(".js")) > 0 || df_str_find(frame->abs_path, DF_S(".js")) > 0;
}

static void fold(struct df_pattern_trace *trace)
{
    for (size_t period = 1; period <= FOLD_PERIOD; period++)
        if (repeats(trace, period))
            trace->n_frames -= period;
}

/* What stands for the line: a bundle has one long line, in which the column says where. */
static int64_t line_of(const struct df_frame *frame, bool javascript)
{
    enum { COLUMNS = 1000003 };
    if (frame->lineno <= 0)
        return 0;
    if (javascript && frame->colno > 0 && frame->colno < COLUMNS && frame->lineno < INT32_MAX)
        return frame->lineno * COLUMNS + frame->colno;
    return frame->lineno;
}

/* once: frames that are there already are left out, as those that a cause and what wrapped it went through both. */
static void add_frame(const struct df_frame *frame, bool once, struct df_arena *arena, struct df_pattern_trace *trace)
{
    bool javascript = df_pattern_is_javascript(frame);
    struct df_pattern_frame added = {
        .place = df_pattern_place(frame, arena),
        .function = df_pattern_function(frame->function, javascript, arena),
        .line = line_of(frame, javascript),
        .in_app = frame->in_app != DF_NO,
    };
    if ((!added.place.n && !added.function.n) || (once && has_frame(trace, &added)))
        return;
    trace->frames[trace->n_frames++] = added;
    fold(trace);
}

/* frames as Sentry has them, oldest call first, or the other way round. */
static void add_frames(const struct df_frame *frames, size_t n, bool oldest_first, struct df_arena *arena,
                       struct df_pattern_trace *trace)
{
    bool once = trace->n_frames > 0;
    for (size_t i = 0; i < n && trace->n_frames < DF_PATTERN_FRAMES; i++)
        add_frame(&frames[oldest_first ? n - 1 - i : i], once, arena, trace);
}

static bool has_word(const struct df_pattern_trace *trace, struct df_str word)
{
    for (size_t i = 0; i < trace->n_words; i++)
        if (df_str_eq(trace->words[i], word))
            return true;
    return false;
}

/* Letters of any script: what is beyond ASCII counts as one. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

/* Words of two letters or more without a digit. */
static void add_words(struct df_str text, struct df_pattern_trace *trace)
{
    for (size_t i = 0; i < text.n && trace->n_words < DF_PATTERN_WORDS;) {
        size_t n = 0;
        bool digits = false;
        for (; i + n < text.n; n++) {
            char c = text.p[i + n];
            if (!is_letter(c) && !(c >= '0' && c <= '9'))
                break;
            digits = digits || (c >= '0' && c <= '9');
        }
        struct df_str word = df_str_n(text.p + i, n);
        if (n >= 2 && !digits && !has_word(trace, word))
            trace->words[trace->n_words++] = word;
        i += n ? n : 1;
    }
}

/* Numbers, ids, addresses and the like differ from event to event. */
static void set_message(struct df_str message, struct df_pattern_trace *trace)
{
    struct df_str rest = df_str_head(message, MESSAGE_BYTES), part;
    while (rest.n && df_str_split(&rest, ' ', &part))
        if (df_str_find_char(part, '@') <= 0)
            add_words(part, trace);
}

/* "java.lang.IllegalStateException:" is "IllegalStateException": SDKs differ in whether the package is part of the type. */
static void set_type(struct df_str type, struct df_pattern_trace *trace)
{
    type = df_str_trim(type);
    while (type.n && (type.p[type.n - 1] == ':' || type.p[type.n - 1] == '.'))
        type = df_str_trim(df_str_n(type.p, type.n - 1));
    for (size_t i = type.n; i > 0; i--)
        if (type.p[i - 1] == '.') {
            type = df_str_from(type, i);
            break;
        }
    trace->type = df_str_head(type, TYPE_BYTES);
}

static const struct df_stacktrace *thread_stack(const struct df_event *event)
{
    const struct df_thread *best = NULL;
    for (size_t i = 0; i < event->n_threads; i++) {
        const struct df_thread *t = &event->threads[i];
        bool better = !best || (t->crashed && !best->crashed) || (t->current && !best->current && !best->crashed);
        if (t->stack.n && better)
            best = t;
    }
    return best ? &best->stack : NULL;
}

/* The root cause says which fault it is: what wrapped it ("the job failed") is the same for many. */
static const struct df_exception *root_exception(const struct df_event *event)
{
    for (size_t i = 0; i < event->n_exceptions; i++)
        if (!event->exceptions[i].is_group && event->exceptions[i].type.n)
            return &event->exceptions[i];
    return event->n_exceptions ? &event->exceptions[0] : NULL;
}

void df_pattern_trace_of_event(const struct df_event *event, struct df_arena *arena, struct df_pattern_trace *ret)
{
    const struct df_exception *root = root_exception(event);
    *ret = (struct df_pattern_trace){.id = event->event_id};
    for (size_t i = 0; i < event->n_exceptions; i++)
        add_frames(event->exceptions[i].stack.frames, event->exceptions[i].stack.n, true, arena, ret);
    const struct df_stacktrace *stack = event->stack.n ? &event->stack : thread_stack(event);
    if (ret->n_frames == 0 && stack)
        add_frames(stack->frames, stack->n, true, arena, ret);
    if (root)
        set_type(root->type, ret);
    set_message(root && root->value.n ? root->value : event->message.n ? event->message : event->title, ret);
}

/* Frames up to the first of the module where the stack's own were cut: a cause has the test's frames too. */
static size_t count_above(const struct df_stacktrace *stack, struct df_str module)
{
    size_t n = 0;
    while (n < stack->n && !(module.n && df_str_eq(stack->frames[n].module, module)))
        n++;
    return n;
}

/* Innermost first, and the frames of what caused it before its own. */
static void read_bare_stack(const struct df_json *v, struct df_arena *arena, struct df_pattern_trace *ret)
{
    struct df_stacktrace stack, cause;
    struct df_event event = {0};
    struct df_event_reader reader = {.arena = arena, .event = &event};
    struct df_str cut_at = DF_STR_NONE;
    const struct df_json *causes = df_json_get(v, "causes");
    int64_t above = df_json_int(df_json_get(v, "frames_above_test"), -1);
    *ret = (struct df_pattern_trace){.n_frames = 0};
    df_event_parse_stack(&reader, v, &stack);
    if (above >= 0 && (uint64_t)above < stack.n) {
        cut_at = stack.frames[above].module;
        stack.n = (size_t)above;
    }
    for (size_t i = df_json_is_array(causes) ? df_json_count(causes) : 0; i > 0; i--) {
        df_event_parse_stack(&reader, df_json_at(causes, i - 1), &cause);
        add_frames(cause.frames, count_above(&cause, cut_at), false, arena, ret);
    }
    add_frames(stack.frames, stack.n, false, arena, ret);
    set_type(df_json_str(df_json_get(v, "type")), ret);
    set_message(df_event_text(&reader, v, "value", "message"), ret);
}

/* An event has its frames deeper down. */
static bool is_bare_stack(const struct df_json *v)
{
    return df_json_is_array(df_json_get(v, "frames"));
}

bool df_pattern_trace_read(const struct df_json *v, struct df_arena *arena, struct df_pattern_trace *ret)
{
    struct df_pattern_trace trace;
    struct df_event event;
    const struct df_json *inner = df_json_get(v, "event");
    if (df_json_is_object(inner) && !df_json_get(v, "exception") && !df_json_get(v, "entries"))
        v = inner;
    if (!df_event_parse(v, arena, &event))
        return false;
    if (is_bare_stack(v))
        read_bare_stack(v, arena, &trace);
    else
        df_pattern_trace_of_event(&event, arena, &trace);
    trace.id = event.event_id.n ? event.event_id : df_json_text(df_json_get(v, "id"), arena);
    if (!trace.type.n && !trace.n_words && !trace.n_frames)
        return false;
    *ret = trace;
    return true;
}
