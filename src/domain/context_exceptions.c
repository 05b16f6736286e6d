#include "domain/context_parts.h"

enum { CAUSE_STEP = 900 };

/* Exceptions as they are told: each before what caused it, the outermost first. Sentry sends them the other way round; where
 * they name their parents, these decide, for some SDKs send the members of a group in another order. */

struct chain {
    const struct df_exception **told;
    size_t n;
};

static bool has_ids(const struct df_event *event)
{
    for (size_t i = 0; i < event->n_exceptions; i++)
        if (event->exceptions[i].exception_id < 0)
            return false;
    return event->n_exceptions > 0;
}

static bool is_told(const struct chain *chain, const struct df_exception *e)
{
    for (size_t i = 0; i < chain->n; i++)
        if (chain->told[i] == e)
            return true;
    return false;
}

/* Those whose parent this is, the newest first; a circle ends where it would begin again. */
static void tell(struct chain *chain, const struct df_event *event, const struct df_exception *e, size_t limit)
{
    if (chain->n >= limit || is_told(chain, e))
        return;
    size_t before = chain->n;
    chain->told[chain->n++] = e;
    for (size_t i = event->n_exceptions; i-- > 0;)
        if (event->exceptions[i].parent_id == chain->told[before]->exception_id && &event->exceptions[i] != e)
            tell(chain, event, &event->exceptions[i], limit);
}

/* The first DF_CONTEXT_EXCEPTIONS of them, so that a hostile event's thousands cost nothing. */
static struct chain in_order(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    struct chain chain = {.told = DF_NEW_ARRAY(v->arena, const struct df_exception *, DF_CONTEXT_EXCEPTIONS)};
    if (has_ids(event))
        tell(&chain, event, &event->exceptions[event->n_exceptions - 1], DF_CONTEXT_EXCEPTIONS);
    for (size_t i = event->n_exceptions; i-- > 0 && chain.n < DF_CONTEXT_EXCEPTIONS;)
        if (!is_told(&chain, &event->exceptions[i]))
            chain.told[chain.n++] = &event->exceptions[i];
    return chain;
}

/* How this exception hangs on its parent. */
static enum df_words relation(const struct df_exception *e, bool outermost)
{
    if (outermost)
        return DF_WORDS_EXCEPTION;
    if (df_str_is(e->source, "__context__"))
        return DF_WORDS_WHILE_HANDLING;
    return df_str_find_char(e->source, '[') >= 0 ? DF_WORDS_IN_GROUP : DF_WORDS_CAUSED_BY;
}

/* The parent by name, where it is not the one told just before. */
static void put_parent(struct df_context_view *v, const struct chain *chain, size_t i)
{
    const struct df_exception *e = chain->told[i];
    for (size_t p = 0; i > 0 && e->parent_id >= 0 && p + 1 < i; p++) {
        if (chain->told[p]->exception_id != e->parent_id || chain->told[p]->type.n == 0)
            continue;
        struct df_buf *out = v->out, name;
        df_buf_init(&name, v->arena, 4096);
        v->out = &name;
        df_context_span(v, "", chain->told[p]->type, DF_CONTEXT_TITLE);
        v->out = out;
        df_buf_put_char(v->out, ' ');
        df_words_put(v->out, v->cut.lang, DF_WORDS_OF, (struct df_str[]){df_buf_str(&name)}, 1);
        return;
    }
}

static void put_mechanism(struct df_context_view *v, const struct df_exception *e)
{
    bool named = e->mechanism_type.n && !df_str_is(e->mechanism_type, "generic");
    if (e->handled == DF_UNKNOWN && !named)
        return;
    if (e->handled != DF_UNKNOWN) {
        df_context_say(v, e->handled == DF_YES ? DF_WORDS_HANDLED : DF_WORDS_UNHANDLED);
        df_buf_put_c(v->out, named ? ", " : "");
    }
    if (named) {
        df_context_say(v, e->handled == DF_UNKNOWN ? DF_WORDS_CAUGHT_BY_ALONE : DF_WORDS_CAUGHT_BY);
        df_buf_put_char(v->out, ' ');
        df_context_span(v, "", e->mechanism_type, DF_CONTEXT_SPAN);
    }
    df_buf_put_c(v->out, ".\n\n");
}

/* The signal, the address: of a crash the cause. */
static void put_mechanism_details(struct df_context_view *v, const struct df_exception *e, size_t rank)
{
    const struct df_json *const details[] = {e->mechanism_meta, e->mechanism_data};
    df_cut_begin(&v->cut, DF_PART_VARIABLE, rank);
    for (size_t i = 0; i < 2; i++) {
        if (!details[i])
            continue;
        df_context_say(v, DF_WORDS_DETAILS);
        df_buf_put_c(v->out, ": ");
        df_context_span_value(v, DF_STR_NONE, details[i], DF_CONTEXT_SPAN);
        df_buf_put_c(v->out, "\n\n");
    }
    df_cut_end(&v->cut);
}

/* Short values on the line, long or many-lined ones in a block. */
static void put_value(struct df_context_view *v, const struct df_exception *e, size_t rank)
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
    df_cut_begin_fence(&v->cut, DF_PART_LONG_TEXT, rank);
    df_context_code(v, DF_STR_NONE, e->value, DF_CONTEXT_MESSAGE, 0);
    df_cut_end(&v->cut);
}

