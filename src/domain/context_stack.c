#include "domain/context_parts.h"

static bool contains(struct df_str s, struct df_str part)
{
    return df_str_find(s, part) >= 0;
}

/* A private key spread over source lines is seen line by line only; what is between its BEGIN and END goes too. */
static struct df_str without_key_lines(struct df_context_view *v, struct df_str line, bool *in_key)
{
    bool was = *in_key;
    if (v->scrub.off)
        return line;
    if (contains(line, DF_S("-----BEGIN")) && contains(line, DF_S("PRIVATE KEY")))
        *in_key = true;
    if (contains(line, DF_S("-----END")))
        *in_key = false;
    return was ? df_scrub_whole(&v->scrub, DF_SCRUB_PRIVATE_KEY, line) : line;
}

/* Of a minified line the part around the column is what counts. */
static struct df_str near_column(struct df_str line, int64_t column, bool *ret_cut)
{
    *ret_cut = false;
    if (line.n <= DF_CONTEXT_LINE || column <= DF_CONTEXT_LINE / 2 || (uint64_t)column > line.n)
        return line;
    size_t from = (size_t)column - DF_CONTEXT_LINE / 2;
    while (from < line.n && ((unsigned char)line.p[from] & 0xC0) == 0x80)
        from++;
    *ret_cut = true;
    return df_str_from(line, from);
}

static struct df_str without_line_end(struct df_str line)
{
    while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    return line;
}

static void put_source_line(struct df_context_view *v, const struct df_frame *f, const struct df_source_line *line,
                            bool *in_key)
{
    bool suspect = line->number == f->lineno, cut = false;
    struct df_str text = without_line_end(line->text);
    struct df_str clean = df_scrub_text(&v->scrub, without_key_lines(v, text, in_key));
    /* The column holds for the line as it was: where something was taken out the line is shown from its start. */
    if (suspect && clean.p == text.p)
        clean = near_column(clean, f->colno, &cut);
    df_buf_printf(&v->block, "  %s %5lld | %s", suspect ? "->" : "  ", (long long)line->number, cut ? "\u2026" : "");
    df_md_put_code(&v->block, clean, DF_CONTEXT_LINE, 16);
    df_buf_put_char(&v->block, '\n');
}

static void put_source(struct df_context_view *v, const struct df_frame *f)
{
    bool in_key = false;
    v->scrub.source = true;
    for (size_t i = 0; i < f->n_context; i++) {
        int64_t distance = f->context[i].number - f->lineno;
        if (f->n_context <= 2 * DF_CONTEXT_NEAR_LINES + 1 ||
            (distance >= -DF_CONTEXT_NEAR_LINES && distance <= DF_CONTEXT_NEAR_LINES))
            put_source_line(v, f, &f->context[i], &in_key);
    }
    v->scrub.source = false;
}

static void put_vars(struct df_context_view *v, const struct df_json *vars)
{
    size_t n = 0;
    if (!vars)
        return;
    df_buf_put_c(&v->block, "  variables:\n");
    for (struct df_json_iter it = df_json_iter(vars); n < DF_CONTEXT_VARS && df_json_next(&it); n++) {
        df_buf_put_c(&v->block, "    ");
        if (it.object) {
            df_context_code(v, DF_STR_NONE, it.key, DF_CONTEXT_LINE, 0);
            df_buf_put_c(&v->block, " = ");
        }
        df_context_code_value(v, it.key, it.value, DF_CONTEXT_VALUE);
        df_buf_put_char(&v->block, '\n');
    }
    if (df_json_count(vars) > n)
        df_buf_printf(&v->block, "    \u2026 %zu more variables left out\n", df_json_count(vars) - n);
}

static void put_full_frame(struct df_context_view *v, const struct df_frame *f)
{
    if (v->block.n)
        df_buf_put_char(&v->block, '\n');
    df_context_frame(v, f);
    df_buf_put_char(&v->block, '\n');
    put_source(v, f);
    put_vars(v, f->vars);
}

static size_t count_in_app(const struct df_stacktrace *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->frames[i].in_app == DF_YES;
    return n;
}

