#include "domain/spec_parts.h"

struct writing {
    const struct df_spec *spec;
    struct df_buf *out;
    size_t done; /* of the text */
};

static size_t place_of(const struct df_spec_change *c)
{
    return c->replaces ? c->replaces->from : c->at;
}

static void copy_to(struct writing *w, size_t to)
{
    if (to > w->done)
        df_buf_put(w->out, w->spec->text.p + w->done, to - w->done);
    w->done = to > w->done ? to : w->done;
}

static void put_lines(struct writing *w, struct df_str block)
{
    struct df_str line;
    bool first = true;
    for (struct df_str rest = block; df_str_split(&rest, '\n', &line); first = false) {
        if (!first)
            df_buf_put_c(w->out, w->spec->line_end);
        df_buf_put_str(w->out, line);
    }
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* Nothing but a byte order mark before it. */
static bool is_start(const struct df_spec *spec, size_t at)
{
    return at == 0 || (at == 3 && df_str_starts(spec->text, df_str_n("\xEF\xBB\xBF", 3)));
}

/* With a blank line before it, and one after it where text follows; a text whose last line has no end keeps it so. */
static void insert(struct writing *w, const struct df_spec_change *c, bool first, bool last)
{
    struct df_str text = w->spec->text;
    const char *end = w->spec->line_end;
    bool start = first && is_start(w->spec, c->at);
    bool open = c->at > 0 && !is_start(w->spec, c->at) && !is_line_end(text.p[c->at - 1]);
    copy_to(w, c->at);
    if (first && open)
        df_buf_put_c(w->out, end);
    if (!start)
        df_buf_put_c(w->out, end);
    put_lines(w, c->block);
    if (!last || !open)
        df_buf_put_c(w->out, end);
    if (last && c->at < text.n && !is_line_end(text.p[c->at]))
        df_buf_put_c(w->out, end);
}

static void replace(struct writing *w, const struct df_spec_change *c)
{
    copy_to(w, c->replaces->from);
    put_lines(w, c->block);
    w->done = c->replaces->to;
}

/* In the order of the text; what was there before what is put there. */
static void sort(const struct df_spec_change **list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const struct df_spec_change *c = list[i];
        size_t k = i;
        for (; k > 0 && place_of(list[k - 1]) > place_of(c); k--)
            list[k] = list[k - 1];
        list[k] = c;
    }
}

struct df_str df_spec_write(const struct df_spec *spec, const struct df_spec_change *changes, size_t n,
                            struct df_arena *arena)
{
    struct df_buf out;
    struct writing w = {.spec = spec, .out = &out};
    size_t room = spec->text.n + 1;
    const struct df_spec_change **list = DF_NEW_ARRAY(arena, const struct df_spec_change *, n);
    for (size_t i = 0; i < n; i++) {
        list[i] = &changes[i];
        room += 2 * changes[i].block.n + 16;
    }
    sort(list, n);
    df_buf_init(&out, arena, room);
    for (size_t i = 0; i < n; i++) {
        bool first = i == 0 || list[i - 1]->replaces || list[i - 1]->at != list[i]->at;
        bool last = i + 1 == n || list[i + 1]->replaces || list[i + 1]->at != list[i]->at;
        if (list[i]->replaces)
            replace(&w, list[i]);
        else
            insert(&w, list[i], first, last);
    }
    copy_to(&w, spec->text.n);
    return df_buf_str(&out);
}
