#include "domain/context_parts.h"

/* What the event no longer is as it was, and what Sentry says went wrong with it. Worth less than any other note. */

enum { SHOWN = 20, RANK = 60 };

static enum df_words words_of(enum df_change_how how)
{
    static const enum df_words words[] = {[DF_CHANGE_MARKED] = DF_WORDS_MARKED,
                                          [DF_CHANGE_REMOVED] = DF_WORDS_REMOVED,
                                          [DF_CHANGE_REPLACED] = DF_WORDS_REPLACED,
                                          [DF_CHANGE_SHORTENED] = DF_WORDS_SHORTENED,
                                          [DF_CHANGE_INVALID] = DF_WORDS_INVALID};
    return words[how];
}

static void put_change(struct df_context_view *v, const struct df_change *c, size_t rank)
{
    df_cut_begin(&v->cut, DF_PART_NOTE, RANK + rank);
    df_buf_put_c(v->out, "- ");
    df_context_span(v, "", c->path, DF_CONTEXT_LINE);
    df_buf_put_c(v->out, ": ");
    df_context_say(v, words_of(c->how));
    if (c->length) {
        df_buf_put_c(v->out, ", ");
        df_context_say_n(v, DF_WORDS_LENGTH_BEFORE, (size_t)c->length);
    }
    if (c->rule.n) {
        df_buf_put_c(v->out, " (");
        df_context_span(v, "", c->rule, DF_CONTEXT_LINE);
        df_buf_put_char(v->out, ')');
    }
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
}

static void put_error(struct df_context_view *v, const struct df_json *error, size_t rank)
{
    struct df_str type = df_json_get_str(error, "type"), message = df_json_get_str(error, "message");
    const struct df_json *data = df_json_get(error, "data");
    df_cut_begin(&v->cut, DF_PART_NOTE, RANK + rank);
    df_buf_put_c(v->out, "- ");
    df_context_span(v, "", type, DF_CONTEXT_LINE);
    if (message.n && !df_str_eq(message, type)) {
        df_buf_put_c(v->out, ": ");
        df_context_span(v, "", message, DF_CONTEXT_SPAN);
    }
    if (df_json_count(data) > 0) {
        df_buf_put_char(v->out, ' ');
        df_context_span_value(v, DF_STR_NONE, data, DF_CONTEXT_LINE);
    }
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
}

static void put_more(struct df_context_view *v, size_t n)
{
    if (n) {
        df_buf_put_c(v->out, "- ");
        df_context_say_n(v, DF_WORDS_MORE, n);
        df_buf_put_char(v->out, '\n');
    }
    df_buf_put_char(v->out, '\n');
}

static void put_changes(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    size_t shown = event->n_changes < SHOWN ? event->n_changes : SHOWN;
    if (shown == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_heading(v, DF_WORDS_CHANGES);
    for (size_t i = 0; i < shown; i++)
        put_change(v, &event->changes[i], i);
    put_more(v, event->n_changes - shown + event->n_more_changes);
    df_cut_end(&v->cut);
}

void df_context_changes(struct df_context_view *v)
{
    const struct df_json *errors = v->event->errors;
    size_t n = 0;
    put_changes(v);
    if (!df_json_is_array(errors) || df_json_count(errors) == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_heading(v, DF_WORDS_ERRORS);
    for (struct df_json_iter it = df_json_iter(errors); n < SHOWN && df_json_next(&it); n++)
        put_error(v, it.value, n);
    put_more(v, df_json_count(errors) - n);
    df_cut_end(&v->cut);
}