/* Newest first; returns how many were shown. */
static size_t put_full_frames(struct df_context_view *v, const struct df_stacktrace *s, bool in_app_only, size_t limit)
{
    size_t shown = 0;
    for (size_t i = s->n; i-- > 0 && shown < limit;)
        if (!in_app_only || s->frames[i].in_app == DF_YES) {
            put_full_frame(v, &s->frames[i]);
            shown++;
        }
    return shown;
}

static void put_stack_line(struct df_context_view *v, const struct df_frame *f)
{
    df_buf_put_c(&v->block, f->in_app == DF_YES ? "* " : "  ");
    df_context_frame(v, f);
    df_buf_put_char(&v->block, '\n');
}

/* Frame i of the newest-first order stays if it is the application's or near an end; libraries in the middle go first. */
static bool stays(const struct df_stacktrace *s, size_t newest_first, size_t room_in_app, size_t *in_app_seen)
{
    size_t head = DF_CONTEXT_STACK_FRAMES / 4, tail = DF_CONTEXT_STACK_FRAMES / 4;
    if (s->n <= DF_CONTEXT_STACK_FRAMES || newest_first < head || newest_first + tail >= s->n)
        return true;
    return s->frames[s->n - 1 - newest_first].in_app == DF_YES && (*in_app_seen)++ < room_in_app;
}

static void put_left_out(struct df_context_view *v, size_t *gap)
{
    if (*gap)
        df_buf_printf(&v->block, "  \u2026 %zu frame%s left out\n", *gap, *gap == 1 ? "" : "s");
    *gap = 0;
}

static void put_omitted(struct df_context_view *v, const struct df_stacktrace *s)
{
    if (s->omitted_to > s->omitted_from)
        df_buf_printf(&v->block, "  (Sentry or its SDK had dropped frames %lld to %lld)\n", (long long)s->omitted_from,
                      (long long)(s->omitted_to - 1));
}

static void put_whole_stack(struct df_context_view *v, const struct df_stacktrace *s)
{
    size_t gap = 0, in_app_seen = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!stays(s, i, DF_CONTEXT_STACK_FRAMES / 2, &in_app_seen)) {
            gap++;
            continue;
        }
        put_left_out(v, &gap);
        put_stack_line(v, &s->frames[s->n - 1 - i]);
    }
    put_left_out(v, &gap);
    put_omitted(v, s);
}

/* The application's frames in full, then the whole stack in one line a frame, unless that would say nothing new. */
static void put_stack(struct df_context_view *v, const struct df_stacktrace *s)
{
    size_t in_app = count_in_app(s);
    if (s->n == 0) {
        df_buf_put_c(v->out, "No stack trace was recorded.\n\n");
        return;
    }
    df_buf_put_c(v->out, in_app ? "In-app frames, newest first:\n\n" : "Newest frames (none is marked as in-app):\n\n");
    size_t shown = put_full_frames(v, s, in_app > 0, in_app ? DF_CONTEXT_FULL_FRAMES : DF_CONTEXT_BARE_FRAMES);
    if (shown == s->n)
        put_omitted(v, s);
    df_context_end_block(v);
    if (shown == s->n)
        return;
    df_buf_printf(v->out, "Whole stack, newest first, %zu frames%s:\n\n", s->n, in_app ? ", in-app marked with *" : "");
    put_whole_stack(v, s);
    df_context_end_block(v);
}

/* How this exception hangs on the one said before it. */
static const char *relation(const struct df_exception *e, bool outermost)
{
    if (outermost)
        return "Exception";
    if (df_str_is(e->source, "__context__"))
        return "While handling";
    return df_str_find_char(e->source, '[') >= 0 ? "In the group" : "Caused by";
}

static void put_mechanism(struct df_context_view *v, const struct df_exception *e)
{
    if (e->handled == DF_UNKNOWN && e->mechanism_type.n == 0)
        return;
    if (e->handled != DF_UNKNOWN)
        df_buf_put_c(v->out, e->handled == DF_YES ? "Handled" : "Unhandled");
    if (e->mechanism_type.n) {
        df_buf_put_c(v->out, e->handled != DF_UNKNOWN ? ", caught by " : "Caught by ");
        df_context_span(v, "", e->mechanism_type, DF_CONTEXT_SPAN);
    }
    df_buf_put_c(v->out, ".\n\n");
}

