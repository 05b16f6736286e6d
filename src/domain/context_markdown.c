#include "domain/context_parts.h"

#include "base/crypto.h"
#include "base/time.h"

struct df_scrub df_context_scrub(const struct df_context_options *o, struct df_arena *arena)
{
    struct df_scrub scrub = {
        .arena = arena, .hash_key = o->hash_key, .off = o->keep_secrets, .keep_personal = o->keep_personal};
    memcpy(scrub.rules, o->rules, sizeof scrub.rules);
    scrub.mac = o->hash_key.n ? df_mac_new(o->hash_key) : NULL;
    return scrub;
}

void df_context_scrub_done(struct df_scrub *scrub)
{
    df_mac_free(scrub->mac);
    scrub->mac = NULL;
}

void df_context_say(struct df_context_view *v, enum df_words words)
{
    df_buf_put_c(v->out, df_words(v->cut.lang, words));
}

void df_context_say_n(struct df_context_view *v, enum df_words words, size_t n)
{
    df_words_put(v->out, v->cut.lang, words, (struct df_str[]){df_arena_printf(v->arena, "%zu", n)}, 1);
}

void df_context_say_nn(struct df_context_view *v, enum df_words words, size_t n, size_t m)
{
    df_words_put(v->out, v->cut.lang, words,
                 (struct df_str[]){df_arena_printf(v->arena, "%zu", n), df_arena_printf(v->arena, "%zu", m)}, 2);
}

void df_context_heading(struct df_context_view *v, enum df_words words)
{
    df_buf_put_c(v->out, "## ");
    df_context_say(v, words);
    df_buf_put_c(v->out, "\n\n");
}

void df_context_span(struct df_context_view *v, const char *key, struct df_str text, size_t max_bytes)
{
    df_md_put_span(v->out, df_scrub_under(&v->scrub, df_str_c(key), text), max_bytes);
}

void df_context_cell(struct df_context_view *v, struct df_str text, size_t max_bytes)
{
    df_buf_put_char(v->out, ' ');
    if (text.n)
        df_context_span(v, "", text, max_bytes);
    df_buf_put_c(v->out, " |");
}

void df_context_code(struct df_context_view *v, struct df_str key, struct df_str text, size_t max_bytes,
                     unsigned indent)
{
    df_md_put_code(v->out, df_scrub_under(&v->scrub, key, text), max_bytes, indent);
}

/* The value is scrubbed whole before it is cut, so no secret is cut in two and missed; what is far beyond the cut is not
 * written at all. */
void df_context_code_value(struct df_context_view *v, struct df_str key, const struct df_json *value, size_t max_bytes,
                           unsigned indent_json)
{
    if (df_json_is_string(value)) {
        df_context_code(v, key, df_json_str(value), max_bytes, indent_json ? 0 : 4);
        return;
    }
    struct df_buf text;
    struct df_json_writer w;
    df_buf_init(&text, v->arena, max_bytes * 4);
    df_json_writer_init(&w, &text, indent_json);
    df_scrub_put_json(&v->scrub, &w, key, value);
    /* How much more there is nobody counted where it was not even written. */
    struct df_str shown = text.overflow ? df_str_head(df_buf_str(&text), max_bytes) : df_buf_str(&text);
    df_md_put_code(v->out, shown, max_bytes, indent_json ? 0 : 4);
    if (text.overflow)
        df_context_say(v, DF_WORDS_CUT_HERE);
}

void df_context_pair(struct df_context_view *v, const struct df_json_iter *it, enum df_part part, size_t rank,
                     const char *indent)
{
    df_cut_begin(&v->cut, part, rank);
    df_buf_put_c(v->out, indent);
    if (it->object) {
        df_context_code(v, DF_STR_NONE, it->key, DF_CONTEXT_LINE, 0);
        df_buf_put_c(v->out, " = ");
    }
    df_context_code_value(v, it->key, it->value, DF_CONTEXT_VALUE, 0);
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
}

void df_context_span_value(struct df_context_view *v, struct df_str key, const struct df_json *value, size_t max_bytes)
{
    struct df_buf text;
    struct df_json_writer w;
    if (df_json_is_string(value)) {
        df_md_put_span(v->out, df_scrub_under(&v->scrub, key, df_json_str(value)), max_bytes);
        return;
    }
    df_buf_init(&text, v->arena, max_bytes * 4);
    df_json_writer_init(&w, &text, 0);
    df_scrub_put_json(&v->scrub, &w, key, value);
    df_md_put_span(v->out, text.overflow ? df_str_head(df_buf_str(&text), max_bytes) : df_buf_str(&text), max_bytes);
    if (text.overflow) {
        df_buf_put_char(v->out, ' ');
        df_context_say(v, DF_WORDS_CUT_HERE);
    }
}