static void put_exception(struct df_context_view *v, const struct chain *chain, size_t i)
{
    const struct df_exception *e = chain->told[i];
    v->cut.less = (unsigned)i * CAUSE_STEP;
    df_cut_begin(&v->cut, DF_PART_EXCEPTION, i);
    df_buf_put_c(v->out, "## ");
    df_context_say(v, relation(e, i == 0));
    put_parent(v, chain, i);
    df_buf_put_c(v->out, "\n\n");
    df_context_span(v, "", e->type.n ? e->type : df_str_c(df_words(v->cut.lang, DF_WORDS_NO_TYPE)), DF_CONTEXT_TITLE);
    put_value(v, e, i);
    if (i == 0 || !df_str_is(e->mechanism_type, "chained"))
        put_mechanism(v, e);
    put_mechanism_details(v, e, i);
    df_context_stack(v, &e->stack);
    df_cut_end(&v->cut);
    v->cut.less = 0;
}

static void put_dropped(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    if (event->exceptions_omitted_to <= event->exceptions_omitted_from)
        return;
    df_context_say_nn(v, DF_WORDS_DROPPED_EXCEPTIONS, (size_t)event->exceptions_omitted_from,
                      (size_t)(event->exceptions_omitted_to - 1));
    df_buf_put_c(v->out, "\n\n");
}

void df_context_exceptions(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    struct chain chain = in_order(v);
    for (size_t i = 0; i < chain.n; i++)
        put_exception(v, &chain, i);
    if (chain.n < event->n_exceptions) {
        df_context_say_n(v, DF_WORDS_MORE_EXCEPTIONS, event->n_exceptions - chain.n);
        df_buf_put_c(v->out, "\n\n");
    }
    put_dropped(v);
    if (event->stack.n == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_heading(v, DF_WORDS_STACK_TRACE);
    df_context_stack(v, &event->stack);
    df_cut_end(&v->cut);
}

static bool any_exception_has_stack(const struct df_event *event)
{
    for (size_t i = 0; i < event->n_exceptions; i++)
        if (event->exceptions[i].stack.n)
            return true;
    return false;
}

static void put_thread_row(struct df_context_view *v, const struct df_thread *t, size_t i)
{
    struct df_str top = t->stack.n ? t->stack.frames[t->stack.n - 1].function : DF_STR_NONE;
    df_cut_begin(&v->cut, DF_PART_THREAD, t->crashed || t->current ? 0 : i + 1);
    df_buf_put_char(v->out, '|');
    df_context_cell(v, t->id, DF_CONTEXT_LINE);
    df_context_cell(v, t->name, DF_CONTEXT_LINE);
    df_context_cell(v, t->state, DF_CONTEXT_LINE);
    df_buf_put_char(v->out, ' ');
    if (t->crashed || t->current)
        df_context_say(v, t->crashed ? DF_WORDS_CRASHED : DF_WORDS_CURRENT);
    df_buf_put_c(v->out, " |");
    df_context_cell(v, top, DF_CONTEXT_LINE);
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
}

static bool is_special(const struct df_thread *t)
{
    return t->crashed || t->current;
}

/* In their order; the crashed and the current one stay among however many. */
static void put_thread_rows(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    size_t special = 0, others;
    for (size_t i = 0; i < event->n_threads; i++)
        special += is_special(&event->threads[i]);
    special = special < DF_CONTEXT_THREADS ? special : DF_CONTEXT_THREADS;
    others = DF_CONTEXT_THREADS - special;
    for (size_t i = 0; i < event->n_threads; i++) {
        size_t *room = is_special(&event->threads[i]) ? &special : &others;
        if (*room == 0)
            continue;
        --*room;
        put_thread_row(v, &event->threads[i], i);
    }
}

static void put_thread_stack(struct df_context_view *v, const struct df_thread *t)
{
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_buf_put_c(v->out, "### ");
    df_context_say(v, t->crashed ? DF_WORDS_CRASHED_THREAD : t->current ? DF_WORDS_CURRENT_THREAD : DF_WORDS_THREAD);
    df_buf_put_char(v->out, ' ');
    df_context_span(v, "", t->name.n ? t->name : t->id, DF_CONTEXT_LINE);
    df_buf_put_c(v->out, "\n\n");
    if (t->held_locks) {
        df_buf_put_c(v->out, "heldLocks: ");
        df_context_span_value(v, DF_STR_NONE, t->held_locks, DF_CONTEXT_SPAN);
        df_buf_put_c(v->out, "\n\n");
    }
    df_context_stack(v, &t->stack);
    df_cut_end(&v->cut);
}

/* The one to show in full where no exception has a stack: the crashed, else the current, else the first that has one. */
static const struct df_thread *thread_to_show(const struct df_event *event)
{
    const struct df_thread *best = NULL;
    for (size_t i = 0; i < event->n_threads; i++) {
        const struct df_thread *t = &event->threads[i];
        if (t->stack.n && (!best || (t->crashed && !best->crashed) || (t->current && !best->current && !best->crashed)))
            best = t;
    }
    return any_exception_has_stack(event) || event->stack.n ? NULL : best;
}

void df_context_threads(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    if (event->n_threads == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_heading(v, DF_WORDS_THREADS);
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_say(v, DF_WORDS_THREAD_HEADS);
    df_buf_put_c(v->out, "\n|---|---|---|---|---|\n");
    put_thread_rows(v);
    df_buf_put_char(v->out, '\n');
    if (event->n_threads > DF_CONTEXT_THREADS) {
        df_context_say_n(v, DF_WORDS_MORE_THREADS, event->n_threads - DF_CONTEXT_THREADS);
        df_buf_put_c(v->out, "\n\n");
    }
    df_cut_end(&v->cut);
    const struct df_thread *shown = thread_to_show(event);
    if (shown)
        put_thread_stack(v, shown);
    df_cut_end(&v->cut);
}