/* Short values on the line, long or many-lined ones in a block. */
static void put_exception_value(struct df_context_view *v, const struct df_exception *e)
{
    if (e->value.n <= DF_CONTEXT_TITLE && df_str_find_char(e->value, '\n') < 0) {
        if (e->value.n) {
            df_buf_put_c(v->out, ": ");
            df_context_span(v, "", e->value, DF_CONTEXT_TITLE);
        }
        df_buf_put_c(v->out, "\n\n");
        return;
    }
    df_buf_put_c(v->out, ":\n\n");
    df_context_code(v, DF_STR_NONE, e->value, DF_CONTEXT_MESSAGE, 0);
    df_context_end_block(v);
}

static void put_exception(struct df_context_view *v, const struct df_exception *e, bool outermost)
{
    df_buf_printf(v->out, "## %s\n\n", relation(e, outermost));
    df_context_span(v, "", e->type.n ? e->type : DF_S("(no type)"), DF_CONTEXT_TITLE);
    put_exception_value(v, e);
    if (outermost || !df_str_is(e->mechanism_type, "chained"))
        put_mechanism(v, e);
    put_stack(v, &e->stack);
}

void df_context_exceptions(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    size_t shown = 0;
    for (size_t i = event->n_exceptions; i-- > 0 && shown < DF_CONTEXT_EXCEPTIONS; shown++)
        put_exception(v, &event->exceptions[i], shown == 0);
    if (shown < event->n_exceptions)
        df_buf_printf(v->out, "%zu more exceptions of the chain left out.\n\n", event->n_exceptions - shown);
    if (event->stack.n) {
        df_buf_put_c(v->out, "## Stack trace\n\n");
        put_stack(v, &event->stack);
    }
}

static bool any_exception_has_stack(const struct df_event *event)
{
    for (size_t i = 0; i < event->n_exceptions; i++)
        if (event->exceptions[i].stack.n)
            return true;
    return false;
}

static void put_cell(struct df_context_view *v, struct df_str text)
{
    df_buf_put_c(v->out, " ");
    if (text.n)
        df_context_span(v, "", text, DF_CONTEXT_LINE);
    df_buf_put_c(v->out, " |");
}

static void put_thread_row(struct df_context_view *v, const struct df_thread *t)
{
    struct df_str top = t->stack.n ? t->stack.frames[t->stack.n - 1].function : DF_STR_NONE;
    df_buf_put_char(v->out, '|');
    put_cell(v, t->id);
    put_cell(v, t->name);
    put_cell(v, t->state);
    df_buf_printf(v->out, " %s |", t->crashed ? "crashed" : t->current ? "current" : "");
    put_cell(v, top);
    df_buf_put_char(v->out, '\n');
}

static void put_thread_stack(struct df_context_view *v, const struct df_thread *t)
{
    df_buf_printf(v->out, "### %s thread ", t->crashed ? "Crashed" : "Current");
    df_context_span(v, "", t->name.n ? t->name : t->id, DF_CONTEXT_LINE);
    df_buf_put_c(v->out, "\n\n");
    put_stack(v, &t->stack);
}

/* All threads in a table; the crashed or current one in full where no exception shows its stack. */
void df_context_threads(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    if (event->n_threads == 0)
        return;
    df_buf_put_c(v->out, "## Threads\n\n| Id | Name | State | | Newest frame |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < event->n_threads && i < DF_CONTEXT_THREADS; i++)
        put_thread_row(v, &event->threads[i]);
    df_buf_put_char(v->out, '\n');
    if (event->n_threads > DF_CONTEXT_THREADS)
        df_buf_printf(v->out, "%zu more threads left out.\n\n", event->n_threads - DF_CONTEXT_THREADS);
    bool have_stack = any_exception_has_stack(event);
    for (size_t i = 0; i < event->n_threads && !have_stack; i++)
        if (event->threads[i].stack.n && (event->threads[i].crashed || event->threads[i].current)) {
            put_thread_stack(v, &event->threads[i]);
            have_stack = true;
        }
}