struct df_str df_context_time(int64_t ms, struct df_arena *arena)
{
    struct df_str text = df_time_format_ms(ms, arena);
    if (text.n < 20)
        return text;
    return df_arena_printf(arena, "%.10s %.*s UTC", text.p, (int)text.n - 12, text.p + 11);
}

struct df_str df_context_distance(int64_t ms, struct df_arena *arena)
{
    const char *sign = ms < 0 ? "\u2212" : "+";
    unsigned long long all = ms < 0 ? 0 - (unsigned long long)ms : (unsigned long long)ms, s = all / 1000;
    if (s < 10)
        return df_arena_printf(arena, "%s%llu.%03llu s", sign, s, all % 1000);
    if (s < 60)
        return df_arena_printf(arena, "%s%llu.%llu s", sign, s, all % 1000 / 100);
    if (s < 3600)
        return df_arena_printf(arena, "%s%llu min %02llu s", sign, s / 60, s % 60);
    if (s < 86400)
        return df_arena_printf(arena, "%s%llu h %02llu min", sign, s / 3600, s / 60 % 60);
    return df_arena_printf(arena, "%s%llu d %02llu h", sign, s / 86400, s / 3600 % 24);
}

/* With an exception the message is the server's own index text (type, value, culprit), unless a logger wrote it. */
static bool is_said(const struct df_event *event, struct df_str message)
{
    if (event->n_exceptions == 0)
        return false;
    const struct df_exception *outer = &event->exceptions[event->n_exceptions - 1];
    if (df_str_eq(message, outer->value))
        return true;
    return !event->message_logged && outer->type.n && df_str_find(message, outer->type) >= 0;
}

static void put_message(struct df_context_view *v)
{
    const struct df_event *event = v->event;
    struct df_str message = event->message;
    if (message.n == 0 || df_str_find(v->c->issue->title, message) >= 0 || is_said(event, message))
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_heading(v, DF_WORDS_MESSAGE);
    df_cut_begin_fence(&v->cut, DF_PART_LONG_TEXT, 0);
    df_context_code(v, DF_STR_NONE, message, DF_CONTEXT_MESSAGE, 0);
    df_cut_end(&v->cut);
    df_cut_end(&v->cut);
}

static void put_scrubbed(struct df_context_view *v)
{
    struct df_buf list;
    df_buf_init(&list, v->arena, 4096);
    for (size_t i = 0; i < DF_SCRUB_KINDS; i++)
        if (v->scrub.removed[i])
            df_buf_printf(&list, "%s%zu %s", list.n ? ", " : "", v->scrub.removed[i],
                          df_scrub_kind_name((enum df_scrub_kind)i));
    if (list.n == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_NOTE, 0);
    df_words_put(v->out, v->cut.lang, DF_WORDS_SCRUBBED, (struct df_str[]){df_buf_str(&list)}, 1);
    df_buf_put_c(v->out, "\n\n");
    df_cut_end(&v->cut);
}

static void put_notes(struct df_context_view *v)
{
    put_scrubbed(v);
    if (!v->c->fetched_ms)
        return;
    df_cut_begin(&v->cut, DF_PART_NOTE, 1);
    df_words_put(v->out, v->cut.lang, DF_WORDS_FETCHED, (struct df_str[]){df_context_time(v->c->fetched_ms, v->arena)},
                 1);
    df_buf_put_c(v->out, "\n\n");
    df_cut_end(&v->cut);
}

void df_context_markdown(const struct df_context *c, const struct df_context_options *o, struct df_buf *out)
{
    static const struct df_event nothing = {0};
    struct df_context_view v = {.c = c, .event = c->event ? c->event : &nothing, .arena = out->arena};
    v.platform = v.event->platform.n ? v.event->platform : c->issue->platform;
    v.scrub = df_context_scrub(o, out->arena);
    v.scrub.cut_bytes = DF_CONTEXT_VALUE;
    df_cut_init(&v.cut, out->arena, o);
    v.out = &v.cut.text;
    df_context_head(&v);
    put_message(&v);
    df_context_exceptions(&v);
    df_context_threads(&v);
    df_context_breadcrumbs(&v);
    df_context_request(&v);
    df_context_user(&v);
    df_context_tags(&v);
    df_context_trees(&v);
    df_context_changes(&v);
    put_notes(&v);
    df_cut_put(&v.cut, out);
    df_context_scrub_done(&v.scrub);
}
